//! A stretch of the keys below a prefix: where it begins and ends, and where it is cut in two.

use std::collections::HashSet;

use super::Tree;
use crate::connectors::s3::xml::{ListPage, ListedObject};

/// Objects that a sub-folder must have on average to be worth requests of its own.
const OBJECTS_PER_FOLDER: usize = 250;
/// Behind every printable character.
const BEHIND: u32 = 0x7f;

/// Some keys below a prefix.
#[derive(Clone, Debug)]
pub(super) struct Stretch {
    pub(super) prefix: String,
    /// Answered by folder: keys with a further `/` show as sub-folders.
    pub(super) one_level: bool,
    /// The sub-folders are stretches of their own.
    pub(super) descend: bool,
    /// Begins behind this key.
    pub(super) after: Option<String>,
    /// Ends with this key.
    pub(super) until: Option<String>,
}

impl Stretch {
    /// Everything that is wanted of `tree`.
    pub(super) fn whole(tree: &Tree) -> Self {
        let prefix = tree.prefix.clone();
        Self { prefix, one_level: !tree.recursive, descend: false, after: None, until: None }
    }

    /// Whether it is a sub-folder that another stretch came upon.
    pub(super) fn is_folder(&self) -> bool {
        !self.one_level && self.after.is_none()
    }
}

/// Sees to it that no object comes twice: each key is behind the last, or every object is remembered.
pub(super) struct Order {
    last: Option<String>,
    seen: Option<HashSet<u128>>,
}

impl Order {
    pub(super) fn new(after: Option<String>, remembering: bool) -> Self {
        Self { last: after, seen: remembering.then(HashSet::new) }
    }

    /// An error where keys are out of order; where they are remembered, those that came before are taken out.
    pub(super) fn check(&mut self, objects: &mut Vec<ListedObject>) -> Result<(), ()> {
        if let Some(seen) = &mut self.seen {
            objects.retain(|object| seen.insert(fingerprint(&object.key)));
            return Ok(());
        }
        for object in objects.iter() {
            if self.last.as_ref().is_some_and(|last| *last >= object.key) {
                return Err(());
            }
            self.last.get_or_insert_default().clone_from(&object.key);
        }
        Ok(())
    }

    /// The farthest name so far, of a file or a sub-folder.
    pub(super) fn last(&self, page: &ListPage) -> Option<String> {
        self.last.clone().max(page.prefixes.iter().max().cloned())
    }
}

/// Keys are chosen by strangers, and one that looks like another would be lost.
fn fingerprint(key: &str) -> u128 {
    use sha2::{Digest, Sha256};
    let hash: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    u128::from_be_bytes(std::array::from_fn(|n| hash[n]))
}

/// Takes out what is behind the end of the stretch; answers whether the page goes beyond it. Sub-folders are kept:
/// stores do not agree whether `a/` comes before `a.b`, and each is listed once in any case.
pub(super) fn is_behind(page: &mut ListPage, until: Option<&str>) -> bool {
    let Some(until) = until else { return false };
    let within = page.objects.partition_point(|object| object.key.as_str() <= until);
    let folder_behind = page.prefixes.iter().any(|prefix| prefix.trim_end_matches('/') > until);
    let behind = within < page.objects.len() || folder_behind;
    page.objects.truncate(within);
    behind
}

/// Whether the sub-folders that begin a full page are few and large, as far as it shows. A page without any may be the
/// beginning of a large folder with some at its end.
pub(super) fn is_worth_descending(page: &ListPage, prefix: &str) -> bool {
    let (mut folders, mut inside, mut last) = (0, 0, None);
    for object in &page.objects {
        let Some((folder, _)) = object.key[prefix.len()..].split_once('/') else { continue };
        inside += 1;
        if last != Some(folder) {
            folders += 1;
            last = Some(folder);
        }
    }
    inside >= folders * OBJECTS_PER_FOLDER
}

