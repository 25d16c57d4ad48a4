//! Events for those who fetch them, and their word that they have them.
//! Here because a network that lets nobody in still lets its own programs out.
//! In: a caller, the last sequence it has. Out: the next events as they are pushed to others; how far it has come.
//! Not here: the outbox itself (store).

use serde_json::value::RawValue;

use super::{Caller, Desk};
use crate::cloud_event::{self, Source};
use crate::{Result, clock};

/// A page of events.
#[derive(Debug)]
pub struct Fetched {
    /// CloudEvents, in order.
    pub events: Vec<Box<RawValue>>,
    /// What to ask after next.
    pub next: String,
    /// Whether there is more.
    pub more: bool,
    /// What was confirmed so far.
    pub acknowledged: String,
}

impl Desk {
    /// The events after `after`, after what was confirmed when unsaid.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn events(&self, caller: &Caller, after: Option<i64>, limit: u32) -> Result<Fetched> {
        let store = &self.hub.store;
        let pull = store.pull_of(caller.id()).await?;
        let page = store
            .events_after(caller.scope(), after.unwrap_or(pull.acknowledged), limit)
            .await?;
        let settings = self.hub.now().sources.settings;
        let source = Source::new(&settings.site, settings.schemas.as_deref());
        let mut events = Vec::with_capacity(page.events.len());
        for event in &page.events {
            events.push(serde_json::value::to_raw_value(&source.event(event)?)?);
        }
        // What lies beyond the outbox was never handed out, whatever was asked for.
        if page.through > pull.served && page.through <= page.last {
            store.served(caller.id(), page.through, clock::now_ms()).await?;
        }
        Ok(Fetched {
            events,
            next: cloud_event::sequence(page.through),
            more: page.more,
            acknowledged: cloud_event::sequence(pull.acknowledged),
        })
    }

    /// Notes that the caller has everything up to `through`; what is confirmed then, or how far events were handed out, when that
    /// is less.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn acknowledge(&self, caller: &Caller, through: i64) -> Result<Result<String, String>> {
        let store = &self.hub.store;
        Ok(
            match store.acknowledge(caller.id(), through, clock::now_ms()).await? {
                Some(pull) => Ok(cloud_event::sequence(pull.acknowledged)),
                None => Err(cloud_event::sequence(store.pull_of(caller.id()).await?.served)),
            },
        )
    }
}
