//! Customers as delimited text.

use std::io::{self, Write};

use crate::demo::customer::Customer;
use crate::demo::flaw::Flaw;

const HEADER: &str = "id,first_name,last_name,gender,birth_date,email,phone,street,city,postal_code,country,\
                      latitude,longitude,loyalty_id,points,tier,member_since";

/// Writes a header and the rows.
pub(super) fn write(file: &mut impl Write, rows: impl Iterator<Item = (u64, Option<Flaw>)>) -> io::Result<()> {
    writeln!(file, "{HEADER}")?;
    for (number, flaw) in rows {
        row(file, &Customer::new(number), flaw)?;
    }
    Ok(())
}

fn row(file: &mut impl Write, customer: &Customer, flaw: Option<Flaw>) -> io::Result<()> {
    let Customer { id, first_name, last_name, gender, email, phone, street, city, .. } = customer;
    if flaw == Some(Flaw::CutOff) {
        return writeln!(file, "{id},{first_name},\"{last_name}\",{gender}");
    }
    let (year, month, day) = customer.birth_date;
    let month = if flaw == Some(Flaw::NoSuchDay) { month + 12 } else { month };
    write!(file, "{id},{first_name},\"{last_name}\",{gender},{year}-{month:02}-{day:02},")?;
    write!(file, "{email},{phone},\"{street}\",{city},{},{},", customer.postal_code, customer.country)?;
    write!(file, "{:.4},{:.4},", customer.latitude, customer.longitude)?;
    let loyalty_id = if flaw == Some(Flaw::NoLoyaltyId) { "" } else { &customer.loyalty_id };
    write!(file, "{loyalty_id},")?;
    match flaw {
        Some(Flaw::NotANumber) => write!(file, "many,")?,
        _ => write!(file, "{},", customer.loyalty_points)?,
    }
    let (year, month, day) = customer.member_since;
    writeln!(file, "{},{year}-{month:02}-{day:02}", customer.loyalty_tier)
}
