//! The encoding of levels and of places in a dictionary: runs of one value, and groups of eight values packed into bits.

/// Bits that the largest value takes; at least one, which every reader understands.
pub(super) fn width(largest: u32) -> u32 {
    (u32::BITS - largest.leading_zeros()).max(1)
}

/// Appends `values`, each of at most `width` bits.
pub(super) fn encode<T: Copy + Into<u32> + PartialEq>(values: &[T], width: u32, out: &mut Vec<u8>) {
    let (mut at, mut packed) = (0, 0);
    while at < values.len() {
        let first = values[at];
        let alike = values[at..].iter().take_while(|value| **value == first).count();
        if alike < 8 {
            // Packed values come in groups of eight, so a run can only begin after one.
            at = (at + 8).min(values.len());
            continue;
        }
        pack(&values[packed..at], width, out);
        run(first.into(), alike, width, out);
        at += alike;
        packed = at;
    }
    pack(&values[packed..], width, out);
}

/// Appends `count` times the same value.
pub(super) fn run(value: u32, count: usize, width: u32, out: &mut Vec<u8>) {
    varint((count as u64) << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Appends values in groups of eight; the last group is filled up with zeros.
fn pack<T: Copy + Into<u32>>(values: &[T], width: u32, out: &mut Vec<u8>) {
    if values.is_empty() {
        return;
    }
    varint(((values.len().div_ceil(8) as u64) << 1) | 1, out);
    let (groups, rest) = values.as_chunks::<8>();
    for group in groups {
        pack_eight(group.map(Into::into), width, out);
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = (*from).into());
        pack_eight(last, width, out);
    }
}

fn pack_eight(values: [u32; 8], width: u32, out: &mut Vec<u8>) {
    let (mut bits, mut held) = (0_u64, 0);
    for value in values {
        bits |= u64::from(value) << held;
        held += width;
        if held >= 32 {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= 32;
            held -= 32;
        }
    }
    out.extend_from_slice(&bits.to_le_bytes()[..held.div_ceil(8) as usize]);
}

/// Appends a number, seven bits to a byte.
pub(super) fn varint(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
