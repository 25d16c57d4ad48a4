//! The relay: carries news from the outbox to its receivers, at least once, in order within a case.
//! Here because a receiver that is down, slow or confused must cost time, never an event.
//! In: what is due. Out: recorded attempts. Between the receiver's yes and our record a kill costs a duplicate
//! with the same id, never a lost event.
//! Not here: what an answer means (channels), how a lane works (each, gathered), what is sent (outbox).
//!
//! Whoever runs a relay holds the lease of the data directory, which the kernel drops with the process: no row is ever leased,
//! and a hub that dies leaves nothing stuck.

mod each;
mod fully;
mod gathered;
mod outcome;
mod rate;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::try_join_all;
use hub_model::nearest;
use hub_model::push::{Endpoint, Heard};
use hub_store::{REPLAY_MAX, Replayed, Sent, Store};
use plugin_host::Host;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::channels::{self, Source, Verdict, Way};
use crate::clock::{Clock, SystemClock};
use crate::report::Events;
use crate::rota::Rota;
use crate::settings::Settings;
use crate::{Error, FullCases, Result};
use rate::Bucket;

/// However impatient a drain is, what is due when it begins has this long to be tried once.
const FIRST_TRY: Duration = Duration::from_secs(5);
/// How long the relay sleeps when nothing is due.
const IDLE: Duration = Duration::from_millis(500);

/// The relay.
pub struct Relay {
    store: Store,
    lanes: Rota<Lane>,
    clock: Arc<dyn Clock>,
    /// Who writes cases out in full.
    cases: OnceLock<Arc<dyn FullCases>>,
}

/// One channel's way out; channels never wait for each other.
pub(crate) struct Lane {
    id: String,
    way: Way,
    /// Whether its events carry names and numbers.
    full: bool,
    /// Messages a minute, at most.
    rate: Option<u32>,
    /// Held by whoever works it. Handed on to the lane in its place: a channel is worked by one, whatever it is set to.
    turn: Arc<Mutex<Turn>>,
    /// Whether a broken receiver was tried since this lane began: who starts a hub anew, or sets it otherwise, has mended something.
    probed: AtomicBool,
    /// Nothing goes out before then: the receiver asked for patience, or failed as a whole.
    hold_ms: AtomicI64,
    /// Whether the store refused when it was last asked.
    troubled: AtomicBool,
}

/// What whoever works a lane has in hand.
struct Turn {
    bucket: Bucket,
}

/// What a lane is made of: its id, its way, how many a minute, whether in full.
type LaneWay = (String, Way, Option<u32>, bool);

/// What a lane did before it had nothing more to do.
struct Rested {
    /// When there may be something to do again; `None` when nothing waits, or nothing may go out.
    next_ms: Option<i64>,
}

/// What a ping came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Pinged {
    /// Where the endpoint then stands.
    #[serde(flatten)]
    pub endpoint: Endpoint,
    /// Whether it answered well.
    pub answered: bool,
    /// The status of its answer.
    pub status: Option<u16>,
    /// Why it is no good answer.
    pub error: Option<String>,
    /// How long it took.
    pub took_ms: i64,
}

impl Relay {
    /// A relay over `store` to the channels of `settings`; those that are reached through a plugin start it by `host`.
    ///
    /// # Errors
    /// When a channel's secret or client cannot be used.
    pub fn new(store: Store, settings: &Settings, host: &Host) -> Result<Arc<Self>> {
        Ok(Self::with(store, ways(settings, host)?, Arc::new(SystemClock)))
    }

    /// The lanes that `settings` want in the place of these. Nothing changes until [`Self::goes_by`].
    ///
    /// # Errors
    /// When a channel's secret or client cannot be used.
    pub(crate) fn lanes_for(&self, settings: &Settings, host: &Host) -> Result<Vec<Lane>> {
        let (before, now_ms) = (self.lanes.now(), self.clock.now_ms());
        let lanes = ways(settings, host)?.into_iter().map(|way| {
            let mut lane = Lane::new(way, now_ms);
            if let Some(known) = before.iter().find(|known| known.id == lane.id) {
                lane.turn = Arc::clone(&known.turn);
            }
            lane
        });
        Ok(lanes.collect())
    }

    /// Sends through `lanes` from now on; what is on its way is waited for.
    pub(crate) fn goes_by(&self, lanes: Vec<Lane>) {
        self.lanes.replace(lanes);
    }

    /// Has cases written out in full by `cases`, for the endpoints that get them so.
    pub fn write_out(&self, cases: Arc<dyn FullCases>) {
        // Once: nobody else writes them out.
        let _ = self.cases.set(cases);
    }

