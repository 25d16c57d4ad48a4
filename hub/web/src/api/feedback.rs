//! `POST /cases/{id}/actions` and `POST /feedback:batch`: what departments did.
//! Here because a warning is over when the one who looked says what came of it.
//! In: deeds, one or a line each. Out: where each case stands then, or why not.
//! Not here: which deeds there are (model).

use std::ops::RangeInclusive;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, HeaderName};
use hub_model::Permission;
use hub_model::case::{Action, Measure, Reason};
use hub_runtime::desk::Caller;
use hub_runtime::{ActAsked, Acted};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::Api;
use super::asks::{self, Asks};
use super::codes::Code;
use super::problem::{Changing, Problem};
use super::views::{actions, measures, reasons, states};

/// Lengths of texts, characters.
const TEXT_CHARS: RangeInclusive<usize> = 2..=500;
const DEPARTMENT_CHARS: RangeInclusive<usize> = 1..=60;
/// Name, office and credential together have at most 60.
const OPERATOR_CHARS: RangeInclusive<usize> = 1..=19;
/// Most lines of a batch.
const LINES_MAX: usize = 1_000;

/// Who did it, at the department.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Operator {
    /// A name or an account of the department's own; never of whom the case is about.
    #[schema(min_length = 1, max_length = 19)]
    name: String,
    /// An office within the department.
    #[schema(min_length = 1, max_length = 19)]
    dept: Option<String>,
}

/// A deed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActionBody {
    #[schema(schema_with = actions)]
    action: String,
    /// Why it is not so; `reject` wants it.
    #[schema(schema_with = reasons)]
    reason_code: Option<String>,
    /// In a sentence.
    #[schema(min_length = 2, max_length = 500)]
    text: Option<String>,
    /// What was done; `handle` wants it.
    #[schema(schema_with = measures)]
    measure: Option<String>,
    /// When it was done; not in the future.
    #[schema(format = Date)]
    date: Option<String>,
    /// The department it goes to; `reassign` wants it.
    #[schema(min_length = 1, max_length = 60)]
    to: Option<String>,
    operator: Option<Operator>,
    /// The case, again: a signed body carries it.
    case: Option<String>,
    /// The version that was seen, again: a signed body carries it.
    #[serde(default, deserialize_with = "maybe_whole")]
    version: Option<u64>,
}

/// The headers of a signed request, which credentials made with `--signed` must send.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "documents headers that are read by hand")]
pub(crate) struct SignedHeaders {
    /// Standard Webhooks: the request's own id, without a dot.
    #[param(rename = "webhook-id")]
    id: Option<String>,
    /// Standard Webhooks: when it was signed, seconds since 1970 UTC.
    #[param(rename = "webhook-timestamp")]
    timestamp: Option<String>,
    /// Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
    #[param(rename = "webhook-signature")]
    signature: Option<String>,
}

/// Where a case stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Done {
    case: String,
    /// The version after the deed.
    version: u64,
    #[schema(schema_with = states)]
    state: String,
    round: u32,
    /// Who must act.
    department: String,
    /// By when something must be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    due: Option<String>,
    /// Whether it had been done before, under the same key.
    repeated: bool,
}

impl From<Acted> for Done {
    fn from(acted: Acted) -> Self {
        Self {
            case: acted.case,
            version: acted.version,
            state: acted.state.as_str().to_owned(),
            round: acted.round,
            department: acted.department,
            due: acted.due.map(|day| day.to_string()),
            repeated: acted.repeated,
        }
    }
}

