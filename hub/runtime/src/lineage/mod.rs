//! OpenLineage: what each run read and wrote, for whoever draws where data comes from.
//! Here because other people's tools know this form, and a county's lineage is theirs to see without asking the hub.
//! In: runs as they begin and end. Out: events in files and to a receiver, in the order they happened.
//! Not here: what an event says (event). It holds up no run: what cannot be told in time is counted and left out.

mod event;

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hub_model::{RunFault, RunId};
use hub_store::CommittedRun;
use reqwest::Client;
use reqwest::redirect::Policy;
use serde_json::Value;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::task::TaskTracker;
use url::Url;

use crate::clock;
use event::Said;

/// Most events that wait to be told.
const WAITING_MAX: usize = 1_024;
/// How often an event is sent before it is left out, and how long between two tries.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// How long a receiver has to answer.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Largest file of a day, bytes.
const BYTES_MAX: u64 = 64 << 20;
/// Files that are kept, a day each.
const FILES_MAX: usize = 400;
/// What their names end in.
const ENDING: &str = "jsonl";

/// Where lineage is told; nowhere where neither is set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// A folder: a file for each day.
    pub folder: Option<PathBuf>,
    /// A receiver: one POST for each event.
    pub url: Option<Url>,
}

/// Tells lineage.
pub(crate) struct Lineage {
    site: String,
    /// None where it is told nowhere, or not any more.
    sender: Mutex<Option<Sender<Value>>>,
    left_out: Arc<AtomicU64>,
    tasks: TaskTracker,
}

impl Lineage {
    /// Of the hub called `site`.
    pub(crate) fn new(site: &str, told: &Told) -> Self {
        let tasks = TaskTracker::new();
        let left_out = Arc::new(AtomicU64::new(0));
        let sender = (told.folder.is_some() || told.url.is_some()).then(|| {
            let (sender, receiver) = mpsc::channel(WAITING_MAX);
            let teller = Teller {
                told: told.clone(),
                client: None,
                left_out: Arc::clone(&left_out),
                silent: false,
            };
            tasks.spawn(teller.tell(receiver));
            sender
        });
        Self {
            site: site.to_owned(),
            sender: Mutex::new(sender),
            left_out,
            tasks,
        }
    }

    /// A run of `connector` began, for the fire of `nominal_ms` when it is one.
    pub(crate) fn began(&self, run: RunId, connector: &str, nominal_ms: Option<i64>) {
        self.say(run, connector, &Said::Began { nominal_ms });
    }

    /// What `run` brought is the present.
    pub(crate) fn committed(&self, run: &CommittedRun) {
        self.say(run.run, &run.connector, &Said::Committed(run));
    }

    /// A run failed by `fault`.
    pub(crate) fn failed(&self, run: RunId, connector: &str, fault: &RunFault) {
        self.say(run, connector, &Said::Failed(fault));
    }

    /// A run was broken off: the hub ended.
    pub(crate) fn interrupted(&self, run: RunId, connector: &str) {
        self.say(run, connector, &Said::Interrupted);
    }

