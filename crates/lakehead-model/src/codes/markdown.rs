//! The table as a page of the documentation.

use std::fmt::Write as _;

use super::{Code, FAMILIES, Family, Occurs};

const INTRODUCTION: &str = "# Error codes

Every failure has a code. Its last part is the HTTP status, its first the part of the system that answers. A problem body has the
media type `application/problem+json`:

```json
{
  \"type\": \"https://ns.adobe.com/aep/errors/FLOW-1439-404\",
  \"title\": \"Resource not found\",
  \"status\": 404,
  \"report\": {
    \"detailed-message\": \"the requested flows resource `…` is not found; check the id and the sandbox\",
    \"request-id\": \"…\",
    \"id\": \"…\",
    \"type\": \"flows\"
  },
  \"errorMessage\": \"…\",
  \"errorDetails\": \"…\"
}
```

`errorMessage` and `errorDetails` repeat the message for older clients. The request id is the one of the header
`x-request-id`; the server's log has it too. Some services have other members; their sections say so.

This page is made from the table in the program. What can occur is produced by a test. Codes that clients of other
implementations may know, and that never occur here, are listed with the reason.
";

/// `docs/reference/errors.md`, complete.
pub fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for family in FAMILIES {
        section(&mut page, family);
    }
    page
}

fn section(page: &mut String, family: &Family) {
    let _ = write!(page, "\n## {}\n\n{}\n", family.name, family.about);
    page.push_str("\n| code | status | title | meaning | what to do |\n| --- | --- | --- | --- | --- |\n");
    for code in family.codes.iter().filter(|code| code.can_occur()) {
        let Code { code: name, title, meaning, cure, .. } = code;
        let _ = writeln!(page, "| `{name}` | {} | {title} | {meaning} | {cure} |", shown_status(code));
    }
    let mut reserved = family.codes.iter().filter_map(|code| match code.occurs {
        Occurs::Never(why) => Some((code, why)),
        _ => None,
    });
    let Some(first) = reserved.next() else { return };
    page.push_str("\nNever here:\n\n| code | title | meaning | why not |\n| --- | --- | --- | --- |\n");
    for (code, why) in std::iter::once(first).chain(reserved) {
        let _ = writeln!(page, "| `{}` | {} | {} | {why} |", code.code, code.title, code.meaning);
    }
}

/// Codes of runs have no status.
fn shown_status(code: &Code) -> String {
    if code.occurs == Occurs::InRuns { "–".to_owned() } else { code.status().to_string() }
}
