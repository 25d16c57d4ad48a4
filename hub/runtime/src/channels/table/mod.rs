//! Events as rows in a table of the department's own database.
//! Here because many departments take and make no HTTP calls, and all of them can read a table.
//! In: what waits. Out: rows, all of a batch in one transaction, acknowledged once that is committed and the rows were seen.
//! Not here: how the table is reached (exchange), answers (collect).

mod exchange;

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_store::{Delivery, Store, Waiting};
use plugin_host::Host;
use serde_json::Value;

use super::{Answer, GatherChannel, Tables};
use crate::cloud_event::Source;
use crate::settings::Settings;
use crate::{Result, clock};
use exchange::EventRow;
pub(crate) use exchange::{ANSWERS_AT_ONCE, Ask, Exchange, ResultRow, Told, verdict};

/// Texts of one launch, bytes: what a child is told must fit a line of its control channel, escaped.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// A table of events.
pub(super) struct Channel {
    exchange: Exchange,
    window: Duration,
    events_max: u32,
    source: Source,
}

impl Channel {
    pub(super) fn new(id: &str, tables: &Tables, hub: (&Settings, &Host), source: Source) -> Self {
        Self {
            exchange: Exchange::new(id, tables, hub),
            window: tables.window,
            events_max: tables.events_max,
            source,
        }
    }

    /// Brings `events` there, as many transactions as their texts need; those that were there already stay as they are.
    async fn bring(&self, events: &[Delivery]) -> Result<Answer> {
        for rows in self.batches(events)? {
            let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
            let ask = Ask::events(rows);
            let told = match self.asked(&ask).await? {
                Ok(told) => told,
                Err(answer) => return Ok(answer),
            };
            let missing = ids.iter().filter(|id| !told.holds(id)).count();
            if missing > 0 {
                let why = format!(
                    "{missing} 条事件写入后不在表中：请检查触发器或权限策略 / events are not in the table after they were written: look at triggers and row policies"
                );
                return Ok(Answer::failed(None, why));
            }
        }
        Ok(Answer::taken(None, None))
    }

    /// What the tables told, or what it means that they did not.
    async fn asked(&self, ask: &Ask) -> Result<std::result::Result<Told, Answer>> {
        let told = match self.exchange.ask(ask).await {
            Ok(told) => told,
            // A plugin that is missing or not what was pinned is the endpoint's trouble, not the relay's end.
            Err(error @ crate::Error::Plugin(_)) => return Ok(Err(Answer::failed(None, error.to_string()))),
            Err(error) => return Err(error),
        };
        Ok(told.map_err(|fault| Answer::not(verdict(&fault), None, fault.message)))
    }

    fn batches(&self, events: &[Delivery]) -> Result<Vec<Vec<EventRow>>> {
        let mut batches: Vec<Vec<EventRow>> = Vec::new();
        let mut bytes = 0;
        for delivery in events {
            let row = self.row(delivery)?;
            bytes += row.data.len();
            match batches.last_mut() {
                Some(batch) if bytes <= TEXT_BYTES_MAX => batch.push(row),
                Some(_) | None => {
                    bytes = row.data.len();
                    batches.push(vec![row]);
                }
            }
        }
        Ok(batches)
    }

    fn row(&self, delivery: &Delivery) -> Result<EventRow> {
        let event = self.source.event(delivery)?;
        let data: Value = serde_json::from_str(&delivery.data)?;
        Ok(EventRow {
            id: event.id,
            sequence: delivery.sequence,
            r#type: event.r#type,
            subject: event.subject,
            case_id: delivery.case_id.clone(),
            version: data["version"].as_i64(),
            at_ms: delivery.at_ms,
            data: delivery.data.clone(),
        })
    }
}

impl GatherChannel for Channel {
    fn send<'a>(
        &'a self,
        store: &'a Store,
        waiting: &'a Waiting,
        _: i64,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Answer>> {
        async move {
            let events = store.waiting_events(endpoint, waiting).await?;
            self.bring(&events).await
        }
        .boxed()
    }

    fn ping(&self, at_ms: i64) -> BoxFuture<'_, Answer> {
        async move {
            let probe = EventRow {
                id: clock::event_id(at_ms).to_string(),
                sequence: 0,
                r#type: "cn.gov.hub.endpoint.ping.v1".to_owned(),
                subject: "endpoint".to_owned(),
                case_id: "0".to_owned(),
                version: None,
                at_ms,
                data: "{}".to_owned(),
            };
            let ask = self.exchange.probe(probe);
            match self.asked(&ask).await {
                Ok(Ok(_)) => Answer::taken(None, None),
                Ok(Err(answer)) => answer,
                Err(error) => Answer::failed(None, error.to_string()),
            }
        }
        .boxed()
    }

    fn window(&self) -> Duration {
        self.window
    }

    fn events_max(&self) -> u32 {
        self.events_max
    }
}

#[cfg(test)]
fn tables() -> Tables {
    Tables {
        plugin: "database".to_owned(),
        url: "mysql://hub@db/exchange".to_owned(),
        password: None,
        events_table: "hub_event".to_owned(),
        answers_table: "hub_answer".to_owned(),
        timeout: Duration::from_secs(1),
        window: Duration::ZERO,
        events_max: 10,
        answers: None,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;

    fn delivery(sequence: i64, data: &str) -> Delivery {
        Delivery {
            sequence,
            event_id: format!("01K{sequence}"),
            case_id: "01C".to_owned(),
            kind: "cn.gov.hub.warning.opened.v1".to_owned(),
            at_ms: 0,
            data: data.to_owned(),
            traceparent: None,
            attempts: 0,
            excused: 0,
            replay: false,
        }
    }

    #[test]
    fn a_batch_fits_what_a_child_is_told_and_keeps_the_order() {
        let tables = tables();
        let long = format!(
            "{{\"version\":4,\"explain\":\"{}\"}}",
            "长".repeat(TEXT_BYTES_MAX / 6)
        );
        let events: Vec<Delivery> = (1..=5).map(|n| delivery(n, &long)).collect();
        let host = Host {
            exe: PathBuf::new(),
            args: vec![],
        };
        let channel = Channel {
            exchange: Exchange::new("civil", &tables, (&none(), &host)),
            window: Duration::ZERO,
            events_max: 10,
            source: Source::new("341221", None),
        };
        let batches = channel.batches(&events).unwrap();
        let sequences: Vec<Vec<i64>> = batches
            .iter()
            .map(|batch| batch.iter().map(|row| row.sequence).collect())
            .collect();
        assert_eq!(sequences, [vec![1], vec![2], vec![3], vec![4], vec![5]]);
        assert_eq!(batches[0][0].version, Some(4));
        let short: Vec<Delivery> = (1..=5).map(|n| delivery(n, "{}")).collect();
        assert_eq!(channel.batches(&short).unwrap().len(), 1);
    }

    fn none() -> Settings {
        Settings {
            configuration: String::new(),
            site: String::new(),
            home: std::path::Path::new("").into(),
            node: String::new(),
            plugins_dir: PathBuf::new(),
            plugins_lock: PathBuf::new(),
            trust: plugin_host::Trust::default(),
            as_of: None,
            calendar: Arc::default(),
            four_eyes: true,
            worksheet_plugin: None,
            seal: crate::worksheet::Seal::new(&[0; 32]),
            reads_at_once: 1,
            connectors: vec![],
            channels: vec![],
            routes: Arc::default(),
            schedules: Arc::default(),
            retention: crate::settings::Retention::default(),
            schemas: None,
            lineage: crate::Told::default(),
        }
    }
}
