//! Orders of a shop, as files that a person meets for the first time.

use std::fmt::Write as _;
use std::ops::Range;

const HEADER: &str = "order_id,customer_email,ordered_on,amount,status\n";
/// Rows whose amount is written as people of other countries write it.
const EVERY_30TH: u64 = 30;

/// One order for each number.
pub(super) fn csv(numbers: Range<u64>) -> String {
    numbers.fold(HEADER.to_owned(), |mut text, number| {
        let amount = format!("{}.{:02}", 5 + number % 90, number % 100);
        row(&mut text, number, &amount);
        text
    })
}

/// The same, but every thirtieth amount has a comma where the others have a point.
pub(super) fn with_decimal_commas(numbers: Range<u64>) -> String {
    numbers.fold(HEADER.to_owned(), |mut text, number| {
        let point = if number.is_multiple_of(EVERY_30TH) { ',' } else { '.' };
        let amount = format!("\"{}{point}{:02}\"", 5 + number % 90, number % 100);
        row(&mut text, number, &amount);
        text
    })
}

fn row(text: &mut String, number: u64, amount: &str) {
    let (day, status) = (1 + number % 28, if number.is_multiple_of(3) { "sent" } else { "paid" });
    writeln!(text, "A-{number:05},person{number}@example.com,2026-01-{day:02},{amount},{status}").unwrap();
}
