//! Worksheets that departments send back over the network.
//! Here because whoever may act may answer in a spreadsheet too, for its own cases and in its own role.
//! In: a caller, a workbook's bytes. Out: what became of each line.
//! Not here: what a line asks (worksheet), the request's signature (signed).

use std::io::Write;
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::{Caller, Desk};
use crate::worksheet::{Returned, Taken};
use crate::{Error, Result};

impl Desk {
    /// A place among the worksheets that are taken at the same time; each is held whole in memory.
    ///
    /// # Errors
    /// When the desk is closed.
    pub async fn worksheet_turn(&self) -> Result<OwnedSemaphorePermit> {
        let turn = Arc::clone(&self.sheets).acquire_owned().await;
        turn.map_err(|_| Error::Unfit("the desk is closed".to_owned()))
    }

    /// Does line by line what the worksheet asks, as the caller.
    ///
    /// # Errors
    /// As [`crate::Hub::take_worksheet`].
    pub async fn take_worksheet(self: &Arc<Self>, caller: &Caller, bytes: &[u8]) -> Result<Taken> {
        let data_dir = &self.hub.sources.settings.data_dir;
        let io = |source| Error::Io {
            path: data_dir.clone(),
            source,
        };
        let mut file = tempfile::Builder::new()
            .prefix("worksheet-")
            .suffix(".xlsx")
            .tempfile_in(data_dir)
            .map_err(io)?;
        file.write_all(bytes).map_err(io)?;
        let hub = Arc::clone(&self.hub);
        let (scope, role, actor) = (caller.scope().clone(), caller.role(), caller.actor());
        let work = async move {
            let from = Returned {
                scope: &scope,
                role: Some(role),
                actor: &actor,
            };
            hub.take_worksheet(file.path(), &from).await
        };
        self.undisturbed(work).await
    }
}
