//! `GET /cases` and `GET /cases/{id}`.
//! Here because a department's program begins with what there is to do.
//! In: filters, a cursor, a case's id. Out: pages and cases of the caller's.
//! Not here: what is left out of them (views), doing something to them (feedback).

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, ETAG};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hub_model::{CaseId, CaseState, Permission, Scope, Severity};
use hub_runtime::desk::Code;
use hub_store::{CASE_PAGE_MAX, PageFilter};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder};

use super::Api;
use super::asks::{self, Asks};
use super::problem::{Problem, Reading};
use super::views::{CaseSummary, CaseView, severities, states};

/// Rows of a page when nothing is said.
const CASE_PAGE: u32 = 100;
/// What a list may be asked by.
const PARAMETERS: &str = "state, severity, division, rule, cursor, limit";
/// Longest id of a rule, characters.
const RULE_CHARS_MAX: usize = 64;

fn state_list() -> Array {
    ArrayBuilder::new().items(states()).min_items(Some(1)).build()
}

/// Which cases are meant.
#[derive(Debug, Default, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CaseQuery {
    /// In one of these states, separated by commas or said several times; in any when unsaid, closed ones too.
    #[param(schema_with = state_list, style = Form, explode = false)]
    state: Option<String>,
    /// Of this severity.
    #[param(schema_with = severities)]
    severity: Option<String>,
    /// In divisions whose code begins so: 2 to 12 digits.
    #[param(pattern = "^[0-9]{2,12}$")]
    division: Option<String>,
    /// With an open warning of this rule.
    #[param(pattern = "^[A-Za-z][A-Za-z0-9_-]{1,31}$")]
    rule: Option<String>,
    /// Where the page before ended, as it said; with the same filters.
    #[param(pattern = "^[A-Za-z0-9_-]{1,200}$")]
    cursor: Option<String>,
    /// Rows of a page, 100 when unsaid.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// A page of cases, in the order they were opened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CasePage {
    cases: Vec<CaseSummary>,
    /// Where the next page begins; none when this is the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// 事项清单，按建立的先后 / the caller's cases, oldest first
#[utoipa::path(
    get, path = "/api/v1/cases", tag = "cases", params(CaseQuery),
    responses((status = 200, description = "a page", body = CasePage), Reading)
)]
pub(crate) async fn list(
    State(api): State<Api>,
    asks: Asks,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Json<CasePage>, Problem> {
    let caller = asks.may(Permission::ReadCases)?;
    let query = CaseQuery::read(asks::query(query)?)?;
    let mut filter = filter(&query)?;
    let digest = digest(&filter)?;
    if let Some(cursor) = &query.cursor {
        let after = read_cursor(cursor, &digest).ok_or_else(|| Problem::new(Code::CursorInvalid))?;
        filter.after = Some(after);
    }
    let (rows, more) = api.desk.cases(&caller, &filter).await?;
    let last = rows.last().filter(|_| more);
    Ok(Json(CasePage {
        next: last.map(|row| cursor(row.case.id, &digest)),
        cases: rows.iter().map(CaseSummary::from).collect(),
    }))
}

impl CaseQuery {
    /// By hand, for a list may be said in two ways.
    fn read(pairs: Vec<(String, String)>) -> Result<Self, Problem> {
        let wrong = |said: String| Problem::because(Code::RequestMalformed, said);
        let mut read = Self::default();
        for (name, value) in pairs {
            let place = match name.as_str() {
                "state" => {
                    let before = read.state.take();
                    read.state =
                        Some(before.map_or_else(|| value.clone(), |states| format!("{states},{value}")));
                    continue;
                }
                "limit" if read.limit.is_none() => {
                    let limit = value.parse();
                    read.limit = Some(limit.map_err(|_| wrong("limit: 1 to 500".to_owned()))?);
                    continue;
                }
                "severity" => &mut read.severity,
                "division" => &mut read.division,
                "rule" => &mut read.rule,
                "cursor" => &mut read.cursor,
                _ => {
                    return Err(wrong(format!(
                        "unknown or repeated parameter; known are {PARAMETERS}"
                    )));
                }
            };
            if place.replace(value).is_some() {
                return Err(wrong(format!("{name}: said twice")));
            }
        }
        Ok(read)
    }
}

fn filter(query: &CaseQuery) -> Result<PageFilter, Problem> {
    let wrong = |said: &str| Problem::because(Code::RequestMalformed, said);
    let states = query.state.as_deref().map(|text| text.split(','));
    let states: Option<Vec<CaseState>> = states
        .into_iter()
        .flatten()
        .map(|word| CaseState::parse(word.trim()))
        .collect();
    let severity = query.severity.as_deref().map(Severity::parse);
    if let Some(division) = &query.division {
        let is_prefix = Scope::of(None, division).is_ok() && !division.is_empty();
        is_prefix
            .then_some(())
            .ok_or_else(|| wrong("division: 2 to 12 digits"))?;
    }
    let is_rule = |rule: &String| hub_model::RuleId::parse(rule).is_ok() && rule.len() <= RULE_CHARS_MAX;
    if query.rule.as_ref().is_some_and(|rule| !is_rule(rule)) {
        return Err(wrong("rule: an id such as A01"));
    }
    let limit = query.limit.unwrap_or(CASE_PAGE);
    if !(1..=CASE_PAGE_MAX).contains(&limit) {
        return Err(wrong("limit: 1 to 500"));
    }
    Ok(PageFilter {
        states: states
            .ok_or_else(|| wrong("state: one or more of the documented words, separated by commas"))?,
        severity: match severity {
            Some(None) => return Err(wrong("severity: blue, yellow, orange or red")),
            Some(known) => known,
            None => None,
        },
        division: query.division.clone(),
        rule: query.rule.clone(),
        after: None,
        limit,
    })
}

/// What a cursor is good for: pages of the same filters.
fn digest(filter: &PageFilter) -> Result<String, Problem> {
    let said = (&filter.states, filter.severity, &filter.division, &filter.rule);
    let json = serde_json::to_string(&said).map_err(|error| Problem::internal(&error.into()))?;
    Ok(hub_runtime::desk::short_digest(json.as_bytes()))
}

fn cursor(last: CaseId, digest: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("1.{last}.{digest}"))
}

