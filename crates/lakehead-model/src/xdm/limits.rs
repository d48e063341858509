//! Bounds on what a schema may ask of the machine: every body comes from outside.

/// Objects inside objects of a resolved schema.
pub(super) const MAX_DEPTH: usize = 32;
/// References, parts and fields inside one another while resolving.
pub(super) const MAX_LEVELS: usize = 160;
/// Fields of a resolved schema, counting every level. A row has no more.
pub(super) const MAX_FIELDS: usize = 10_000;
/// Nodes that are visited while resolving: shared parts count every time they are used.
pub(crate) const MAX_NODES: usize = 50_000;
/// Text that is copied while resolving, in bytes.
pub(super) const MAX_BYTES: usize = 16 << 20;
/// Bytes of one resource as JSON: lists and unions read many of them.
pub(super) const MAX_RESOURCE: usize = 2 << 20;
/// Entries of `allOf` on one node.
pub(super) const MAX_PARTS: usize = 500;
/// Names in `required` of one object.
pub(super) const MAX_REQUIRED: usize = 1_000;
/// Characters of a title.
pub(super) const MAX_TITLE: usize = 255;
/// Bytes of a field name.
pub(super) const MAX_NAME: usize = 128;
/// Bytes of a regular expression.
pub(super) const MAX_PATTERN: usize = 4_096;
/// Different regular expressions of a resolved schema.
pub(super) const MAX_PATTERNS: usize = 200;
/// Values of an `enum`.
pub(super) const MAX_ENUM: usize = 10_000;
