//! Worksheets that departments send back, over the network or into a folder.
//! Here because whoever may act may answer in a spreadsheet too, for its own cases and in its own role.
//! In: a caller with a workbook's bytes, or a channel with a file. Out: what became of each line.
//! Not here: what a line asks (worksheet), the request's signature (signed).

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hub_model::Scope;
use hub_model::case::Role;
use tempfile::NamedTempFile;
use tokio::sync::OwnedSemaphorePermit;

use super::{Caller, Correspondent, Desk};
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
        let settings = self.hub.now().sources.settings;
        let data_dir = &settings.home.data_dir;
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
        let (scope, role, actor) = (caller.scope().clone(), caller.role(), caller.actor());
        let path = file.path().to_owned();
        self.take((path, Some(file)), scope, role, actor).await
    }

    /// Does line by line what the worksheet `file` asks, which came back through a channel.
    ///
    /// # Errors
    /// As [`crate::Hub::take_worksheet`].
    pub(crate) async fn take_sheet(
        self: &Arc<Self>,
        from: &Correspondent,
        role: Role,
        file: &Path,
    ) -> Result<Taken> {
        let (scope, actor) = (from.scope().clone(), from.actor());
        self.take((file.to_owned(), None), scope, role, actor).await
    }

    /// The file is kept until it was read, when it is kept for that.
    async fn take(
        self: &Arc<Self>,
        (file, kept): (PathBuf, Option<NamedTempFile>),
        scope: Scope,
        role: Role,
        actor: String,
    ) -> Result<Taken> {
        let hub = self.hub.now();
        let work = async move {
            let _kept = kept;
            let from = Returned {
                scope: &scope,
                role: Some(role),
                actor: &actor,
            };
            hub.take_worksheet(&file, &from).await
        };
        self.undisturbed(work).await
    }
}
