//! How many requests a day has seen.
//! Here because a source's daily limit outlives a run, so the count travels in the stream's state.
//! In: the count of the last run, the day, the limit. Out: one more, or the refusal that says to come back tomorrow.
//! Not here: waiting (client.rs), who shares a limit with whom (shares, below, says how much each gets).

use std::time::Duration;

use plugin_api::Error;
use serde_json::{Map, Value, json};

use crate::options::refused;

/// What must outlive a run: how many requests the day has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Quota {
    /// Days since 1970 in Beijing.
    pub(crate) day: u64,
    pub(crate) used: u64,
}

/// Key in an error's detail when the day's requests are used up.
const USED_UP: &str = "per_day";

impl Quota {
    /// Counts a request of `day`, of which there may be `most`; the next day begins after `until`.
    pub(crate) fn spend(&mut self, day: u64, most: Option<u64>, until: Duration) -> Result<(), Error> {
        // A day that lies before the one remembered is a clock set back: it brings no new requests.
        if self.day < day {
            *self = Self { day, used: 0 };
        }
        match most {
            Some(most) if self.used >= most => {
                let error = Error::rate_limited("今日请求次数已用完，明日继续", Some(until));
                Err(error.with_detail(json!({ USED_UP: most })))
            }
            Some(_) | None => {
                self.used += 1;
                Ok(())
            }
        }
    }
}

/// `state` as the last run left it, but for the requests of the day: what is left to save of a run that failed.
pub(crate) fn spent(state: Option<&Value>, quota: Quota) -> Value {
    let mut state = match state {
        Some(Value::Object(state)) => state.clone(),
        Some(_) | None => Map::new(),
    };
    state.insert("quota".to_owned(), json!(quota));
    Value::Object(state)
}

/// Whether an error says that the day's requests are used up: ours to know, unlike a server that is busy.
pub(crate) fn is_used_up(error: &Error) -> bool {
    error.detail().is_some_and(|detail| detail.get(USED_UP).is_some())
}

/// How much of a server's daily limit each of its streams gets: what it names itself, else an equal share of the rest. Each
/// stream is read in a run, a process and a state of its own, so that only fixed shares add up to the limit.
pub(crate) fn shares(most: Option<u64>, named: &[Option<u64>]) -> Result<Vec<Option<u64>>, Error> {
    let Some(most) = most else {
        return Ok(named.to_vec());
    };
    let spoken_for = named
        .iter()
        .flatten()
        .fold(0, |sum: u64, one| sum.saturating_add(*one));
    let others = named.iter().filter(|one| one.is_none()).count() as u64;
    let rest = most.checked_sub(spoken_for);
    let share = rest.map(|rest| rest.checked_div(others).unwrap_or(0));
    match share {
        Some(share) if others == 0 || share > 0 => Ok(named.iter().map(|one| one.or(Some(share))).collect()),
        Some(_) | None => Err(refused(
            "http.per_day",
            format!(
                "{most} 次不够 {} 个数据流分配，请提高，或以 skip = true 少读几个",
                named.len()
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_so_many_requests_and_a_clock_set_back_brings_no_more() {
        let mut quota = Quota { day: 7, used: 0 };
        let mut spend = |day| quota.spend(day, Some(2), Duration::from_secs(60));
        assert!(spend(7).is_ok() && spend(7).is_ok());
        let error = spend(7).unwrap_err();
        assert!(is_used_up(&error));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(60)));
        assert!(spend(6).is_err());
        assert!(spend(8).is_ok());
        assert!(!is_used_up(&Error::rate_limited("请求过于频繁（429）", None)));
    }

    #[test]
    fn a_limit_is_shared_out_and_never_exceeded() {
        for (most, named, expect) in [
            (None, &[None, Some(3)][..], Some(vec![None, Some(3)])),
            (Some(10), &[None, None, None], Some(vec![Some(3); 3])),
            (
                Some(10),
                &[Some(8), None, None],
                Some(vec![Some(8), Some(1), Some(1)]),
            ),
            (Some(10), &[Some(8), Some(3)], None),
            (Some(2), &[None, None, None], None),
            (Some(2), &[Some(2)], Some(vec![Some(2)])),
            (Some(2), &[], Some(vec![])),
        ] {
            assert_eq!(shares(most, named).ok(), expect, "{most:?} {named:?}");
        }
    }
}
