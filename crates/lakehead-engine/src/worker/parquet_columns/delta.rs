//! `DELTA_BINARY_PACKED`: whole numbers by their differences. Numbers that rise evenly take next to nothing.

use super::hybrid::varint;

/// Differences of a block, and of each of its four parts.
const BLOCK: usize = 128;
const PART: usize = 32;

/// All `values` as one page.
pub(super) fn encode(values: &[i64]) -> Vec<u8> {
    let mut out = Vec::new();
    varint(BLOCK as u64, &mut out);
    varint((BLOCK / PART) as u64, &mut out);
    varint(values.len() as u64, &mut out);
    varint(zigzag(values.first().copied().unwrap_or_default()), &mut out);
    let differences: Vec<i64> = values.windows(2).map(|pair| pair[1].wrapping_sub(pair[0])).collect();
    for block in differences.chunks(BLOCK) {
        encode_block(block, &mut out);
    }
    out
}

fn encode_block(block: &[i64], out: &mut Vec<u8>) {
    let least = block.iter().copied().min().unwrap_or_default();
    varint(zigzag(least), out);
    let above: Vec<u64> = block.iter().map(|difference| difference.wrapping_sub(least) as u64).collect();
    let width = |part: &[u64]| u64::BITS - part.iter().copied().max().unwrap_or_default().leading_zeros();
    let mut widths = [0_u8; BLOCK / PART];
    for (to, part) in widths.iter_mut().zip(above.chunks(PART)) {
        *to = width(part) as u8;
    }
    out.extend_from_slice(&widths);
    for (part, width) in above.chunks(PART).zip(widths) {
        pack(part, u32::from(width), out);
    }
}

/// Bit by bit from the lowest; a part always has all its values.
fn pack(part: &[u64], width: u32, out: &mut Vec<u8>) {
    let (mut bits, mut held) = (0_u128, 0);
    for index in 0..PART {
        bits |= u128::from(part.get(index).copied().unwrap_or_default()) << held;
        held += width;
        while held >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            held -= 8;
        }
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}
