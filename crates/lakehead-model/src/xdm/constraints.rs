//! What a schema demands of the values of a field, beyond their type.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error::XdmError;
use super::field::FieldType;
use super::limits::{MAX_ENUM, MAX_PATTERN};

/// Bounds from here on are how long whole numbers are marked.
const LONG_MARK: f64 = 9_007_199_254_740_991.0;

/// Demands on the values of a field. Null and absent values fulfil all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Constraints {
    /// A regular expression that is to be found somewhere in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// The only values that are allowed, of the type of the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Vec<Value>>,
    /// Least number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Bound>,
    /// Greatest number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum: Option<Bound>,
    /// Fewest characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u64>,
    /// Most characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u64>,
    /// How a text is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// What a required field has where the source has nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// What is demanded of each item of an array and of each value of a map.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub each: Option<Box<Self>>,
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Bound {
    /// The number.
    pub value: serde_json::Number,
    /// The number itself is outside.
    #[serde(default)]
    pub exclusive: bool,
}

/// How a text is written. Other formats are not checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `name@domain`.
    Email,
    /// With a scheme.
    Uri,
    /// Four numbers.
    Ipv4,
    /// Eight groups of hexadecimal digits, shortened or not.
    Ipv6,
}

impl Bound {
    /// The number as floating point.
    pub fn as_f64(&self) -> f64 {
        // A JSON number always is one; what is not would not bound anything.
        self.value.as_f64().unwrap_or(f64::NAN)
    }
}

impl Constraints {
    /// Reads what a node demands; `None` where that is nothing. What does not concern the type is ignored.
    ///
    /// # Errors
    /// A demand that is malformed, or that no value could fulfil.
    pub(super) fn read(
        node: &Map<String, Value>,
        ty: &FieldType,
        each: Option<Box<Self>>,
        path: &str,
    ) -> Result<Option<Box<Self>>, XdmError> {
        let error = |keyword: &'static str, reason: &'static str| XdmError::Constraint {
            keyword,
            field: path.to_owned(),
            reason,
        };
        let mut out = Self { each, ..Self::default() };
        match ty {
            FieldType::String => out.text(node).map_err(|(keyword, reason)| error(keyword, reason))?,
            FieldType::Byte | FieldType::Short | FieldType::Int | FieldType::Long | FieldType::Number => {
                out.range(node).map_err(|(keyword, reason)| error(keyword, reason))?;
            }
            _ => {}
        }
        if let Some(values) = node.get("enum") {
            out.allowed = allowed(values, ty).map_err(|reason| error("enum", reason))?;
        }
        out.default = node.get("default").filter(|value| is_of(value, ty)).cloned();
        Ok((out != Self::default()).then(|| Box::new(out)))
    }

