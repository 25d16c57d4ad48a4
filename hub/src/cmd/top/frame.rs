//! One moment of the service: runs and their rates, what waits, memory, the database.
//! Here because a person and a program look at the same numbers.
//! In: two moments of the service, the store. Out: numbers; lines for people.
//! Not here: where lines go (screen).

use std::path::Path;

use hub_model::RunState;
use hub_runtime::under_way::RunUnderWay;
use hub_store::{FireState, Store};
use hub_web::Moment;
use serde::Serialize;

use crate::{lang, out};

/// How many of the newest runs are looked through for those that still run.
const RUNS_MAX: u32 = 100;

/// A moment.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    at_ms: i64,
    runs: Vec<Running>,
    fires: Fires,
    endpoints: Vec<Queue>,
    held_parts: usize,
    held_rules: usize,
    hub_bytes: Option<u64>,
    children: u64,
    children_bytes: u64,
    /// The database's file and its log of writes; none where it is no file here.
    database_bytes: Option<u64>,
    wal_bytes: Option<u64>,
}

#[derive(Debug, Serialize)]
struct Running {
    connector: String,
    run_id: String,
    /// `reading`, or `checking` once everything was read: mapped, linked, checked, committed.
    stage: &'static str,
    stream: Option<String>,
    rows: Option<u64>,
    rows_per_second: Option<u64>,
    elapsed_ms: i64,
}

/// Fires that have not ended.
#[derive(Debug, Default, Serialize)]
struct Fires {
    waiting: usize,
    claimed: usize,
    running: usize,
}

#[derive(Debug, Serialize)]
struct Queue {
    endpoint: String,
    standing: &'static str,
    pending: u64,
    dead: u64,
    oldest_ms: Option<i64>,
}

impl Frame {
    /// `moment`, with what the store knows; rates since `before`, else since a run began.
    pub(super) async fn of(
        moment: &Moment,
        before: Option<&Moment>,
        store: &Store,
        data_dir: &Path,
    ) -> anyhow::Result<Self> {
        let at_ms = moment.at_ms;
        let mut runs = Vec::new();
        for run in &moment.runs {
            runs.push(Running {
                connector: run.connector.clone(),
                run_id: run.run_id.clone(),
                stage: "reading",
                stream: run.stream.clone(),
                rows: Some(run.rows),
                rows_per_second: Some(rate(run, at_ms, before)),
                elapsed_ms: at_ms.saturating_sub(run.began_ms).max(0),
            });
        }
        let begun = store.runs(RUNS_MAX).await?;
        let others = begun.into_iter().filter(|run| {
            run.state == RunState::Running && !moment.runs.iter().any(|reads| reads.run_id == run.run_id)
        });
        runs.extend(others.map(|run| Running {
            connector: run.connector,
            run_id: run.run_id,
            stage: "checking",
            stream: None,
            rows: None,
            rows_per_second: None,
            elapsed_ms: at_ms.saturating_sub(run.started_ms).max(0),
        }));
        let mut fires = Fires::default();
        for fire in store.open_fires().await? {
            match fire.state {
                FireState::Waiting => fires.waiting += 1,
                FireState::Claimed => fires.claimed += 1,
                FireState::Running => fires.running += 1,
                FireState::Done
                | FireState::Failed
                | FireState::Skipped
                | FireState::Missed
                | FireState::UpstreamTimeout => {}
            }
        }
        let endpoints = store.endpoints().await?.into_iter().map(|row| Queue {
            standing: row.endpoint.standing.as_str(),
            endpoint: row.endpoint.id,
            pending: row.pending,
            dead: row.dead,
            oldest_ms: row.oldest_ms.map(|oldest| at_ms.saturating_sub(oldest).max(0)),
        });
        let size = |name: &str| {
            let file = std::fs::metadata(data_dir.join(name));
            file.ok().map(|file| file.len())
        };
        Ok(Self {
            at_ms,
            runs,
            fires,
            endpoints: endpoints.collect(),
            held_parts: store.held().await?.len(),
            held_rules: store.held_rules().await?.len(),
            hub_bytes: moment.hub_bytes,
            children: moment.children,
            children_bytes: moment.children_bytes,
            database_bytes: size("hub.db"),
            wal_bytes: size("hub.db-wal"),
        })
    }

