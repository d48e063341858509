//! The schema of an Avro file: read within limits, and written again as plainly as it can be.
//!
//! References are written out, which only ends because depth and number of types are bounded. What does not say how rows are
//! laid out (documentation, aliases, defaults) is left out.

use arrow::error::ArrowError;
use serde_json::{Map, Value, json};

use super::FileError;
use crate::format::{MAX_COLUMNS, normal};

/// Deepest nesting.
const MAX_DEPTH: usize = 40;

/// How a value is laid out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Type {
    Null,
    Boolean,
    Int,
    Long,
    /// So many bytes.
    Fixed(usize),
    Bytes,
    Text,
    /// One of so many symbols.
    Choice(usize),
    List(Box<Type>),
    Map(Box<Type>),
    Record(Vec<Type>),
    Union(Vec<Type>),
}

/// Reads a schema; answers the layout of rows and the schema as Arrow's reader gets it.
///
/// # Errors
/// It is no schema of rows, or one that columns cannot hold.
pub(super) fn read(text: &[u8]) -> Result<(Type, String), FileError> {
    let schema: Value = serde_json::from_slice(text).map_err(|_| bad("it is no JSON, or nested too deeply"))?;
    let mut reader = Reader { left: MAX_COLUMNS, names: Vec::new(), open: Vec::new(), written: 0 };
    let (ty, plain) = reader.ty(&schema, "", MAX_DEPTH)?;
    match ty {
        Type::Record(_) if ty.least() > 0 => Ok((ty, plain.to_string())),
        Type::Record(_) => Err(bad("its rows hold nothing")),
        _ => Err(bad("its rows are no records")),
    }
}

/// What Arrow's reader does not take.
pub(super) fn unusable(error: &ArrowError) -> FileError {
    bad(&error.to_string().chars().take(300).collect::<String>())
}

fn bad(why: &str) -> FileError {
    FileError::corrupt(format!("the schema of the Avro file cannot be used: {why}"))
}

impl Type {
    /// The fewest bytes that a value has.
    fn least(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Fixed(size) => *size,
            Self::Record(members) => members.iter().map(Self::least).fold(0, usize::saturating_add),
            _ => 1,
        }
    }

    /// How many columns a value is, where all that may be in it counts; one at least.
    pub(super) fn width(&self) -> usize {
        match self {
            Self::List(inner) | Self::Map(inner) => 1 + inner.width(),
            Self::Record(inner) | Self::Union(inner) => 1 + inner.iter().map(Self::width).sum::<usize>(),
            _ => 1,
        }
    }
}

struct Reader<'a> {
    /// Types that may still come.
    left: usize,
    /// Full names with the definition and the namespace it stands in.
    names: Vec<(String, &'a Map<String, Value>, String)>,
    /// Names of the records around.
    open: Vec<String>,
    /// Named types written so far: each gets a namespace of its own.
    written: usize,
}

impl<'a> Reader<'a> {
    fn ty(&mut self, schema: &'a Value, space: &str, depth: usize) -> Result<(Type, Value), FileError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| bad(&format!("it has more than {MAX_COLUMNS} types")))?;
        let depth = depth.checked_sub(1).ok_or_else(|| bad(&format!("it is nested deeper than {MAX_DEPTH} levels")))?;
        match schema {
            Value::String(name) => match plain(name) {
                Some(ty) => Ok((ty, json!(name))),
                None => self.named(name, space, depth),
            },
            Value::Array(branches) => {
                let branches = branches.iter().map(|branch| self.ty(branch, space, depth));
                let (types, texts): (Vec<_>, Vec<_>) = branches.collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
                if types.is_empty() || types.iter().any(|ty| matches!(ty, Type::Union(_))) {
                    return Err(bad("a union is empty, or holds another"));
                }
                // A choice of nothing but nulls, or of one type, is still written as a choice.
                Ok((Type::Union(types), Value::Array(texts)))
            }
            Value::Object(members) => match members.get("type") {
                Some(Value::String(kind)) => self.complex(kind, members, space, depth),
                Some(inner) => self.ty(inner, space, depth),
                None => Err(bad("something in it has no `type`")),
            },
            _ => Err(bad("something in it is no type")),
        }
    }

    /// A type that has been defined before, written out.
    fn named(&mut self, name: &str, space: &str, depth: usize) -> Result<(Type, Value), FileError> {
        let full = full_name(name, space);
        let of_name = |name: &str| self.names.iter().find(|(known, ..)| known == name);
        // Some writers leave out that a name has no namespace; the same name within the namespace goes before.
        let found = of_name(&full).or_else(|| of_name(name));
        let Some((full, members, space)) = found.cloned() else {
            return Err(bad(&format!("the type `{}` is not defined", short(name))));
        };
        if self.open.contains(&full) {
            return Err(bad(&format!("the record `{}` contains itself, which columns cannot hold", short(name))));
        }
        let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
        self.complex(kind, members, &space, depth)
    }

