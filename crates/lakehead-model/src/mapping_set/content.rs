//! What a request to make or replace a mapping set says.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{BAD_SET, MAX_MAPPINGS, Mapping};
use crate::Invalid;
use crate::body::{self, Object};
use crate::dataset::SchemaRef;

/// Deepest nesting of the members that are kept as sent.
const MAX_DEPTH: usize = 40;
/// Most tags.
const MAX_TAGS: usize = 100;
/// Most values of a tag.
const MAX_VALUES: usize = 100;
/// Largest set, bytes of JSON: it is read as a whole by every request and run that uses it.
const MAX_BYTES: usize = 4 << 20;

/// The part of a mapping set that clients write; the caller checks that the schema exists.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Content {
    /// Name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The schema the rows are mapped to.
    pub schema_ref: SchemaRef,
    /// Schema version of the legacy dialect.
    pub xdm_version: String,
    /// What is known of the source, as sent.
    #[serde(default)]
    pub input_schema: Object,
    /// Members of `outputSchema` beside the reference and the schema itself, as sent.
    #[serde(default)]
    pub output_schema: Object,
    /// How far the work on it is.
    #[serde(default)]
    pub status: Status,
    /// As sent.
    #[serde(default)]
    pub strict_mapping: bool,
    /// As sent.
    #[serde(default)]
    pub allow_null_values: bool,
    /// Version of the dialect.
    #[serde(default = "support_version")]
    pub support_version: String,
    /// Marks of people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The rules.
    pub mappings: Vec<Mapping>,
}

/// How far the work on a mapping set is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Being worked on.
    Draft,
    /// In use.
    #[default]
    Published,
}

/// A mark of people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tag {
    /// What it says.
    pub name: String,
    /// More about it.
    pub values: Vec<String>,
}

/// A mapping set whose mappings may be broken, one by one.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Everything else, without mappings.
    pub content: Content,
    /// Each mapping, or what is wrong with it.
    pub mappings: Vec<Result<Mapping, Invalid>>,
}

impl Status {
    /// The name that the API shows.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "DRAFT",
            Self::Published => "PUBLISHED",
        }
    }

    /// Reads a name in any case.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Draft, Self::Published].into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

fn support_version() -> String {
    "1.1".to_owned()
}

impl Draft {
    /// Reads a request body of either dialect as far as it can be read. What is no mapping set at all is
    /// `MAPPER-1001-400`.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        Self::read(body).map_err(|error| Invalid { code: BAD_SET, ..error })
    }

    fn read(body: &Value) -> Result<Self, Invalid> {
        let root = body::root(body)?;
        let items = match body::member(root, "mappings") {
            None => return Err(Invalid::missing("mappings")),
            Some(Value::Array(items)) if items.is_empty() => {
                return Err(Invalid::value("mappings", "at least one mapping is expected"));
            }
            Some(Value::Array(items)) if items.len() <= MAX_MAPPINGS => items,
            Some(_) => {
                return Err(Invalid::value("mappings", &format!("a list of at most {MAX_MAPPINGS} is expected")));
            }
        };
        let mappings = items.iter().enumerate().map(|(n, item)| Mapping::parse(item, &format!("mappings[{n}].")));
        Ok(Self { content: frame(root)?, mappings: mappings.collect() })
    }
}

/// Everything but the mappings.
fn frame(root: &Object) -> Result<Content, Invalid> {
    let flag = |field: &str| body::opt_flag(root, field, field).map(Option::unwrap_or_default);
    let input_schema = body::opt_object(root, "inputSchema", "inputSchema")?.cloned().unwrap_or_default();
    body::check_extent(&Value::Object(input_schema.clone()), "inputSchema", MAX_DEPTH)?;
    let mut output_schema = body::opt_object(root, "outputSchema", "outputSchema")?.cloned().unwrap_or_default();
    // Both are shown from where they are kept.
    output_schema.shift_remove("schemaRef");
    output_schema.shift_remove("jsonSchema");
    body::check_extent(&Value::Object(output_schema.clone()), "outputSchema", MAX_DEPTH)?;
    let status = match body::opt_text(root, "status", "status")? {
        None => Status::default(),
        Some(text) => Status::parse(&text).ok_or_else(|| Invalid::value("status", "choose `DRAFT` or `PUBLISHED`"))?,
    };
    Ok(Content {
        name: body::opt_text(root, "name", "name")?,
        schema_ref: schema_ref(root)?,
        xdm_version: body::version(root.get("xdmVersion"), "xdmVersion")?,
        input_schema,
        output_schema,
        status,
        strict_mapping: flag("strictMapping")?,
        allow_null_values: flag("allowNullValues")?,
        support_version: body::opt_text(root, "supportVersion", "supportVersion")?.unwrap_or_else(support_version),
        tags: tags(root)?,
        mappings: Vec::new(),
    })
}

