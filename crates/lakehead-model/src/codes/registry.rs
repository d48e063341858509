//! Codes of the Schema Registry.

use super::{Code, Family, answer, never};

pub(super) const FAMILY: Family = Family {
    name: "Schema Registry",
    about: "The body is a problem with `report.registryRequestId`, `report.timestamp` and `report.sub-errors`, and the message in `detail`. Codes from 9000 on are Lakehead's own.",
    codes: CODES,
};

const ACCEPT: &str = "Accept header invalid";
const RESOURCE: &str = "Invalid resource";

#[rustfmt::skip]
const CODES: &[Code] = &[
    answer("XDM-1006-400", ACCEPT, "A list is asked for with a version.", "Leave the version out of `Accept`."),
    answer("XDM-1007-400", ACCEPT, "A resource is asked for without a version.", "Add `;version=1` to `Accept`."),
    answer("XDM-1008-400", ACCEPT, "A list of descriptors is asked for as `xed`.", "Ask for one of the `xdm` media types."),
    answer("XDM-1009-400", ACCEPT, "A descriptor is asked for as `xed`.", "Ask for one of the `xdm` media types."),
    answer("XDM-1012-404", "Resource not found", "The resource, its version, its type or the container does not exist.", "Check the path, and the version in `Accept`."),
    answer("XDM-3005-400", "Title must be unique", "Another resource of the sandbox has the title.", "Choose another title."),
    answer("XDM-9000-400", RESOURCE, "The body, or an entry of `allOf`, is not an object.", "Send an object."),
    answer("XDM-9001-400", RESOURCE, "A member of the resource is missing or unusable.", "Send the member as the message describes."),
    answer("XDM-9002-400", RESOURCE, "A schema has no class.", "Refer to exactly one class in `allOf`."),
    answer("XDM-9003-400", RESOURCE, "A schema has two classes.", "Keep one of them."),
    answer("XDM-9004-400", RESOURCE, "A class has not exactly one behaviour.", "Refer to one behaviour in `allOf`."),
    answer("XDM-9005-400", RESOURCE, "A reference leads to nothing.", "Create what it refers to, or correct the `$ref`."),
    answer("XDM-9006-400", RESOURCE, "A resource of this type cannot be a part of the other.", "Refer to a resource of the type that the message names."),
    answer("XDM-9007-400", RESOURCE, "A resource contains itself.", "Remove one of the references."),
    answer("XDM-9008-400", RESOURCE, "The resource is too deep or too large when it is resolved.", "Flatten it, or take parts out."),
    answer("XDM-9009-400", RESOURCE, "A field is defined twice with different types.", "Rename one of the two."),
    answer("XDM-9010-400", RESOURCE, "A field of the organisation is outside of its namespace.", "Define it under the field that the message names."),
    answer("XDM-9011-400", RESOURCE, "The name of a field cannot be used.", "Use letters, digits, `_` and `-`, a letter or digit first."),
    answer("XDM-9012-400", RESOURCE, "A field has no usable type.", "Give it a `type`, or a `$ref`."),
    answer("XDM-9013-400", RESOURCE, "A keyword of JSON Schema is not part of the data model.", "Use `type`, `properties` and `allOf`."),
    never("XDM-9014-400", RESOURCE, "The version of a schema does not exist.", "there is one version; a reference to a schema is found by its id"),
    answer("XDM-9015-400", RESOURCE, "A `pattern`, an `enum`, a bound or a length of a field cannot be used, or no value could fulfil it.", "Correct the keyword that the message names."),
    answer("XDM-9200-400", "Invalid descriptor", "A descriptor breaks a rule, or does not fit its schema.", "Correct the member that the message names."),
    answer("XDM-9100-406", ACCEPT, "`Accept` is missing, or names no media type of the registry.", "Send one that the message names."),
    answer("XDM-9101-400", "Invalid request", "A filter, the order or the page of a list cannot be read.", "Correct the parameter that the message names."),
    answer("XDM-9102-400", "Invalid request", "Behaviours are standard and cannot be made.", "Use one of the standard ones."),
    answer("XDM-9104-400", "Invalid request", "A patch cannot be applied.", "Correct the operation that the message names."),
    answer("XDM-9105-400", "Invalid request", "The change would take a field from a schema that a dataset stores rows of, or alter one.", "Add fields only, or make a new schema."),
    answer("XDM-9106-400", "Invalid request", "Something uses the resource that is to be deleted.", "Delete what the message names first."),
    answer("XDM-9107-400", "Invalid request", "An import is not an export, or more resources would be made than there may be.", "Send what `/rpc/export` answered, or delete resources."),
    answer("XDM-9103-403", "Forbidden", "The container `global` is read-only.", "Use the container `tenant`."),
];
