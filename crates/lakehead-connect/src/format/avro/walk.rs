//! Walks the rows of a block by their schema before they are decoded: every length and choice is within the block, and the
//! rows fill it exactly. Counts that nothing stands behind, for which a decoder may loop or ask for memory, end here.

use super::{FileError, schema::Type};

/// An expanded block, whose rows are taken some at a time.
pub(super) struct Rows {
    /// Number of the block.
    pub(super) block: u64,
    pub(super) plain: Vec<u8>,
    /// Bytes taken.
    pub(super) at: usize,
    /// Rows that are left.
    pub(super) left: u64,
}

impl Rows {
    /// Takes rows, and answers how many and their bytes: at most `rows`, none behind the one that reaches `bytes`.
    /// The first has the number `row`.
    pub(super) fn take(&mut self, rows: u64, bytes: usize, row: u64, ty: &Type) -> Result<(u64, &[u8]), FileError> {
        let (all, block) = (&self.plain[self.at..], self.block);
        let (mut rest, mut taken) = (all, 0);
        while taken < rows.min(self.left) && all.len() - rest.len() < bytes {
            if value(ty, &mut rest).is_none() {
                let text = format!("row {} of the Avro file, in block {block}, is damaged", row + taken);
                return Err(FileError::corrupt(text));
            }
            taken += 1;
        }
        self.left -= taken;
        self.at = self.plain.len() - rest.len();
        if self.left > 0 || rest.is_empty() {
            return Ok((taken, &all[..all.len() - rest.len()]));
        }
        let text = format!("block {block} of the Avro file has {} bytes behind its last row", rest.len());
        Err(FileError::corrupt(text))
    }
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
