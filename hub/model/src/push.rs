//! An endpoint's standing: whether a receiver is sent to, and what its answers make of that.
//! Here because one receiver's trouble must stop what goes to it, and nothing else, by one table.
//! In: what attempts came to, a person's word. Out: the standing that follows; `None` in a reason means none is needed.
//! Not here: schedules of single events (relay) and how an answer is read (channels).

use serde::{Deserialize, Serialize};

/// Failures in a row after which a receiver is left alone but for a probe now and then.
pub const FAILURES_MAX: u32 = 10;
/// How long a broken receiver is left alone between two probes.
pub const PROBE_MS: i64 = 5 * 60 * 1000;

/// Whether events go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// They do.
    Active,
    /// Nothing goes out until a person resumes it, or a ping shows that the credential is taken again; the queue is kept.
    Paused,
    /// The receiver said that it is gone; only a person resumes it. The queue is kept.
    Disabled,
    /// It failed too often: one event each five minutes tries whether it is back.
    Broken,
}

impl Standing {
    /// The word in tables and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Disabled => "disabled",
            Self::Broken => "broken",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Active => "正常",
            Self::Paused => "已暂停",
            Self::Disabled => "已停用",
            Self::Broken => "熔断中",
        }
    }

    /// The standing a word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Active, Self::Paused, Self::Disabled, Self::Broken]
            .into_iter()
            .find(|standing| standing.as_str() == word)
    }
}

