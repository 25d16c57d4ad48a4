//! Settings the runtime works by, checked.
//! Here because the runtime must not care how they were written or layered.
//! In: nothing. Out: plain, complete values.
//! Not here: files, defaults' documentation, unknown keys (the binary's settings).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use hub_model::Calendar;
use hub_model::route::Routes;
use hub_store::{Cut, Home, Most};
use plugin_host::{Access, Isolation, Limits, Trust};

use crate::channels::Channel;
use crate::schedule::Schedules;
use crate::worksheet::Seal;
use crate::{Guards, Secret, Told, clock};

/// Everything.
#[derive(Debug, Clone)]
pub struct Settings {
    /// A digest of the files all of it was read from.
    pub configuration: String,
    /// What names this hub in events: `/hub/<site>`.
    pub site: String,
    /// Where the database and the lake are.
    pub home: Home,
    /// What this node is called where others are told of it.
    pub node: String,
    /// Where plugins are.
    pub plugins_dir: PathBuf,
    /// The file that pins them.
    pub plugins_lock: PathBuf,
    /// Whose signature plugins must carry.
    pub trust: Trust,
    /// The day to check as of instead of today; none but in demonstrations and rehearsals.
    pub as_of: Option<NaiveDate>,
    /// Working days.
    pub calendar: Arc<Calendar>,
    /// Whether whoever said what came of a case may not close it.
    pub four_eyes: bool,
    /// The plugin that reads worksheets which come back; without it none are taken.
    pub worksheet_plugin: Option<String>,
    /// What vouches for the numbers on worksheets.
    pub seal: Seal,
    /// How many connectors read at the same time.
    pub reads_at_once: usize,
    /// The sources.
    pub connectors: Vec<Connector>,
    /// The ways warnings go.
    pub channels: Vec<Channel>,
    /// Which of them goes which way.
    pub routes: Arc<Routes>,
    /// When connectors are read and rules checked without anybody asking.
    pub schedules: Arc<Schedules>,
    /// How long what is past is kept.
    pub retention: Retention,
    /// Where lineage is told.
    pub lineage: Told,
    /// Where the schemas of events are, as a beginning of their addresses; a name of ours when nobody says.
    pub schemas: Option<String>,
}

impl Settings {
    /// The day that what happens at `at_ms` is judged as of.
    #[must_use]
    pub fn day(&self, at_ms: i64) -> NaiveDate {
        self.as_of.unwrap_or_else(|| clock::day(at_ms))
    }
}

/// How long what is past is kept, in days, and how much of it at most; 0, which is what nobody says, is for ever and all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention {
    /// Runs, and held parts that were decided.
    pub runs_days: u32,
    /// What the lake was on past days.
    pub snapshots_days: u32,
    /// What rules' evaluations came to.
    pub evaluations_days: u32,
    /// Attempts to deliver what was delivered.
    pub attempts_days: u32,
    /// Delivered events of closed cases.
    pub acknowledged_days: u32,
    /// Refused rows that were put right.
    pub refused_days: u32,
    /// Logs of runs.
    pub run_logs_days: u32,
    /// The newest runs, of all connectors.
    pub runs_max: u32,
    /// The newest of what the lake was.
    pub snapshots_max: u32,
    /// The newest evaluations, of all rules.
    pub evaluations_max: u32,
    /// The newest logs of runs.
    pub run_logs_max: u32,
}

impl Retention {
    /// The moments before which things go on the day `today`: days that are kept are kept whole.
    #[must_use]
    pub fn cut(&self, today: NaiveDate) -> Cut {
        let before = |days: u32| {
            let kept = (days > 0).then(|| today.checked_sub_days(Days::new(days.into())));
            kept.flatten().map(clock::start_of_day_ms)
        };
        Cut {
            runs_ms: before(self.runs_days),
            snapshots_ms: before(self.snapshots_days),
            evaluations_ms: before(self.evaluations_days),
            attempts_ms: before(self.attempts_days),
            acknowledged_ms: before(self.acknowledged_days),
            refused_ms: before(self.refused_days),
            run_logs_ms: before(self.run_logs_days),
        }
    }

    /// How many are kept at most.
    #[must_use]
    pub const fn most(&self) -> Most {
        Most {
            runs: bound(self.runs_max),
            snapshots: bound(self.snapshots_max),
            evaluations: bound(self.evaluations_max),
        }
    }

    /// How many logs of runs are kept at most.
    #[must_use]
    pub const fn most_logs(&self) -> Option<u32> {
        bound(self.run_logs_max)
    }
}

const fn bound(most: u32) -> Option<u32> {
    if most > 0 { Some(most) } else { None }
}

/// A source.
#[derive(Debug, Clone)]
pub struct Connector {
    /// Its id.
    pub id: String,
    /// The file it is configured in.
    pub file: PathBuf,
    /// Its title, Chinese.
    pub title: String,
    /// The plugin that reads it, by the name it is pinned under.
    pub plugin: String,
    /// Child or in-process.
    pub isolation: Isolation,
    /// What the plugin gets.
    pub options: serde_json::Value,
    /// Secrets the plugin may ask for, by name.
    pub secrets: BTreeMap<String, Secret>,
    /// What the child may use.
    pub limits: Limits,
    /// What it may reach beyond what its options declare; `None` is all that the hub may.
    pub access: Option<Access>,
    /// Rows of a batch, at most.
    pub batch_rows: usize,
    /// How far deliveries of its streams may be from those before.
    pub guards: Guards,
    /// Mappings that replace the shipped ones, by stream: text and file.
    pub mappings: BTreeMap<String, (String, String)>,
}

impl Connector {
    /// What its child may reach: what the options declare, and what is granted besides.
    #[must_use]
    pub fn reach(&self) -> Option<Access> {
        let granted = self.access.clone()?;
        Some(Access::declared(&self.options).and(granted))
    }
}
