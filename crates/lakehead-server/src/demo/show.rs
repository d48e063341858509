//! What the demo prints. Lines are readable without colour; nothing is lost where the output is not a terminal.

use std::io::{IsTerminal as _, Write as _};

use serde_json::Value;

/// Columns that a path may fill.
const PATH_WIDTH: usize = 66;

/// Where and how to print. Cheap to copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    /// Standard output belongs to the summary: the story goes to standard error.
    to_stderr: bool,
    terminal: bool,
    color: bool,
}

/// Colours of the terminal.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    /// Headings.
    Bold,
    /// What matters less.
    Faint,
    /// Good news.
    Green,
    /// Bad news.
    Red,
}

impl Screen {
    /// `json` keeps standard output free.
    pub(super) fn new(json: bool) -> Self {
        let terminal = if json { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
        let color = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { to_stderr: json, terminal, color }
    }

    /// Prints a line. A reader that went away is no reason to stop.
    pub(super) fn line(self, text: &str) {
        self.write(&format!("{text}\n"));
    }

    /// A heading, after an empty line.
    pub(super) fn heading(self, text: &str) {
        self.write(&format!("\n{}\n", self.ink(Ink::Bold, text)));
    }

    /// Rows of cells, aligned.
    pub(super) fn table(self, rows: &[Vec<String>]) {
        for line in table(rows) {
            self.line(&line);
        }
    }

    /// A call of the API: method, status, milliseconds, path, and what came back.
    pub(super) fn call(self, call: &Call<'_>) {
        let Call { method, path, status, millis, gist } = call;
        let ink = if (200..300).contains(status) { Ink::Green } else { Ink::Red };
        let status = self.ink(ink, &status.to_string());
        let millis = self.ink(Ink::Faint, &format!("{millis:>4} ms"));
        let path = short_path(path);
        // What came back stands in a column of its own, below a path that reaches into it.
        let gap = if path.chars().count() > PATH_WIDTH && !gist.is_empty() {
            format!("\n{:1$}", "", PATH_WIDTH + 20)
        } else {
            "  ".to_owned()
        };
        self.write(&format!("  {method:<4} {status} {millis}  {path:<PATH_WIDTH$}{gap}{gist}\n"));
    }

    /// Replaces the line of progress on a terminal; elsewhere a new line, so call it only when there is news.
    pub(super) fn progress(self, text: &str) {
        if self.terminal {
            self.write(&format!("\r\x1b[2K  {text}"));
        } else {
            self.write(&format!("  {text}\n"));
        }
    }

    /// Makes room after the last [`Screen::progress`].
    pub(super) fn end_progress(self) {
        if self.terminal {
            self.write("\n");
        }
    }

    /// Whether a line can be replaced, so that progress may be shown often.
    pub(super) const fn is_terminal(self) -> bool {
        self.terminal
    }

    /// Coloured text, where colours are wanted.
    pub(super) fn ink(self, ink: Ink, text: &str) -> String {
        let code = match ink {
            Ink::Bold => "1",
            Ink::Faint => "2",
            Ink::Green => "32",
            Ink::Red => "31",
        };
        if self.color { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn write(self, text: &str) {
        if self.to_stderr {
            let mut out = std::io::stderr().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        } else {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    }
}

/// One call, as [`Screen::call`] shows it.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    pub(super) path: &'a str,
    pub(super) status: u16,
    pub(super) millis: u128,
    /// The id it gave, or what it found.
    pub(super) gist: String,
}

/// The short sense of an answer: the id that it gave, or how much it found.
pub(super) fn gist(answer: &Value) -> String {
    let text = |member: &str| answer[member].as_str();
    if answer.get("access_token").is_some() {
        let hours = (answer["expires_in"].as_u64().unwrap_or(0) + 1) / 3600;
        return format!("a token for {hours} h");
    }
    if let Some(id) = text("meta:altId") {
        return short_path(id);
    }
    if let Some(id) = text("id") {
        return format!("id {id}");
    }
    if let Some(tenant) = text("tenantId") {
        return format!("tenantId {tenant}");
    }
    if let Some(columns) = answer["schema"]["columns"].as_array() {
        let rows = answer["data"].as_array().map_or(0, Vec::len);
        return format!("{} columns, {rows} rows", columns.len());
    }
    if let Some(result) = answer["result"].as_bool() {
        return format!("result {result}");
    }
    for (member, noun) in [("items", "items"), ("data", "entries")] {
        if let Some(found) = answer[member].as_array() {
            return format!("{} {noun}", found.len());
        }
    }
    match answer {
        Value::Array(items) => listed(items),
        // The Catalog answers with a map of one.
        Value::Object(map) if map.len() == 1 => map.values().next().map(named).unwrap_or_default(),
        _ => String::new(),
    }
}

fn named(resource: &Value) -> String {
    let text = |member: &str| resource[member].as_str().map(|text| format!("{member} {text}"));
    text("status").or_else(|| text("name")).unwrap_or_default()
}

fn listed(items: &[Value]) -> String {
    let names = items.iter().filter_map(|item| item.as_str().or_else(|| item["name"].as_str()));
    names.take(6).collect::<Vec<_>>().join(", ")
}

/// Long ids cut to their first characters.
fn short_path(path: &str) -> String {
    let is_id = |c: char| c.is_ascii_hexdigit() || c == '-';
    let mut out = String::new();
    let mut rest = path;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_id(c)).unwrap_or(rest.len());
        let (id, _) = rest.split_at(end);
        if id.len() >= 20 {
            out.push_str(&id[..8]);
            out.push('…');
        } else {
            out.push_str(id);
        }
        let next = rest[end..].find(is_id).map_or(rest.len(), |found| end + found);
        out.push_str(&rest[end..next]);
        rest = &rest[next..];
    }
    out
}

/// Rows of cells as aligned lines; the first row is the head, numbers stand to the right.
fn table(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let cell = |row: &Vec<String>, column: usize| row.get(column).cloned().unwrap_or_default();
    let width = |column: usize| rows.iter().map(|row| cell(row, column).chars().count()).max().unwrap_or(0);
    let is_number = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let right =
        |column: usize| rows.iter().skip(1).all(|row| is_number(&cell(row, column)) || cell(row, column) == "–");
    let line = |row: &Vec<String>| {
        let cells = (0..columns).map(|column| {
            let (text, width) = (cell(row, column), width(column));
            if right(column) { format!("{text:>width$}") } else { format!("{text:<width$}") }
        });
        format!("  {}", cells.collect::<Vec<_>>().join("   ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// A number with separators between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Text cut to `limit` characters.
pub(super) fn cut(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit {
        return text.to_owned();
    }
    text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_in_paths_are_cut_and_the_rest_stays() {
        let path = "/flowservice/connections/3f1c88aa-e29b-4d7c-9a51-0f0e0d0c0b0a/test";
        assert_eq!(short_path(path), "/flowservice/connections/3f1c88aa…/test");
        assert_eq!(short_path("/acme/2026/01/é.csv"), "/acme/2026/01/é.csv");
    }

    #[test]
    fn numbers_are_grouped_and_columns_aligned() {
        assert_eq!((grouped(0), grouped(999), grouped(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
        let row = |cells: [&str; 2]| cells.map(str::to_owned).to_vec();
        assert_eq!(
            table(&[row(["flow", "rows"]), row(["a", "1"]), row(["bcdef", "1,000"])]),
            ["  flow     rows", "  a           1", "  bcdef   1,000",]
        );
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!((cut("äöü", 3), cut("äöü", 2)), ("äöü".to_owned(), "ä…".to_owned()));
    }
}
