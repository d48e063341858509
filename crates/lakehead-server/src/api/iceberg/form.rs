//! Failures as the protocol wants them: `{"error": {"message", "type", "code"}}`.

use axum::Json;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::is_here;
use crate::api::problem::Problem;

/// Puts every failure of a request for the catalog into the form of the protocol, wherever it came from.
pub(in crate::api) async fn in_its_form(request: Request, next: Next) -> Response {
    let is_here = is_here(request.uri());
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) if is_here => {
            let mut shown = shown(problem);
            // Others stay, such as `Allow`: those of the body are for another one.
            for (name, value) in response.headers() {
                if ![header::CONTENT_TYPE, header::CONTENT_LENGTH].contains(name) {
                    shown.headers_mut().append(name, value.clone());
                }
            }
            shown
        }
        _ => response,
    }
}

fn shown(problem: &Problem) -> Response {
    let code = problem.code();
    // Clients get a new token after 401 only.
    let status = if code == "GATEWAY-403010-403" { StatusCode::UNAUTHORIZED } else { problem.status() };
    let message = format!("{code}: {}", problem.message());
    let body = json!({ "error": { "message": message, "type": kind(code, status), "code": status.as_u16() } });
    (status, Json(body)).into_response()
}

/// The exception that clients know for it.
fn kind(code: &str, status: StatusCode) -> &'static str {
    match (code, status.as_u16()) {
        ("ICEBERG-1405-404", _) => "NoSuchNamespaceException",
        ("ICEBERG-1406-404", _) => "NoSuchTableException",
        (_, 401) => "NotAuthorizedException",
        (_, 403) => "ForbiddenException",
        (_, 404) => "NotFoundException",
        (_, 405 | 406) => "UnsupportedOperationException",
        (_, 503 | 504) => "ServiceUnavailableException",
        (_, 400..500) => "BadRequestException",
        _ => "InternalServerError",
    }
}
