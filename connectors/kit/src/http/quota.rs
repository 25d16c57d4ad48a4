//! How many requests a day has seen.
//! Here because a source's daily limit outlives a run, so the count travels in the stream's state.
//! In: the state of the last run. Out: the count of the day.
//! Not here: waiting (client.rs).

/// What must outlive a run: how many requests the day has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Quota {
    /// Days since 1970 in Beijing.
    pub(crate) day: u64,
    pub(crate) used: u64,
}
