//! Spans of requests and runs for a receiver of OpenTelemetry: protobuf over HTTP, in batches, by the HTTP client that is
//! there anyway. What a receiver does not take is lost; nothing waits for it.

use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use axum::http::{Request, Response};
use bytes::Bytes;
use opentelemetry::trace::{Link, SpanContext, SpanKind, TraceContextExt as _, TraceId, TracerProvider as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SamplingResult, SdkTracer, SdkTracerProvider, ShouldSample};
use tokio::runtime::Handle;
use tracing::Subscriber;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

/// Longest time that one batch may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Most bytes that are read of an answer.
const MAX_ANSWER: usize = 1 << 20;

/// Where spans go.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settings {
    /// Base address of the receiver, without a trailing slash; spans go to `/v1/traces` below it.
    pub(crate) endpoint: String,
    /// Share of the traces that are sent, 0 to 1.
    pub(crate) ratio: f64,
}

/// Sends by `reqwest` on the server's runtime: the exporter's own thread has none.
#[derive(Debug)]
struct Client {
    http: reqwest::Client,
    runtime: Handle,
}

/// Which traces are sent. Spans of ours go the way of their parent. Where a caller's span is the parent, what he does not send
/// is not sent here either, but that he sends decides nothing: the share is the operator's, and both come to the same end
/// where both go by the id of the trace.
#[derive(Clone, Debug)]
struct Share(f64);

impl ShouldSample for Share {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let above = parent.map(|context| context.span().span_context().clone()).filter(SpanContext::is_valid);
        let sampler = match above {
            Some(above) if !above.is_sampled() => Sampler::AlwaysOff,
            Some(above) if !above.is_remote() => Sampler::AlwaysOn,
            _ => Sampler::TraceIdRatioBased(self.0),
        };
        sampler.should_sample(parent, trace, name, kind, attributes, links)
    }
}

/// What makes spans and sends them.
pub(crate) fn provider(settings: &Settings, runtime: &Handle) -> anyhow::Result<SdkTracerProvider> {
    let http = reqwest::Client::builder().timeout(TIMEOUT).redirect(reqwest::redirect::Policy::none());
    let http = http.build().context("the HTTP client of traces cannot be built")?;
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Client { http, runtime: runtime.clone() })
        .with_endpoint(format!("{}/v1/traces", settings.endpoint))
        .with_timeout(TIMEOUT)
        .build()
        .context("`otlp_endpoint` cannot be used")?;
    let resource = Resource::builder().with_service_name("lakehead").build();
    let sampler = Share(settings.ratio);
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).with_sampler(sampler).build())
}

/// Takes spans of `tracing` to the provider, without files, lines and threads of the program.
pub(crate) fn layer<S>(provider: &SdkTracerProvider) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("lakehead"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sent = self.runtime.spawn(async move {
            let mut answer = http.execute(request.try_into()?).await?;
            let mut response = Response::builder().status(answer.status());
            if let Some(headers) = response.headers_mut() {
                *headers = std::mem::take(answer.headers_mut());
            }
            let mut body = Vec::new();
            while let Some(piece) = answer.chunk().await? {
                if body.len() + piece.len() > MAX_ANSWER {
                    return Err(HttpError::from("the answer is too long"));
                }
                body.extend_from_slice(&piece);
            }
            Ok(response.body(Bytes::from(body))?)
        });
        sent.await?
    }
}