    /// For people, a line each; as many as there are.
    pub(super) fn lines(&self) -> Vec<String> {
        let bytes = |count: Option<u64>| count.map_or_else(|| "—".to_owned(), out::bytes);
        let mut text = format!(
            "{}  {memory} {}{comma}{children} {} {}  {database} {}{comma}WAL {}\n{fires}  {waiting} {}  {claimed} {}  {running} {}   {held} {} {parts}{comma}{} {rules}\n\n",
            out::time(self.at_ms),
            bytes(self.hub_bytes),
            self.children,
            out::bytes(self.children_bytes),
            bytes(self.database_bytes),
            bytes(self.wal_bytes),
            self.fires.waiting,
            self.fires.claimed,
            self.fires.running,
            self.held_parts,
            self.held_rules,
            memory = lang::pair("内存 memory"),
            comma = lang::mark("，"),
            children = lang::pair("子进程 children"),
            database = lang::pair("数据库 database"),
            fires = lang::pair("触发 fires"),
            waiting = lang::pair("等待 waiting"),
            claimed = lang::pair("排队 claimed"),
            running = lang::pair("运行 running"),
            held = lang::pair("待确认 held"),
            parts = lang::pair("期 parts"),
            rules = lang::pair("条规则 rules")
        );
        let count = |count: Option<u64>| count.map(|count| count.to_string()).unwrap_or_default();
        let rows = self.runs.iter().map(|run| {
            let stage = match run.stage {
                "reading" => "读取 reading",
                _ => "核对 checking",
            };
            vec![
                run.connector.clone(),
                lang::pair(stage),
                run.stream.clone().unwrap_or_default(),
                count(run.rows),
                count(run.rows_per_second),
                clocked(run.elapsed_ms),
            ]
        });
        let header = [
            "连接器 connector",
            "阶段 stage",
            "数据流 stream",
            "行 rows",
            "行/秒 rows/s",
            "已用 elapsed",
        ];
        text.push_str(&out::table(&header, rows));
        if self.runs.is_empty() {
            text.push_str(&format!("\n{}", lang::pair("没有运行 nothing runs")));
        }
        let rows = self.endpoints.iter().map(|queue| {
            vec![
                queue.endpoint.clone(),
                queue.standing.to_owned(),
                queue.pending.to_string(),
                queue.dead.to_string(),
                queue.oldest_ms.map(clocked).unwrap_or_default(),
            ]
        });
        let header = [
            "端点 endpoint",
            "状态 standing",
            "待推 pending",
            "放弃 dead",
            "最久 oldest",
        ];
        text.push_str("\n\n");
        text.push_str(&out::table(&header, rows));
        text.lines().map(|line| line.trim_end().to_owned()).collect()
    }
}

/// Whole rows a second since `before`, or since the run began.
fn rate(run: &RunUnderWay, at_ms: i64, before: Option<&Moment>) -> u64 {
    let earlier = before.and_then(|before| {
        let same = before.runs.iter().find(|earlier| earlier.run_id == run.run_id)?;
        Some((same.rows, before.at_ms))
    });
    let (rows, since_ms) = earlier.unwrap_or((0, run.began_ms));
    let ms = at_ms.saturating_sub(since_ms).max(1).unsigned_abs();
    run.rows.saturating_sub(rows).saturating_mul(1_000) / ms
}

/// Hours, minutes and seconds.
fn clocked(ms: i64) -> String {
    let seconds = ms / 1_000;
    format!("{}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_last_interval_and_at_first_that_of_the_whole() {
        let run = |rows| RunUnderWay {
            run_id: "r".to_owned(),
            connector: "rolls".to_owned(),
            stream: None,
            rows,
            began_ms: 1_000,
        };
        let earlier = Moment {
            at_ms: 5_000,
            runs: vec![run(400)],
            hub_bytes: None,
            children: 0,
            children_bytes: 0,
        };
        assert_eq!(rate(&run(500), 6_000, None), 100);
        assert_eq!(rate(&run(500), 7_000, Some(&earlier)), 50);
        assert_eq!(clocked(3_723_999), "1:02:03");
    }
}
