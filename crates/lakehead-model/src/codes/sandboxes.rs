//! Codes of sandbox management.

use super::{Code, Family, INVALID, answer, never};

pub(super) const FAMILY: Family = Family {
    name: "Sandbox management",
    about: "The body is `{\"status\", \"title\", \"type\"}`, the message in `title`. Codes up to 2000 are Lakehead's own.",
    codes: CODES,
};

const NO_IDENTITY_GRAPH: &str = "there is no identity graph that a sandbox could hold";

#[rustfmt::skip]
const CODES: &[Code] = &[
    answer("SMS-1000-400", INVALID, "The body is not an object.", "Send an object."),
    answer("SMS-1001-400", INVALID, "The name of a sandbox breaks a rule.", "Begin with a lower-case letter; use lower-case letters, digits and `-`."),
    answer("SMS-1002-409", "Conflict", "The organisation has, or had, a sandbox of this name.", "Choose another name."),
    answer("SMS-1003-400", "Limit reached", "The organisation has as many sandboxes as it may have.", "Delete one first."),
    answer("SMS-1004-400", INVALID, "The title of a sandbox is missing or breaks a rule.", "Give a text of 1 to 256 characters."),
    answer("SMS-1005-400", INVALID, "The type of a sandbox is missing or unknown.", "Use `production` or `development`."),
    answer("SMS-1006-400", INVALID, "Something other than the title of a sandbox was to be changed.", "Send `title` only."),
    answer("SMS-1007-400", INVALID, "The action on a sandbox is missing or unknown.", "Use `reset`."),
    answer("SMS-1008-400", "Sandbox cannot be deleted", "The default sandbox cannot be deleted.", "Reset it instead."),
    answer("SMS-1009-409", "Conflict", "The sandbox is being made, reset or deleted.", "Wait until it is active."),
    answer("SMS-1010-400", INVALID, "`limit` or `offset` is missing, or has a value that cannot be used.", "Send both or neither."),
    answer("SMS-1011-400", INVALID, "The filter of a list cannot be read.", "Write `field==value`."),
    answer("SMS-1012-400", INVALID, "The order of a list cannot be read.", "Write `desc:createdDate,name`."),
    answer("SMS-1013-400", INVALID, "A flag of the query is neither true nor false.", "Use `true` or `false`."),
    answer("SMS-1404-404", "Resource not found", "The sandbox does not exist in this organisation.", "Check the name against the list of sandboxes."),
    never("SMS-2074-400", "Sandbox in use", "The identity graph of the sandbox is used by others.", NO_IDENTITY_GRAPH),
    never("SMS-2075-400", "Sandbox in use", "The identity graph of the sandbox is used for destinations.", NO_IDENTITY_GRAPH),
    never("SMS-2076-400", "Sandbox in use", "The identity graph of the sandbox is used for both.", NO_IDENTITY_GRAPH),
    never("SMS-2077-400", "Sandbox in use", "The sandbox shares segments.", "there are no segments"),
];
