//! Events as files in a folder: JSON lines and a manifest with digests and signature.
//! Here because some departments stand behind gateways that carry files, one way only.
//! In: what waits. Out: `NAME.jsonl`, complete and on the disk before `NAME.manifest.json` says that it is there.
//! Not here: how the gateway takes them away. A file is never changed once its manifest is there.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_store::{Delivery, Store, Waiting};

use super::manifest::{self, Digests, Manifest};
use super::{Answer, FileDrop, GatherChannel, Verdict};
use crate::cloud_event::Source;
use crate::whole::{self, HIDDEN};
use crate::{Error, Result, clock};

/// Largest file, bytes; more events go into the next one.
const FILE_BYTES_MAX: usize = 32 << 20;

/// A drop folder.
pub(super) struct Channel {
    id: String,
    settings: FileDrop,
    source: Source,
}

/// Events that go into one file.
struct Lines {
    text: Vec<u8>,
    events: usize,
    first: i64,
    last: i64,
}

impl Channel {
    pub(super) fn new(id: &str, settings: &FileDrop, source: Source) -> Self {
        Self {
            id: id.to_owned(),
            settings: settings.clone(),
            source,
        }
    }

    fn write(&self, events: &[Delivery], at_ms: i64) -> Result<Answer> {
        let folder = &self.settings.folder;
        if let Some(answer) = no_room(folder, self.settings.files_max) {
            return Ok(answer);
        }
        for lines in self.lines(events)? {
            if let Err(error) = self.put(&lines, at_ms) {
                return Ok(refused(folder, &error));
            }
        }
        Ok(Answer::taken(None, None))
    }

    fn lines(&self, events: &[Delivery]) -> Result<Vec<Lines>> {
        let mut files: Vec<Lines> = Vec::new();
        for delivery in events {
            let mut line = serde_json::to_vec(&self.source.event(delivery)?).map_err(Error::Json)?;
            line.push(b'\n');
            match files.last_mut() {
                Some(file) if file.text.len() + line.len() <= FILE_BYTES_MAX => {
                    file.text.extend(line);
                    file.events += 1;
                    file.last = delivery.sequence;
                }
                Some(_) | None => files.push(Lines {
                    text: line,
                    events: 1,
                    first: delivery.sequence,
                    last: delivery.sequence,
                }),
            }
        }
        Ok(files)
    }

    fn put(&self, lines: &Lines, at_ms: i64) -> io::Result<()> {
        let digests = Digests::of(&lines.text);
        let stem = format!(
            "hub-{}-{:012}-{:012}",
            self.source.site(),
            lines.first,
            lines.last
        );
        // Written again after a crash, the same events give the same file; others under the same numbers another one.
        let stem = format!("{stem}-{}", digests.sha256.chars().take(8).collect::<String>());
        let file = format!("{stem}{}", manifest::FILE_ENDS);
        let created_unix = at_ms.div_euclid(1000);
        let signed = manifest::signed(&file, created_unix, &digests);
        let schemes = &self.settings.schemes;
        let manifest = Manifest {
            version: 1,
            source: format!("/hub/{}", self.source.site()),
            endpoint: &self.id,
            file: &file,
            created: clock::rfc3339(at_ms),
            created_unix,
            events: lines.events,
            bytes: lines.text.len(),
            first_sequence: lines.first,
            last_sequence: lines.last,
            sha256: &digests.sha256,
            sm3: &digests.sm3,
            signature: (!schemes.is_empty()).then(|| schemes.sign(signed.as_bytes())),
        };
        let folder = &self.settings.folder;
        whole::write(folder, &file, &lines.text)?;
        let name = format!("{stem}{}", manifest::ENDS);
        whole::write(folder, &name, &serde_json::to_vec_pretty(&manifest)?)
    }
}

/// Why nothing more may lie in `folder`; nothing when there is room.
pub(super) fn no_room(folder: &Path, files_max: usize) -> Option<Answer> {
    let lie = fs::read_dir(folder).map(|entries| entries.take(files_max).count());
    match lie {
        Ok(files) if files < files_max => None,
        Ok(_) => {
            let message = format!(
                "{}: {files_max} files lie there and nobody takes them away",
                folder.display()
            );
            Some(Answer::not(Verdict::Busy { after: None }, None, message))
        }
        Err(error) => Some(refused(folder, &error)),
    }
}