/// 办理一件事项 / does something to a case
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/actions", tag = "feedback", request_body = ActionBody,
    params(
        ("id" = String, Path, description = "the case's id"),
        ("idempotency-key" = String, Header, description = "1 to 100 visible ASCII characters; asked twice under one key, it is done once", pattern = "^[!-~]{1,100}$"),
        ("if-match" = String, Header, description = "the ETag that was seen; 428 without", pattern = "^\"[0-9]{1,19}\"$"),
        SignedHeaders
    ),
    responses(
        (status = 200, description = "where it stands now", body = Done, headers(("etag" = String, description = "its version, for If-Match"))),
        Changing
    )
)]
pub(crate) async fn act(
    State(api): State<Api>,
    asks: Asks,
    id: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<([(HeaderName, String); 1], Json<Done>), Problem> {
    let caller = asks.may(Permission::Act)?;
    let Path(id) = id.map_err(|_| Problem::new(Code::CaseNotFound))?;
    let body = asks::body(&headers, &["application/json"], body)?;
    let read = asks::json::<ActionBody>(&body);
    let version = asks::version(&headers);
    let bound = match (&read, &version) {
        (Ok(read), Ok(version)) => {
            read.case.as_deref() == Some(id.as_str()) && read.version == Some(*version)
        }
        // What cannot be read is refused below, whoever signed it.
        (Err(_), _) | (_, Err(_)) => true,
    };
    signed(&api, &caller, &headers, &body, bound).await?;
    let key = asks::key(&headers)?;
    let (version, read) = (version?, read?);
    if read.case.as_ref().is_some_and(|case| *case != id) {
        return Err(unfit("case", "not the one in the address"));
    }
    if read.version.is_some_and(|said| said != version) {
        return Err(unfit("version", "not the one in If-Match"));
    }
    let asked = asked(read, id, version, key)?;
    let done = api.desk.act(&caller, asked).await;
    let done = Done::from(done.map_err(|error| Problem::of_deed(error, caller.role()))?);
    Ok(([(ETAG, format!("\"{}\"", done.version))], Json(done)))
}

/// Takes a request that changes something, as far as its signature goes.
pub(crate) async fn signed(
    api: &Api,
    caller: &Caller,
    headers: &HeaderMap,
    body: &[u8],
    bound: bool,
) -> Result<(), Problem> {
    let taken = api.desk.taken(caller, asks::signature(headers), body, bound);
    taken.await?.map_err(Problem::of_signature)
}

fn unfit(field: &str, said: &str) -> Problem {
    Problem::because(Code::ActionUnfit, format!("{field}: {said}"))
        .with(|said| said.fields = Some(vec![field.to_owned()]))
}

/// Whether every text has the length that is documented.
fn fits(body: &ActionBody) -> Result<(), Problem> {
    let operator = body.operator.as_ref();
    let texts = [
        ("text", body.text.as_ref(), TEXT_CHARS),
        ("to", body.to.as_ref(), DEPARTMENT_CHARS),
        (
            "operator",
            operator.map(|operator| &operator.name),
            OPERATOR_CHARS,
        ),
        (
            "operator",
            operator.and_then(|operator| operator.dept.as_ref()),
            OPERATOR_CHARS,
        ),
    ];
    for (field, text, chars) in texts {
        if text.is_some_and(|text| !chars.contains(&text.trim().chars().count())) {
            let (least, most) = (chars.start(), chars.end());
            return Err(unfit(field, &format!("{least} to {most} characters")));
        }
    }
    Ok(())
}

fn asked(body: ActionBody, case: String, version: u64, key: String) -> Result<ActAsked, Problem> {
    fits(&body)?;
    let known = "one of the words that the OpenAPI document lists";
    let action = Action::parse(&body.action).ok_or_else(|| unfit("action", known))?;
    let reason = body.reason_code.as_deref().map(Reason::parse);
    let measure = body.measure.as_deref().map(Measure::parse);
    let date = body.date.as_deref().map(str::parse);
    let operator = body.operator.map(|operator| match operator.dept {
        Some(dept) => format!("{dept}/{}", operator.name),
        None => operator.name,
    });
    Ok(ActAsked {
        case,
        action,
        actor: operator.unwrap_or_default(),
        role: None,
        reason: reason
            .map(|reason| reason.ok_or_else(|| unfit("reason_code", known)))
            .transpose()?,
        text: body.text,
        measure: measure
            .map(|measure| measure.ok_or_else(|| unfit("measure", known)))
            .transpose()?,
        date: date
            .transpose()
            .map_err(|_| unfit("date", "a day, as 2026-03-31"))?,
        to: body.to,
        if_version: Some(version),
        key: Some(key),
    })
}

/// A line of a batch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BatchLine {
    /// The case.
    case: String,
    /// The version that was seen.
    #[serde(deserialize_with = "whole")]
    version: u64,
    /// Its idempotency key.
    #[schema(pattern = "^[!-~]{1,100}$")]
    key: String,
    #[schema(schema_with = actions)]
    action: String,
    #[schema(schema_with = reasons)]
    reason_code: Option<String>,
    text: Option<String>,
    #[schema(schema_with = measures)]
    measure: Option<String>,
    #[schema(format = Date)]
    date: Option<String>,
    to: Option<String>,
    operator: Option<Operator>,
}

