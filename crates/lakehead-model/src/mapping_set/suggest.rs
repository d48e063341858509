//! Proposals for a mapping set: which source column probably belongs to which field, by their names.
//!
//! Names are cut into words, known abbreviations become what they stand for, and the shares of common words are
//! compared. The same input always gives the same proposal.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap, HashSet};

use crate::xdm::{Field, FieldType};

/// Most columns that are looked at.
pub const MAX_COLUMNS: usize = 2000;
/// What is less alike is not proposed.
const LEAST: f64 = 0.5;
/// Fields that share one word with a column; of words that so many have nothing is learned.
const MAX_SHARING: usize = 200;

/// Names of columns that mean a field of other words: without separators, and the words they stand for.
const SYNONYMS: [(&str, &[&str]); 34] = [
    ("fname", &["first", "name"]),
    ("givenname", &["first", "name"]),
    ("forename", &["first", "name"]),
    ("lname", &["last", "name"]),
    ("surname", &["last", "name"]),
    ("familyname", &["last", "name"]),
    ("mname", &["middle", "name"]),
    ("fullname", &["full", "name"]),
    ("zip", &["postal", "code"]),
    ("zipcode", &["postal", "code"]),
    ("postcode", &["postal", "code"]),
    ("plz", &["postal", "code"]),
    ("dob", &["birth", "date"]),
    ("birthday", &["birth", "date"]),
    ("dateofbirth", &["birth", "date"]),
    ("birthdate", &["birth", "date"]),
    ("sex", &["gender"]),
    ("email", &["email", "address"]),
    ("mail", &["email", "address"]),
    ("emailaddr", &["email", "address"]),
    ("emailaddress", &["email", "address"]),
    ("addr", &["address"]),
    ("street", &["street1"]),
    ("town", &["city"]),
    ("state", &["state", "province"]),
    ("province", &["state", "province"]),
    ("tel", &["phone", "number"]),
    ("phone", &["phone", "number"]),
    ("telephone", &["phone", "number"]),
    ("cell", &["mobile", "phone", "number"]),
    ("mobile", &["mobile", "phone", "number"]),
    ("ts", &["timestamp"]),
    ("eventtime", &["timestamp"]),
    ("lang", &["language"]),
];

/// A column and the field it is proposed for.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The column, as its path is written.
    pub source: String,
    /// Dotted path of the field; none where nothing is alike.
    pub destination: Option<String>,
    /// How alike they are: 1 is the same name.
    pub score: f64,
}

/// A field with the words of its name.
struct Target {
    path: String,
    depth: usize,
    leaf: Vec<String>,
    all: BTreeSet<String>,
}

/// One proposal for each column, in their order; every field is proposed once.
pub fn suggest(columns: &[String], fields: &[Field]) -> Vec<Suggestion> {
    let targets = targets(fields);
    let mut by_word: HashMap<&str, Vec<usize>> = HashMap::new();
    for (n, target) in targets.iter().enumerate() {
        for word in &target.all {
            by_word.entry(word).or_default().push(n);
        }
    }
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (column, text) in columns.iter().take(MAX_COLUMNS).enumerate() {
        let source = Source::of(text);
        let mut seen = HashSet::new();
        for word in &source.all {
            let sharing = by_word.get(word.as_str()).map(Vec::as_slice).unwrap_or_default();
            for target in sharing.iter().take(MAX_SHARING).filter(|target| seen.insert(**target)) {
                let score = source.likeness(&targets[*target]);
                if score >= LEAST {
                    pairs.push((score, column, *target));
                }
            }
        }
    }
    pairs.sort_by(|a, b| order(a, b, &targets));
    let (mut taken, mut chosen) = (HashSet::new(), HashMap::new());
    for (score, column, target) in pairs {
        if !chosen.contains_key(&column) && taken.insert(target) {
            chosen.insert(column, (score, target));
        }
    }
    let proposal = |(column, text): (usize, &String)| {
        let found = chosen.get(&column);
        Suggestion {
            source: text.clone(),
            destination: found.map(|(_, target)| targets[*target].path.clone()),
            score: found.map_or(0.0, |(score, _)| *score),
        }
    };
    columns.iter().take(MAX_COLUMNS).enumerate().map(proposal).collect()
}

/// Best first; among equals the shallower field, then the earlier column, then by name.
fn order(a: &(f64, usize, usize), b: &(f64, usize, usize), targets: &[Target]) -> Ordering {
    let ((score_a, column_a, target_a), (score_b, column_b, target_b)) = (*a, *b);
    let (first, second) = (&targets[target_a], &targets[target_b]);
    score_b
        .total_cmp(&score_a)
        .then(first.depth.cmp(&second.depth))
        .then(column_a.cmp(&column_b))
        .then_with(|| first.path.cmp(&second.path))
}

/// Every simple field, in order. What is in lists and maps has no path of its own.
fn targets(fields: &[Field]) -> Vec<Target> {
    let mut found = Vec::new();
    let mut open: Vec<(Vec<&str>, &Field)> = fields.iter().rev().map(|field| (Vec::new(), field)).collect();
    while let Some((parents, field)) = open.pop() {
        let path: Vec<&str> = parents.iter().copied().chain([field.name.as_str()]).collect();
        match &field.ty {
            FieldType::Object(members) => open.extend(members.iter().rev().map(|member| (path.clone(), member))),
            FieldType::Array(_) | FieldType::Map(_) => {}
            _ => {
                let leaf = words(&field.name);
                let all = path.iter().flat_map(|name| words(name)).collect();
                let escaped: Vec<String> = path.iter().map(|name| name.replace('.', "\\.")).collect();
                found.push(Target { path: escaped.join("."), depth: path.len(), leaf, all });
            }
        }
    }
    found
}

