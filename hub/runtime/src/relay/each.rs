//! A lane of events that go one by one: in order within a case, many cases at the same time.
//! Here because trouble with one case must never delay another.
//! In: due events. Out: attempts, recorded a group at a time while others are still under way.
//! Not here: what an answer means (channels), what follows from it (outcome).

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::Ordering;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use hub_model::push::{Endpoint, Sends, Standing};
use hub_store::{Attempt, Delivery, Told};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::outcome::{Made, hold, millis};
use super::{IDLE, Lane, Relay, Rested, Turn};
use crate::channels::{Answer, EventChannel, Verdict};
use crate::{Result, spans};

/// Events taken from the outbox at once, and at most recorded in one transaction: what a kill may have sent again.
const BATCH: u32 = 256;

/// What is under way in a lane.
struct Flow<'a> {
    /// Due, not begun.
    queue: VecDeque<Delivery>,
    /// Begun.
    sends: FuturesUnordered<BoxFuture<'a, Sent>>,
    /// Ended, not recorded.
    done: Vec<Attempt>,
    /// Being recorded.
    recording: Option<BoxFuture<'a, Result<Endpoint>>>,
    /// Sequences of all of these but the queue.
    busy: HashSet<i64>,
    /// What is being recorded, of `busy`.
    recorded: Vec<i64>,
    /// Whether an attempt that was not taken is not recorded yet: it may be the last for now.
    trouble: bool,
    /// Whether the receiver is broken, and one event tries if it is back.
    probe: bool,
}

/// What a message came to: each event with its own answer.
struct Sent {
    attempts: Vec<Attempt>,
    messages: usize,
    hold_ms: i64,
}

impl Relay {
    /// Sends until nothing is due and everything under way is recorded. After `stop`, nothing new begins.
    pub(super) async fn work_each(
        &self,
        lane: &Lane,
        channel: &dyn EventChannel,
        turn: &mut Turn,
        stop: &CancellationToken,
    ) -> Result<Rested> {
        let mut flow = Flow {
            queue: VecDeque::new(),
            sends: FuturesUnordered::new(),
            done: Vec::new(),
            recording: None,
            busy: HashSet::new(),
            recorded: Vec::new(),
            trouble: false,
            probe: false,
        };
        loop {
            let mut next_ms = None;
            if stop.is_cancelled() {
                flow.queue.clear();
            } else if flow.queue.is_empty() && flow.busy.len() < BATCH as usize {
                next_ms = self.fill(lane, channel, turn, &mut flow).await?;
            }
            self.begin(lane, channel, turn, &mut flow);
            if flow.recording.is_none() && !flow.done.is_empty() {
                let attempts = std::mem::take(&mut flow.done);
                flow.recorded = attempts.iter().map(|attempt| attempt.sequence).collect();
                flow.recording = Some(self.record(lane, attempts).boxed());
            }
            if flow.sends.is_empty() && flow.recording.is_none() {
                return Ok(Rested { next_ms });
            }
            self.step(lane, turn, &mut flow).await?;
        }
    }