/// A key about half way from `last` to `until` (or the end of the prefix), by the characters of text; `None` where
/// there is none.
pub(super) fn middle(prefix: &str, last: &str, until: Option<&str>) -> Option<String> {
    let from = last.strip_prefix(prefix)?.trim_end_matches('/');
    let to = until.and_then(|until| until.strip_prefix(prefix));
    let mut middle = prefix.to_owned();
    let (mut low, mut high) = (from.chars(), to.map(str::chars));
    loop {
        let low = low.next().map_or(0x1f, u32::from);
        let end = high.as_mut().and_then(Iterator::next).map_or(BEHIND, u32::from).min(BEHIND);
        if end < low || low > BEHIND {
            return None;
        }
        if end - low >= 2 {
            let half = match char::from_u32(low.midpoint(end))? {
                '/' => '0',
                other => other,
            };
            middle.push(half);
            break;
        }
        // Too close: what follows decides, up to the end of all that begins so.
        middle.push(char::from_u32(low).filter(|c| *c >= ' ')?);
        if end > low {
            high = None;
        }
    }
    (middle.as_str() > last && until.is_none_or(|until| middle.as_str() < until)).then_some(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(keys: &[&str]) -> ListPage {
        let object = |key: &&str| ListedObject { key: (*key).to_owned(), ..ListedObject::default() };
        ListPage { objects: keys.iter().map(object).collect(), prefixes: Vec::new(), next: None }
    }

    #[test]
    fn a_middle_lies_between() {
        for (last, until, expected) in [
            ("in/part-000999", None, Some("in/w")),
            ("in/part-000999", Some("in/t"), Some("in/r")),
            ("in/part-000999", Some("in/q"), Some("in/pp")),
            ("in/part-000999", Some("in/part-1"), Some("in/part-0W")),
            ("in/a", Some("in/a\u{20}"), None),
            ("in/\u{4e2d}", None, None),
            ("in/~~", None, Some("in/~~O")),
            ("in/a/", Some("in/b"), Some("in/aO")),
            ("elsewhere", None, None),
        ] {
            assert_eq!(middle("in/", last, until).as_deref(), expected, "{last} {until:?}");
        }
    }

    #[test]
    fn cutting_again_and_again_comes_near_the_last_key() {
        let (last, mut until) = ("in/2026/part-000999.csv", None);
        for _ in 0..200 {
            let Some(next) = middle("in/", last, until.as_deref()) else { break };
            assert!(next.as_str() > last && until.as_ref().is_none_or(|until| next < *until), "{next} {until:?}");
            until = Some(next);
        }
        assert!(until.as_deref().is_some_and(|until| until.starts_with("in/2026/part-000999")), "{until:?}");
    }

    #[test]
    fn few_large_folders_are_worth_it_and_many_small_ones_are_not() {
        let large: Vec<String> = (0..1000).map(|n| format!("in/{}/{n:04}", n / 300)).collect();
        let small: Vec<String> = (0..1000).map(|n| format!("in/{n:04}/a")).collect();
        let flat: Vec<String> = (0..1000).map(|n| format!("in/{n:04}")).collect();
        for (keys, worth) in [(large, true), (small, false), (flat, true)] {
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            assert_eq!(is_worth_descending(&page(&keys), "in/"), worth);
        }
    }

    #[test]
    fn disorder_is_seen_and_remembering_takes_doubles_out() {
        let mut order = Order::new(Some("b".to_owned()), false);
        order.check(&mut page(&["c", "d"]).objects).unwrap();
        order.check(&mut page(&["d"]).objects).unwrap_err();
        Order::new(Some("b".to_owned()), false).check(&mut page(&["a"]).objects).unwrap_err();
        let mut order = Order::new(None, true);
        let mut objects = page(&["c", "a", "c"]).objects;
        order.check(&mut objects).unwrap();
        assert_eq!(objects.len(), 2);
        let mut again = page(&["a", "b"]).objects;
        order.check(&mut again).unwrap();
        assert_eq!(again[0].key, "b");
    }
}
