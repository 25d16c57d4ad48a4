//! Where a fire of a schedule stands, as it is stored and as people read it.
//! Here because rows, commands and the status must use the same words.
//! In/Out: plain values.
//! Not here: what moves a fire from one to the other (runtime).

use serde::Serialize;

/// Where a fire stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FireState {
    /// For its time, its window, its upstreams, a place, or another try.
    Waiting,
    /// Given to the hub, which does one thing at a time.
    Claimed,
    /// Under way.
    Running,
    /// It ended well.
    Done,
    /// Its last try failed.
    Failed,
    /// It did not run, as it should be.
    Skipped,
    /// It did not run, and should have.
    Missed,
    /// Its upstreams did not come in time.
    UpstreamTimeout,
}

impl FireState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Waiting,
        Self::Claimed,
        Self::Running,
        Self::Done,
        Self::Failed,
        Self::Skipped,
        Self::Missed,
        Self::UpstreamTimeout,
    ];

    /// The word stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Claimed => "claimed",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Missed => "missed",
            Self::UpstreamTimeout => "upstream_timeout",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Waiting => "等待",
            Self::Claimed => "排队",
            Self::Running => "运行中",
            Self::Done => "成功",
            Self::Failed => "失败",
            Self::Skipped => "跳过",
            Self::Missed => "错过",
            Self::UpstreamTimeout => "上游未到",
        }
    }

    /// Whether something is still to come.
    #[must_use]
    pub const fn is_open(self) -> bool {
        match self {
            Self::Waiting | Self::Claimed | Self::Running => true,
            Self::Done | Self::Failed | Self::Skipped | Self::Missed | Self::UpstreamTimeout => false,
        }
    }
}