fn read_cursor(cursor: &str, digest: &str) -> Option<CaseId> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (last, of) = text.strip_prefix("1.")?.split_once('.')?;
    (of == digest).then(|| CaseId::parse(last).ok()).flatten()
}

/// How much of a case is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum View {
    /// Without personal data.
    Thin,
    /// With names, numbers and cells; needs `cases:full`, and every look is recorded.
    Full,
}

/// How much of a case is wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ViewQuery {
    /// `thin` when unsaid.
    #[param(inline)]
    view: Option<View>,
}

/// 一件事项 / one case
#[utoipa::path(
    get, path = "/api/v1/cases/{id}", tag = "cases",
    params(("id" = String, Path, description = "the case's id"), ViewQuery),
    responses(
        (status = 200, description = "the case", body = CaseView, headers(("etag" = String, description = "its version, for If-Match"))),
        Reading
    )
)]
pub(crate) async fn one(
    State(api): State<Api>,
    asks: Asks,
    id: Result<Path<String>, PathRejection>,
    query: Result<Query<ViewQuery>, QueryRejection>,
) -> Result<([(HeaderName, String); 2], Json<CaseView>), Problem> {
    asks.and(Permission::ReadCases)?;
    let none = || Problem::new(Code::CaseNotFound);
    let Path(id) = id.map_err(|_| none())?;
    let view = asks::query(query)?.view.unwrap_or(View::Thin);
    let role = asks.0.role();
    let case = match view {
        View::Thin => {
            let detail = api.desk.case(&asks.0, &id).await?;
            CaseView::thin(&detail.ok_or_else(none)?, role)
        }
        View::Full => {
            asks.and(Permission::ReadFull)?;
            let full = Box::pin(api.desk.full_case(&asks.0, &id)).await?;
            CaseView::full(&full.ok_or_else(none)?, role)
        }
    };
    let headers = [
        (ETAG, format!("\"{}\"", case.version)),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Json(case)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_the_filters_it_was_given_for() {
        let id = CaseId::new(7, 9);
        let given = cursor(id, "abcd");
        assert_eq!(read_cursor(&given, "abcd"), Some(id));
        assert_eq!(read_cursor(&given, "abce"), None);
        for wrong in ["", "!", "MS4", &format!("{given}A")] {
            assert_eq!(read_cursor(wrong, "abcd"), None, "{wrong}");
        }
    }
}
