//! Events with the whole case in them, for endpoints that were approved to get names and numbers.
//! Here because some platforms cannot ask back, and what they get more than others must be on record each time.
//! In: thin events. Out: the same with `full` in their payload; each look recorded as the channel's.
//! Not here: who is approved (settings), how a case is written out (web).

use hub_store::Delivery;
use serde_json::Value;

use super::{Lane, Relay};
use crate::{Error, Result};

/// The key of the payload the case stands under.
const FULL: &str = "full";

impl Relay {
    /// `events` in full where `lane` gets them so; nothing where they go as they are.
    pub(super) async fn in_full(&self, lane: &Lane, events: &[Delivery]) -> Result<Option<Vec<Delivery>>> {
        if !lane.full {
            return Ok(None);
        }
        let mut events = events.to_vec();
        let cases = self.cases.get().ok_or_else(|| Error::Channel {
            channel: lane.id.clone(),
            message: "nobody writes cases out in full here".to_owned(),
        })?;
        let actor = format!("channel/{}", lane.id);
        for event in &mut events {
            let case = cases.full(&event.case_id, &actor).await?;
            let mut data: Value = serde_json::from_str(&event.data)?;
            if let (Some(data), Some(case)) = (data.as_object_mut(), case) {
                data.insert(FULL.to_owned(), case);
            }
            event.data = data.to_string();
        }
        Ok(Some(events))
    }
}
