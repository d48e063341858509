//! Titles of the error codes, one table for every service.

/// Title by code family; the first prefix that matches wins, so longer ones stand first.
const TITLES: &[(&str, &str)] = &[
    ("FLOW-1100-400", "Invalid request"),
    ("FLOW-1101-404", "Resource not found"),
    ("FLOW-1102-500", "Internal Error"),
    ("FLOW-1103-503", "Service Unavailable"),
    ("FLOW-1104-504", "Gateway Timeout"),
    ("FLOW-1400-500", "Internal Error"),
    ("FLOW-1403-400", "Header is missing"),
    ("FLOW-1404-412", "Version not matching"),
    ("FLOW-1439-404", "Resource not found"),
    ("FLOW-2100-404", "Sandbox not found"),
    ("FLOW-2121-403", "Forbidden"),
    ("FLOW-", "Invalid request"),
    ("XDM-1006-400", "Accept header invalid"),
    ("XDM-1007-400", "Accept header invalid"),
    ("XDM-1008-400", "Accept header invalid"),
    ("XDM-1009-400", "Accept header invalid"),
    ("XDM-9100-406", "Accept header invalid"),
    ("XDM-1012-404", "Resource not found"),
    ("XDM-", "Invalid resource"),
    ("CATALOG-1404-412", "Version not matching"),
];

/// The title of `code`; by its status where the table has no entry.
pub(crate) fn title(code: &str) -> &'static str {
    if let Some((_, title)) = TITLES.iter().find(|(prefix, _)| code.starts_with(prefix)) {
        return title;
    }
    match code.rsplit('-').next() {
        Some("404") => "Resource not found",
        Some("406") => "Not acceptable",
        Some("409") => "Conflict",
        Some("412") => "Version not matching",
        Some("413") => "Request too large",
        Some("416") => "Range not satisfiable",
        Some("500") => "Internal Error",
        Some("503") => "Service Unavailable",
        _ => "Invalid request",
    }
}
