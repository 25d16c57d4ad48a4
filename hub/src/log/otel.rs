//! Spans on their way to a collector of OpenTelemetry: OTLP over HTTP, in batches, from a thread of its own.
//! Here because what is in a span is held to the same list as what is in a line of the log.
//! In: spans of `tracing`. Out: requests to the collector; the trace a span is of, for whoever passes it on.
//! Not here: which spans there are (runtime). Nobody waits for a collector: what it does not take in time is left out.

use std::collections::HashMap;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use hub_runtime::spans::{self, Traces};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry::{KeyValue, StringValue, Value};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{RetryPolicy, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider, SpanData, SpanEvents, SpanExporter,
};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use tokio::runtime::Handle;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

use super::fields::is_listed;
use super::line::masked;
use crate::settings::Collector;

/// Spans that wait to be told; more are left out.
const WAITING_MAX: usize = 4_096;
/// Spans of one request.
const BATCH_MAX: usize = 512;
/// How long spans are gathered.
const GATHERED: Duration = Duration::from_secs(2);
/// Largest request and largest answer, bytes.
const REQUEST_BYTES_MAX: usize = 4 << 20;
const ANSWER_BYTES_MAX: usize = 64 << 10;
/// Spans a span follows from, beside the one it is below.
const LINKS_MAX: u32 = 32;
/// How long the last spans are waited for when the hub ends.
const LAST: Duration = Duration::from_millis(1_500);
/// The header, and the key of the propagator.
const TRACEPARENT: &str = "traceparent";
/// What the names of our crates begin with.
const OURS: &str = "hub";

static PROVIDER: OnceLock<SdkTracerProvider> = OnceLock::new();

/// Hands spans on to `collector`, where there is one.
pub(super) fn layer<S>(collector: Option<&Collector>) -> Option<impl Layer<S> + use<S>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let provider = match provider(collector?) {
        Ok(provider) => provider,
        Err(error) => {
            eprintln!("OpenTelemetry: {error:#}");
            return None;
        }
    };
    let layer = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer(OURS))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_context_activation(false);
    spans::traced_by(Box::new(Known(TraceContextPropagator::new())));
    let _ = PROVIDER.set(provider);
    Some(layer.with_filter(filter_fn(is_told)))
}

/// Spans of ours only: events go to the log, and what libraries say of themselves is not ours to vouch for.
fn is_told(about: &Metadata<'_>) -> bool {
    about.is_span() && about.target().starts_with(OURS)
}

/// Tells what waits, for a moment; nothing is told afterwards.
pub(super) fn finish() {
    let Some(provider) = PROVIDER.get() else { return };
    if provider.shutdown_with_timeout(LAST).is_err() {
        tracing::warn!(
            event = "otel.left_out",
            "spans were not all told when the hub ended"
        );
    }
}

fn provider(collector: &Collector) -> anyhow::Result<SdkTracerProvider> {
    let mut headers = HeaderMap::new();
    if let Some(secret) = &collector.authorization {
        let mut secret = HeaderValue::try_from(secret.reveal()).context("authorization")?;
        secret.set_sensitive(true);
        headers.insert(AUTHORIZATION, secret);
    }
    // The secret goes in here: the library would read `%` in it as the beginning of another character.
    let client = reqwest::Client::builder()
        .default_headers(headers)
        .redirect(Policy::none())
        .no_proxy()
        .timeout(collector.timeout)
        .build()?;
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_http_client(Client {
            client,
            threads: Handle::try_current().context("no runtime")?,
        })
        .with_endpoint(collector.endpoint.as_str())
        .with_timeout(collector.timeout)
        .with_retry_policy(RetryPolicy::disabled())
        .with_max_request_body_size(REQUEST_BYTES_MAX)
        .build()?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(WAITING_MAX)
        .with_max_export_batch_size(BATCH_MAX)
        .with_scheduled_delay(GATHERED)
        .build();
    let exporter = Listed {
        exporter,
        silent: AtomicBool::new(false),
    };
    let processor = BatchSpanProcessor::builder(exporter)
        .with_batch_config(batches)
        .build();
    let share = Sampler::TraceIdRatioBased(collector.sample_ratio);
    Ok(SdkTracerProvider::builder()
        .with_span_processor(processor)
        .with_sampler(Sampler::ParentBased(Box::new(share)))
        .with_max_links_per_span(LINKS_MAX)
        .with_resource(resource(collector))
        .build())
}

