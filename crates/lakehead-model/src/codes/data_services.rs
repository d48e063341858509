//! Codes of the Catalog, of Data Prep and of Data Access.

use super::{Code, Family, INVALID, answer};

const NOT_FOUND: &str = "Resource not found";

pub(super) const CATALOG: Family = Family {
    name: "Catalog",
    about: "The codes of this service are Lakehead's own; the body is the general problem.",
    codes: CATALOG_CODES,
};

pub(super) const DATA_PREP: Family = Family {
    name: "Data Prep",
    about: "The codes of this service are Lakehead's own; the body is the general problem. `MAPPER-3700-199` is among the codes of runs.",
    codes: DATA_PREP_CODES,
};

pub(super) const DATA_ACCESS: Family = Family {
    name: "Data Access",
    about: "The codes of this service are Lakehead's own; the body is the general problem.",
    codes: DATA_ACCESS_CODES,
};

pub(super) const BATCH_INGESTION: Family = Family {
    name: "Batch Ingestion",
    about: "The codes of this service are Lakehead's own; the body is the general problem. What a batch shows of its rows is among the codes of runs.",
    codes: BATCH_INGESTION_CODES,
};

#[rustfmt::skip]
const BATCH_INGESTION_CODES: &[Code] = &[
    answer("INGEST-9001-400", INVALID, "The body of a batch breaks a rule, or names a dataset, a mapping set or a batch that does not exist.", "Correct the field that the message names."),
    answer("INGEST-9002-400", INVALID, "The state of the batch does not allow this.", "Show the batch; make a new one where it has ended."),
    answer("INGEST-9003-400", INVALID, "The path of a file, its pieces or a query parameter cannot be used.", "Correct what the message names."),
    answer("INGEST-9004-413", "Too large", "The file, or the batch with it, is larger than is taken.", "Upload smaller files, in more batches."),
    answer("INGEST-9005-415", "Unsupported media type", "Files are uploaded as `application/octet-stream`.", "Set the header `Content-Type`."),
    answer("INGEST-9404-404", NOT_FOUND, "The batch, or the file in it, does not exist in this organisation and sandbox.", "Check the id, the path and the header `x-sandbox-name`."),
];

#[rustfmt::skip]
const CATALOG_CODES: &[Code] = &[
    answer("CATALOG-1001-400", INVALID, "The body of a dataset breaks a rule.", "Correct the field that the message names."),
    answer("CATALOG-1002-400", INVALID, "A query parameter has a value that cannot be used.", "Give a value as the message describes."),
    answer("CATALOG-1003-400", INVALID, "The schema of a new dataset does not exist in the sandbox.", "Create the schema first."),
    answer("CATALOG-1004-400", INVALID, "A target connection points at the dataset.", "Delete the target connection first."),
    answer("CATALOG-1404-404", NOT_FOUND, "The dataset does not exist in this organisation and sandbox.", "Check the id and the header `x-sandbox-name`."),
    answer("CATALOG-1404-412", "Version not matching", "The dataset was changed since the version in `If-Match`.", "Read the dataset again and send the version in its `E-Tag`."),
    answer("CATALOG-1405-404", NOT_FOUND, "The batch does not exist in this organisation and sandbox.", "Check the id and the header `x-sandbox-name`."),
];

#[rustfmt::skip]
const DATA_PREP_CODES: &[Code] = &[
    answer("MAPPER-1001-400", INVALID, "A mapping set, an expression, a schema or a sample breaks a rule, or a mapping set does not fit its schema.", "Correct the member that the message names."),
    answer("MAPPER-1002-400", INVALID, "The schema of the mapping set does not exist in the sandbox.", "Create the schema first."),
    answer("MAPPER-1003-400", INVALID, "A query parameter is missing, or has a value that cannot be used.", "Give a value as the message describes."),
    answer("MAPPER-1004-400", INVALID, "A flow uses a version of the mapping set.", "Delete the flow first."),
    answer("MAPPER-1005-400", INVALID, "The rows of a preview cannot be mapped: they are no rows, too many, too large, or take too long.", "Send fewer rows, as JSON objects."),
    answer("MAPPER-1404-404", NOT_FOUND, "The mapping set, or the version of it, does not exist in this organisation and sandbox.", "Check the id, the version and the header `x-sandbox-name`."),
    answer("MAPPER-1405-404", NOT_FOUND, "The mapping set has no such mapping.", "Check the ids; the list of its mappings has them."),
    answer("MAPPER-1406-404", NOT_FOUND, "The schema or sample of Data Prep does not exist in this organisation and sandbox.", "Check the id and the header `x-sandbox-name`."),
];

#[rustfmt::skip]
const DATA_ACCESS_CODES: &[Code] = &[
    answer("DAS-1001-400", INVALID, "A query parameter is missing or has a value that cannot be used.", "Give a value as the message describes."),
    answer("DAS-1002-416", "Range not satisfiable", "The range lies outside of the file.", "Ask for bytes within the size in `Content-Range`."),
    answer("DAS-1404-404", NOT_FOUND, "The file does not exist in this organisation and sandbox.", "List the files of a batch for their ids and names."),
    answer("DAS-1405-404", NOT_FOUND, "The batch has no such metadata.", "Use `input_files` or `row_errors`."),
];
