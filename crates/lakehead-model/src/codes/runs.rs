//! Codes in the documents of runs and batches, and in their diagnostics.

use super::{Code, Family, never, run};

pub(super) const FAMILY: Family = Family {
    name: "Runs and batches",
    about: "Never the code of an answer: they are in `metrics.statusSummary.errors` and the activities of a run (warnings in `recordSummary.warningInfo`), in `errors` of its batch, and in the diagnostics of rejected rows. The last part of the code is not an HTTP status.",
    codes: CODES,
};

const COPY: &str = "Copy failed";
const PROMOTION: &str = "Promotion failed";
const ROWS: &str = "Rows with errors";

#[rustfmt::skip]
const CODES: &[Code] = &[
    run("CONNECTOR-1001-500", COPY, "Files could not be listed or read from the source.", "Check the path and the credentials, and run again."),
    run("CONNECTOR-2001-500", PROMOTION, "What was read could not be parsed, mapped or landed as a whole, or the flow was deleted meanwhile.", "Correct what the message names, and run again."),
    never("CONNECTOR-3001-500", "Batch failed", "The batch of the run could not be made.", "the batch is a row of the transaction that lands the run"),
    run("INGEST-1002-400", "Ingestion failed", "The files of an uploaded batch were not read.", "Do what the description says, and upload into a new batch."),
    run("INGEST-1211-400", ROWS, "Rows have errors, and diagnostics are off.", "Set `errorDiagnosticsEnabled` in the options of the flow for the count of each kind of error."),
    run("INGEST-1212-400", ROWS, "How many rows have errors, and how many were ingested.", "Look at the diagnostics of the batch."),
    run("INGEST-1401-400", "Row or file cannot be read", "A row, or a file as a whole, is not of the declared format.", "Correct the file; the diagnostics name file and row."),
    run("INGEST-1555-400", "Required field missing", "A field that the schema requires is missing or null.", "Map the field, and give it a value in every row."),
    run("DCVS-1104-400", "Wrong data type", "The value of a required field cannot be converted to its type, or a value is out of the range or the length that the schema demands.", "Correct the value; the diagnostics name file, row and field."),
    run("DCVS-1105-400", "Wrong format", "A value does not match the `pattern` of its field, or is not written in its `format`.", "Correct the value; the diagnostics name file, row and field."),
    run("DCVS-1106-400", "Value not allowed", "A value is none of those in the `enum` of its field.", "Correct the value, or allow it in the schema; the diagnostics name file, row and field."),
    never("DCVS-1111-400", "Required field missing", "A required field is missing.", "INGEST-1555-400 is noted"),
    run("MAPPER-3700-199", "Value cannot be converted", "The value of a field that is not required cannot be converted; it became null, and the row landed.", "Correct the value, or map it with another type."),
    never("MAPPER-3700-400", "Mapper Transform Error", "The same as MAPPER-3700-199, as one published sample writes it.", "MAPPER-3700-199 is noted"),
    run("TypeCompatibilityException", "Types do not fit", "A column has a type that is never converted to the type of its destination; the file fails as a whole.", "Map the column to a field of a type that fits."),
    never("106", "File is empty", "A file of the dataset is empty.", "an empty file has no rows, and no row fails"),
    run("118", "Header does not fit", "The header of a file is empty, or has none of the mapped columns.", "Correct the header of the file, or the format and the delimiter of the source connection."),
    never("133", "Batch is empty", "The batch has no files.", "a run without new files succeeds with nothing"),
];
