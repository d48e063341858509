//! How long a request may take until its answer begins.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::batch_ingestion;
use super::problem::Problem;
use crate::app::App;

/// Ends a request that takes too long. What it has not committed by then is undone.
pub(super) async fn middleware(State(app): State<App>, request: Request, next: Next) -> Response {
    if batch_ingestion::is_upload(&request) {
        // As long as bytes come in, see there.
        return next.run(request).await;
    }
    let limit = app.settings.request_timeout;
    if let Ok(response) = tokio::time::timeout(limit, next.run(request)).await {
        response
    } else {
        let message = format!("the request took longer than {} s; retry later", limit.as_secs());
        Problem::new("FLOW-1104-504", message).into_response()
    }
}
