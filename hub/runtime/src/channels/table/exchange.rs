//! The way to a department's tables: a plugin in a child of its own, asked once for each batch.
//! Here because the hub speaks to no such database; what goes out and what comes back is asked by one way.
//! In: events, results of answers, how many answers are wanted. Out: which events the tables hold, which answers wait; or a fault.
//! Not here: SQL and drivers (the plugin), which events (the channel), what becomes of answers (collect).

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::{Array, RecordBatch};
use plugin_host::{Access, Category, Fault, Host, Isolation, Launch, Limits, ReadRequest};
use serde::Serialize;
use serde_json::Value;

use crate::channels::{Tables, Verdict};
use crate::remarks::Remarks;
use crate::settings::{Connector, Settings};
use crate::sources::launch;
use crate::{Guards, Result};

/// Most answers that are taken from a table at a time.
pub(crate) const ANSWERS_AT_ONCE: u32 = 200;
/// What the stream of the plugin is called.
const STREAM: &str = "exchange";
/// The name under which the plugin asks for the password.
const PASSWORD: &str = "password";
/// Longer than a transaction may take, the child may be silent.
const STALL_MORE: Duration = Duration::from_secs(30);
/// Rows of a batch.
const BATCH_ROWS: usize = 4_096;
/// What kind of row it is: an event that the table holds, or an answer that waits.
const KIND: &str = "kind";
const HELD: &str = "event";
const WAITING: &str = "answer";
const ID: &str = "id";

/// The way to a department's tables: a plugin in a child of its own, once for each question.
pub(crate) struct Exchange {
    settings: Arc<Settings>,
    host: Host,
    connector: Arc<Connector>,
    answers: bool,
}

/// What is asked of the plugin at once; it stands in its options under `exchange`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Ask {
    /// Whether tables and rights are only tried, and nothing stays.
    probe: bool,
    events: Vec<EventRow>,
    /// What became of answers that were taken before.
    results: Vec<ResultRow>,
    /// How many waiting answers are wanted.
    answers_max: u32,
}

impl Ask {
    /// That `events` are written, those that are there already left alone.
    pub(super) fn events(events: Vec<EventRow>) -> Self {
        Self {
            events,
            ..Self::default()
        }
    }

    /// That `results` are written, and at most so many waiting answers told.
    pub(crate) fn answers(results: Vec<ResultRow>, answers_max: u32) -> Self {
        Self {
            results,
            answers_max,
            ..Self::default()
        }
    }
}

/// An event as a row.
#[derive(Debug, Serialize)]
pub(super) struct EventRow {
    pub(super) id: String,
    pub(super) sequence: i64,
    pub(super) r#type: String,
    pub(super) subject: String,
    pub(super) case_id: String,
    pub(super) version: Option<i64>,
    pub(super) at_ms: i64,
    pub(super) data: String,
}

/// What became of an answer.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ResultRow {
    pub(crate) id: String,
    pub(crate) result: &'static str,
    pub(crate) message: String,
}

/// What the department's tables hold.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Events of the batch that are there.
    held: BTreeSet<String>,
    /// Answers that wait, by case and version: the columns of each by name.
    pub(crate) answers: Vec<BTreeMap<String, String>>,
}

impl Exchange {
    /// The way that `tables` of channel `id` say.
    pub(crate) fn new(id: &str, tables: &Tables, (settings, host): (&Settings, &Host)) -> Self {
        Self {
            settings: Arc::new(settings.clone()),
            host: host.clone(),
            connector: Arc::new(connector(id, tables)),
            answers: tables.answers.is_some(),
        }
    }

    /// What tries tables and rights with `event`, which does not stay.
    pub(super) fn probe(&self, event: EventRow) -> Ask {
        Ask {
            probe: true,
            events: vec![event],
            answers_max: u32::from(self.answers),
            ..Ask::default()
        }
    }

