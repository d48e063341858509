//! Codes of the gateway: who asks, before any service looks at the request.

use super::{Code, Family, answer, never};

pub(super) const FAMILY: Family = Family {
    name: "Gateway",
    about: "Answered before any service looks at the request. The body is `{\"error_code\", \"message\"}`, its code the number alone, such as `403010`.",
    codes: CODES,
};

#[rustfmt::skip]
const CODES: &[Code] = &[
    answer("GATEWAY-400003-400", "Missing header", "The header `x-gw-ims-org-id` is missing.", "Send the organisation that the client belongs to."),
    answer("GATEWAY-401013-401", "Oauth token is not valid", "The bearer token is malformed, forged, expired, or its client is gone or disabled.", "Get a new token from `/ims/token/v3` or from the issuer."),
    answer("GATEWAY-403000-403", "Api Key is required", "The header `x-api-key` is missing.", "Send the id of the client that the token was issued to."),
    answer("GATEWAY-403003-403", "Api Key is invalid", "The header `x-api-key` names another client than the token; for a user, one of another organisation or none.", "Send the id of the client that the token was issued to."),
    answer("GATEWAY-403010-403", "Oauth token is missing.", "The header `Authorization` is missing.", "Send `Authorization: Bearer` and a token."),
    answer("GATEWAY-403025-403", "Profile is not valid", "The token does not belong to the organisation in `x-gw-ims-org-id`, or the person is not registered there.", "Send the organisation that the client belongs to, or have an administrator register the person."),
    never("GATEWAY-403027-403", "User region is missing", "The organisation has no region or no product.", "organisations have neither; another organisation than the token's is 403025"),
];