/// What an attempt, a ping or a person tells about an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// It took an event.
    Took,
    /// It is there and asks for patience; says nothing about whether it works.
    Busy,
    /// It failed, or refused an event.
    Failed(&'a str),
    /// It does not accept our credential.
    Unauthorised(&'a str),
    /// It says that it is gone.
    Gone(&'a str),
    /// It answered a ping well.
    Pinged,
    /// A person pauses it.
    Pause(&'a str),
    /// A person resumes it.
    Resume,
}

/// Where an endpoint stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The channel's id.
    pub id: String,
    /// Whether events go out.
    pub standing: Standing,
    /// Since when.
    pub since_ms: i64,
    /// Why it does not stand as it should.
    pub reason: Option<String>,
    /// Whether a person paused it: then no ping resumes it.
    pub by_hand: bool,
    /// Failures in a row.
    pub failures: u32,
    /// When the next probe may be made, while it is broken.
    pub probe_ms: i64,
}

impl Endpoint {
    /// A new one, active.
    #[must_use]
    pub fn new(id: &str, at_ms: i64) -> Self {
        Self {
            id: id.to_owned(),
            standing: Standing::Active,
            since_ms: at_ms,
            reason: None,
            by_hand: false,
            failures: 0,
            probe_ms: 0,
        }
    }

    /// Whether an event may go out at `now_ms`: as many as there are, one as a probe, or none.
    #[must_use]
    pub fn sends(&self, now_ms: i64) -> Sends {
        match self.standing {
            Standing::Active => Sends::All,
            Standing::Broken if now_ms >= self.probe_ms => Sends::Probe,
            Standing::Broken | Standing::Paused | Standing::Disabled => Sends::Nothing,
        }
    }

    /// It, after `heard` at `at_ms`. What it says about an endpoint that a person, a credential or the receiver itself took
    /// out of service does not put it back, but for the words that are meant to.
    #[must_use]
    pub fn after(self, heard: Heard<'_>, at_ms: i64) -> Self {
        use Standing::{Active, Broken, Disabled, Paused};
        match (self.standing, heard) {
            (Active | Broken, Heard::Took | Heard::Pinged) | (_, Heard::Resume) => self.active(at_ms),
            (Paused, Heard::Pinged) if !self.by_hand => self.active(at_ms),
            (Active | Broken, Heard::Failed(why)) => self.failed(why, at_ms),
            (Active | Broken, Heard::Unauthorised(why)) => self.out_of_service(Paused, why, at_ms),
            (Active | Broken | Paused, Heard::Gone(why)) => self.out_of_service(Disabled, why, at_ms),
            (_, Heard::Pause(why)) => Self {
                by_hand: true,
                ..self.out_of_service(Paused, why, at_ms)
            },
            (_, Heard::Busy)
            | (Paused | Disabled, Heard::Took | Heard::Pinged | Heard::Failed(_) | Heard::Unauthorised(_))
            | (Disabled, Heard::Gone(_)) => self,
        }
    }

    fn active(self, at_ms: i64) -> Self {
        Self {
            since_ms: if self.standing == Standing::Active {
                self.since_ms
            } else {
                at_ms
            },
            ..Self::new(&self.id, at_ms)
        }
    }

    fn out_of_service(self, standing: Standing, why: &str, at_ms: i64) -> Self {
        Self {
            standing,
            since_ms: at_ms,
            reason: Some(why.to_owned()),
            by_hand: false,
            ..self
        }
    }

    fn failed(mut self, why: &str, at_ms: i64) -> Self {
        self.failures = self.failures.saturating_add(1);
        if self.failures < FAILURES_MAX {
            return self;
        }
        if self.standing == Standing::Active {
            self.standing = Standing::Broken;
            self.since_ms = at_ms;
        }
        self.reason = Some(why.to_owned());
        self.probe_ms = at_ms.saturating_add(PROBE_MS);
        self
    }
}

/// How much may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// Whatever is due.
    All,
    /// One event, to see whether the receiver is back.
    Probe,
    /// Nothing.
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(times: u32) -> Endpoint {
        (0..times).fold(Endpoint::new("e", 0), |endpoint, n| {
            endpoint.after(Heard::Failed("503"), i64::from(n))
        })
    }

    #[test]
    fn ten_failures_in_a_row_break_it_and_a_success_mends_it() {
        assert_eq!(failed(9).sends(9), Sends::All);
        let broken = failed(10);
        assert_eq!((broken.standing, broken.since_ms), (Standing::Broken, 9));
        assert_eq!(broken.sends(9 + PROBE_MS - 1), Sends::Nothing);
        assert_eq!(broken.sends(9 + PROBE_MS), Sends::Probe);
        let probed = broken.after(Heard::Failed("503"), 9 + PROBE_MS);
        assert_eq!((probed.since_ms, probed.sends(9 + PROBE_MS)), (9, Sends::Nothing));
        let mended = probed.after(Heard::Took, 20);
        assert_eq!(
            (mended.standing, mended.failures, mended.reason.clone()),
            (Standing::Active, 0, None)
        );
        let between = failed(9).after(Heard::Took, 9).after(Heard::Failed("x"), 10);
        assert_eq!((between.standing, between.failures), (Standing::Active, 1));
    }

    #[test]
    fn every_standing_answers_every_word_by_one_table() {
        use Standing::{Active, Broken, Disabled, Paused};
        let by_credential = |at| Endpoint::new("e", 0).after(Heard::Unauthorised("401"), at);
        let by_hand = || Endpoint::new("e", 0).after(Heard::Pause("maintenance"), 1);
        let gone = || Endpoint::new("e", 0).after(Heard::Gone("410"), 1);
        let table = [
            (by_credential(1), Heard::Took, Paused),
            (by_credential(1), Heard::Failed("503"), Paused),
            (by_credential(1), Heard::Pinged, Active),
            (by_credential(1), Heard::Resume, Active),
            (by_credential(1), Heard::Gone("410"), Disabled),
            (by_credential(1), Heard::Pause("x"), Paused),
            (by_hand(), Heard::Pinged, Paused),
            (by_hand(), Heard::Took, Paused),
            (by_hand(), Heard::Busy, Paused),
            (by_hand(), Heard::Resume, Active),
            (gone(), Heard::Pinged, Disabled),
            (gone(), Heard::Took, Disabled),
            (gone(), Heard::Unauthorised("401"), Disabled),
            (gone(), Heard::Gone("410"), Disabled),
            (gone(), Heard::Resume, Active),
            (failed(10), Heard::Busy, Broken),
            (failed(10), Heard::Pinged, Active),
            (failed(10), Heard::Unauthorised("401"), Paused),
            (failed(10), Heard::Gone("410"), Disabled),
            (failed(3), Heard::Busy, Active),
        ];
        for (endpoint, heard, expected) in table {
            let was = endpoint.clone();
            let is = endpoint.after(heard, 5);
            assert_eq!(is.standing, expected, "{was:?} heard {heard:?}");
            assert_eq!(
                is.since_ms == 5,
                is.standing != was.standing || matches!(heard, Heard::Pause(_)),
                "{is:?}"
            );
        }
    }
}
