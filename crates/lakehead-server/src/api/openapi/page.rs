//! The reference as one plain page: no script, nothing from elsewhere.

use std::fmt::Write as _;

use serde_json::Value;

use crate::api::routes::{Access, Operation};

/// Style of the page, light and dark.
pub(super) const STYLE: &str = include_str!("style.css");

/// Renders the page; `document` gives the schemas.
pub(super) fn render(operations: &[Operation], document: &Value) -> String {
    let mut page = String::from(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Lakehead API</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body>",
    );
    let mut tags: Vec<&str> = Vec::new();
    for operation in operations {
        if !tags.contains(&operation.tag) {
            tags.push(operation.tag);
        }
    }
    page.push_str("<nav><h1>Lakehead API</h1><p><a href=\"/openapi.json\">openapi.json</a></p><ul>");
    for tag in &tags {
        let _ = write!(page, "<li><a href=\"#{}\">{}</a></li>", anchor(tag), escape(tag));
    }
    page.push_str("<li><a href=\"#schemas\">Schemas</a></li></ul></nav><main>");
    for tag in tags {
        let _ = write!(page, "<h2 id=\"{}\">{}</h2>", anchor(tag), escape(tag));
        for operation in operations.iter().filter(|operation| operation.tag == tag) {
            section(&mut page, operation);
        }
    }
    schemas(&mut page, &document["components"]["schemas"]);
    page.push_str("</main></body></html>");
    page
}

fn section(page: &mut String, operation: &Operation) {
    let doc = &operation.doc;
    let _ = write!(
        page,
        "<section id=\"{}\"><h3><span class=\"{}\">{}</span> <code>{}</code></h3><p>{}.</p>",
        doc.id,
        operation.method,
        operation.method.to_uppercase(),
        escape(&operation.path),
        escape(doc.summary)
    );
    if !doc.notes.is_empty() {
        let _ = write!(page, "<p>{}</p>", code_spans(doc.notes));
    }
    let access = match doc.access {
        Access::Public => "Anybody may call it.".to_owned(),
        Access::Member => "Every member of the organisation may call it.".to_owned(),
        Access::Needs(permission) => format!("Needs the permission <code>{}</code>.", permission.as_str()),
    };
    let _ = write!(page, "<p>{access}</p>");
    if !doc.query.is_empty() || !doc.headers.is_empty() {
        page.push_str("<table><thead><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr></thead><tbody>");
        let places = doc.query.iter().map(|one| (one, "query")).chain(doc.headers.iter().map(|one| (one, "header")));
        for (parameter, place) in places {
            let mark = if parameter.required { " (required)" } else { "" };
            let _ = write!(
                page,
                "<tr><td><code>{}</code>{mark}</td><td>{place}</td><td>{}</td></tr>",
                escape(parameter.name),
                code_spans(parameter.about)
            );
        }
        page.push_str("</tbody></table>");
    }
    let link = |name: &str| format!("<a href=\"#schema-{name}\">{name}</a>");
    if let Some(body) = doc.body {
        let _ = write!(page, "<p>Body: {} ({})</p>", link(body.schema), body.media);
    }
    let shape = doc.answer.1.map_or_else(|| "no body".to_owned(), link);
    let _ = write!(page, "<p>Answers {}: {shape}</p></section>", doc.answer.0);
}

fn schemas(page: &mut String, schemas: &Value) {
    page.push_str("<h2 id=\"schemas\">Schemas</h2>");
    for (name, schema) in schemas.as_object().into_iter().flatten() {
        let text = serde_json::to_string_pretty(schema).unwrap_or_default();
        let _ = write!(
            page,
            "<section id=\"schema-{name}\"><h3><code>{}</code></h3><pre>{}</pre></section>",
            escape(name),
            escape(&text)
        );
    }
}

fn anchor(tag: &str) -> String {
    tag.to_lowercase().replace(' ', "-")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Text in backticks becomes code.
fn code_spans(text: &str) -> String {
    let parts = escape(text);
    parts
        .split('`')
        .enumerate()
        .map(|(at, part)| if at % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() })
        .collect()
}