    /// Asks; what is asked is done in one session of the database. `Err` in it is the plugin's fault.
    pub(crate) async fn ask(&self, ask: &Ask) -> Result<std::result::Result<Told, Fault>> {
        let (settings, connector) = (Arc::clone(&self.settings), Arc::clone(&self.connector));
        let (host, asked) = (self.host.clone(), serde_json::to_value(ask)?);
        // The plugin's file is looked at each time, and its child is waited for.
        let work = move || {
            let mut launch = launch(&settings, &connector, "push", &Remarks::default())?;
            // What is written is not looked through for addresses and folders: what the child may reach is settled by now.
            let exchange = launch.config.get_mut(STREAM).and_then(Value::as_object_mut);
            if let (Some(exchange), Value::Object(asked)) = (exchange, asked) {
                exchange.extend(asked);
            }
            Ok(read(&host, &launch))
        };
        tokio::task::spawn_blocking(work).await?
    }
}

fn read(host: &Host, launch: &Launch) -> std::result::Result<Told, Fault> {
    let mut session = host.read(launch, ReadRequest::new(STREAM))?;
    let mut told = Told::default();
    while let Some(batch) = session.next()? {
        told.add(&batch);
    }
    Ok(told)
}

impl Told {
    /// Whether the event `id` is there.
    pub(super) fn holds(&self, id: &str) -> bool {
        self.held.contains(id)
    }

    fn add(&mut self, batch: &RecordBatch) {
        let schema = batch.schema();
        for row in 0..batch.num_rows() {
            let mut columns = BTreeMap::new();
            for (field, values) in schema.fields().iter().zip(batch.columns()) {
                let values = values.as_string_opt::<i32>();
                if let Some(values) = values.filter(|values| values.is_valid(row)) {
                    columns.insert(field.name().clone(), values.value(row).to_owned());
                }
            }
            match columns.remove(KIND).as_deref() {
                Some(HELD) => self.held.extend(columns.remove(ID)),
                Some(WAITING) => self.answers.push(columns),
                Some(_) | None => {}
            }
        }
    }
}

/// The plugin as it is started for `tables` of channel `id`; what it is asked is put in by each question.
fn connector(id: &str, tables: &Tables) -> Connector {
    let mut database = serde_json::json!({
        "url": tables.url,
        "total_seconds": tables.timeout.as_secs(),
    });
    if tables.password.is_some() {
        database[PASSWORD] = PASSWORD.into();
    }
    let answers = tables.answers.as_ref().map(|_| &tables.answers_table);
    let stall = tables.timeout.saturating_add(STALL_MORE);
    Connector {
        id: id.to_owned(),
        file: PathBuf::from("channels.toml"),
        title: "库表交换".to_owned(),
        plugin: tables.plugin.clone(),
        isolation: Isolation::Child,
        options: serde_json::json!({
            "database": database,
            (STREAM): { "events_table": tables.events_table, "answers_table": answers },
        }),
        secrets: tables
            .password
            .iter()
            .map(|password| (PASSWORD.to_owned(), password.clone()))
            .collect(),
        limits: Limits {
            stall_ms: u64::try_from(stall.as_millis()).unwrap_or(u64::MAX),
            ..Limits::default()
        },
        access: Some(Access::default()),
        batch_rows: BATCH_ROWS,
        guards: Guards::default(),
        mappings: BTreeMap::default(),
    }
}

/// What a fault means for the endpoint.
pub(crate) fn verdict(fault: &Fault) -> Verdict {
    match fault.category {
        // A password that is refused again and again locks the account.
        Category::Auth | Category::Permission => Verdict::Unauthorised,
        Category::RateLimited => Verdict::Busy {
            after: fault.retry_after,
        },
        Category::Config
        | Category::NotFound
        | Category::Transient
        | Category::Schema
        | Category::Data
        | Category::Cancelled
        | Category::Internal
        | Category::Unsupported => Verdict::Later {
            after: fault.retry_after,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_reaches_the_databases_port_and_no_folder() {
        let tables = super::super::tables();
        let reach = connector("civil", &tables).reach().unwrap();
        assert_eq!(reach.connect, [53, 3306].into());
        assert!(reach.read.is_empty() && reach.write.is_empty() && reach.execute.is_empty());
    }
}
