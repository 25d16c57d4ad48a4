//! What is to be asked: the months of an endpoint, the combinations of its values, each as a request without paging.
//! Here because it can be said, and shown, before anything is sent.
//! In: an endpoint. Out: parts, values, requests.
//! Not here: sending (client.rs), paging (fetch.rs).

use std::collections::BTreeMap;

use plugin_api::Error;

use super::civil;
use super::client::{Request, now_ms};
use super::fetch::{COMBINATIONS_MAX, MONTHS, WHOLE};
use super::options::{Endpoint, MONTHS_MAX, Period};
use super::signing::filled;
use crate::options::refused;

/// The parts an endpoint has now, in order of time.
pub(crate) fn parts(endpoint: &Endpoint) -> Result<Vec<String>, Error> {
    if endpoint.period != Some(Period::Month) {
        return Ok(vec![WHOLE.to_owned()]);
    }
    // Both were checked with the options.
    let month = |text: &Option<String>| text.as_deref().and_then(civil::month);
    let to = month(&endpoint.to).unwrap_or_else(|| civil::this_month(now_ms()));
    let back = endpoint.months.unwrap_or(MONTHS).max(1) - 1;
    let from = month(&endpoint.from).unwrap_or_else(|| to.saturating_sub(back));
    if to.saturating_sub(from) >= MONTHS_MAX {
        return Err(refused("http.from", format!("一次最多取 {MONTHS_MAX} 个月")));
    }
    Ok((from..=to).map(civil::shown).collect())
}

/// Values for the placeholders of one request.
type Values = Vec<(String, String)>;

/// Every combination of `each`, with the period.
pub(crate) fn combinations(endpoint: &Endpoint, part: &str) -> Result<Vec<Values>, Error> {
    let mut all = vec![vec![("{period}".to_owned(), part.to_owned())]];
    for (name, values) in &endpoint.each {
        all = all
            .iter()
            .flat_map(|known| {
                values.iter().map(move |value| {
                    let mut more = known.clone();
                    more.push((format!("{{{name}}}"), value.clone()));
                    more
                })
            })
            .take(COMBINATIONS_MAX + 1)
            .collect();
        if all.len() > COMBINATIONS_MAX {
            return Err(refused("http.each", format!("组合超过 {COMBINATIONS_MAX} 个")));
        }
    }
    Ok(all)
}

/// The request of a combination, without paging.
pub(crate) fn request(endpoint: &Endpoint, values: &[(String, String)]) -> Request {
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let query: BTreeMap<&String, String> = endpoint
        .query
        .iter()
        .map(|(name, text)| (name, filled(text, &values)))
        .collect();
    Request {
        method: endpoint.method,
        path: filled(&endpoint.path, &values),
        query: query
            .into_iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        body: endpoint.body.as_ref().map(|body| filled(body, &values)),
    }
}
