//! Worksheets that come back: what each line asks is done, what cannot be taken goes back with its reason.
//! Here because the filled sheet that is dropped or sent back closes the loop, and a line that is wrong must cost no other.
//! In: a file, a folder of files, whose they are. Out: what became of each line; a workbook of what was refused.
//! Not here: reading a workbook, what a line asks (take); who may send one by HTTP (web).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hub_model::Scope;
use hub_model::case::Role;
use hub_store::AuditEntry;
use serde::Serialize;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use super::take::{FILE_BYTES_MAX, write_refused};
use super::{OUTCOME, Refusal, Taken};
use crate::channels::{Channel, Kind, WorksheetDrop};
use crate::{ActAsked, Acted, Error, Hub, Result, clock};

/// How often folders are looked into.
const EVERY: Duration = Duration::from_secs(5);
/// A file that was written to so lately may still be on its way.
const SETTLE: Duration = Duration::from_secs(2);
/// Most files taken from one folder in a round.
const FILES_MAX: usize = 100;
/// Where files go that were read, below the folder they came back to.
const TAKEN: &str = "taken";
/// What spreadsheets end with.
const ENDING: &str = "xlsx";
/// What a spreadsheet program leaves beside a workbook that is open begins with.
const LOCK: &str = "~$";

/// Whose worksheet it is.
#[derive(Debug, Clone)]
pub struct Returned<'a> {
    /// Which cases they may answer for.
    pub scope: &'a Scope,
    /// As whom they act; as whoever may when unsaid.
    pub role: Option<Role>,
    /// Who.
    pub actor: &'a str,
}

/// What became of a file in a folder.
#[derive(Debug, Clone, Serialize)]
pub struct Collected {
    /// The channel.
    pub channel: String,
    /// The file, where it lies now.
    pub file: PathBuf,
    /// Its lines.
    pub taken: Taken,
}

impl Hub {
    /// Reads the worksheet `file` and does line by line what it asks. Taken twice, it is done once.
    ///
    /// # Errors
    /// When it is no worksheet or too large, no plugin is set that reads it, or the store refuses the record of it.
    pub async fn take_worksheet(&self, file: &Path, from: &Returned<'_>) -> Result<Taken> {
        let settings = &self.sources.settings;
        let plugin = settings.worksheet_plugin.as_deref().ok_or_else(no_plugin)?;
        let sheet = self.sources.worksheet(plugin, file).await?;
        let mut taken = Taken {
            blank: sheet.blank,
            ..Taken::default()
        };
        for line in &sheet.lines {
            let asked = line
                .asks(&self.store, (from.scope, &settings.seal), from.actor)
                .await;
            let asked = match asked {
                Ok(asked) => asked,
                Err(refusal) => {
                    taken.refused.push(refusal);
                    continue;
                }
            };
            match self.all_of(&asked, from).await {
                Ok(true) => taken.repeated += 1,
                Ok(false) => taken.done += 1,
                Err(error) => taken.refused.push(line.refused(OUTCOME, error.to_string())),
            }
        }
        let digest = digest(file)?;
        let entry = AuditEntry {
            actor: from.actor.to_owned(),
            action: "worksheet.taken".to_owned(),
            subject: format!("worksheet/{digest}"),
            detail: serde_json::json!({
                "done": taken.done, "repeated": taken.repeated, "blank": taken.blank, "refused": taken.refused.len(),
            })
            .to_string(),
        };
        self.store.record(&[entry], clock::now_ms()).await?;
        Ok(taken)
    }

    /// Does `asked` in order; whether all of it had been done before.
    async fn all_of(&self, asked: &[ActAsked], from: &Returned<'_>) -> Result<bool> {
        let mut repeated = true;
        for ask in asked {
            let ask = ActAsked {
                role: from.role.or(ask.role),
                ..ask.clone()
            };
            let done: Acted = self.act(from.scope, &ask).await?;
            repeated &= done.repeated;
        }
        Ok(repeated)
    }