    fn complex(
        &mut self,
        kind: &str,
        members: &'a Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<(Type, Value), FileError> {
        let logical = members.get("logicalType").and_then(Value::as_str).unwrap_or_default();
        match kind {
            "array" | "map" => {
                let inside = members.get(if kind == "map" { "values" } else { "items" });
                let inside = inside.ok_or_else(|| bad(&format!("something of type `{kind}` does not say of what")))?;
                let (ty, text) = self.ty(inside, space, depth)?;
                if kind == "map" {
                    return Ok((Type::Map(Box::new(ty)), json!({"type": kind, "values": text})));
                }
                if ty.least() == 0 {
                    return Err(bad("the items of an array hold nothing"));
                }
                Ok((Type::List(Box::new(ty)), json!({"type": kind, "items": text})))
            }
            "record" | "error" | "enum" | "fixed" => self.define(kind, logical, members, space, depth),
            _ => match plain(kind) {
                // Kept as it is written.
                Some(ty) if logical.is_empty() || logical == "uuid" => Ok((ty, json!(kind))),
                Some(ty) => Ok((ty, with_logical(json!({"type": kind}), members))),
                None => self.named(kind, space, depth),
            },
        }
    }

    fn define(
        &mut self,
        kind: &str,
        logical: &str,
        members: &'a Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<(Type, Value), FileError> {
        let name = members.get("name").and_then(Value::as_str).ok_or_else(|| bad("a type has no name"))?;
        let own = members.get("namespace").and_then(Value::as_str).unwrap_or(space);
        let full = full_name(name, own);
        let (space, last) = full.rsplit_once('.').unwrap_or(("", &full));
        if !self.names.iter().any(|(known, ..)| *known == full) {
            self.names.push((full.clone(), members, space.to_owned()));
        }
        self.written += 1;
        let mut text = json!({"type": kind, "name": last, "namespace": format!("n{}", self.written)});
        let ty = match kind {
            "enum" => {
                let symbols = members.get("symbols").and_then(Value::as_array);
                let symbols = symbols.ok_or_else(|| bad("an enum has no symbols"))?;
                text["symbols"] = json!(symbols);
                Type::Choice(symbols.len())
            }
            "fixed" => {
                let size = members.get("size").and_then(Value::as_u64).and_then(|size| i32::try_from(size).ok());
                let size = size.ok_or_else(|| bad("a type of fixed size has none"))?;
                text["size"] = json!(size);
                if logical == "uuid" && size == 16 {
                    text[normal::UUID] = json!(true);
                } else {
                    text = with_logical(text, members);
                }
                Type::Fixed(size.unsigned_abs() as usize)
            }
            _ => {
                text["type"] = json!("record");
                self.open.push(full.clone());
                let (types, texts) = self.fields(members, space, depth)?;
                self.open.pop();
                text["fields"] = Value::Array(texts);
                Type::Record(types)
            }
        };
        Ok((ty, text))
    }

    fn fields(
        &mut self,
        members: &'a Map<String, Value>,
        space: &str,
        depth: usize,
    ) -> Result<(Vec<Type>, Vec<Value>), FileError> {
        let fields = members.get("fields").and_then(Value::as_array).ok_or_else(|| bad("a record has no fields"))?;
        let mut seen = std::collections::HashSet::new();
        let (mut types, mut texts) = (Vec::new(), Vec::new());
        for field in fields {
            let name = field.get("name").and_then(Value::as_str).ok_or_else(|| bad("a field has no name"))?;
            if !seen.insert(name) {
                return Err(bad(&format!("a record has two fields of the name `{}`", short(name))));
            }
            let of = field.get("type").ok_or_else(|| bad(&format!("the field `{}` has no type", short(name))))?;
            let (ty, text) = self.ty(of, space, depth)?;
            types.push(ty);
            texts.push(json!({"name": name, "type": text}));
        }
        Ok((types, texts))
    }
}

/// The layout of a type without members.
fn plain(name: &str) -> Option<Type> {
    Some(match name {
        "null" => Type::Null,
        "boolean" => Type::Boolean,
        "int" => Type::Int,
        "long" => Type::Long,
        "float" => Type::Fixed(4),
        "double" => Type::Fixed(8),
        "bytes" => Type::Bytes,
        "string" => Type::Text,
        _ => return None,
    })
}

/// Takes over the logical type; one that does not fit is to be ignored, and Arrow's reader would not.
fn with_logical(mut text: Value, members: &Map<String, Value>) -> Value {
    let number = |name: &str| members.get(name).and_then(Value::as_u64);
    match members.get("logicalType").and_then(Value::as_str) {
        Some("decimal") => {
            let (precision, scale) = (number("precision").unwrap_or(0), number("scale").unwrap_or(0));
            if (1..=76).contains(&precision) && scale <= precision {
                text["logicalType"] = json!("decimal");
                text["precision"] = json!(precision);
                text["scale"] = json!(scale);
            }
        }
        Some("duration") if number("size") != Some(12) => {}
        Some(logical) => text["logicalType"] = json!(logical),
        None => {}
    }
    text
}

fn full_name(name: &str, space: &str) -> String {
    if name.contains('.') || space.is_empty() { name.to_owned() } else { format!("{space}.{name}") }
}

fn short(name: &str) -> String {
    name.chars().take(100).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
