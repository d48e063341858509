//! Finds the place of a value in a dictionary, or gives it one.

/// Places that are looked at for a value. More are asked for only by values that were chosen to collide.
const MAX_PROBES: usize = 64;
/// Bytes of a dictionary; a larger one is read slower than the values themselves.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// Values of a dictionary; more take more memory than they save.
pub(super) const MAX_VALUES: usize = 64 << 10;
/// From this many values on, a dictionary has to have paid.
const TRIED: usize = 4096;

/// Places of values, by their hash.
pub(super) struct Places {
    /// Place and one, or nothing.
    slots: Vec<u32>,
    hashes: Vec<u64>,
}

/// What was found of a value.
#[derive(Clone, Copy)]
pub(super) enum Found {
    At(u32),
    /// It was not there, and has this place now.
    New(u32),
    /// The dictionary has to be given up.
    GaveUp,
}

impl Places {
    /// What a value takes beside itself, with what it is known by and where it begins.
    pub(super) const BYTES: usize = 44;

    pub(super) fn new() -> Self {
        Self { slots: vec![0; 256], hashes: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Looks for the value of `hash` that `is_it` knows by its place.
    pub(super) fn find(&mut self, hash: u64, is_it: impl Fn(usize) -> bool) -> Found {
        if self.hashes.len() * 2 >= self.slots.len() && !self.grow() {
            return Found::GaveUp;
        }
        let mask = self.slots.len() - 1;
        for step in 0..MAX_PROBES {
            let slot = (hash as usize).wrapping_add(step) & mask;
            match self.slots[slot] {
                0 => {
                    let place = self.hashes.len() as u32;
                    self.hashes.push(hash);
                    self.slots[slot] = place + 1;
                    return Found::New(place);
                }
                taken => {
                    let place = taken as usize - 1;
                    if self.hashes[place] == hash && is_it(place) {
                        return Found::At(place as u32);
                    }
                }
            }
        }
        Found::GaveUp
    }

    fn grow(&mut self) -> bool {
        let mut slots = vec![0; self.slots.len() * 2];
        let mask = slots.len() - 1;
        for (place, hash) in self.hashes.iter().enumerate() {
            let free = (0..MAX_PROBES).map(|step| (*hash as usize).wrapping_add(step) & mask).find(|s| slots[*s] == 0);
            let Some(slot) = free else { return false };
            slots[slot] = place as u32 + 1;
        }
        self.slots = slots;
        true
    }
}

/// Whether a dictionary of `distinct` values is not worth it for `count` values.
pub(super) fn does_not_pay(distinct: usize, count: usize) -> bool {
    count >= TRIED && distinct * 2 > count
}

/// Spreads the bits of a value of at most sixteen bytes.
pub(super) fn spread(value: u128) -> u64 {
    let (low, high) = (value as u64, (value >> 64) as u64);
    let product = u128::from(low ^ 0x9E37_79B9_7F4A_7C15) * u128::from(high ^ 0xD6E8_FEB8_6659_FD93);
    (product as u64 ^ (product >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}
