//! The API under `/api/v1`: what departments' programs ask, each with its credential.
//! Here because a department's own system closes its cases without anybody opening a page of ours.
//! In: the desk. Out: a router; the OpenAPI document that is made of its handlers.
//! Not here: the store (behind the desk), the listener's limits (listen), sessions of people.

mod asks;
mod asyncapi;
mod cases;
mod documents;
mod events;
mod feedback;
mod problem;
mod views;
mod worksheets;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use hub_runtime::desk::{Code, Desk};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use problem::Problem;
pub(crate) use views::CaseView;

use crate::Readiness;

/// Longest request, body and answer included; a batch of deeds is the longest.
const DEADLINE: Duration = Duration::from_secs(60);
/// What every address of the API begins with.
pub(crate) const PREFIX: &str = "/api/";

/// What handlers are given.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) desk: Arc<Desk>,
    pub(crate) documents: Arc<OnceLock<documents::Documents>>,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "防止返贫监测数据集成中枢 hub API",
        description = "各部门系统查询事项、拉取事件、反馈办理结果。Every answer that is not the one asked for is application/problem+json with a stable `code` (GET /api/v1/problems).",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    tags(
        (name = "cases", description = "事项 / cases"),
        (name = "events", description = "事件（拉取）/ the pull channel"),
        (name = "feedback", description = "反馈 / what departments did"),
        (name = "documents", description = "接口文档 / documents")
    ),
    components(schemas(problem::Body)),
    modifiers(&Bearer)
)]
struct Described;

/// Credentials go as bearer tokens; documents need none.
struct Bearer;

impl Modify for Bearer {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("hub credential add"))
            .build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("credential", SecurityScheme::Http(scheme));
        openapi.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(
            "credential",
            [],
        )]);
    }
}

/// The routes below `/api/v1`.
pub(crate) fn api(desk: Arc<Desk>) -> Router {
    let api = Api {
        desk,
        documents: Arc::default(),
    };
    let (router, openapi) = described();
    // Set once, before anybody can ask.
    let _ = api.documents.set(documents::Documents::new(&openapi));
    router
        .method_not_allowed_fallback(|| async { Problem::new(Code::MethodNotAllowed) })
        .layer(middleware::from_fn_with_state(api.clone(), in_time))
        .with_state(api)
}

/// The routes, with the document that is made of them.
fn described() -> (Router<Api>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Described::openapi())
        .routes(routes!(cases::list))
        .routes(routes!(cases::one))
        .routes(routes!(feedback::act))
        .routes(routes!(feedback::batch))
        .routes(routes!(worksheets::take))
        .routes(routes!(events::fetch))
        .routes(routes!(events::acknowledge))
        .routes(routes!(documents::openapi))
        .routes(routes!(documents::asyncapi))
        .routes(routes!(documents::schema))
        .routes(routes!(documents::problems))
        .split_for_parts()
}

/// Ends what takes too long: a body that drips in, an answer that does not come.
async fn in_time(State(_): State<Api>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(DEADLINE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(Code::RequestTimeout).into_response(),
    }
}

/// Refuses what comes after the hub was asked to stop: it would not be done any more.
pub(crate) async fn while_it_runs(State(ready): State<Readiness>, request: Request, next: Next) -> Response {
    if ready.is_stopping() {
        let later = [(axum::http::header::RETRY_AFTER, "60")];
        return (later, Problem::new(Code::Stopping)).into_response();
    }
    next.run(request).await
}

/// The answer where there is nothing.
pub(crate) async fn nothing_here(request: Request) -> Response {
    if request.uri().path().starts_with(PREFIX) {
        Problem::new(Code::NotFound).into_response()
    } else {
        axum::http::StatusCode::NOT_FOUND.into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_answered_is_described_and_only_documents_are_for_everybody() {
        let (_, openapi) = described();
        let document = serde_json::to_value(&openapi).unwrap();
        let mut told = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let open = operation["security"] == serde_json::json!([{}]);
                told.push(format!("{method} {path}{}", if open { " open" } else { "" }));
            }
        }
        told.sort();
        assert_eq!(
            told,
            [
                "get /api/v1/asyncapi.json open",
                "get /api/v1/cases",
                "get /api/v1/cases/{id}",
                "get /api/v1/events",
                "get /api/v1/openapi.json open",
                "get /api/v1/problems open",
                "get /api/v1/schemas/{event} open",
                "post /api/v1/cases/{id}/actions",
                "post /api/v1/events:ack",
                "post /api/v1/feedback:batch",
                "post /api/v1/worksheets",
            ]
        );
    }
}
