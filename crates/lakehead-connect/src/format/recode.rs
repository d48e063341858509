//! Text of other encodings as UTF-8, in pieces that may be cut anywhere. What is no character becomes a byte that UTF-8 does
//! not have, so that its row is reported, and never another character.

use lakehead_model::format::Encoding;

/// Never part of UTF-8.
const NO_CHARACTER: u8 = 0xFF;

/// Makes UTF-8 of a file.
pub(super) struct Recode {
    encoding: Encoding,
    order: Option<Order>,
    /// The first byte of a unit that is cut.
    half: Option<u8>,
    /// The first half of a character of two units.
    high: Option<u16>,
}

/// Which byte of a unit comes first.
#[derive(Clone, Copy)]
enum Order {
    Little,
    Big,
}

impl Recode {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, order: None, half: None, high: None }
    }

    /// Adds the next bytes of the file to `text`.
    pub(super) fn push(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        match self.encoding {
            Encoding::Utf8 => text.extend_from_slice(bytes),
            Encoding::Latin1 => {
                for byte in bytes {
                    push_char(char::from(*byte), text);
                }
            }
            Encoding::Utf16 => {
                for byte in bytes {
                    match self.half.take() {
                        None => self.half = Some(*byte),
                        Some(first) => self.unit([first, *byte], text),
                    }
                }
            }
        }
    }

    /// Once the file has ended: what was cut off is no character.
    pub(super) fn finish(&mut self, text: &mut Vec<u8>) {
        if self.half.take().is_some() | self.high.take().is_some() {
            text.push(NO_CHARACTER);
        }
    }

    fn unit(&mut self, bytes: [u8; 2], text: &mut Vec<u8>) {
        let order = match self.order {
            Some(order) => order,
            // The mark itself is kept: it is skipped as that of UTF-8 is. Without one, as Windows writes it.
            None => *self.order.insert(if bytes == [0xFE, 0xFF] { Order::Big } else { Order::Little }),
        };
        let unit = match order {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        };
        let high = self.high.take();
        match unit {
            0xD800..=0xDBFF => {
                if high.is_some() {
                    text.push(NO_CHARACTER);
                }
                self.high = Some(unit);
            }
            0xDC00..=0xDFFF => match high {
                Some(high) => {
                    let code = 0x1_0000 + (u32::from(high - 0xD800) << 10) + u32::from(unit - 0xDC00);
                    push_char(char::from_u32(code).unwrap_or_default(), text);
                }
                None => text.push(NO_CHARACTER),
            },
            _ => {
                if high.is_some() {
                    text.push(NO_CHARACTER);
                }
                push_char(char::from_u32(unit.into()).unwrap_or_default(), text);
            }
        }
    }
}

fn push_char(character: char, text: &mut Vec<u8>) {
    text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recoded(encoding: Encoding, bytes: &[u8], piece: usize) -> Vec<u8> {
        let (mut recode, mut text) = (Recode::new(encoding), Vec::new());
        bytes.chunks(piece).for_each(|piece| recode.push(piece, &mut text));
        recode.finish(&mut text);
        text
    }

    #[test]
    fn characters_are_the_same_wherever_pieces_end() {
        let text = "\u{feff}id;näme\n1;😀𝄞\r\n";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for piece in 1..9 {
            assert_eq!(recoded(Encoding::Utf16, &little, piece), text.as_bytes(), "{piece}");
            assert_eq!(recoded(Encoding::Utf16, &big, piece), text.as_bytes(), "{piece}");
            // Without a mark.
            assert_eq!(recoded(Encoding::Utf16, &little[2..], piece), &text.as_bytes()[3..], "{piece}");
            assert_eq!(recoded(Encoding::Latin1, b"M\xfcller", piece), "Müller".as_bytes());
        }
    }

    #[test]
    fn what_is_no_character_is_no_utf8() {
        for units in [&[0x61, 0xD800][..], &[0xDC00, 0x61], &[0xD800, 0x61], &[0xD800, 0xD801, 0xDC00]] {
            let bytes: Vec<u8> = units.iter().flat_map(|unit: &u16| unit.to_le_bytes()).collect();
            assert!(std::str::from_utf8(&recoded(Encoding::Utf16, &bytes, 3)).is_err(), "{units:x?}");
        }
        assert_eq!(recoded(Encoding::Utf16, b"a\0b", 1), b"a\xff");
    }
}