/// The words of a column's name.
struct Source {
    /// Of the last part of its path.
    leaf: Vec<String>,
    /// What the last part stands for, where it is known to stand for something else.
    means: Option<Vec<String>>,
    all: BTreeSet<String>,
}

impl Source {
    fn of(path: &str) -> Self {
        let name = path.trim_start_matches("${").trim_end_matches('}');
        let leaf = words(name.rsplit('.').next().unwrap_or(name));
        let joined = leaf.concat();
        let means = SYNONYMS.iter().find(|(short, _)| *short == joined);
        let means: Option<Vec<String>> = means.map(|(_, words)| words.iter().map(|word| (*word).to_owned()).collect());
        let mut all: BTreeSet<String> = words(name).into_iter().collect();
        all.extend(means.iter().flatten().cloned());
        Self { leaf, means, all }
    }

    fn likeness(&self, target: &Target) -> f64 {
        let same = |words: &[String]| words.concat() == target.leaf.concat();
        if same(&self.leaf) {
            return 1.0;
        }
        let share = |words: &[String]| {
            let own: BTreeSet<&String> = words.iter().collect();
            let leaf: BTreeSet<&String> = target.leaf.iter().collect();
            let in_leaf = dice(own.intersection(&leaf).count(), own.len(), leaf.len());
            // The whole path says more than the last name where that is as general as `name` or `number`.
            let found = own.iter().filter(|word| target.all.contains(**word)).count();
            let in_path = if found == own.len() { 0.8 } else { 0.6 * found as f64 / own.len().max(1) as f64 };
            if own.intersection(&leaf).count() == 0 { 0.5 * in_path } else { in_leaf.max(in_path).min(0.9) }
        };
        let meant = self.means.as_deref().map_or(0.0, |means| if same(means) { 0.95 } else { share(means) });
        let score = meant.max(share(&self.leaf));
        (score * 100.0).round() / 100.0
    }
}

fn dice(common: usize, a: usize, b: usize) -> f64 {
    if a + b == 0 { 0.0 } else { 2.0 * common as f64 / (a + b) as f64 }
}

/// Lower-case words of a name in camel case, with underscores, or with any other separators.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before: Option<char> = None;
    let mut chars = name.chars().take(256).peekable();
    while let Some(c) = chars.next() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            before = None;
            continue;
        }
        let begins = match before {
            Some(before) if c.is_uppercase() => {
                before.is_lowercase() || before.is_numeric() || chars.peek().is_some_and(|next| next.is_lowercase())
            }
            _ => false,
        };
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before = Some(c);
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &str) -> Field {
        Field::new(name, FieldType::String, false)
    }

    fn object(name: &str, members: Vec<Field>) -> Field {
        Field::new(name, FieldType::Object(members), false)
    }

    fn person() -> Vec<Field> {
        vec![
            leaf("_id"),
            object(
                "person",
                vec![object("name", vec![leaf("firstName"), leaf("lastName"), leaf("fullName")]), leaf("birthDate")],
            ),
            object("homeAddress", vec![leaf("postalCode"), leaf("city"), leaf("street1")]),
            object("workEmail", vec![leaf("address")]),
        ]
    }

    fn found(column: &str) -> Option<(String, f64)> {
        let suggestion = suggest(&[column.to_owned()], &person()).remove(0);
        suggestion.destination.map(|path| (path, suggestion.score))
    }

    #[test]
    fn names_are_cut_into_words() {
        for (name, expected) in [
            ("firstName", vec!["first", "name"]),
            ("First_Name-2", vec!["first", "name", "2"]),
            ("HTTPStatusCode", vec!["http", "status", "code"]),
            ("_id", vec!["id"]),
            ("", vec![]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }

    #[test]
    fn alike_names_find_each_other() {
        for (column, path, least) in [
            ("first_name", "person.name.firstName", 1.0),
            ("FirstName", "person.name.firstName", 1.0),
            ("fname", "person.name.firstName", 0.95),
            ("surname", "person.name.lastName", 0.95),
            ("zip", "homeAddress.postalCode", 0.95),
            ("DOB", "person.birthDate", 0.95),
            ("id", "_id", 1.0),
            ("customer.city", "homeAddress.city", 1.0),
            ("work_email_address", "workEmail.address", 0.5),
        ] {
            let (destination, score) = found(column).unwrap_or_else(|| panic!("{column}"));
            assert!(destination == path && score >= least, "{column}: {destination} {score}");
        }
        assert_eq!(found("shoe size"), None);
        assert_eq!(found("${}"), None);
    }

    #[test]
    fn each_field_is_proposed_once_and_the_order_is_that_of_the_columns() {
        let columns = ["fname", "firstName", "nothing"].map(str::to_owned);
        let found = suggest(&columns, &person());
        let sources: Vec<_> = found.iter().map(|suggestion| suggestion.source.as_str()).collect();
        assert_eq!(sources, ["fname", "firstName", "nothing"]);
        assert_eq!(found[1].destination.as_deref(), Some("person.name.firstName"));
        assert_ne!(found[0].destination, found[1].destination);
        assert_eq!(found[2].destination, None);
        assert_eq!(found, suggest(&columns, &person()));
    }
}
