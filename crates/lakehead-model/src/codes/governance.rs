//! Codes of the Policy Service, of the Dataset Service and of identity namespaces.

use super::{Code, Family, INVALID, answer, never};

const NOT_FOUND: &str = "Resource not found";

pub(super) const POLICY: Family = Family {
    name: "Policy Service",
    about: "The codes of this service are Lakehead's own; the body is the general problem.",
    codes: POLICY_CODES,
};

pub(super) const DATASET: Family = Family {
    name: "Dataset Service",
    about: "The body has `timestamp`, `status` as a word, `code`, `message`, and the `path` of the entity.",
    codes: DATASET_CODES,
};

pub(super) const NAMESPACES: Family = Family {
    name: "Identity namespaces",
    about: "The codes of this service are Lakehead's own; the body is the general problem.",
    codes: NAMESPACE_CODES,
};

#[rustfmt::skip]
const POLICY_CODES: &[Code] = &[
    answer("POLICY-1001-400", INVALID, "A label breaks a rule, or the sandbox has too many.", "Correct the member that the message names."),
    answer("POLICY-1002-400", INVALID, "A query parameter has a value that cannot be used.", "Give a value as the message describes."),
    answer("POLICY-1404-404", NOT_FOUND, "The label does not exist in this organisation and sandbox.", "Check the name and the header `x-sandbox-name`."),
];

#[rustfmt::skip]
const DATASET_CODES: &[Code] = &[
    answer("PES-400", INVALID, "The labels of a dataset break a rule.", "Correct the member that the message names."),
    answer("PES-403", "Labels exist", "The dataset has labels already.", "Replace them with `PUT`."),
    answer("PES-404", NOT_FOUND, "The dataset has no labels, or does not exist in this organisation and sandbox.", "Check the id and the header `x-sandbox-name`; give the first labels with `POST`."),
    never("PES-409", "Policy conflict", "A policy forbids the change of labels.", "there are no policies that are enforced"),
    answer("PES-412", "Version not matching", "The labels were changed since the version in `If-Match`.", "Read them again and send their `etag`."),
    answer("PES-428", "Version missing", "The header `If-Match` is missing.", "Send the `etag` of the labels as they were read."),
];

#[rustfmt::skip]
const NAMESPACE_CODES: &[Code] = &[
    answer("IDNS-1001-400", INVALID, "A namespace breaks a rule, or the sandbox has too many.", "Correct the member that the message names."),
    answer("IDNS-1003-403", "Not allowed", "The namespace is a standard one.", "Make a namespace of your own."),
    answer("IDNS-1404-404", NOT_FOUND, "The namespace does not exist in this organisation and sandbox.", "Check the id and the header `x-sandbox-name`."),
    answer("IDNS-1409-409", "Conflict", "Another namespace has the code.", "Choose another code."),
];