    fn with(store: Store, lanes: Vec<LaneWay>, clock: Arc<dyn Clock>) -> Arc<Self> {
        let now_ms = clock.now_ms();
        let lanes = lanes.into_iter().map(|way| Lane::new(way, now_ms));
        Arc::new(Self {
            store,
            lanes: Rota::new(lanes.collect()),
            clock,
            cases: OnceLock::new(),
        })
    }

    /// Sends what falls due until `stop`. Where the store refuses, that is told and tried again: what was sent and could not
    /// be recorded is sent once more, with its id.
    pub async fn serve(&self, stop: CancellationToken) {
        let lane = |lane, ends| async move {
            self.serve_lane(lane, ends).await;
            Ok::<(), Infallible>(())
        };
        let Ok(()) = self.lanes.serve(&stop, lane).await;
    }

    async fn serve_lane(&self, lane: Arc<Lane>, ends: CancellationToken) {
        let (lane, stop) = (&*lane, &ends);
        while !stop.is_cancelled() {
            let worked = self.work(lane, stop).await;
            let before = lane.troubled.swap(worked.is_err(), Ordering::AcqRel);
            let wait = match worked {
                Ok(rested) => rested
                    .next_ms
                    .map_or(IDLE, |next_ms| self.until(next_ms).min(IDLE)),
                Err(error) => {
                    // Once: it is tried twice a second, for as long as the disk is full.
                    if !before {
                        tracing::error!(event = "push.store", sink = lane.id, %error, "the relay could not go on; it tries again");
                    }
                    IDLE
                }
            };
            self.rest(wait, stop).await;
        }
    }

    /// Endpoints whose news the store did not let out when it was last asked.
    #[must_use]
    pub fn troubled(&self) -> Vec<String> {
        let lanes = self.lanes.now();
        let troubled = lanes.iter().filter(|lane| lane.troubled.load(Ordering::Acquire));
        troubled.map(|lane| lane.id.clone()).collect()
    }

