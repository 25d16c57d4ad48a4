//! What departments do to their cases.
//! Here because a deed asked from outside is the same deed, in the asker's role and among its cases only.
//! In: a caller, what is asked. Out: where the case stands; the hub's own refusals.
//! Not here: the table of moves (model), the deed itself (act).

use std::sync::Arc;

use super::{Caller, Desk};
use crate::{ActAsked, Acted, Result};

impl Desk {
    /// Does what is asked, as the caller: its role, and its name behind that of whoever is said to act.
    ///
    /// # Errors
    /// As [`crate::Hub::act`]; a case of another's is not there.
    pub async fn act(self: &Arc<Self>, caller: &Caller, asked: ActAsked) -> Result<Acted> {
        let actor = if asked.actor.is_empty() {
            caller.actor()
        } else {
            format!("{}@{}", asked.actor, caller.id())
        };
        let asked = ActAsked {
            actor,
            role: Some(caller.role()),
            ..asked
        };
        let (hub, scope) = (self.hub.now(), caller.scope().clone());
        self.undisturbed(async move { hub.act(&scope, &asked).await })
            .await
    }
}
