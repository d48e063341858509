//! One generated customer: every value follows from its number, so a run of the demo can be checked and repeated.

/// First names with the gender that the record states; some need more than ASCII.
const FIRST_NAMES: [(&str, &str); 16] = [
    ("Ada", "female"),
    ("Bjørn", "male"),
    ("Chloé", "female"),
    ("Dmitri", "male"),
    ("Elif", "female"),
    ("Finn", "male"),
    ("Grace", "female"),
    ("Hugo", "male"),
    ("Inés", "female"),
    ("Jun", "not_specified"),
    ("Kofi", "male"),
    ("Lena", "female"),
    ("Mio", "non_specific"),
    ("Noor", "female"),
    ("Óscar", "male"),
    ("Priya", "female"),
];

/// Last names; one has an apostrophe, one a comma, which a file must quote.
const LAST_NAMES: [&str; 12] = [
    "Andersen",
    "Bauer",
    "Costa",
    "Dubois",
    "Eriksson",
    "Fischer",
    "García",
    "Horváth",
    "Ivanov",
    "O'Brien",
    "Okafor, Jr.",
    "Tanaka",
];

/// City, country code, latitude and longitude of its centre.
const CITIES: [(&str, &str, f64, f64); 10] = [
    ("Toronto", "CA", 43.65, -79.38),
    ("Lisboa", "PT", 38.72, -9.14),
    ("Wien", "AT", 48.21, 16.37),
    ("København", "DK", 55.68, 12.57),
    ("Chicago", "US", 41.88, -87.63),
    ("Nairobi", "KE", -1.29, 36.82),
    ("Osaka", "JP", 34.69, 135.5),
    ("Montevideo", "UY", -34.9, -56.19),
    ("Bengaluru", "IN", 12.97, 77.59),
    ("Wellington", "NZ", -41.29, 174.78),
];

const STREETS: [&str; 6] = ["Mill Lane", "Harbour Road", "Station Street", "Orchard Way", "Bridge Street", "Lake View"];
const TIERS: [&str; 4] = ["basic", "silver", "gold", "platinum"];

/// A date of the calendar: year, month, day.
pub(super) type Day = (i32, u32, u32);

/// A customer as every format holds it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) first_name: &'static str,
    pub(super) last_name: &'static str,
    pub(super) gender: &'static str,
    pub(super) birth_date: Day,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) street: String,
    pub(super) city: &'static str,
    pub(super) postal_code: String,
    pub(super) country: &'static str,
    pub(super) latitude: f64,
    pub(super) longitude: f64,
    pub(super) loyalty_id: String,
    pub(super) loyalty_points: i32,
    pub(super) loyalty_tier: &'static str,
    pub(super) member_since: Day,
}

impl Customer {
    /// The customer with this number.
    pub(super) fn new(number: u64) -> Self {
        let mut dice = Dice(number);
        let (first_name, gender) = dice.one_of(&FIRST_NAMES);
        let (city, country, latitude, longitude) = dice.one_of(&CITIES);
        let points = dice.below(50_000) as i32;
        // About twenty kilometres around the centre, in steps of some metres.
        let mut around = |centre: f64| ((centre * 10_000.0).round() + dice.below(4_000) as f64 - 2_000.0) / 10_000.0;
        let (latitude, longitude) = (around(latitude), around(longitude));
        Self {
            id: format!("customer-{number:09}"),
            first_name,
            last_name: dice.one_of(&LAST_NAMES),
            gender,
            birth_date: dice.day(1940, 66),
            email: format!("customer{number}@example.com"),
            phone: format!("+1 555 {:03} {:04}", dice.below(1_000), dice.below(10_000)),
            street: format!("{} {}, Flat {}", 1 + dice.below(240), dice.one_of(&STREETS), 1 + dice.below(30)),
            city,
            postal_code: format!("{:05}", dice.below(100_000)),
            country,
            latitude,
            longitude,
            loyalty_id: format!("L-{:08}", number * 7 + 1_000_003),
            loyalty_points: points,
            loyalty_tier: TIERS[(points / 12_500) as usize % TIERS.len()],
            member_since: dice.day(2012, 14),
        }
    }
}

/// `SplitMix64`: small, fast, and the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.below(values.len() as u64) as usize]
    }

    /// A day within `years` years from `first_year`; no month here has more than 28 days.
    fn day(&mut self, first_year: i32, years: u64) -> Day {
        (first_year + self.below(years) as i32, 1 + self.below(12) as u32, 1 + self.below(28) as u32)
    }
}