    /// Sends until nothing is pending, nothing more may go out within `patience`, or that has passed. Returns what became
    /// of events. An attempt that has begun is waited for.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn drain(&self, patience: Duration) -> Result<Events> {
        let before = self.store.outbox_counts().await?;
        let stop = CancellationToken::new();
        let timer = async {
            // Whoever waits for this does so by the time on the wall, also where the relay goes by another clock.
            tokio::time::sleep(patience.max(FIRST_TRY)).await;
            stop.cancel();
            std::future::pending::<()>().await;
        };
        let patience_ms = i64::try_from(patience.as_millis()).unwrap_or(i64::MAX);
        let until_ms = self.clock.now_ms().saturating_add(patience_ms);
        let lanes = self.lanes.now();
        let lanes = lanes.iter().map(|lane| self.drain_lane(lane, until_ms, &stop));
        tokio::select! {
            drained = try_join_all(lanes) => drained.map(|_| ())?,
            () = timer => {}
        }
        let after = self.store.outbox_counts().await?;
        Ok(Events {
            sent: after.sent.saturating_sub(before.sent),
            acknowledged: after.acknowledged.saturating_sub(before.acknowledged),
            dead: after.dead.saturating_sub(before.dead),
            pending: after.pending,
        })
    }

    async fn drain_lane(&self, lane: &Lane, until_ms: i64, stop: &CancellationToken) -> Result<()> {
        while !stop.is_cancelled() {
            let rested = self.work(lane, stop).await?;
            match rested.next_ms {
                Some(next_ms) if next_ms <= until_ms => self.rest(self.until(next_ms), stop).await,
                Some(_) | None => break,
            }
        }
        Ok(())
    }

    /// Works `lane` until nothing is due; one at a time does.
    async fn work(&self, lane: &Lane, stop: &CancellationToken) -> Result<Rested> {
        let mut turn = tokio::select! {
            turn = lane.turn.lock() => turn,
            () = stop.cancelled() => return Ok(Rested { next_ms: None }),
        };
        turn.bucket.goes_by(lane.rate, self.clock.now_ms());
        match &lane.way {
            Way::Each(channel) => self.work_each(lane, &**channel, &mut turn, stop).await,
            Way::Gathered(channel) => self.work_gathered(lane, &**channel, &mut turn, stop).await,
        }
    }

    /// At least a millisecond: who rests must let others on.
    fn until(&self, at_ms: i64) -> Duration {
        let wait_ms = at_ms.saturating_sub(self.clock.now_ms()).max(1);
        Duration::from_millis(wait_ms.unsigned_abs())
    }

    async fn rest(&self, wait: Duration, stop: &CancellationToken) {
        tokio::select! {
            () = self.clock.sleep(wait) => {}
            () = stop.cancelled() => {}
        }
    }

    /// Where `lane` stands in the store.
    async fn stands(&self, lane: &Lane) -> Result<Endpoint> {
        let stands = self.store.endpoint(&lane.id).await?;
        Ok(stands.unwrap_or_else(|| Endpoint::new(&lane.id, self.clock.now_ms())))
    }

    /// Sends a test to `endpoint`; one that was paused for its credential, or is broken, is resumed when it answers well.
    ///
    /// # Errors
    /// [`Error::NoEndpoint`] when no channel is called so; when the store refuses.
    pub async fn ping(&self, endpoint: &str, actor: &str) -> Result<Pinged> {
        let lanes = self.lanes.now();
        let lane = lanes.iter().find(|lane| lane.id == endpoint);
        let lane = lane.ok_or_else(|| no_endpoint(endpoint, lanes.iter().map(|lane| &*lane.id)))?;
        let at_ms = self.clock.now_ms();
        let answer = match &lane.way {
            Way::Each(channel) => channel.ping(at_ms).await,
            Way::Gathered(channel) => channel.ping(at_ms).await,
        };
        let now_ms = self.clock.now_ms();
        let answered = answer.verdict == Verdict::Acknowledged;
        let endpoint = if answered {
            lane.hold_ms.store(0, Ordering::Release);
            self.store.hear(endpoint, Heard::Pinged, actor, now_ms).await?
        } else {
            self.stands(lane).await?
        };
        Ok(Pinged {
            endpoint,
            answered,
            status: answer.status,
            error: answer.error,
            took_ms: now_ms.saturating_sub(at_ms),
        })
    }

    /// Stops sending to `endpoint` because `actor` says why; what waits for it is kept.
    ///
    /// # Errors
    /// [`Error::NoEndpoint`] when there is none of that name; when the store refuses.
    pub async fn pause(&self, endpoint: &str, why: &str, actor: &str) -> Result<Endpoint> {
        self.told(endpoint, Heard::Pause(why), actor).await
    }

    /// Sends to `endpoint` again, whatever stopped it.
    ///
    /// # Errors
    /// [`Error::NoEndpoint`] when there is none of that name; when the store refuses.
    pub async fn resume(&self, endpoint: &str, actor: &str) -> Result<Endpoint> {
        if let Some(lane) = self.lanes.now().iter().find(|lane| lane.id == endpoint) {
            lane.hold_ms.store(0, Ordering::Release);
        }
        self.told(endpoint, Heard::Resume, actor).await
    }

    /// Has `sent` sent again; what was taken too, when `taken`.
    ///
    /// # Errors
    /// [`Error::Unfit`] when it is too much at once; when the store refuses.
    pub async fn replay(&self, sent: &Sent, taken: bool, actor: &str) -> Result<Vec<Replayed>> {
        let meant = self.store.replayable(sent, taken).await?;
        let all: u64 = meant.iter().map(|row| row.dead + row.acknowledged).sum();
        if all > REPLAY_MAX {
            return Err(Error::Unfit(format!(
                "{all} 次推送，一次最多 {REPLAY_MAX}：用 --since、--endpoint 或 --case 缩小范围 / too many at once: narrow it"
            )));
        }
        let now_ms = self.clock.now_ms();
        Ok(self.store.replay(sent, taken, actor, now_ms).await?)
    }

    async fn told(&self, endpoint: &str, heard: Heard<'_>, actor: &str) -> Result<Endpoint> {
        if self.store.endpoint(endpoint).await?.is_none() {
            let known = self.store.endpoints().await?;
            return Err(no_endpoint(endpoint, known.iter().map(|row| &*row.endpoint.id)));
        }
        let now_ms = self.clock.now_ms();
        Ok(self.store.hear(endpoint, heard, actor, now_ms).await?)
    }
}

/// The ways of the channels of `settings`.
fn ways(settings: &Settings, host: &Host) -> Result<Vec<LaneWay>> {
    let source = Source::new(&settings.site, settings.schemas.as_deref());
    let mut ways = Vec::with_capacity(settings.channels.len());
    for channel in &settings.channels {
        let way = channels::open(channel, &source, settings, host)?;
        let full = channel.full().is_some();
        ways.push((channel.id.clone(), way, channel.rate_per_minute, full));
    }
    Ok(ways)
}

impl Lane {
    fn new((id, way, rate, full): LaneWay, now_ms: i64) -> Self {
        Self {
            id,
            way,
            full,
            rate,
            turn: Arc::new(Mutex::new(Turn {
                bucket: Bucket::new(rate, now_ms),
            })),
            probed: AtomicBool::new(false),
            hold_ms: AtomicI64::new(0),
            troubled: AtomicBool::new(false),
        }
    }
}

/// No endpoint is called `asked`; those in `known` are.
pub fn no_endpoint<'a>(asked: &str, known: impl Iterator<Item = &'a str>) -> Error {
    let known: Vec<String> = known.map(str::to_owned).collect();
    Error::NoEndpoint {
        asked: asked.to_owned(),
        near: nearest(asked, known.iter().map(String::as_str)).map(str::to_owned),
        known,
    }
}
