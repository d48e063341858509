//! Codes of the Iceberg REST catalog.

use super::{Code, Family, INVALID, answer};

const NOT_FOUND: &str = "Resource not found";

pub(super) const FAMILY: Family = Family {
    name: "Iceberg REST catalog",
    about: "Under `/iceberg` every failure has the body of that protocol, `{\"error\": {\"message\", \"type\", \"code\"}}`: `code` is the HTTP status, and the message begins with the code of this page. The endpoint that serves the files of tables answers the XML errors of S3.",
    codes: CODES,
};

#[rustfmt::skip]
const CODES: &[Code] = &[
    answer("ICEBERG-1001-400", INVALID, "A query parameter has a value that cannot be used.", "Give a value as the message describes."),
    answer("ICEBERG-1002-406", "Not acceptable", "Tables are read here; dataflows and uploaded batches alone write them.", "Create a dataset in the Catalog and a flow, or upload a batch."),
    answer("ICEBERG-1404-404", NOT_FOUND, "The warehouse is no sandbox of this organisation, or not active.", "Give the name of a sandbox as `warehouse`."),
    answer("ICEBERG-1405-404", NOT_FOUND, "There is no such namespace: a sandbox has one, `datasets`.", "Use the namespace `datasets`."),
    answer("ICEBERG-1406-404", NOT_FOUND, "The table does not exist in this organisation and sandbox.", "List the tables; the id of a dataset is a name of its table too."),
];
