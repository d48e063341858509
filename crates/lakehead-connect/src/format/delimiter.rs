//! Which character separates the columns of a text: the one that cuts every line into the same number of fields.

use super::split::{self, Marks, Scan};

/// Lines that are looked at.
const LINES: usize = 100;
/// Candidates in groups; a later group is only asked where nothing of an earlier one fits. Within a group, the first of
/// equals wins.
const CANDIDATES: [&[u8]; 3] = [b",;\t|", b"~^:", b"\x01\x1f#!*%&="];
/// Parts in a hundred of the lines that must have as many fields as the header.
const ENOUGH: usize = 70;

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Columns {
    /// Several, separated by this.
    By(u8),
    /// No candidate separates anything in the first line.
    One,
    /// Something separates the first line, and nothing the others.
    Unclear,
}

/// How well a candidate fits; greater is better.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    /// Parts in a hundred of the lines that have as many fields as the header.
    share: usize,
    /// No field of the header begins with a space: it is no sentence.
    clean: bool,
    /// Fields of the header.
    fields: usize,
}

/// Finds the delimiter of `text`, which begins with a header. Quotes are respected; a last line that `text` does not hold
/// whole is left out unless the text is `whole`.
pub(super) fn find(text: &[u8], whole: bool) -> Columns {
    let mut several = false;
    for group in CANDIDATES {
        let mut best: Option<(Fit, u8)> = None;
        for delimiter in group {
            let Some(fit) = fit(text, *delimiter, whole) else { continue };
            several |= fit.fields > 1;
            if fit.fields > 1 && fit.share >= ENOUGH && best.is_none_or(|(known, _)| fit > known) {
                best = Some((fit, *delimiter));
            }
        }
        if let Some((_, delimiter)) = best {
            return Columns::By(delimiter);
        }
    }
    if several { Columns::Unclear } else { Columns::One }
}

/// `None` where the first line does not end.
fn fit(text: &[u8], delimiter: u8, whole: bool) -> Option<Fit> {
    let (mut spans, mut side) = (Vec::new(), Vec::new());
    let (mut at, mut lines, mut alike) = (0, 0, 0);
    let mut header = None;
    while at < text.len() && lines < LINES {
        spans.clear();
        side.clear();
        let Scan::Record { next, broken } =
            split::record(text, at, Marks::usual(delimiter), whole, &mut spans, &mut side)
        else {
            break;
        };
        at = next;
        if spans.len() == 1 && spans[0].is_blank() {
            continue;
        }
        let fields = spans.len();
        let (expected, _) = *header
            .get_or_insert_with(|| (fields, spans.iter().all(|span| !span.bytes(text, &side).starts_with(b" "))));
        lines += 1;
        alike += usize::from(fields == expected && !broken);
    }
    let (fields, clean) = header?;
    Some(Fit { share: alike * 100 / lines, clean, fields })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn finds(text: &str, expected: Columns) {
        assert_eq!(find(text.as_bytes(), true), expected, "{text:?}");
    }

    #[test]
    fn every_usual_delimiter_is_found() {
        for delimiter in ",;\t|~^:#!\u{1}\u{1f}".chars() {
            let text = "id,first,last\n1,Ada,Lovelace\n2,Grace,Hopper\n".replace(',', &delimiter.to_string());
            finds(&text, Columns::By(delimiter as u8));
            finds(text.lines().next().unwrap(), Columns::By(delimiter as u8));
        }
    }

    #[test]
    fn what_stands_in_quotes_separates_nothing() {
        finds("a;b\n\"1,2,3\";x\n\"4,5\";\"y;z\"\n", Columns::By(b';'));
        finds("\"last, first\";age\n\"Lovelace, Ada\";36\n", Columns::By(b';'));
        finds("a,b\n\"line\nbreak; here\",2\n\"say \"\"hi\"\", she said\",3\n", Columns::By(b','));
        finds("\"a,b\"\n\"c,d\"\n", Columns::One);
    }

    #[test]
    fn values_that_hold_a_delimiter_do_not_mislead() {
        finds("id;price\n1;2,50\n2;3,75\n", Columns::By(b';'));
        finds("Betrag, netto;Menge\n1,50;2\n2,75;3\n", Columns::By(b';'));
        finds("at,name\n10:00:01,a\n11:30:02,b\n", Columns::By(b','));
        finds("id|when\n1|2024-01-01 10:00:00\n2|2024-01-02 11:00:00\n", Columns::By(b'|'));
        finds("xdm:id,xdm:name\n1,a\n2,b\n", Columns::By(b','));
        finds("id\tnote\n1\tone, two, three\n2\tnothing\n", Columns::By(b'\t'));
        finds("url,hits\nhttp://a.example/?x=1&y=2,3\nhttp://b.example/?x=1&y=2,4\n", Columns::By(b','));
    }

    #[test]
    fn more_columns_are_better_than_fewer() {
        finds("a|b|c,d\n1|2|3,4\n5|6|7,8\n", Columns::By(b'|'));
    }

    #[test]
    fn one_column_is_one_column() {
        finds("name\nAda\nGrace, Rear Admiral\n", Columns::One);
        finds("at\n2024-01-01 10:00:00\n2024-01-02 11:00:00\n", Columns::One);
        finds("two words\nx\n", Columns::One);
        finds("", Columns::One);
        finds("\n\n", Columns::One);
    }

    #[test]
    fn some_bad_lines_are_borne_and_prose_is_not() {
        let mut rows = "a,b,c\n".to_owned() + &"1,2,3\n".repeat(20);
        rows.push_str("too,few\n\n4,5,6,7\n");
        finds(&rows, Columns::By(b','));
        finds(
            "Dear Sir, or Madam, hello\nthis is a letter\nwith many lines\nand, well, no columns, at all\n",
            Columns::Unclear,
        );
        finds("a,b\n\"never closed\n1,2\n3,4\n", Columns::Unclear);
    }

    #[test]
    fn a_line_that_is_cut_off_does_not_count() {
        let text = b"a;b;c\n1;2;3\n4;5";
        assert_eq!(find(text, false), Columns::By(b';'));
        let text = "a,b\n".to_owned() + &"1,2\n".repeat(3) + "\"cut";
        assert_eq!(find(text.as_bytes(), false), Columns::By(b','));
        assert_eq!(find(b"a,b,c", false), Columns::One, "not even the header is whole");
    }

    #[test]
    fn carriage_returns_and_other_encodings_do_not_matter() {
        finds("a;b\r\n1;2\r\n3;4\r\n", Columns::By(b';'));
        assert_eq!(find(b"name;city\nM\xfcller;K\xf6ln\nStra\xdfe;M\xfcnchen\n", true), Columns::By(b';'));
    }
}