    fn text(&mut self, node: &Map<String, Value>) -> Result<(), (&'static str, &'static str)> {
        self.pattern = match node.get("pattern") {
            None => None,
            Some(Value::String(text)) if text.len() <= MAX_PATTERN => Some(text.clone()),
            Some(Value::String(_)) => return Err(("pattern", "it is longer than 4096 bytes")),
            Some(_) => return Err(("pattern", "it is not a text")),
        };
        let length = |keyword: &'static str| match node.get(keyword) {
            None => Ok(None),
            Some(value) => {
                // Some writers make `3.0` of whole numbers.
                let whole = value.as_u64().or_else(|| {
                    let number = value.as_f64()?;
                    (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as u64)
                });
                whole.map(Some).ok_or((keyword, "it is not a whole number from 0 on"))
            }
        };
        (self.min_length, self.max_length) = (length("minLength")?, length("maxLength")?);
        if let (Some(min), Some(max)) = (self.min_length, self.max_length)
            && min > max
        {
            return Err(("minLength", "it is greater than `maxLength`"));
        }
        self.format = match node.get("format") {
            None => None,
            Some(Value::String(name)) => Format::named(name),
            Some(_) => return Err(("format", "it is not a text")),
        };
        Ok(())
    }

    fn range(&mut self, node: &Map<String, Value>) -> Result<(), (&'static str, &'static str)> {
        // Bounds of 2^53 say that a field is a long one, as published resources write it. A long has 64 bits here.
        let says_type = |bound: &Bound| bound.as_f64().abs() >= LONG_MARK;
        self.minimum = bound(node, "minimum", "exclusiveMinimum", |new, old| new >= old)?.filter(|it| !says_type(it));
        self.maximum = bound(node, "maximum", "exclusiveMaximum", |new, old| new <= old)?.filter(|it| !says_type(it));
        if let (Some(low), Some(high)) = (&self.minimum, &self.maximum) {
            let (least, most) = (low.as_f64(), high.as_f64());
            if least > most || ((low.exclusive || high.exclusive) && least >= most) {
                return Err(("minimum", "no number is between it and `maximum`"));
            }
        }
        Ok(())
    }

    /// Whether anything is demanded, of the values themselves or of what is in them.
    pub fn demands(&self) -> bool {
        let Self { pattern, allowed, minimum, maximum, min_length, max_length, format, default: _, each } = self;
        let own = pattern.is_some() || allowed.is_some() || minimum.is_some() || maximum.is_some();
        own || min_length.is_some()
            || max_length.is_some()
            || format.is_some()
            || each.as_ref().is_some_and(|each| each.demands())
    }
}

impl Format {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "email" => Self::Email,
            "uri" => Self::Uri,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            _ => return None,
        })
    }

    /// As JSON Schema writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Uri => "uri",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
        }
    }
}

/// One end of the range. Exclusive ends are numbers of their own, or, in older drafts, a flag beside the inclusive one.
fn bound(
    node: &Map<String, Value>,
    keyword: &'static str,
    exclusive: &'static str,
    is_stricter: impl Fn(f64, f64) -> bool,
) -> Result<Option<Bound>, (&'static str, &'static str)> {
    const NO_NUMBER: &str = "it is not a number";
    let inclusive = match node.get(keyword) {
        None => None,
        Some(Value::Number(value)) => Some(value.clone()),
        Some(_) => return Err((keyword, NO_NUMBER)),
    };
    Ok(match node.get(exclusive) {
        None => inclusive.map(|value| Bound { value, exclusive: false }),
        Some(Value::Bool(exclusive)) => inclusive.map(|value| Bound { value, exclusive: *exclusive }),
        Some(Value::Number(value)) => {
            let own = Bound { value: value.clone(), exclusive: true };
            let inclusive = inclusive.map(|value| Bound { value, exclusive: false });
            match inclusive {
                Some(inclusive) if !is_stricter(own.as_f64(), inclusive.as_f64()) => Some(inclusive),
                _ => Some(own),
            }
        }
        Some(_) => return Err((exclusive, NO_NUMBER)),
    })
}

/// The members of an `enum` that values of the type can be; `None` where the type has none to choose from.
fn allowed(values: &Value, ty: &FieldType) -> Result<Option<Vec<Value>>, &'static str> {
    let Value::Array(values) = values else { return Err("it is not a list") };
    if values.is_empty() {
        return Err("it is empty");
    }
    if values.len() > MAX_ENUM {
        return Err("it has more than 10000 values");
    }
    if !matches!(ty, FieldType::String | FieldType::Boolean) && !ty.is_number() {
        return Ok(None);
    }
    let fitting: Vec<Value> = values.iter().filter(|value| is_of(value, ty)).cloned().collect();
    if fitting.is_empty() { Err("none of its values is of the type of the field") } else { Ok(Some(fitting)) }
}

fn is_of(value: &Value, ty: &FieldType) -> bool {
    match value {
        Value::String(_) => *ty == FieldType::String,
        Value::Bool(_) => *ty == FieldType::Boolean,
        Value::Number(number) => {
            *ty == FieldType::Number || (ty.is_number() && number.as_f64().is_some_and(|number| number.fract() == 0.0))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