/// What became of a line.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineResult {
    /// Which, from 1 on; empty lines count.
    line: usize,
    /// 200, or the status the line would have got alone.
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    done: Option<Done>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<super::problem::Body>)]
    problem: Option<Problem>,
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchResult {
    /// Lines that were done.
    done: usize,
    /// Lines that were refused.
    refused: usize,
    /// Every line that was not empty.
    lines: Vec<LineResult>,
}

/// 批量反馈：每行一条 JSON，逐行答复 / deeds, a JSON object a line; each is done or refused by itself, in order
#[utoipa::path(
    post, path = "/api/v1/feedback:batch", tag = "feedback",
    request_body(content = BatchLine, content_type = "application/x-ndjson", description = "at most 1,000 lines and 1 MiB"),
    params(SignedHeaders),
    responses((status = 200, description = "what became of each line", body = BatchResult), Changing)
)]
pub(crate) async fn batch(
    State(api): State<Api>,
    asks: Asks,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<BatchResult>, Problem> {
    let caller = asks.may(Permission::Act)?;
    let body = asks::body(&headers, &["application/x-ndjson", "application/jsonl"], body)?;
    let lines: Vec<(usize, &[u8])> = body
        .split(|byte| *byte == b'\n')
        .zip(1..)
        .map(|(line, number)| (number, line.trim_ascii()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    if lines.is_empty() {
        return Err(Problem::because(
            Code::RequestMalformed,
            "A batch has at least one line.",
        ));
    }
    if lines.len() > LINES_MAX {
        return Err(Problem::new(Code::TooManyLines));
    }
    // Every line names its case and version itself.
    signed(&api, &caller, &headers, &body, true).await?;
    let mut results = Vec::with_capacity(lines.len());
    for (number, line) in lines {
        let done = one_line(&api, &caller, line).await;
        results.push(match done {
            Ok(done) => LineResult {
                line: number,
                status: 200,
                done: Some(done),
                problem: None,
            },
            Err(problem) => LineResult {
                line: number,
                status: problem.status,
                done: None,
                problem: Some(problem),
            },
        });
    }
    let done = results.iter().filter(|result| result.done.is_some()).count();
    Ok(Json(BatchResult {
        done,
        refused: results.len() - done,
        lines: results,
    }))
}

/// A whole number as JSON Schema has it: `12.0` is one.
fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    maybe_whole(from)?.ok_or_else(|| D::Error::custom("a whole number"))
}

/// The same, or null.
fn maybe_whole<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    let wrong = || D::Error::custom("a whole number");
    let Some(number) = Option::<serde_json::Number>::deserialize(from)? else {
        return Ok(None);
    };
    if let Some(number) = number.as_u64() {
        return Ok(Some(number));
    }
    // Every whole number up to here is one exactly.
    let float = number.as_f64().filter(|float| float.fract() == 0.0);
    let float = float.filter(|float| (0.0..=9_007_199_254_740_992.0).contains(float));
    let digits = float.ok_or_else(wrong)?.to_string();
    digits.parse().map(Some).map_err(|_| wrong())
}

async fn one_line(api: &Api, caller: &Caller, line: &[u8]) -> Result<Done, Problem> {
    let line: BatchLine = asks::json(line)?;
    if !asks::is_key(&line.key) {
        return Err(Problem::new(Code::IdempotencyKeyInvalid));
    }
    let body = ActionBody {
        action: line.action,
        reason_code: line.reason_code,
        text: line.text,
        measure: line.measure,
        date: line.date,
        to: line.to,
        operator: line.operator,
        case: None,
        version: None,
    };
    let asked = asked(body, line.case, line.version, line.key)?;
    let done = api.desk.act(caller, asked).await;
    Ok(Done::from(
        done.map_err(|error| Problem::of_deed(error, caller.role()))?,
    ))
}