/// That nothing can be put into `folder`.
pub(super) fn refused(folder: &Path, error: &io::Error) -> Answer {
    Answer::failed(None, format!("{}: {error}", folder.display()))
}

/// Whether a file can be made in `folder`.
pub(super) fn writable(folder: &Path) -> io::Result<()> {
    let probe = folder.join(format!("{HIDDEN}probe"));
    File::create(&probe)?.sync_all()?;
    fs::remove_file(&probe)
}

impl GatherChannel for Channel {
    fn send<'a>(
        &'a self,
        store: &'a Store,
        waiting: &'a Waiting,
        at_ms: i64,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Answer>> {
        async move {
            let events = store.waiting_events(endpoint, waiting).await?;
            tokio::task::block_in_place(|| self.write(&events, at_ms))
        }
        .boxed()
    }

    fn ping(&self, _: i64) -> BoxFuture<'_, Answer> {
        let answers = self.settings.answers.as_ref().map(|answers| &answers.folder);
        let mut folders = std::iter::once(&self.settings.folder).chain(answers);
        let failed = folders.find_map(|folder| Some(refused(folder, &writable(folder).err()?)));
        let answer = failed.unwrap_or_else(|| Answer::taken(None, None));
        futures::future::ready(answer).boxed()
    }

    fn window(&self) -> Duration {
        self.settings.window
    }

    fn events_max(&self) -> u32 {
        self.settings.events_max
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};
    use sm3::Sm3;

    use super::*;
    use crate::Secret;
    use crate::channels::Schemes;

    fn delivery(sequence: i64) -> Delivery {
        Delivery {
            sequence,
            event_id: format!("01K{sequence}"),
            case_id: "01C".to_owned(),
            kind: "cn.gov.hub.warning.opened.v1".to_owned(),
            at_ms: 0,
            data: "{}".to_owned(),
            traceparent: None,
            attempts: 0,
            excused: 0,
            replay: false,
        }
    }

    fn channel(folder: &Path, files_max: usize) -> Channel {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let settings = FileDrop {
            folder: folder.to_owned(),
            schemes: Schemes::default().hmac(&secret).unwrap(),
            window: Duration::ZERO,
            events_max: 1000,
            files_max,
            answers: None,
        };
        Channel::new("drop", &settings, Source::new("341221", None))
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_lies_there_whole_with_a_manifest_that_vouches_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let channel = channel(folder.path(), 10);
        for _ in 0..2 {
            let answer = channel
                .write(&[delivery(7), delivery(9)], 1_700_000_000_000)
                .unwrap();
            assert_eq!(answer.verdict, Verdict::Acknowledged);
        }
        let names = names(folder.path());
        assert_eq!(names.len(), 2, "written twice, it is there once: {names:?}");
        assert!(names[0].starts_with("hub-341221-000000000007-000000000009-"));
        let text = fs::read(folder.path().join(&names[0])).unwrap();
        assert_eq!(text.iter().filter(|byte| **byte == b'\n').count(), 2);
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.path().join(&names[1])).unwrap()).unwrap();
        assert_eq!(manifest["file"], names[0].as_str());
        assert_eq!(manifest["sha256"], hex::encode(Sha256::digest(&text)));
        assert_eq!(manifest["sm3"], hex::encode(Sm3::digest(&text)));
        assert!(manifest["signature"].as_str().unwrap().starts_with("v1,"));
    }

    #[test]
    fn a_folder_nobody_empties_or_that_is_gone_takes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let full = channel(folder.path(), 2);
        assert_eq!(
            full.write(&[delivery(1)], 0).unwrap().verdict,
            Verdict::Acknowledged
        );
        let answer = full.write(&[delivery(2)], 0).unwrap();
        assert!(matches!(answer.verdict, Verdict::Busy { .. }), "{answer:?}");
        assert_eq!(names(folder.path()).len(), 2);
        let gone = channel(&folder.path().join("gone"), 10)
            .write(&[delivery(3)], 0)
            .unwrap();
        assert!(matches!(gone.verdict, Verdict::Later { .. }), "{gone:?}");
    }
}
