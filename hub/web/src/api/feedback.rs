//! `POST /cases/{id}/actions` and `POST /feedback:batch`: what departments did.
//! Here because a warning is over when the one who looked says what came of it.
//! In: deeds, one or a line each. Out: where each case stands then, or why not.
//! Not here: which deeds there are (model), what they may say and how they are read (runtime): the same by every way.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::header::ETAG;
use axum::http::{HeaderMap, HeaderName};
use hub_model::Permission;
use hub_runtime::Acted;
use hub_runtime::desk::{self, Caller, Code, Deed, Line, Refusal};
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::asks::{self, Asks};
use super::problem::{Changing, Problem};
use super::views::{actions, measures, reasons, states};

/// Who did it, at the department.
#[derive(ToSchema)]
#[schema(as = Operator)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the desk reads")]
pub(crate) struct OperatorBody {
    /// A name or an account of the department's own; never of whom the case is about.
    #[schema(min_length = 1, max_length = 19)]
    name: String,
    /// An office within the department.
    #[schema(min_length = 1, max_length = 19)]
    dept: Option<String>,
}

/// A deed.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the desk reads")]
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
    operator: Option<OperatorBody>,
    /// The case, again: a signed body carries it.
    case: Option<String>,
    /// The version that was seen, again: a signed body carries it.
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
    let read = desk::json::<Deed>(&body);
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
        return Err(Refusal::unfit("case", "not the one in the address").into());
    }
    if read.version.is_some_and(|said| said != version) {
        return Err(Refusal::unfit("version", "not the one in If-Match").into());
    }
    let asked = read.asked(id, version, key)?;
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

/// A line of a batch.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "documents what the desk reads")]
pub(crate) struct BatchLine {
    /// The case.
    case: String,
    /// The version that was seen.
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
    operator: Option<OperatorBody>,
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
    let lines = desk::lines(&body)?;
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

async fn one_line(api: &Api, caller: &Caller, line: &[u8]) -> Result<Done, Problem> {
    let asked = Line::read(line)?.asked()?;
    let done = api.desk.act(caller, asked).await;
    Ok(Done::from(
        done.map_err(|error| Problem::of_deed(error, caller.role()))?,
    ))
}

#[cfg(test)]
mod tests {
    use utoipa::PartialSchema;

    use super::*;

    /// The names that the reader of `T` lists when it meets one it does not know.
    fn read<T: serde::de::DeserializeOwned>() -> Vec<String> {
        let told = desk::json::<T>(br#"{"?": 1}"#)
            .err()
            .and_then(|refusal| refusal.detail);
        let told = told.unwrap_or_default();
        let names = told.split('`').skip(3).step_by(2).map(str::to_owned);
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    fn documented<T: PartialSchema>() -> Vec<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        let mut names: Vec<String> = schema["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_is_documented_is_what_is_read() {
        assert_eq!(documented::<ActionBody>(), read::<Deed>());
        assert_eq!(documented::<BatchLine>(), read::<Line>());
        assert_eq!(documented::<OperatorBody>(), read::<desk::Operator>());
    }
}
