//! What a receiver's answer means.
//! Here because a status, a word in the body and a header together decide between done, later and never.
//! In: status, `Retry-After`, body. Out: a verdict.
//! Not here: HTTP itself, and what follows from a verdict (relay).

use std::time::{Duration, UNIX_EPOCH};

use super::Predicate;

/// The longest wait a receiver may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(24 * 3600);
/// Longest receipt that is kept, characters.
const RECEIPT_CHARS_MAX: usize = 200;

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    pub(crate) status: Option<u16>,
    /// Why it is not acknowledged; without payload, credentials or anything the receiver wrote.
    pub(crate) error: Option<String>,
    /// What the receiver gave as proof.
    pub(crate) receipt: Option<String>,
}

/// What follows from an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The receiver has it.
    Acknowledged,
    /// Try again by the schedule, or after what the receiver asked.
    Later { after: Option<Duration> },
    /// The receiver works and asks for patience; that is nothing against the event.
    Busy { after: Option<Duration> },
    /// The receiver says this event will never do; a few tries, then a person looks.
    Refused,
    /// The receiver does not take our credential, whatever the event.
    Unauthorised,
    /// The receiver says it is no more.
    Gone,
}

impl Answer {
    pub(crate) const fn taken(status: Option<u16>, receipt: Option<String>) -> Self {
        Self {
            verdict: Verdict::Acknowledged,
            status,
            error: None,
            receipt,
        }
    }

    pub(crate) fn not(verdict: Verdict, status: Option<u16>, error: impl Into<String>) -> Self {
        Self {
            verdict,
            status,
            error: Some(error.into()),
            receipt: None,
        }
    }

    /// No answer came, or only half of one.
    pub(crate) fn failed(status: Option<u16>, error: impl Into<String>) -> Self {
        Self::not(Verdict::Later { after: None }, status, error)
    }
}

/// An answer as it came.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// What it means where `success` and `busy` say what to look for in the body of a 2xx.
    pub(crate) fn judged(&self, success: Option<&Predicate>, busy: Option<&Predicate>) -> Answer {
        let Self {
            status,
            retry_after: after,
            body,
        } = self;
        let (status, after) = (*status, *after);
        let verdict = match status {
            200..=299 => {
                if busy.is_some_and(|busy| busy.holds(body)) {
                    let error = format!("the receiver answered {status} and asked for patience");
                    return Answer::not(Verdict::Busy { after }, Some(status), error);
                }
                return match success.filter(|success| !success.holds(body)) {
                    None => Answer::taken(Some(status), receipt(body)),
                    Some(success) => {
                        let error = format!(
                            "the receiver answered {status}, but not {success}: an error inside a good status"
                        );
                        Answer::not(Verdict::Later { after }, Some(status), error)
                    }
                };
            }
            401 | 403 => Verdict::Unauthorised,
            410 => Verdict::Gone,
            400 | 404 | 413 | 415 | 422 => Verdict::Refused,
            429 => Verdict::Busy { after },
            _ => Verdict::Later { after },
        };
        let redirected = if (300..=399).contains(&status) {
            "; redirects are not followed: put the address it leads to into url"
        } else {
            ""
        };
        let error = format!("the receiver answered {status}{redirected}");
        Answer::not(verdict, Some(status), error)
    }
}

/// `{"receipt": "…"}`, which a receiver may answer with.
fn receipt(body: &[u8]) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_slice(body).ok()?;
    let receipt = answer.get("receipt")?.as_str()?;
    Some(receipt.chars().take(RECEIPT_CHARS_MAX).collect())
}

/// How long `header` asks to wait, as seconds or as a date; never longer than a day.
pub(crate) fn retry_after(header: &str, now_ms: i64) -> Option<Duration> {
    let header = header.trim();
    let wait = match header.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = httpdate::parse_http_date(header).ok()?;
            let until = until.duration_since(UNIX_EPOCH).unwrap_or_default();
            until.saturating_sub(Duration::from_millis(now_ms.unsigned_abs()))
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(status: u16, body: &str) -> Answer {
        let reply = Reply {
            status,
            retry_after: Some(Duration::from_secs(7)),
            body: body.as_bytes().to_vec(),
        };
        let [success, busy] = ["json:/errcode == 0", "json:/errcode == 45009"]
            .map(|text| Predicate::parse(text).expect("a predicate"));
        reply.judged(Some(&success), Some(&busy))
    }

    #[test]
    fn what_a_status_means() {
        let after = Some(Duration::from_secs(7));
        let later = || Verdict::Later { after };
        let ok = r#"{"errcode": 0}"#;
        let table = [
            (200, Verdict::Acknowledged),
            (202, Verdict::Acknowledged),
            (302, later()),
            (308, later()),
            (400, Verdict::Refused),
            (401, Verdict::Unauthorised),
            (403, Verdict::Unauthorised),
            (404, Verdict::Refused),
            (408, later()),
            (410, Verdict::Gone),
            (413, Verdict::Refused),
            (415, Verdict::Refused),
            (422, Verdict::Refused),
            (425, later()),
            (429, Verdict::Busy { after }),
            (500, later()),
            (503, later()),
        ];
        for (status, expected) in table {
            assert_eq!(judged(status, ok).verdict, expected, "{status}");
        }
    }

    #[test]
    fn an_error_inside_a_good_status_is_a_failure_and_shows_nothing_of_it() {
        let told = judged(200, r#"{"errcode": 40001, "errmsg": "张三 320123199001011234"}"#);
        assert!(matches!(told.verdict, Verdict::Later { .. }), "{told:?}");
        assert!(!format!("{told:?}").contains("张三"), "{told:?}");
        assert!(matches!(
            judged(200, r#"{"errcode": 45009}"#).verdict,
            Verdict::Busy { .. }
        ));
        for odd in ["", "not json", "{}", "[]", r#"{"errcode": "0"}"#] {
            assert!(
                matches!(judged(200, odd).verdict, Verdict::Later { .. }),
                "{odd:?}"
            );
        }
        let receipt = judged(200, r#"{"errcode": 0, "receipt": "R-1"}"#).receipt;
        assert_eq!(receipt.as_deref(), Some("R-1"));
    }

    #[test]
    fn a_wait_is_read_as_seconds_or_date_and_capped_at_a_day() {
        let now_ms = 784_111_777_000;
        let wait = |header| retry_after(header, now_ms).map(|wait| wait.as_secs());
        assert_eq!(wait("7"), Some(7));
        assert_eq!(wait(" 120 "), Some(120));
        assert_eq!(wait("999999999"), Some(24 * 3600));
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:47 GMT"), Some(10));
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0), "in the past");
        assert_eq!(wait("Sat, 06 Nov 1999 08:00:00 GMT"), Some(24 * 3600));
        for odd in ["", "soon", "-3", "7s", "1e9"] {
            assert_eq!(wait(odd), None, "{odd:?}");
        }
    }
}
