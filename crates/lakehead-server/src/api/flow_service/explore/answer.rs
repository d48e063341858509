//! A file as explore shows it: how it was read, its columns, its first rows.

use lakehead_connect::format::{Column, ColumnType, Preview};
use lakehead_model::format::{DataFormat, Dialect, FormatKind, column_delimiter_text};
use lakehead_model::xdm::types::{self, Stored, XdmType};
use serde_json::{Map, Value, json};

/// The answer; the rows only where they are asked for.
pub(super) fn file(preview: Preview, rows: bool) -> Value {
    let nested = preview.format.kind != FormatKind::Delimited;
    let mut answer = json!({
        "properties": properties(&preview.format),
        "format": if nested { "hierarchical" } else { "flat" },
        "schema": { "columns": preview.columns.iter().map(column).collect::<Vec<_>>() },
    });
    if let Some(count) = preview.count {
        answer["rowCount"] = json!(count);
    }
    if rows {
        answer["data"] = Value::Array(preview.rows.into_iter().map(Value::Object).collect());
    }
    answer
}

/// What a source connection has to declare for the file, with the names that it uses.
fn properties(format: &DataFormat) -> Value {
    let mut properties = json!({ "fileType": format.kind.name() });
    if let Some(compression) = format.compression {
        properties["compressionType"] = compression.name().into();
    }
    if format.kind == FormatKind::Delimited {
        properties["columnDelimiter"] = column_delimiter_text(format.column_delimiter).into();
        properties["encoding"] = format.encoding.name().into();
        dialect(&format.dialect, &mut properties);
    }
    properties
}

/// Shows what of the dialect is not as usual.
fn dialect(dialect: &Dialect, properties: &mut Value) {
    let usual = Dialect::usual();
    if !dialect.header {
        properties["header"] = false.into();
    }
    if dialect.quote != usual.quote {
        properties["quote"] = dialect.quote.map_or_else(|| "none".to_owned(), column_delimiter_text).into();
    }
    if let Some(escape) = dialect.escape {
        properties["escape"] = column_delimiter_text(escape).into();
    }
    if !dialect.null_markers.is_empty() {
        properties["nullMarker"] = json!(dialect.null_markers);
    }
}

/// A column: its name, a plain type, and its XDM schema with everything inside.
fn column(column: &Column) -> Value {
    let name = column.ty.name.as_str();
    let row = types::named(name);
    let plain = match row {
        Some(row) if row.stored == Stored::Floating => "double",
        Some(row) if row.stored != Stored::Nested => row.json,
        _ => name,
    };
    let mut shown = json!({ "name": column.name, "type": plain, "xdm": schema(&column.ty) });
    if row.is_some_and(|row| row.format.is_some()) {
        shown["meta:xdmType"] = name.into();
    }
    shown
}

fn schema(ty: &ColumnType) -> Value {
    let name = ty.name.as_str();
    let mut schema = match types::named(name) {
        Some(XdmType { json, format: Some(format), .. }) => json!({ "type": json, "format": format }),
        Some(XdmType { json, .. }) if *json != name => json!({ "type": json, "meta:xdmType": name }),
        _ => json!({ "type": name }),
    };
    if let Some(items) = ty.items.as_deref().map(self::schema) {
        let member = if ty.name == "map" { "additionalProperties" } else { "items" };
        schema[member] = items;
    }
    if !ty.members.is_empty() {
        let members = ty.members.iter().map(|member| (member.name.clone(), self::schema(&member.ty)));
        schema["properties"] = Value::Object(members.collect::<Map<_, _>>());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_what_is_inside_them_are_shown() {
        let columns: Vec<Column> = serde_json::from_value(json!([
            {"name": "id", "type": "long"},
            {"name": "lat", "type": "number"},
            {"name": "at", "type": "date-time"},
            {"name": "place", "type": "object", "members": [
                {"name": "tags", "type": "array", "items": {"type": "string"}},
                {"name": "more", "type": "map", "items": {"type": "date"}},
            ]},
        ]))
        .unwrap();
        let format = DataFormat::new(FormatKind::Parquet);
        let rows = vec![json!({"id": 1}).as_object().unwrap().clone()];
        let preview = Preview { format, columns, rows, count: None };
        let shown = file(preview.clone(), true);
        let expected = json!({
            "properties": {"fileType": "parquet"},
            "format": "hierarchical",
            "schema": {"columns": [
                {"name": "id", "type": "integer", "xdm": {"type": "integer", "meta:xdmType": "long"}},
                {"name": "lat", "type": "double", "xdm": {"type": "number"}},
                {"name": "at", "type": "string", "meta:xdmType": "date-time",
                    "xdm": {"type": "string", "format": "date-time"}},
                {"name": "place", "type": "object", "xdm": {"type": "object", "properties": {
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "more": {"type": "object", "meta:xdmType": "map",
                        "additionalProperties": {"type": "string", "format": "date"}},
                }}},
            ]},
            "data": [{"id": 1}],
        });
        assert_eq!(shown, expected);
        assert_eq!(file(preview, false)["data"], Value::Null);
    }

    #[test]
    fn properties_are_what_a_source_connection_declares() {
        let mut format = DataFormat::new(FormatKind::Delimited);
        format.column_delimiter = b'\t';
        format.compression = Some(lakehead_model::format::Compression::TarGzip);
        let expected = json!({"fileType": "delimited", "compressionType": "tarGzip", "columnDelimiter": "\\t",
            "encoding": "UTF-8"});
        assert_eq!(properties(&format), expected);
        let data = json!({"format": "delimited", "properties": expected});
        assert_eq!(lakehead_model::source_connection::format(data.as_object().unwrap()), Ok(format.clone()));
        let null_markers = vec!["NULL".to_owned()];
        format.dialect = Dialect { header: false, quote: None, escape: Some(b'\\'), null_markers };
        let data = json!({"format": "delimited", "properties": properties(&format)});
        assert_eq!(lakehead_model::source_connection::format(data.as_object().unwrap()), Ok(format));
    }
}