    fn say(&self, run: RunId, connector: &str, said: &Said<'_>) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = sender.as_ref() else { return };
        let event = event::event(&self.site, run, connector, said, clock::now_ms());
        if sender.try_send(event).is_err() {
            self.left_out.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Tells what waits, for at most `patience`; nothing is told afterwards.
    pub(crate) async fn finish(&self, patience: Duration) {
        let sender = self.sender.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(sender);
        self.tasks.close();
        if tokio::time::timeout(patience, self.tasks.wait()).await.is_err() {
            tracing::warn!(
                event = "lineage.left_out",
                "lineage was not all told when the hub ended"
            );
        }
    }
}

/// Who writes and sends.
struct Teller {
    told: Told,
    client: Option<Client>,
    left_out: Arc<AtomicU64>,
    /// Whether the last event could not be told: that is said once.
    silent: bool,
}

impl Teller {
    async fn tell(mut self, mut events: Receiver<Value>) {
        while let Some(event) = events.recv().await {
            let written = match &self.told.folder {
                Some(folder) => written(folder, &event),
                None => Ok(()),
            };
            let sent = match self.told.url.clone() {
                Some(url) => self.sent(url, &event).await,
                None => Ok(()),
            };
            let count = self.left_out.swap(0, Ordering::AcqRel);
            match written.and(sent) {
                Ok(()) if count == 0 => self.silent = false,
                Ok(()) => {
                    tracing::warn!(
                        event = "lineage.left_out",
                        count,
                        "events were left out: too many at once"
                    );
                }
                Err(error) if !self.silent => {
                    self.silent = true;
                    tracing::warn!(
                        event = "lineage.left_out",
                        error,
                        "lineage cannot be told; runs go on"
                    );
                }
                Err(_) => {}
            }
        }
    }

    async fn sent(&mut self, url: Url, event: &Value) -> Result<(), String> {
        let client = match &self.client {
            Some(client) => client.clone(),
            None => {
                let client = Client::builder()
                    .redirect(Policy::none())
                    .no_proxy()
                    .timeout(TIMEOUT)
                    .build()
                    .map_err(|error| error.to_string())?;
                self.client.insert(client).clone()
            }
        };
        let mut told = String::new();
        for nth in 1..=TRIES {
            let answer = client.post(url.clone()).json(event).send().await;
            told = match answer {
                Ok(answer) if answer.status().is_success() => return Ok(()),
                Ok(answer) => format!("HTTP {}", answer.status().as_u16()),
                // Without the address, in which there may be a key.
                Err(error) => error.without_url().to_string(),
            };
            // Who sees that it is wrong sees it the next time too, and one that is down may be back.
            if nth < TRIES && !self.silent {
                tokio::time::sleep(PAUSE).await;
            }
        }
        Err(told)
    }
}

/// Appends `event` to the file of its day.
fn written(folder: &Path, event: &Value) -> Result<(), String> {
    let at = |error: std::io::Error| format!("{}: {error}", folder.display());
    let name = format!("{}.{ENDING}", clock::day(clock::now_ms()));
    let path = folder.join(name);
    if !path.exists() {
        fs::create_dir_all(folder).map_err(at)?;
        let_go(folder).map_err(at)?;
    }
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(at)?;
    let line = format!("{event}\n");
    let bytes = file.metadata().map_err(at)?.len();
    if bytes.saturating_add(line.len() as u64) > BYTES_MAX {
        return Err(format!(
            "{}: {BYTES_MAX} bytes is all a day may have",
            path.display()
        ));
    }
    file.write_all(line.as_bytes()).map_err(at)
}

/// Removes the oldest files, so that one more can be kept.
fn let_go(folder: &Path) -> std::io::Result<()> {
    let mut days = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == ENDING) {
            days.push(path);
        }
    }
    days.sort();
    let surplus = (days.len() + 1).saturating_sub(FILES_MAX);
    for path in days.iter().take(surplus) {
        fs::remove_file(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(n: u64) -> RunId {
        RunId::new(n, 7)
    }

    #[tokio::test]
    async fn events_are_in_the_file_of_their_day_and_old_days_go() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("lineage");
        fs::create_dir(&folder).unwrap();
        for n in 0..FILES_MAX {
            fs::write(folder.join(format!("1990-{n:05}.{ENDING}")), "{}\n").unwrap();
        }
        let told = Told {
            folder: Some(folder.clone()),
            url: None,
        };
        let lineage = Lineage::new("341221", &told);
        for n in 0..10 {
            lineage.began(run(n), "c", None);
            lineage.interrupted(run(n), "c");
        }
        lineage.finish(Duration::from_secs(30)).await;
        lineage.began(run(99), "c", None);
        let mut days: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|day| day.unwrap().path())
            .collect();
        days.sort();
        assert_eq!(days.len(), FILES_MAX);
        assert!(days[0].ends_with(format!("1990-00001.{ENDING}")));
        let text = fs::read_to_string(days.last().unwrap()).unwrap();
        assert_eq!(text.lines().count(), 20, "all of it, and nothing after the end");
    }

    #[tokio::test]
    async fn a_receiver_that_does_not_take_them_holds_nobody_up() {
        // It takes the connection and says nothing.
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}/api/v1/lineage", listener.local_addr().unwrap());
        let told = Told {
            folder: None,
            url: Some(url.parse().unwrap()),
        };
        let lineage = Lineage::new("341221", &told);
        let began = std::time::Instant::now();
        for n in 0..u64::try_from(WAITING_MAX).unwrap() + 500 {
            lineage.began(run(n), "c", None);
        }
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        assert!(lineage.left_out.load(Ordering::Acquire) >= 499);
        let began = std::time::Instant::now();
        lineage.finish(Duration::from_millis(100)).await;
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }
}
