//! Fetches a part of a stream page by page, until the source has said the last one.
//! Here because a page too few is a family too few: every way a source can end, loop or lie is decided in one place.
//! In: an endpoint, a part (a month, or everything). Out: a spool of raw records, or the first thing that was wrong.
//! Not here: one request (client.rs), what a record holds (record/json.rs).

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use plugin_api::{Context, Error, tracing};
use serde_json::value::RawValue;

use super::client::{Body, Request, Session};
use super::options::{Endpoint, Paging, Success};
use super::paths::{self, Answer};
pub(crate) use super::plan::{combinations, parts, request};
use super::signing::filled;
use crate::record::json::{Pointer, RECORD_BYTES_MAX, broken};
use crate::spool::Spool;

/// Most pages of a part.
pub(crate) const PAGES_MAX: u64 = 100_000;
/// Most requests that `each` and the months may ask for together.
pub(crate) const COMBINATIONS_MAX: usize = 10_000;
/// Months a stream looks back unless configured.
pub(crate) const MONTHS: u32 = 3;
/// A part that is not a month.
pub(crate) const WHOLE: &str = "all";

/// Asks for the first page of the newest part, and takes nothing of it.
pub(crate) fn probe(session: &mut Session, endpoint: &Endpoint, ctx: &Context) -> Result<(), Error> {
    let pointer = Pointer::parse(&endpoint.records)?;
    let part = parts(endpoint)?.pop().unwrap_or_default();
    let Some(values) = combinations(endpoint, &part)?.into_iter().next() else {
        return Ok(());
    };
    let request = request(endpoint, &values);
    let mut spool = Spool::new();
    let pages = Pages {
        session,
        endpoint,
        pointer: &pointer,
        ctx,
        spool: &mut spool,
    };
    let first = match endpoint.paging {
        Paging::Page => pages.paged(&request, &endpoint.first_page.unwrap_or(1).to_string(), 1),
        Paging::Offset => pages.paged(&request, "0", 1),
        Paging::Cursor => pages.paged(&request, "", 1),
        Paging::None | Paging::Link => request.clone(),
    };
    let body = pages.session.ask(&first)?;
    let text = text_of(&body)?;
    pages.answer(&text, body.delimited).map(|_| ())
}

/// Fetches every page of `part`.
pub(crate) fn fetch(
    session: &mut Session,
    endpoint: &Endpoint,
    part: &str,
    ctx: &Context,
) -> Result<Spool, Error> {
    let mut spool = Spool::new();
    let pointer = Pointer::parse(&endpoint.records)?;
    for values in combinations(endpoint, part)? {
        let request = request(endpoint, &values);
        let locator = request.path.clone();
        Pages {
            session: &mut *session,
            endpoint,
            pointer: &pointer,
            ctx,
            spool: &mut spool,
        }
        .all(request)
        .map_err(|error| error.while_doing(locator))?;
    }
    Ok(spool)
}

struct Pages<'p> {
    session: &'p mut Session,
    endpoint: &'p Endpoint,
    pointer: &'p Pointer,
    ctx: &'p Context,
    spool: &'p mut Spool,
}

/// An answer that counts, with what its envelope says of the others.
struct Said<'t> {
    answer: Answer<'t>,
    total: Option<String>,
    next: Option<String>,
}

/// Where the next page is.
enum Next {
    End,
    Number(u64),
    Cursor(String),
    Link(Request),
}

