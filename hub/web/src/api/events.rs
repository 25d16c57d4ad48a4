//! `GET /events` and `POST /events:ack`: the pull channel.
//! Here because where nobody can be pushed to, the same events are fetched, in the same order.
//! In: the last sequence the caller has. Out: CloudEvents as they are pushed to others; how far it has come.
//! Not here: how an event looks (runtime).

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use hub_model::Permission;
use hub_runtime::desk::Code;
use hub_store::EVENT_PAGE_MAX;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::Api;
use super::asks::{self, Asks};
use super::problem::{Changing, Problem, Reading};

/// Events of a page when nothing is said.
const EVENT_PAGE: u32 = 500;
/// Most digits of a sequence, as events carry it.
const SEQUENCE_DIGITS: usize = 20;

/// Which events are meant.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// The last sequence the caller has; what it confirmed last when unsaid.
    #[param(pattern = "^[0-9]{1,20}$")]
    after: Option<String>,
    /// Events of a page, 500 when unsaid.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EventList {
    /// CloudEvents 1.0, each with the schema at `/api/v1/schemas/{event}.json`.
    #[schema(value_type = Vec<std::collections::HashMap<String, serde_json::Value>>)]
    events: Vec<Box<RawValue>>,
    /// What to ask after next, and what to confirm when all of these are kept.
    next: String,
    /// Whether there is more at once.
    more: bool,
    /// What the caller confirmed last.
    acknowledged: String,
}

/// 拉取事件 / the events about the caller's cases, in order
#[utoipa::path(
    get, path = "/api/v1/events", tag = "events", params(EventQuery),
    responses((status = 200, description = "a page", body = EventList), Reading)
)]
pub(crate) async fn fetch(
    State(api): State<Api>,
    asks: Asks,
    query: Result<Query<EventQuery>, QueryRejection>,
) -> Result<Json<EventList>, Problem> {
    let caller = asks.may(Permission::ReadEvents)?;
    let query = asks::query(query)?;
    let wrong = |said: &str| Problem::because(Code::RequestMalformed, said);
    let after = query.after.as_deref().map(sequence);
    let after = after
        .map(|after| after.ok_or_else(|| wrong("after: the sequence of an event")))
        .transpose()?;
    let limit = query.limit.unwrap_or(EVENT_PAGE);
    if !(1..=EVENT_PAGE_MAX).contains(&limit) {
        return Err(wrong("limit: 1 to 1000"));
    }
    let fetched = api.desk.events(&caller, after, limit).await?;
    Ok(Json(EventList {
        events: fetched.events,
        next: fetched.next,
        more: fetched.more,
        acknowledged: fetched.acknowledged,
    }))
}

fn sequence(text: &str) -> Option<i64> {
    let is_number =
        (1..=SEQUENCE_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    // One beyond every number there can be is after all of them.
    is_number.then(|| text.parse().unwrap_or(i64::MAX))
}

/// What is confirmed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AckBody {
    /// The last sequence the caller keeps, with all before it.
    #[schema(pattern = "^[0-9]{1,20}$")]
    through: String,
}

/// What is confirmed now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Acknowledged {
    /// All up to here.
    acknowledged: String,
}

/// 确认已收到 / the caller has all events up to a sequence
#[utoipa::path(
    post, path = "/api/v1/events:ack", tag = "events", request_body = AckBody,
    params(super::feedback::SignedHeaders),
    responses((status = 200, description = "what is confirmed now", body = Acknowledged), Changing)
)]
pub(crate) async fn acknowledge(
    State(api): State<Api>,
    asks: Asks,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Acknowledged>, Problem> {
    let caller = asks.may(Permission::ReadEvents)?;
    let body = asks::body(&headers, &["application/json"], body)?;
    super::feedback::signed(&api, &caller, &headers, &body, true).await?;
    let asked: AckBody = hub_runtime::desk::json(&body)?;
    let through = sequence(&asked.through)
        .ok_or_else(|| Problem::because(Code::RequestMalformed, "through: the sequence of an event"))?;
    match api.desk.acknowledge(&caller, through).await? {
        Ok(acknowledged) => Ok(Json(Acknowledged { acknowledged })),
        Err(served) => Err(Problem::new(Code::NotHandedOut).with(|said| said.served = Some(served))),
    }
}
