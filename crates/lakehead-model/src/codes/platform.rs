//! Codes of what all services share: paths, methods, bodies, clients, users and roles.

use super::{Code, Family, answer};

pub(super) const FAMILY: Family = Family {
    name: "Platform",
    about: "The same for every service: what is wrong with the HTTP request itself; and clients, users and roles. Limits of the HTTP library (a request line or headers of more than 64 KiB, headers that do not arrive within 10 seconds) end the connection with a bare 414 or 431, or without an answer.",
    codes: CODES,
};

#[rustfmt::skip]
const CODES: &[Code] = &[
    answer("PLATFORM-1000-404", "Resource not found", "Nothing lives at the path, or a part of it is text that no id can hold.", "Check the path against the API reference."),
    answer("PLATFORM-1001-405", "Method not allowed", "The path exists and does not answer this method.", "Use one of the methods in the header `Allow`."),
    answer("PLATFORM-1002-400", "BadRequestError", "The body of the request does not say that it is JSON.", "Send `Content-Type: application/json`."),
    answer("PLATFORM-1003-413", "Request too large", "The body is larger than 10 MiB.", "Send less in one request."),
    answer("PLATFORM-1004-404", "Resource not found", "The organisation has no client, user or role of this id, or nobody of this id has the role.", "List clients, users and roles for their ids."),
    answer("PLATFORM-1005-409", "Conflict", "The name is taken, a limit is reached, or the organisation would lose what it cannot be without.", "Do what the message says."),
    answer("PLATFORM-1006-408", "Request timeout", "The body did not arrive in time.", "Send the whole body without pauses."),
    answer("PLATFORM-1007-422", "Unprocessable Entity", "The `Idempotency-Key` came with another request of the same caller in the last 24 hours.", "Send a new random key with every new request; the same key only with the same request."),
];
