//! Answers in files: JSON lines with a manifest that vouches for them, taken whole or refused whole.
//! Here because a gateway that carries files one way can carry answers the other way.
//! In: `NAME.jsonl` and `NAME.manifest.json` in a folder. Out: deeds; `taken/` with a result of each line, or `refused/` with a reason.
//! Not here: whether a file is believed (letter), what a line may say (desk).

use std::fs;
use std::io;
use std::path::Path;

use hub_store::AuditEntry;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::letter::{Believed, Found, Shut, found, is_plain};
use super::{Became, Collected, Collector};
use crate::channels::AnswerFiles;
use crate::channels::manifest::{ENDS, FILE_ENDS};
use crate::desk::{self, Line};
use crate::{Error, Result, whole};

/// Most files of one round: what is left waits for the next.
const FILES_A_ROUND: u64 = 100;
/// Most names of the folder that are looked at in a round.
const NAMES_MAX: usize = 100_000;
/// Most manifests that are looked at in a round; those whose file is not there yet are passed over.
const MANIFESTS_MAX: usize = 10_000;
/// Where files go that were taken, below the folder.
pub(super) const TAKEN: &str = "taken";
/// Where files go that were refused.
const REFUSED: &str = "refused";
const RESULT_ENDS: &str = ".result.jsonl";
const REASON_ENDS: &str = ".reason.txt";

/// What a line came to, as the department reads it.
#[derive(Debug, Serialize)]
struct ResultLine {
    line: usize,
    status: u16,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    case: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

impl Collector {
    /// Takes the files that lie in the folder of `files`, by name.
    pub(super) async fn take_files(
        &self,
        files: &AnswerFiles,
        collected: &mut Collected,
        stop: &CancellationToken,
    ) -> Result<()> {
        let folder = &files.folder;
        for below in [TAKEN, REFUSED] {
            room(&folder.join(below)).map_err(|error| failed(&folder.join(below), error))?;
        }
        let names = manifests(folder).map_err(|error| failed(folder, error))?;
        for name in names {
            if stop.is_cancelled() || collected.files + collected.files_refused >= FILES_A_ROUND {
                break;
            }
            match self.take_one(files, &name, collected).await {
                Ok(()) => {}
                // One that cannot be read or moved costs no other.
                Err(error) if matches!(error, Error::Io { .. }) => {
                    collected.trouble = Some(error.to_string())
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Looks at the manifest `name`, and does what follows.
    async fn take_one(&self, files: &AnswerFiles, name: &str, collected: &mut Collected) -> Result<()> {
        let folder = &files.folder;
        let now_s = self.clock.now_ms().div_euclid(1000);
        let looked = tokio::task::block_in_place(|| found(files, name, now_s));
        match looked.map_err(|error| failed(folder, error))? {
            Found::Waits => Ok(()),
            Found::Left(stem) => {
                let manifest = format!("{stem}{ENDS}");
                let moved = whole::shift(folder, &manifest, &folder.join(TAKEN), &manifest);
                moved.map_err(|error| failed(folder, error))
            }
            Found::Shut(shut) => self.refuse_file(files, name, shut, collected).await,
            Found::Good(file) => self.take_file(files, file, collected).await,
        }
    }

    async fn take_file(&self, files: &AnswerFiles, file: Believed, collected: &mut Collected) -> Result<()> {
        let Believed { stem, text } = file;
        let Ok(lines) = desk::lines(&text) else {
            let name = format!("{stem}{ENDS}");
            return self.refuse_file(files, &name, Shut::Lines, collected).await;
        };
        let before = collected.clone();
        let mut results = Vec::new();
        for (number, line) in lines {
            let became = match Line::read(line) {
                Ok(line) => self.take(&files.answers, line, collected).await?,
                Err(refusal) => collected.refuse(refusal),
            };
            serde_json::to_writer(&mut results, &result(number, &became))?;
            results.push(b'\n');
        }
        let detail = serde_json::json!({
            "file": stem,
            "done": collected.done - before.done,
            "repeated": collected.repeated - before.repeated,
            "refused": collected.refused - before.refused,
        });
        let (folder, taken) = (&files.folder, files.folder.join(TAKEN));
        let put = |taken: &Path| {
            whole::write(taken, &format!("{stem}{RESULT_ENDS}"), &results)?;
            for ends in [FILE_ENDS, ENDS] {
                let name = format!("{stem}{ends}");
                whole::shift(folder, &name, taken, &name)?;
            }
            Ok(())
        };
        put(&taken).map_err(|error| failed(&taken, error))?;
        collected.files += 1;
        // Now only: what cannot be moved is looked at again each round, and each deed has its own entry.
        self.note(files, "answers.taken", detail).await
    }

    async fn refuse_file(
        &self,
        files: &AnswerFiles,
        manifest: &str,
        shut: Shut,
        collected: &mut Collected,
    ) -> Result<()> {
        let stem = manifest.strip_suffix(ENDS).unwrap_or(manifest);
        // A name of another shape may be a person's: it is not repeated.
        let shown = if is_plain(stem) { stem } else { "?" };
        let detail = serde_json::json!({ "file": shown, "why": shut.word() });
        let (folder, refused) = (&files.folder, files.folder.join(REFUSED));
        let at_ms = self.clock.now_ms();
        let put = || {
            let is_free = [FILE_ENDS, ENDS, REASON_ENDS]
                .iter()
                .all(|ends| !refused.join(format!("{stem}{ends}")).exists());
            let called = if is_free {
                stem.to_owned()
            } else {
                format!("{stem}-{at_ms}")
            };
            let reason = format!("{}\n", shut.told());
            whole::write(&refused, &format!("{called}{REASON_ENDS}"), reason.as_bytes())?;
            for ends in [FILE_ENDS, ENDS] {
                let name = format!("{stem}{ends}");
                if fs::symlink_metadata(folder.join(&name)).is_ok() {
                    whole::shift(folder, &name, &refused, &format!("{called}{ends}"))?;
                }
            }
            Ok(())
        };
        put().map_err(|error| failed(&refused, error))?;
        collected.files_refused += 1;
        self.note(files, "answers.refused", detail).await
    }

    async fn note(&self, files: &AnswerFiles, action: &str, detail: serde_json::Value) -> Result<()> {
        let actor = files.answers.from.actor();
        let entry = AuditEntry {
            action: action.to_owned(),
            subject: actor.clone(),
            actor,
            detail: detail.to_string(),
        };
        Ok(self.store.record(&[entry], self.clock.now_ms()).await?)
    }
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}

fn result(line: usize, became: &Became) -> ResultLine {
    let (code, case, version) = match became {
        Became::Done(acted) => (None, Some(acted.case.clone()), Some(acted.version)),
        Became::Refused(refusal) => (Some(refusal.code.meaning().word), None, refusal.version),
    };
    ResultLine {
        line,
        status: became.status(),
        result: became.word(),
        code,
        message: became.chinese(),
        case,
        version,
    }
}

/// Makes `folder`, unless it is there; a link that leads elsewhere is none.
fn room(folder: &Path) -> io::Result<()> {
    match fs::symlink_metadata(folder) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(io::Error::other("不是文件夹 / it is no folder")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => fs::create_dir(folder),
        Err(error) => Err(error),
    }
}

/// Names of the manifests in `folder`, the first by name; what begins with a dot is still being written.
fn manifests(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)?.take(NAMES_MAX) {
        let name = entry?.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        if name.ends_with(ENDS) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    names.truncate(MANIFESTS_MAX);
    Ok(names)
}