/// The target schema: by `outputSchema`, by `schemaRef` or by `xdmSchema`.
fn schema_ref(root: &Object) -> Result<SchemaRef, Invalid> {
    if let Some(output) = body::opt_object(root, "outputSchema", "outputSchema")?
        && let Some(reference) = body::opt_object(output, "schemaRef", "outputSchema.schemaRef")?
    {
        return SchemaRef::parse(reference, "outputSchema.schemaRef");
    }
    if let Some(reference) = body::opt_object(root, "schemaRef", "schemaRef")? {
        return SchemaRef::parse(reference, "schemaRef");
    }
    match body::opt_text(root, "xdmSchema", "xdmSchema")? {
        Some(id) if !id.trim().is_empty() => Ok(SchemaRef {
            id: id.trim().to_owned(),
            content_type: "application/vnd.adobe.xed-full+json;version=1".to_owned(),
        }),
        _ => Err(Invalid::new(
            BAD_SET,
            "`outputSchema.schemaRef.id` (or `xdmSchema`) is missing: name the target schema",
        )),
    }
}

/// Tags; their values are called `values` or `value`.
fn tags(root: &Object) -> Result<Vec<Tag>, Invalid> {
    let wrong = |path: &str| Invalid::value(path, "a list of at most 100 tags `{\"name\", \"values\"}` is expected");
    let items = match body::member(root, "tags") {
        None => return Ok(Vec::new()),
        Some(Value::Array(items)) if items.len() <= MAX_TAGS => items,
        Some(_) => return Err(wrong("tags")),
    };
    let tag = |(n, item): (usize, &Value)| {
        let path = format!("tags[{n}]");
        let item = item.as_object().ok_or_else(|| wrong(&path))?;
        let values = match body::member(item, "values").or_else(|| body::member(item, "value")) {
            None => Vec::new(),
            Some(Value::Array(values)) if values.len() <= MAX_VALUES => values
                .iter()
                .map(|value| value.as_str().map(str::to_owned).ok_or_else(|| wrong(&path)))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(wrong(&path)),
        };
        Ok(Tag { name: body::text(item, "name", &format!("{path}.name"))?, values })
    };
    items.iter().enumerate().map(tag).collect()
}

impl Content {
    /// Reads a request body of either dialect. Every broken rule is `MAPPER-1001-400`.
    pub fn parse(body: &Value) -> Result<Self, Invalid> {
        let Draft { mut content, mappings } = Draft::parse(body)?;
        content.mappings = mappings.into_iter().collect::<Result<_, _>>()?;
        content.check()?;
        Ok(content)
    }

    /// What must hold whatever the schema is.
    pub fn check(&self) -> Result<(), Invalid> {
        if self.mappings.is_empty() {
            return Err(Invalid::new(
                BAD_SET,
                "`mappings` would be empty: keep at least one, or delete the mapping set",
            ));
        }
        if self.mappings.len() > MAX_MAPPINGS {
            let message = format!("`mappings` would hold more than {MAX_MAPPINGS} mappings: divide the mapping set");
            return Err(Invalid::new(BAD_SET, message));
        }
        self.rules()?;
        let bytes = serde_json::to_vec(self).map_or(usize::MAX, |bytes| bytes.len());
        if bytes > MAX_BYTES {
            let message = format!("`mappings`: the mapping set is larger than {} MiB: divide it", MAX_BYTES >> 20);
            return Err(Invalid::new(BAD_SET, message));
        }
        Ok(())
    }
}
