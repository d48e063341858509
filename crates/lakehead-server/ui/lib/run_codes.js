// What the codes in runs mean, and what to do. Made from the table of error codes:
// `UPDATE_DOCS=1 cargo test -p lakehead-model codes`.
export const RUN_CODES = {
  "CONNECTOR-1001-500": {"title":"Copy failed","meaning":"Files could not be listed or read from the source.","cure":"Check the path and the credentials, and run again."},
  "CONNECTOR-2001-500": {"title":"Promotion failed","meaning":"What was read could not be parsed, mapped or landed as a whole, or the flow was deleted meanwhile.","cure":"Correct what the message names, and run again."},
  "INGEST-1002-400": {"title":"Ingestion failed","meaning":"The files of an uploaded batch were not read.","cure":"Do what the description says, and upload into a new batch."},
  "INGEST-1211-400": {"title":"Rows with errors","meaning":"Rows have errors, and diagnostics are off.","cure":"Set `errorDiagnosticsEnabled` in the options of the flow for the count of each kind of error."},
  "INGEST-1212-400": {"title":"Rows with errors","meaning":"How many rows have errors, and how many were ingested.","cure":"Look at the diagnostics of the batch."},
  "INGEST-1401-400": {"title":"Row or file cannot be read","meaning":"A row, or a file as a whole, is not of the declared format.","cure":"Correct the file; the diagnostics name file and row."},
  "INGEST-1555-400": {"title":"Required field missing","meaning":"A field that the schema requires is missing or null.","cure":"Map the field, and give it a value in every row."},
  "DCVS-1104-400": {"title":"Wrong data type","meaning":"The value of a required field cannot be converted to its type, or a value is out of the range or the length that the schema demands.","cure":"Correct the value; the diagnostics name file, row and field."},
  "DCVS-1105-400": {"title":"Wrong format","meaning":"A value does not match the `pattern` of its field, or is not written in its `format`.","cure":"Correct the value; the diagnostics name file, row and field."},
  "DCVS-1106-400": {"title":"Value not allowed","meaning":"A value is none of those in the `enum` of its field.","cure":"Correct the value, or allow it in the schema; the diagnostics name file, row and field."},
  "MAPPER-3700-199": {"title":"Value cannot be converted","meaning":"The value of a field that is not required cannot be converted; it became null, and the row landed.","cure":"Correct the value, or map it with another type."},
  "TypeCompatibilityException": {"title":"Types do not fit","meaning":"A column has a type that is never converted to the type of its destination; the file fails as a whole.","cure":"Map the column to a field of a type that fits."},
  "118": {"title":"Header does not fit","meaning":"The header of a file is empty, or has none of the mapped columns.","cure":"Correct the header of the file, or the format and the delimiter of the source connection."},
};
