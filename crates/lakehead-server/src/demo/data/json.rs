//! Customers as JSON lines, nested in a way of their own.

use std::io::{self, Write};

use serde_json::json;

use crate::demo::customer::{Customer, Day};
use crate::demo::flaw::Flaw;

/// Writes one object per line.
pub(super) fn write(file: &mut impl Write, rows: impl Iterator<Item = (u64, Option<Flaw>)>) -> io::Result<()> {
    for (number, flaw) in rows {
        let line = line(&Customer::new(number), flaw);
        // Cut off where the line is half: no closing bracket.
        let end = if flaw == Some(Flaw::CutOff) { line.floor_char_boundary(line.len() / 2) } else { line.len() };
        writeln!(file, "{}", &line[..end])?;
    }
    Ok(())
}

fn line(customer: &Customer, flaw: Option<Flaw>) -> String {
    let (year, month, day) = customer.birth_date;
    let month = if flaw == Some(Flaw::NoSuchDay) { month + 12 } else { month };
    let mut value = json!({
        "id": customer.id,
        "name": {"first": customer.first_name, "last": customer.last_name},
        "gender": customer.gender,
        "born": text((year, month, day)),
        "contact": {"email": customer.email, "phone": customer.phone},
        "address": {
            "street": customer.street,
            "city": customer.city,
            "zip": customer.postal_code,
            "country": customer.country,
            "position": {"lat": customer.latitude, "lon": customer.longitude},
        },
        "loyalty": {
            "id": customer.loyalty_id,
            "points": customer.loyalty_points,
            "tier": customer.loyalty_tier,
            "since": text(customer.member_since),
        },
    });
    if flaw == Some(Flaw::NoLoyaltyId)
        && let Some(loyalty) = value["loyalty"].as_object_mut()
    {
        loyalty.remove("id");
    }
    value.to_string()
}

fn text((year, month, day): Day) -> String {
    format!("{year}-{month:02}-{day:02}")
}
