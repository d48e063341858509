//! Walks the rows of a block by their schema before they are decoded: every length and choice is within the block, and the
//! rows fill it exactly. Counts that nothing stands behind, for which a decoder may loop or ask for memory, end here.

use super::{Block, FileError, schema::Type};

/// Checks the expanded bytes of a block, whose first row has the number `row`.
pub(super) fn block(plain: &[u8], block: &Block, row: u64, ty: &Type) -> Result<(), FileError> {
    let mut left = plain;
    for index in 0..block.rows {
        if value(ty, &mut left).is_none() {
            let text = format!("row {} of the Avro file, in block {}, is damaged", row + index, block.number);
            return Err(FileError::corrupt(text));
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let (number, rows, left) = (block.number, block.rows, left.len());
    Err(FileError::corrupt(format!("block {number} of the Avro file has {left} bytes behind its {rows} rows")))
}

/// Steps over one value; `None` where it is none.
fn value(ty: &Type, left: &mut &[u8]) -> Option<()> {
    match ty {
        Type::Null => Some(()),
        Type::Boolean => (*take(left, 1)?.first()? < 2).then_some(()),
        Type::Int => i32::try_from(long(left)?).ok().map(drop),
        Type::Long => long(left).map(drop),
        Type::Fixed(size) => take(left, *size).map(drop),
        Type::Bytes => sized(left).map(drop),
        Type::Text => std::str::from_utf8(sized(left)?).ok().map(drop),
        Type::Choice(symbols) => (choice(left)? < *symbols).then_some(()),
        Type::List(item) => blocks(left, |left| value(item, left)),
        Type::Map(item) => blocks(left, |left| {
            std::str::from_utf8(sized(left)?).ok()?;
            value(item, left)
        }),
        Type::Record(members) => members.iter().try_for_each(|member| value(member, left)),
        Type::Union(branches) => value(branches.get(choice(left)?)?, left),
    }
}

/// Items in groups, each with its length, until an empty group.
fn blocks(left: &mut &[u8], item: impl Fn(&mut &[u8]) -> Option<()>) -> Option<()> {
    loop {
        let count = long(left)?;
        if count == 0 {
            return Some(());
        }
        let size = (count < 0).then(|| long(left)).map_or(Some(None), |size| size.map(Some))?;
        let before = left.len();
        // Every item has a byte at least, see `schema.rs`.
        (0..count.checked_abs()?).try_for_each(|_| item(left))?;
        let used = (before - left.len()) as i64;
        if size.is_some_and(|size| size != used) {
            return None;
        }
    }
}

fn choice(left: &mut &[u8]) -> Option<usize> {
    long(left)?.try_into().ok()
}

fn sized<'a>(left: &mut &'a [u8]) -> Option<&'a [u8]> {
    let size = long(left)?.try_into().ok()?;
    take(left, size)
}

fn take<'a>(left: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, rest) = left.split_at_checked(count)?;
    *left = rest;
    Some(taken)
}

fn long(left: &mut &[u8]) -> Option<i64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = left.split_first()?;
        *left = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if *byte < 0x80 {
            // The tenth byte has room for one bit.
            return (shift < 63 || *byte < 2).then_some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
}
