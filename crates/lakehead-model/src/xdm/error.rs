//! Why a schema, or something it is composed of, cannot be used.

/// A schema that breaks a rule. Every message names the thing and the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XdmError {
    /// The body is not a JSON object.
    #[error("the {0} is not a JSON object: send an object with `title` and `allOf`")]
    NotAnObject(&'static str),
    /// A mandatory member is missing or of the wrong type.
    #[error("`{member}` of the {kind} is missing or unusable: {cure}")]
    Member {
        /// What was sent: `schema`, `field group`, `class` or `data type`.
        kind: &'static str,
        /// Name of the member.
        member: &'static str,
        /// What is expected.
        cure: &'static str,
    },
    /// A schema without a class.
    #[error(
        "the schema has no class: refer to exactly one class in `allOf`, such as `https://ns.adobe.com/xdm/context/profile`"
    )]
    NoClass,
    /// A schema with several classes.
    #[error("the schema has two classes, `{0}` and `{1}`: keep one of them in `allOf`")]
    TwoClasses(String, String),
    /// A class without a behaviour, or with several.
    #[error(
        "the class must refer to exactly one behaviour in `allOf` but refers to {0}: use `https://ns.adobe.com/xdm/data/record`, `https://ns.adobe.com/xdm/data/time-series` or `https://ns.adobe.com/xdm/data/adhoc`"
    )]
    Behaviors(usize),
    /// A reference to something that does not exist.
    #[error("`{0}` is referred to but does not exist: create it first or correct the `$ref`")]
    UnknownReference(String),
    /// A reference to a resource that may not be used there.
    #[error("`{reference}` is a resource of type `{found}` and cannot be part of this `allOf`: {cure}")]
    WrongPart {
        /// The reference.
        reference: String,
        /// Its `meta:resourceType`.
        found: String,
        /// What may stand there.
        cure: &'static str,
    },
    /// A resource that contains itself.
    #[error("`{0}` refers to itself, directly or through others: remove one of the references")]
    Cycle(String),
    /// Too many levels.
    #[error("`{0}` is nested too deeply: flatten the schema to at most 32 levels")]
    TooDeep(String),
    /// Too many fields, or too much text.
    #[error("the schema is too large when its `allOf` and `$ref`s are resolved: keep it below 10000 fields and 16 MiB")]
    TooLarge,
    /// More text than one resource may have.
    #[error("the `body` is larger than 2 MiB: leave out examples and definitions that nothing refers to, or split it")]
    TooLong,
    /// One name with two types.
    #[error("field `{field}` is defined twice, as `{first}` and as `{second}`: rename one of the two")]
    Conflict {
        /// Dotted path of the field.
        field: String,
        /// Type of the first definition.
        first: String,
        /// Type of the second definition.
        second: String,
    },
    /// A custom field outside the tenant's namespace.
    #[error(
        "field `{field}` is outside the tenant's namespace: for custom fields, define one top-level field named `{namespace}` and all the others under it"
    )]
    Namespace {
        /// Name of the field.
        field: String,
        /// `_` and the tenant.
        namespace: String,
    },
    /// A name that cannot be used.
    #[error(
        "`{0}` cannot be the name of a field: begin with a letter or digit and use letters, digits, `_` and `-` only, at most 128"
    )]
    Name(String),
    /// A field without a type.
    #[error(
        "field `{0}` has no usable `type`: use `string`, `integer`, `number`, `boolean`, `array` or `object`, or a `$ref`"
    )]
    Untyped(String),
    /// An array without a type of its items.
    #[error("array `{0}` has no usable `items`: add `items` with a `type` or a `$ref`")]
    NoItems(String),
    /// A JSON Schema keyword that the data model does not have.
    #[error("`{keyword}` is used at `{field}` but is not part of the data model: use `type`, `properties` and `allOf`")]
    Keyword {
        /// The keyword.
        keyword: &'static str,
        /// Dotted path of the field.
        field: String,
    },
    /// A demand on values that cannot be used.
    #[error("`{keyword}` of field `{field}` cannot be used: {reason}")]
    Constraint {
        /// The keyword.
        keyword: &'static str,
        /// Dotted path of the field.
        field: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A version of a schema that does not exist.
    #[error(
        "`{0}` does not name a version of a schema: only major version 1 exists, write `application/vnd.adobe.xed-full+json;version=1`"
    )]
    Version(String),
}

impl XdmError {
    /// An unknown reference, shortened: it comes from outside and may be anything.
    pub(super) fn unknown(reference: &str) -> Self {
        Self::UnknownReference(short(reference))
    }

    /// A cycle through this reference.
    pub(super) fn cycle(reference: &str) -> Self {
        Self::Cycle(short(reference))
    }

    /// The registry's error code. Codes above 9000 are this project's own.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAnObject(_) => "XDM-9000-400",
            Self::Member { .. } => "XDM-9001-400",
            Self::NoClass => "XDM-9002-400",
            Self::TwoClasses(..) => "XDM-9003-400",
            Self::Behaviors(_) => "XDM-9004-400",
            Self::UnknownReference(_) => "XDM-9005-400",
            Self::WrongPart { .. } => "XDM-9006-400",
            Self::Cycle(_) => "XDM-9007-400",
            Self::TooDeep(_) | Self::TooLarge | Self::TooLong => "XDM-9008-400",
            Self::Conflict { .. } => "XDM-9009-400",
            Self::Namespace { .. } => "XDM-9010-400",
            Self::Name(_) => "XDM-9011-400",
            Self::Untyped(_) | Self::NoItems(_) => "XDM-9012-400",
            Self::Keyword { .. } => "XDM-9013-400",
            Self::Version(_) => "XDM-9014-400",
            Self::Constraint { .. } => "XDM-9015-400",
        }
    }
}

/// Long enough for every id, short enough for a message.
fn short(text: &str) -> String {
    text.chars().take(200).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
