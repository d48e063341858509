//! Every error code in one table: what it means, what to do, and whether it can occur here.
//!
//! Answers take titles and statuses from here, `docs/reference/errors.md` is [`markdown`], and the tests hold the
//! table against the sources and against what a running server answers. The rows are in one file for each family.

mod data_services;
mod flow;
mod gateway;
mod governance;
mod iceberg;
mod markdown;
mod platform;
mod provider;
mod registry;
mod runs;
mod sandboxes;
#[cfg(test)]
mod tests;

pub use markdown::markdown;

/// One error code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// As clients know it, such as `FLOW-1439-404`; the last part is the HTTP status.
    pub code: &'static str,
    /// Short text of the kind of error, the `title` of a problem body.
    pub title: &'static str,
    /// The condition, as one sentence.
    pub meaning: &'static str,
    /// What the reader can do about it; empty for what never occurs.
    pub cure: &'static str,
    /// Whether and where it occurs.
    pub occurs: Occurs,
}

/// Whether and where a code occurs. What occurs is produced by a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurs {
    /// In the answer to a request: as its code, or as the `provider-code` of its report.
    InAnswers,
    /// In the documents of a run and its batch, or in their diagnostics.
    InRuns,
    /// Documented for the service, and never produced here: why.
    Never(&'static str),
}

/// Codes with one prefix, or of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Family {
    /// Heading.
    pub name: &'static str,
    /// Where they occur and what the body looks like, in Markdown.
    pub about: &'static str,
    /// The codes, in order.
    pub codes: &'static [Code],
}

const FAMILIES: &[Family] = &[
    gateway::FAMILY,
    platform::FAMILY,
    flow::FAMILY,
    provider::FAMILY,
    runs::FAMILY,
    registry::FAMILY,
    data_services::CATALOG,
    data_services::DATA_PREP,
    data_services::BATCH_INGESTION,
    data_services::DATA_ACCESS,
    governance::POLICY,
    governance::DATASET,
    governance::NAMESPACES,
    iceberg::FAMILY,
    sandboxes::FAMILY,
];

/// Title of a code that the table does not have.
const INVALID: &str = "Invalid request";

impl Code {
    /// The HTTP status; for codes of runs only a number.
    pub fn status(&self) -> u16 {
        status(self.code)
    }

    /// Whether something here produces it.
    pub const fn can_occur(&self) -> bool {
        !matches!(self.occurs, Occurs::Never(_))
    }
}

/// The families, in the order of the documentation.
pub const fn families() -> &'static [Family] {
    FAMILIES
}

/// Every code.
pub fn all() -> impl Iterator<Item = &'static Code> {
    FAMILIES.iter().flat_map(|family| family.codes)
}

/// A code of the table.
pub fn find(code: &str) -> Option<&'static Code> {
    all().find(|known| known.code == code)
}

/// The title of a code.
pub fn title(code: &str) -> &'static str {
    find(code).map_or(INVALID, |known| known.title)
}

/// The HTTP status that a code ends in; 500 where it ends in something else.
pub fn status(code: &str) -> u16 {
    code.rsplit('-').next().and_then(|status| status.parse().ok()).unwrap_or(500)
}

const fn answer(code: &'static str, title: &'static str, meaning: &'static str, cure: &'static str) -> Code {
    Code { code, title, meaning, cure, occurs: Occurs::InAnswers }
}

const fn run(code: &'static str, title: &'static str, meaning: &'static str, cure: &'static str) -> Code {
    Code { code, title, meaning, cure, occurs: Occurs::InRuns }
}

const fn never(code: &'static str, title: &'static str, meaning: &'static str, why: &'static str) -> Code {
    Code { code, title, meaning, cure: "", occurs: Occurs::Never(why) }
}