    /// Takes what came back into the folders of worksheet channels; one that cannot be read is told and costs no other.
    ///
    /// # Errors
    /// When the store refuses.
    pub async fn collect_worksheets(&self) -> Result<Vec<Collected>> {
        let mut collected = Vec::new();
        for channel in &self.sources.settings.channels {
            let Kind::Worksheet(settings) = &channel.kind else {
                continue;
            };
            let Some(folder) = &settings.returns else { continue };
            let files = match settled(folder) {
                Ok(files) => files,
                Err(error) => {
                    tracing::warn!(channel = channel.id, folder = %folder.display(), %error, "cannot look into the folder worksheets come back to");
                    continue;
                }
            };
            for file in files {
                match self.collect(channel, settings, folder, &file).await {
                    Ok(done) => collected.push(done),
                    // A folder that nothing can be moved out of; the file is taken again, and done once.
                    Err(Error::Io { path, source }) => {
                        tracing::warn!(channel = channel.id, path = %path.display(), error = %source, "a worksheet could not be put aside");
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(collected)
    }

    async fn collect(
        &self,
        channel: &Channel,
        settings: &WorksheetDrop,
        folder: &Path,
        file: &Path,
    ) -> Result<Collected> {
        let scope =
            Scope::of(Some(settings.office.department.clone()), "").map_err(|error| Error::Channel {
                channel: channel.id.clone(),
                message: error.to_string(),
            })?;
        let actor = format!("channel/{}", channel.id);
        let from = Returned {
            scope: &scope,
            role: Some(if settings.office.closes {
                Role::County
            } else {
                Role::Department
            }),
            actor: &actor,
        };
        let taken = match self.take_worksheet(file, &from).await {
            Ok(taken) => taken,
            // Of the file: what is wrong with it goes back to whoever sent it.
            Err(Error::Connector { fault, .. }) => unread(file, &fault.to_string()),
            Err(Error::Io { source, .. }) => unread(file, &source.to_string()),
            Err(error) => return Err(error),
        };
        let at_ms = clock::now_ms();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if !taken.refused.is_empty() {
            let told = settings.folder.join(format!("未采用-{at_ms}-{name}"));
            write_refused(&told, &taken.refused)?;
        }
        let aside = folder.join(TAKEN);
        let io = |source| Error::Io {
            path: aside.clone(),
            source,
        };
        fs::create_dir_all(&aside).map_err(io)?;
        let moved = aside.join(format!("{at_ms}-{name}"));
        fs::rename(file, &moved).map_err(io)?;
        tracing::info!(
            channel = channel.id,
            done = taken.done,
            repeated = taken.repeated,
            blank = taken.blank,
            refused = taken.refused.len(),
            "a worksheet came back"
        );
        Ok(Collected {
            channel: channel.id.clone(),
            file: moved,
            taken,
        })
    }
}

/// Looks into the folders worksheets come back to, until `stop`.
pub async fn serve(hub: Arc<Hub>, stop: CancellationToken) {
    let comes_back = |channel: &Channel| match &channel.kind {
        Kind::Worksheet(settings) => settings.returns.is_some(),
        Kind::Webhook(_) | Kind::File(_) | Kind::Robot(_) | Kind::Email(_) => false,
    };
    if !hub.sources.settings.channels.iter().any(comes_back) {
        return;
    }
    while !stop.is_cancelled() {
        // What was not taken lies where it lay, and is taken the next time.
        if let Err(error) = hub.collect_worksheets().await {
            tracing::error!(%error, "worksheets could not be taken back");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// That no plugin is set which reads worksheets.
fn no_plugin() -> Error {
    Error::Unfit(
        "hub.toml 的 [cases] 没有写 worksheet_plugin：用哪个插件读交办单 / [cases] worksheet_plugin names the plugin that reads worksheets"
            .to_owned(),
    )
}

/// A file of which no line could be read.
fn unread(file: &Path, why: &str) -> Taken {
    let refusal = Refusal {
        place: file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        column: String::new(),
        outcome: String::new(),
        why: format!("整份未采用：{why}"),
    };
    Taken {
        refused: vec![refusal],
        ..Taken::default()
    }
}

/// Workbooks in `folder` that nobody writes to any more, the oldest first.
fn settled(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        let is_workbook = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case(ENDING));
        let about = entry.metadata()?;
        if !is_workbook || !about.is_file() || name.starts_with('.') || name.starts_with(LOCK) {
            continue;
        }
        let changed = about.modified()?;
        // A clock that is ahead of ours: long ago enough when it cannot be told.
        let age = SystemTime::now().duration_since(changed).unwrap_or(SETTLE);
        if age >= SETTLE {
            files.push((changed, path));
        }
    }
    files.sort();
    files.truncate(FILES_MAX);
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

/// What tells the file from others.
fn digest(file: &Path) -> Result<String> {
    use io::Read;
    let io = |source| Error::Io {
        path: file.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = fs::File::open(file).map_err(io)?;
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(io)?;
    Ok(hex::encode(Sha256::digest(&bytes)))
}
