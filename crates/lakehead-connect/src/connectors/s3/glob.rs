//! File patterns: `*` and `?` stay within one segment of the path.

/// A pattern over keys.
pub(super) struct Glob {
    folders: Vec<Vec<char>>,
    last: Vec<char>,
    recursive: bool,
}

impl Glob {
    /// Reads a pattern. With `recursive` the last segment's pattern also holds in every sub-folder.
    pub(super) fn new(pattern: &str, recursive: bool) -> Self {
        let mut folders: Vec<Vec<char>> = pattern.split('/').map(|segment| segment.chars().collect()).collect();
        let last = folders.pop().unwrap_or_default();
        Self { folders, last, recursive }
    }

    /// Whether a key matches.
    pub(super) fn matches(&self, key: &str) -> bool {
        let mut segments: Vec<&str> = key.split('/').collect();
        let name = segments.pop().unwrap_or_default();
        let depth = segments.len() == self.folders.len() || (self.recursive && segments.len() > self.folders.len());
        depth
            && segment_matches(&self.last, name)
            && self.folders.iter().zip(segments).all(|(pattern, segment)| segment_matches(pattern, segment))
    }
}

/// Whether a path is a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?'])
}

/// The part of a pattern every match begins with.
pub(super) fn literal_prefix(pattern: &str) -> &str {
    &pattern[..pattern.find(['*', '?']).unwrap_or(pattern.len())]
}

/// Linear matching with one point of return, so that no pattern takes exponential time.
fn segment_matches(pattern: &[char], text: &str) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || *c == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((at, taken)) => {
                    star = Some((at, taken + 1));
                    p = at + 1;
                    t = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stay_in_their_segment() {
        for (pattern, key, recursive, expected) in [
            ("in/*.csv", "in/a.csv", false, true),
            ("in/*.csv", "in/.csv", false, true),
            ("in/*.csv", "in/b/a.csv", false, false),
            ("in/*.csv", "in/b/c/a.csv", true, true),
            ("in/*.csv", "out/b/a.csv", true, false),
            ("in/*.csv", "in/a.csv.gz", false, false),
            ("*premium*.csv", "x-premium-2.csv", false, true),
            ("*premium*.csv", "premium.csv", false, true),
            ("*premium*.csv", "premiu.csv", false, false),
            ("in/20??/*.csv", "in/2024/a.csv", false, true),
            ("in/20??/*.csv", "in/20245/a.csv", false, false),
            ("in/?.csv", "in/\u{e4}.csv", false, true),
            ("in/?.csv", "in/.csv", false, false),
            ("*", "a", false, true),
            ("*", "a/b", false, false),
            ("*", "a/b", true, true),
            ("**.csv", "a.csv", false, true),
            ("a.c", "abc", false, false),
            ("in/*", "in/[x](y)", false, true),
        ] {
            assert_eq!(Glob::new(pattern, recursive).matches(key), expected, "{pattern} {key} {recursive}");
        }
        assert_eq!(literal_prefix("in/a*b?"), "in/a");
    }

    #[test]
    fn a_hostile_pattern_is_answered_at_once() {
        let pattern = "*a".repeat(500) + "b";
        assert!(!Glob::new(&pattern, false).matches(&"a".repeat(1000)));
    }
}