    /// Waits until something ended, or may have fallen due.
    async fn step(&self, lane: &Lane, turn: &mut Turn, flow: &mut Flow<'_>) -> Result<()> {
        let recording = async {
            match &mut flow.recording {
                Some(recording) => recording.await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            Some(sent) = flow.sends.next() => {
                flow.trouble |= sent.attempts.iter().any(|attempt| attempt.told != Told::Took);
                flow.done.extend(sent.attempts);
                turn.bucket.take(sent.messages.saturating_sub(1));
                lane.hold_ms.fetch_max(sent.hold_ms, Ordering::AcqRel);
            }
            stands = recording => {
                flow.recording = None;
                let stands = stands?;
                for sequence in flow.recorded.drain(..) {
                    flow.busy.remove(&sequence);
                }
                flow.trouble = flow.done.iter().any(|attempt| attempt.told != Told::Took);
                let held = self.clock.now_ms() < lane.hold_ms.load(Ordering::Acquire);
                if stands.standing != Standing::Active || held {
                    flow.queue.clear();
                }
            }
            () = self.clock.sleep(IDLE) => {}
        }
        Ok(())
    }

    /// Takes what may go out; returns when there may be more, once nothing is left to do.
    async fn fill(
        &self,
        lane: &Lane,
        channel: &dyn EventChannel,
        turn: &mut Turn,
        flow: &mut Flow<'_>,
    ) -> Result<Option<i64>> {
        let now_ms = self.clock.now_ms();
        let hold_ms = lane.hold_ms.load(Ordering::Acquire);
        if now_ms < hold_ms {
            return Ok(Some(hold_ms));
        }
        let messages = turn.bucket.available(now_ms);
        if messages == 0 {
            return Ok(Some(turn.bucket.next_ms(now_ms)));
        }
        let stands = self.stands(lane).await?;
        let back = stands.standing == Standing::Broken && !lane.probed.load(Ordering::Acquire);
        flow.probe = false;
        match stands.sends(now_ms) {
            Sends::All => {
                let room = messages.saturating_mul(channel.batch_max().max(1));
                let room = u32::try_from(room).unwrap_or(BATCH).min(BATCH);
                let busy = u32::try_from(flow.busy.len()).unwrap_or(BATCH);
                let due = self
                    .store
                    .due(&lane.id, now_ms, room.saturating_add(busy))
                    .await?;
                let fresh = due
                    .into_iter()
                    .filter(|delivery| !flow.busy.contains(&delivery.sequence));
                flow.queue.extend(fresh.take(room as usize));
                self.store.next_due_ms(&lane.id).await.map_err(Into::into)
            }
            Sends::Nothing if !back => Ok((stands.standing == Standing::Broken).then_some(stands.probe_ms)),
            // What is under way was begun before it broke, and tells enough.
            Sends::Nothing | Sends::Probe if !flow.busy.is_empty() => Ok(None),
            Sends::Nothing | Sends::Probe => {
                flow.queue.extend(self.store.probe(&lane.id, now_ms).await?);
                flow.probe = !flow.queue.is_empty();
                self.store.next_due_ms(&lane.id).await.map_err(Into::into)
            }
        }
    }

    /// Begins what there is room for.
    fn begin<'a>(
        &'a self,
        lane: &'a Lane,
        channel: &'a dyn EventChannel,
        turn: &mut Turn,
        flow: &mut Flow<'a>,
    ) {
        let at_once = channel.concurrency().max(1);
        if flow.trouble {
            return;
        }
        while flow.sends.len() < at_once && !flow.queue.is_empty() {
            let events = flow.queue.len().min(channel.batch_max().max(1));
            let events: Vec<Delivery> = flow.queue.drain(..events).collect();
            flow.busy.extend(events.iter().map(|event| event.sequence));
            turn.bucket.take(1);
            lane.probed.store(true, Ordering::Release);
            let span = spans::push(&lane.id, &events);
            let send = self.send(lane, channel, events, flow.probe);
            let send = send
                .instrument(span.clone())
                .inspect(move |sent| spans::pushed(&span, &sent.attempts));
            flow.sends.push(send.boxed());
        }
    }

    async fn send(
        &self,
        lane: &Lane,
        channel: &dyn EventChannel,
        events: Vec<Delivery>,
        probe: bool,
    ) -> Sent {
        let began_ms = self.clock.now_ms();
        let full = self.in_full(lane, &events).await;
        let answer = match &full {
            Ok(full) => {
                let events = full.as_deref().unwrap_or(&events);
                channel.send(events, began_ms).await
            }
            // Of ours: nothing was sent.
            Err(error) => Answer::failed(None, format!("the hub could not write it out: {error}")),
        };
        let events = full.ok().flatten().unwrap_or(events);
        let mut sent = Sent {
            attempts: Vec::with_capacity(events.len()),
            messages: 1,
            hold_ms: 0,
        };
        // One event no receiver would take must not take the others of its batch with it.
        let apart = events.len() > 1 && answer.verdict == Verdict::Refused;
        for delivery in &events {
            let own = if apart {
                sent.messages += 1;
                let event = std::slice::from_ref(delivery);
                Some(channel.send(event, self.clock.now_ms()).await)
            } else {
                None
            };
            self.judge(
                lane,
                &mut sent,
                (delivery, began_ms, probe),
                own.as_ref().unwrap_or(&answer),
            );
        }
        sent
    }

    fn judge(&self, lane: &Lane, sent: &mut Sent, made: (&Delivery, i64, bool), answer: &Answer) {
        let (delivery, began_ms, probe) = made;
        let ended_ms = self.clock.now_ms();
        let made = Made {
            delivery,
            began_ms,
            ended_ms,
            probe,
        };
        sent.attempts.push(made.attempt(answer, &lane.id));
        if let Some(wait) = hold(&answer.verdict) {
            sent.hold_ms = sent.hold_ms.max(ended_ms.saturating_add(millis(wait)));
        }
    }

    async fn record(&self, lane: &Lane, attempts: Vec<Attempt>) -> Result<Endpoint> {
        let now_ms = self.clock.now_ms();
        let stands = self.store.record_attempts(&lane.id, &attempts, now_ms).await?;
        if stands.standing != Standing::Active && stands.since_ms == now_ms {
            tracing::error!(
                sink = lane.id,
                standing = stands.standing.as_str(),
                error = stands.reason,
                "a receiver is out of service; what waits for it is kept"
            );
        }
        Ok(stands)
    }
}
