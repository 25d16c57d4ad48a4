//! The 832 platform: pages by cursor, signed in headers.
//! Here because cursors are opaque and their end is an empty one, not a count.
//! In: `/open/832/v1/<stream>?cursor=&limit=` with `X-App-Key`, `X-Timestamp`, `X-Sign`. Out: `{"errcode":0,"errmsg":"","next_cursor":"…","items":[…]}`.
//! Not here: which rows there are (data.rs).

use std::collections::HashMap;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::faults::{Fault, Shown};
use super::sign::Unsigned;
use super::{Shared, json, push_rows, sign};
use crate::departments::Stream;

/// Most rows of a page.
pub const LIMIT_MAX: usize = 1000;
const LIMIT_DEFAULT: usize = 100;
const CURSOR_PREFIX: &str = "o:";

pub(super) async fn page(
    State(shared): State<Arc<Shared>>,
    Extension(shown): Extension<Shown>,
    Path(stream): Path<String>,
    Query(query): Query<HashMap<String, String>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let signed = match shown.is(Fault::ExpiredSignature) {
        true => Err(Unsigned::Expired),
        false => sign::market(&shared.market_secret, uri.path(), &headers, (shared.clock)()),
    };
    if let Err(unsigned) = signed {
        shared.behaviour().stats.unsigned += 1;
        return refused(StatusCode::UNAUTHORIZED, 40_001, unsigned.text());
    }
    let Some(stream) = Stream::named(&stream).filter(|stream| stream.connector() == "procurement-832") else {
        return refused(StatusCode::NOT_FOUND, 40_400, "接口不存在");
    };
    let limit = match query.get("limit") {
        Some(text) => text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit)),
        None => Some(LIMIT_DEFAULT),
    };
    let from = match query.get("cursor").map_or("", String::as_str) {
        "" => Some(0),
        cursor => offset(cursor),
    };
    let (Some(limit), Some(from)) = (limit, from) else {
        return refused(StatusCode::BAD_REQUEST, 40_002, "cursor 或 limit 无效");
    };
    let Some(rows) = shared.rows(stream, None).await else {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, 50_000, "系统繁忙");
    };
    let (endless, same) = (shown.is(Fault::EndlessPaging), shown.is(Fault::SamePage));
    let from = if same { 0 } else { from };
    let next = from.saturating_add(limit);
    let next = if next < rows.len() || endless {
        cursor(next)
    } else {
        String::new()
    };
    let mut text = format!("{{\"errcode\":0,\"errmsg\":\"\",\"next_cursor\":\"{next}\",\"items\":[");
    push_rows(&mut text, &rows, from, limit, endless);
    text.push_str("]}");
    json(StatusCode::OK, text)
}

fn cursor(offset: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("{CURSOR_PREFIX}{offset}"))
}

fn offset(cursor: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix(CURSOR_PREFIX)?.parse().ok()
}

fn refused(status: StatusCode, code: u32, message: &str) -> Response<Body> {
    json(status, format!("{{\"errcode\":{code},\"errmsg\":\"{message}\"}}"))
}