impl Pages<'_> {
    fn all(self, first: Request) -> Result<(), Error> {
        let size = self.endpoint.page_size();
        let begin = match self.endpoint.paging {
            Paging::Offset => 0,
            Paging::Page => self.endpoint.first_page.unwrap_or(1),
            Paging::None | Paging::Cursor | Paging::Link => 1,
        };
        let mut next = match self.endpoint.paging {
            Paging::None | Paging::Link => Next::Link(first.clone()),
            Paging::Page | Paging::Offset => Next::Number(begin),
            Paging::Cursor => Next::Cursor(String::new()),
        };
        let (mut got, mut total, mut seen) = (0_u64, None, HashMap::new());
        for page in 1..=PAGES_MAX {
            let (request, said) = match &next {
                Next::End => return self.complete(got, total),
                Next::Number(number) => (self.paged(&first, &number.to_string(), size), number.to_string()),
                Next::Cursor(cursor) => (self.paged(&first, cursor, size), page.to_string()),
                Next::Link(request) => (request.clone(), page.to_string()),
            };
            let body = self.session.ask(&request)?;
            let text = text_of(&body)?;
            let Said {
                answer: Answer { records, .. },
                total: announced,
                next: pointed,
            } = self.answer(&text, body.delimited)?;
            // A source that goes round in circles would be believed for ever.
            if !records.is_empty()
                && let Some(earlier) = seen.insert(digest(&records), said.clone())
            {
                return Err(Error::data(format!(
                    "第 {said} 页与第 {earlier} 页完全相同，翻页没有生效或陷入循环，请核对翻页参数"
                )));
            }
            let count = records.len() as u64;
            self.spool.page(
                format!("{}#", self.shown(&request, &said)),
                records.iter().map(|record| record.get()),
            )?;
            got += count;
            total = announced.and_then(|total| total.parse::<u64>().ok()).or(total);
            self.ctx.progress(self.spool.records(), 0, total);
            next = self.next(&first, &next, pointed, count, got, total)?;
        }
        Err(Error::data(format!(
            "超过 {PAGES_MAX} 页仍未结束，请核对翻页参数"
        )))
    }

    /// What was announced has come.
    fn complete(&self, got: u64, total: Option<u64>) -> Result<(), Error> {
        match total {
            Some(total) if got < total => Err(Error::transient(format!(
                "对方称共 {total} 条，只收到 {got} 条，数据不完整，未采用"
            ))),
            Some(total) if got > total => {
                tracing::warn!(total, got, "more records than announced");
                Ok(())
            }
            Some(_) | None => Ok(()),
        }
    }

    fn next(
        &self,
        first: &Request,
        now: &Next,
        pointed: Option<String>,
        count: u64,
        got: u64,
        total: Option<u64>,
    ) -> Result<Next, Error> {
        let size = self.endpoint.page_size();
        let over = count == 0 || total.map_or(count < size, |total| got >= total);
        let pointed = pointed.filter(|next| !next.is_empty());
        Ok(match (self.endpoint.paging, now) {
            (Paging::Page, Next::Number(number)) if !over => Next::Number(number + 1),
            (Paging::Offset, Next::Number(number)) if !over => Next::Number(number + count),
            (Paging::Cursor, Next::Cursor(cursor)) => match pointed {
                Some(next) if next == *cursor => {
                    return Err(Error::data("游标没有前进，翻页陷入循环，请联系接口提供方"));
                }
                Some(next) => Next::Cursor(next),
                None => Next::End,
            },
            (Paging::Link, _) => match pointed {
                Some(link) => Next::Link(self.linked(first, &link)?),
                None => Next::End,
            },
            _ => Next::End,
        })
    }

    /// The request of a next-page link: its path and query, on an allowed host.
    fn linked(&self, first: &Request, link: &str) -> Result<Request, Error> {
        let url = self
            .session
            .resolve(link)
            .ok_or_else(|| Error::data("下一页链接无效"))?;
        if !self.session.is_home(&url) {
            return Err(Error::permission("下一页链接指向其他主机，已拒绝"));
        }
        Ok(Request {
            method: first.method,
            path: self.session.path_of(&url),
            query: url
                .query_pairs()
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            body: first.body.clone(),
        })
    }

    fn paged(&self, first: &Request, position: &str, size: u64) -> Request {
        let mut request = first.clone();
        let size = size.to_string();
        let cursor = if self.endpoint.paging == Paging::Cursor {
            position
        } else {
            ""
        };
        request.body = request.body.map(|body| {
            filled(
                &body,
                &[("{page}", position), ("{size}", &size), ("{cursor}", cursor)],
            )
        });
        for (name, value) in [
            (&self.endpoint.page_param, position),
            (&self.endpoint.size_param, size.as_str()),
        ] {
            if let Some(name) = name {
                request.query.push((name.clone(), value.to_owned()));
            }
        }
        request.query.sort();
        request
    }

    /// Path and query for locators: no signature, no key.
    fn shown(&self, request: &Request, page: &str) -> String {
        let query: Vec<String> = self
            .endpoint
            .query
            .keys()
            .filter_map(|name| request.query.iter().find(|(known, _)| known == name))
            .map(|(name, value)| format!("{name}={value}"))
            .chain((self.endpoint.paging != Paging::None).then(|| format!("page={page}")))
            .collect();
        match query.is_empty() {
            true => request.path.clone(),
            false => format!("{}?{}", request.path, query.join("&")),
        }
    }

    /// The answer in `text`, when it says success and has records.
    fn answer<'t>(&self, text: &'t str, delimited: bool) -> Result<Said<'t>, Error> {
        if text.trim_start().starts_with('<') {
            return Err(Error::auth(
                "返回的是网页（可能是登录页）而不是数据，请核对地址与凭据",
            ));
        }
        let success = self.endpoint.success.as_ref().map(|success| &success.pointer);
        let asked = [success, self.endpoint.total.as_ref(), self.endpoint.next.as_ref()];
        let ways: Vec<_> = asked
            .iter()
            .flatten()
            .map(|pointer| paths::steps(pointer))
            .collect();
        let read = paths::read(text, Some(self.pointer.steps()), &ways);
        let read = read.map(|mut answer| {
            let mut scalars = std::mem::take(&mut answer.scalars).into_iter();
            let [code, total, next] = asked.map(|asked| asked.and_then(|_| scalars.next().flatten()));
            (code, Said { answer, total, next })
        });
        self.verdict(text, read.as_ref().ok().and_then(|(code, _)| code.as_deref()))?;
        let whole = read.map_err(|error| broken(&error)).and_then(|(_, said)| {
            let longest = said.answer.records.iter().map(|record| record.get().len()).max();
            match longest {
                Some(longest) if longest > RECORD_BYTES_MAX => {
                    Err(Error::data(format!("一条记录超过 {RECORD_BYTES_MAX} 字节")))
                }
                Some(_) | None => Ok(said),
            }
        });
        match whole {
            // Nothing said where the body ends: then it was cut, and another try may bring the rest.
            Err(_) if !delimited => Err(Error::transient(
                "响应没有长度也没有结束标记，且内容不完整，未采用",
            )),
            Err(error) => Err(error),
            Ok(said) if !said.answer.found => Err(Error::schema(format!(
                "响应中没有记录数组（{}），请核对 records 配置",
                if self.endpoint.records.is_empty() {
                    "根"
                } else {
                    &self.endpoint.records
                }
            ))),
            Ok(said) => Ok(said),
        }
    }

    /// 200 is not yet success: `code` is what the answer says.
    fn verdict(&self, text: &str, code: Option<&str>) -> Result<(), Error> {
        let Some(Success {
            pointer,
            equals,
            auth,
            busy,
        }) = &self.endpoint.success
        else {
            return Ok(());
        };
        let is = |known: &String| Some(known.as_str()) == code;
        match code {
            Some(_) if is(equals) => Ok(()),
            Some(code) if auth.iter().any(is) => Err(Error::auth(format!(
                "对方拒绝了凭据或签名（{pointer} 为 {}）",
                bounded(code)
            ))),
            Some(code) if busy.iter().any(is) => Err(Error::rate_limited(
                format!("请求过于频繁（{pointer} 为 {}）", bounded(code)),
                None,
            )),
            Some(code) => Err(Error::transient(format!(
                "对方返回失败（{pointer} 为 {}，成功应为 {equals}）",
                bounded(code)
            ))),
            None if serde_json::from_str::<&RawValue>(text).is_err() => {
                Err(Error::transient("响应不是完整的 JSON，未采用"))
            }
            None => Err(Error::schema(format!(
                "响应中没有 {pointer}，无法判断是否成功，请核对 success 配置"
            ))),
        }
    }
}

/// Tells pages apart by their records: what stands around them changes with every answer.
fn digest(records: &[&RawValue]) -> u64 {
    let mut sum = DefaultHasher::new();
    records.iter().for_each(|record| record.get().hash(&mut sum));
    sum.finish()
}

/// A code of an envelope is shown, a text that may be anything is not.
fn bounded(code: &str) -> &str {
    if code.len() <= 32
        && code
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
    {
        code
    } else {
        "其他值"
    }
}

/// The body as text; bytes that are none become U+FFFD, which flaws the record they stand in.
fn text_of(body: &Body) -> Result<Cow<'_, str>, Error> {
    if body.bytes.is_empty() {
        return Err(Error::transient("响应为空"));
    }
    let bytes = body.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body.bytes);
    let text = simdutf8::basic::from_utf8(bytes).map(Cow::Borrowed);
    Ok(text.unwrap_or_else(|_| String::from_utf8_lossy(bytes)))
}
