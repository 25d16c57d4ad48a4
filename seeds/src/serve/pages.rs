//! Pages by number, errors inside an envelope with status 200: human resources, signed in query or headers, and the insurance office, in headers.
//! Here because such gateways answer 200 whatever happens; a connector must read the code.
//! In: `/api/{hr,yb}/v1/<stream>?pageNo=1&pageSize=1000&month=202310&appKey=&timestamp=&sign=`. Out: `{"code":0,"msg":"ok","data":…}`.
//! Not here: which rows there are (data.rs).

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Response, StatusCode};

use super::faults::{Fault, Shown};
use super::sign::Unsigned;
use super::{Shared, json, push_rows, sign};
use crate::departments::{Month, Stream};

/// Most rows of a page.
pub const PAGE_ROWS_MAX: usize = 1000;
const PAGE_ROWS_DEFAULT: usize = 100;
/// What an endless stream says it holds.
const ENDLESS_TOTAL: usize = 999_999_999;

type Queried = Query<HashMap<String, String>>;

pub(super) async fn human_resources(
    State(shared): State<Arc<Shared>>,
    Extension(shown): Extension<Shown>,
    Path(stream): Path<String>,
    Query(query): Queried,
    headers: HeaderMap,
) -> Response<Body> {
    let given = |name: &str| query.get(name).cloned();
    let signed = sign::hr(&shared.hr_secret, given, &headers, (shared.clock)());
    let of = Stream::Employment.connector();
    page(&shared, &shown, signed, offered(of, &stream), &query).await
}

pub(super) async fn insurance(
    State(shared): State<Arc<Shared>>,
    Extension(shown): Extension<Shown>,
    Path(stream): Path<String>,
    Query(query): Queried,
    headers: HeaderMap,
) -> Response<Body> {
    let signed = sign::insurance(&shared.insurance_secret, &headers, (shared.clock)());
    let of = Stream::MedicalExpenses.connector();
    page(&shared, &shown, signed, offered(of, &stream), &query).await
}

fn offered(connector: &str, stream: &str) -> Option<Stream> {
    Stream::named(stream).filter(|stream| stream.connector() == connector)
}

async fn page(
    shared: &Arc<Shared>,
    shown: &Shown,
    signed: Result<(), Unsigned>,
    stream: Option<Stream>,
    query: &HashMap<String, String>,
) -> Response<Body> {
    let signed = match shown.is(Fault::ExpiredSignature) {
        true => Err(Unsigned::Expired),
        false => signed,
    };
    if let Err(unsigned) = signed {
        shared.behaviour().stats.unsigned += 1;
        return envelope(401, unsigned.text());
    }
    let Some(stream) = stream else {
        return envelope(404, "接口不存在");
    };
    let month = query.get("month").and_then(|month| Month::parse(month));
    if stream.monthly() && month.is_none() {
        return envelope(400, "month 应为 YYYYMM");
    }
    let number = |name: &str, default: usize| match query.get(name) {
        Some(text) => text.parse().ok().filter(|number| *number > 0),
        None => Some(default),
    };
    let (Some(page), Some(size)) = (number("pageNo", 1), number("pageSize", PAGE_ROWS_DEFAULT)) else {
        return envelope(400, "pageNo、pageSize 应为正整数");
    };
    if size > PAGE_ROWS_MAX {
        return envelope(400, "pageSize 不得超过 1000");
    }
    let month = month.filter(|_| stream.monthly());
    let inside = month.is_none_or(|month| shared.data.months(stream).contains(month));
    if !inside {
        return json(
            StatusCode::OK,
            "{\"code\":0,\"msg\":\"ok\",\"data\":{\"total\":0,\"list\":[]}}".to_owned(),
        );
    }
    let Some(rows) = shared.rows(stream, month).await else {
        return envelope(500, "系统繁忙");
    };
    let endless = shown.is(Fault::EndlessPaging);
    let page = if shown.is(Fault::SamePage) { 1 } else { page };
    let total = if endless { ENDLESS_TOTAL } else { rows.len() };
    let mut text = format!("{{\"code\":0,\"msg\":\"ok\",\"data\":{{\"total\":{total},\"list\":[");
    push_rows(&mut text, &rows, (page - 1).saturating_mul(size), size, endless);
    text.push_str("]}}");
    json(StatusCode::OK, text)
}

fn envelope(code: u16, message: &str) -> Response<Body> {
    json(
        StatusCode::OK,
        format!("{{\"code\":{code},\"msg\":\"{message}\"}}"),
    )
}