/// Which hub it is.
fn resource(collector: &Collector) -> Resource {
    let [name, site, node] = collector.service.clone();
    Resource::builder_empty()
        .with_service_name(name)
        .with_attributes([
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            KeyValue::new("service.namespace", site),
            KeyValue::new("service.instance.id", node),
        ])
        .build()
}

/// Whoever knows the trace of a span.
struct Known(TraceContextPropagator);

impl Known {
    fn context(&self, traceparent: &str) -> opentelemetry::Context {
        let carrier = HashMap::from([(TRACEPARENT.to_owned(), traceparent.to_owned())]);
        self.0
            .extract_with_context(&opentelemetry::Context::new(), &carrier)
    }
}

impl Traces for Known {
    fn traceparent(&self, span: &Span) -> Option<String> {
        let mut carrier = HashMap::new();
        self.0.inject_context(&span.context(), &mut carrier);
        carrier.remove(TRACEPARENT)
    }

    fn below(&self, span: &Span, traceparent: &str) {
        let context = self.context(traceparent);
        if context.span().span_context().is_valid() {
            // A span that nobody tells has no place among others.
            let _ = span.set_parent(context);
        }
    }

    fn follows(&self, span: &Span, traceparent: &str) {
        // What names nothing is no link.
        span.add_link(self.context(traceparent).span().span_context().clone());
    }
}

/// Sends nothing that is not on the list, and says once when nothing can be sent.
#[derive(Debug)]
struct Listed {
    exporter: opentelemetry_otlp::SpanExporter,
    silent: AtomicBool,
}

impl SpanExporter for Listed {
    async fn export(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        batch.iter_mut().for_each(cleaned);
        let sent = self.exporter.export(batch).await;
        match &sent {
            Ok(()) => self.silent.store(false, Ordering::Release),
            Err(error) if !self.silent.swap(true, Ordering::AcqRel) => {
                tracing::warn!(
                    event = "otel.left_out",
                    count,
                    %error,
                    "spans cannot be told; the hub goes on"
                );
            }
            Err(_) => {}
        }
        sent
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Leaves in `span` what a line of the log might say.
fn cleaned(span: &mut SpanData) {
    span.attributes
        .retain(|attribute| is_listed(attribute.key.as_str()));
    for attribute in &mut span.attributes {
        if let Value::String(text) = &attribute.value {
            attribute.value = Value::String(StringValue::from(masked(text.as_str())));
        }
    }
    span.events = SpanEvents::default();
}

/// The HTTP client there is: the library asks from a thread that has no runtime, so the request is made on ours.
#[derive(Debug)]
struct Client {
    client: reqwest::Client,
    threads: Handle,
}

#[async_trait::async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.threads.spawn(answer(client, request)).await?
    }
}

async fn answer(client: reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    // Without the address, which is the operator's to tell.
    let told = |error: reqwest::Error| error.without_url();
    let request = reqwest::Request::try_from(request).map_err(told)?;
    let mut answer = client.execute(request).await.map_err(told)?;
    let mut body = Vec::new();
    while let Some(some) = answer.chunk().await.map_err(told)? {
        if body.len() + some.len() > ANSWER_BYTES_MAX {
            return Err("the collector's answer has no end".into());
        }
        body.extend_from_slice(&some);
    }
    let mut told = Response::new(Bytes::from(body));
    *told.status_mut() = answer.status();
    Ok(told)
}
