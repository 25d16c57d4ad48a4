//! Judges what was read before it may take the place of what stands.
//! Here because every source drifts, and a plugin cannot know what the periods before looked like.
//! In: a stream that was read, what approved parts of it looked like, the bounds. Out: the parts that go on, those that wait.
//! Not here: comparing (model), keeping (store). The cursor stays where it was while anything of the stream waits.

use std::collections::{BTreeMap, BTreeSet};

use hub_model::guard::{Bounds, BoundsWritten, Deviation, Drift, Profile};
use hub_model::{NewFile, StreamId, nearest};
use hub_store::{HeldJob, HeldPart, HeldStream};
use plugin_host::DiscoveredStream;

use crate::reading::ReadStream;
use crate::settings::Connector;
use crate::{Hub, Result};

/// The bounds of a connector's streams, as they are written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guards {
    /// Of all of them.
    pub all: BoundsWritten,
    /// Of one, by its name; it lies over those of all.
    pub streams: BTreeMap<String, BoundsWritten>,
}

impl Guards {
    /// The bounds of `stream`.
    #[must_use]
    pub fn of(&self, stream: &str) -> Bounds {
        let all = self.all.over(&Bounds::default());
        match self.streams.get(stream) {
            Some(written) => written.over(&all),
            None => all,
        }
    }

    /// The table that says the bound `key` of `stream`; none when it is the default.
    #[must_use]
    pub fn table(&self, stream: &str, key: &str) -> Option<String> {
        if self.streams.get(stream).is_some_and(|written| written.says(key)) {
            return Some(table_of(stream));
        }
        self.all.says(key).then(|| "[connector.guard]".to_owned())
    }

    /// A stream that has bounds and is not among `offered`, told with the nearest that is.
    pub(crate) fn unknown(&self, offered: &[DiscoveredStream]) -> Option<String> {
        let names = || offered.iter().map(|stream| stream.spec.name.as_str());
        let unknown = self
            .streams
            .keys()
            .find(|name| !names().any(|known| known == *name))?;
        let hint = nearest(unknown, names()).map_or_else(
            || format!("有 / there are {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("是否应为 / did you mean {near:?}?"),
        );
        Some(format!(
            "{} 所指的数据流不存在 / no such stream；{hint}",
            table_of(unknown)
        ))
    }
}

fn table_of(stream: &str) -> String {
    format!("[connector.streams.{stream}.guard]")
}

impl Connector {
    /// Where the bound `key` of `stream` is written, or would be.
    #[must_use]
    pub fn bound_written_in(&self, stream: &str, key: &str) -> String {
        let file = self.file.display();
        match self.guards.table(stream, key) {
            Some(table) => format!("{file} {table}"),
            None => format!("默认值 default；可写入 {file} {}", table_of(stream)),
        }
    }

    fn deviation(&self, stream: &str, bounds: &Bounds, drift: Drift) -> Deviation {
        let bound = drift.bound();
        Deviation {
            bound: bound.to_owned(),
            allowed: bounds.written(bound).unwrap_or_default(),
            written_in: self.bound_written_in(stream, bound),
            drift,
        }
    }
}

/// What became of a stream's parts.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Profiles of the parts that go on.
    pub(crate) profiles: BTreeMap<String, Profile>,
    /// What waits for a person.
    pub(crate) held: Option<HeldStream>,
    /// What was set aside because it had been rejected, a sentence each.
    pub(crate) aside: Vec<String>,
}

impl Hub {
    /// Judges the parts of `stream`; only those that may go on are left in it. Of a kind of part never seen before all go
    /// on: there is nothing to compare them with.
    pub(crate) async fn judge(&self, connector: &Connector, stream: &mut ReadStream) -> Result<Judged> {
        let mut judged = Judged::default();
        let profiles = std::mem::take(&mut stream.profiles);
        if profiles.is_empty() {
            return Ok(judged);
        }
        let id: StreamId = stream.landed.stream.clone();
        let bounds = connector.guards.of(&id.stream);
        let known = self.store.history(&id).await?;
        let rejected = self.store.rejected(&id).await?;
        let mut history = known.clone();
        let mut aside = BTreeSet::new();
        let mut held: Vec<HeldPart> = Vec::new();
        for (part, profile) in profiles {
            let key = (part, profile.digest.clone());
            let decided = rejected.get(&key).filter(|_| bounds.enabled);
            let (part, _) = key;
            if let Some(run) = decided {
                judged.aside.push(format!(
                    "{}/{part} 期与运行 {run} 中已驳回的内容相同，没有采用；如要重新审核：hub run reject {run} --undo",
                    id.stream
                ));
                aside.insert(part);
                continue;
            }
            let drifts = match known.baseline(&part) {
                Some(_) => history.compare(&part, &profile, &bounds),
                None => Vec::new(),
            };
            if drifts.is_empty() {
                history.parts.insert(part.clone(), profile.clone());
                judged.profiles.insert(part, profile);
                continue;
            }
            let against = history.baseline(&part).map(|(against, _)| against.to_owned());
            held.push(HeldPart {
                against: against.unwrap_or_default(),
                deviations: drifts
                    .into_iter()
                    .map(|drift| connector.deviation(&id.stream, &bounds, drift))
                    .collect(),
                files: Vec::new(),
                profile,
                part,
            });
        }
        for part in &mut held {
            part.files = take_files(stream, |file| file.part == part.part);
        }
        take_files(stream, |file| aside.contains(&file.part));
        if !held.is_empty() || !aside.is_empty() {
            let cursor = stream.cursor.take();
            judged.held = (!held.is_empty()).then(|| HeldStream {
                stream: id.stream.clone(),
                job: job(stream, cursor),
                parts: held,
            });
        }
        Ok(judged)
    }
}

/// Takes files out of what landed, with their rows.
fn take_files(stream: &mut ReadStream, wanted: impl Fn(&NewFile) -> bool) -> Vec<NewFile> {
    let files = std::mem::take(&mut stream.landed.files);
    let (taken, left): (Vec<_>, Vec<_>) = files.into_iter().partition(wanted);
    stream.landed.files = left;
    let rows: u64 = taken.iter().map(|file| file.rows).sum();
    stream.rows = stream.rows.saturating_sub(rows);
    taken
}

fn job(stream: &ReadStream, cursor: Option<String>) -> HeldJob {
    let fields = stream.landed.schema.fields().iter();
    HeldJob {
        mapping: stream.landed.mapping.clone(),
        origin: stream.landed.origin.clone(),
        columns: fields
            .map(|field| (field.name().clone(), field.data_type().to_string()))
            .collect(),
        cursor,
    }
}
