//! What the service does at this moment, over the Unix socket: runs that read, memory of the service and its children.
//! Here because only the process itself knows these, wherever whoever looks is.
//! In: nothing. Out: rows read so far, bytes.
//! Not here: what the database knows; whoever looks reads the store.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use hub_runtime::under_way::RunUnderWay;
use hub_runtime::{Error, clock};
use serde::{Deserialize, Serialize};

use crate::Doors;
use crate::control::status_of;

/// What the service does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// When this was, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// Runs that read.
    pub runs: Vec<RunUnderWay>,
    /// Bytes of memory the service uses; none where the system does not say.
    pub hub_bytes: Option<u64>,
    /// Its children, and theirs.
    pub children: u64,
    /// Bytes of memory they use together.
    pub children_bytes: u64,
}

/// The routes.
pub(crate) fn routes() -> Router<Doors> {
    Router::new().route("/v1/top", post(top))
}

async fn top(State(doors): State<Doors>) -> Result<Json<Moment>, (StatusCode, String)> {
    let refuse = |error: Error| (status_of(&error), error.to_string());
    let of = tokio::task::spawn_blocking(|| family(&processes(), std::process::id()));
    let family = of.await.map_err(|error| refuse(Error::Task(error)))?;
    Ok(Json(Moment {
        at_ms: clock::now_ms(),
        runs: doors.hub.under_way(),
        hub_bytes: family.own,
        children: family.children,
        children_bytes: family.children_bytes,
    }))
}

/// A process: who started it, and its bytes of memory.
type Process = (u32, u64);

/// Every process that can be seen.
fn processes() -> BTreeMap<u32, Process> {
    let Ok(entries) = std::fs::read_dir("/proc") else {
        return BTreeMap::new();
    };
    let of = |entry: std::fs::DirEntry| {
        let id = entry.file_name().to_string_lossy().parse().ok()?;
        // One that ended since is none.
        let text = std::fs::read_to_string(entry.path().join("status")).ok()?;
        Some((id, process(&text)?))
    };
    entries.flatten().filter_map(of).collect()
}

fn process(status: &str) -> Option<Process> {
    let said = |key: &str| status.lines().find_map(|line| line.strip_prefix(key));
    let parent = said("PPid:")?.trim().parse().ok()?;
    // One that ended and was not waited for has none.
    let kib: u64 = said("VmRSS:")
        .and_then(|text| text.trim().strip_suffix(" kB")?.trim().parse().ok())
        .unwrap_or_default();
    Some((parent, kib * 1024))
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Family {
    own: Option<u64>,
    children: u64,
    children_bytes: u64,
}

/// `id`, its children and all that came of them.
fn family(processes: &BTreeMap<u32, Process>, id: u32) -> Family {
    let mut family = Family {
        own: processes.get(&id).map(|(_, bytes)| *bytes),
        ..Family::default()
    };
    let mut parents = vec![id];
    while let Some(of) = parents.pop() {
        for (child, (_, bytes)) in processes.iter().filter(|(_, (parent, _))| *parent == of) {
            family.children += 1;
            family.children_bytes += bytes;
            parents.push(*child);
        }
    }
    family
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_of_children_count_and_strangers_do_not() {
        let status = |parent: u32, kib: u64| {
            process(&format!("Name:\tx\nPPid:\t{parent}\nVmRSS:\t   {kib} kB\n")).expect("a process")
        };
        let all = BTreeMap::from([
            (1, status(0, 1)),
            (7, status(1, 100)),
            (8, status(7, 20)),
            (9, status(8, 3)),
            (10, status(1, 50)),
        ]);
        let found = family(&all, 7);
        assert_eq!(found.own, Some(100 * 1024));
        assert_eq!((found.children, found.children_bytes), (2, 23 * 1024));
        assert_eq!(
            process("Name:\tz\nPPid:\t3\n"),
            Some((3, 0)),
            "ended, not waited for"
        );
    }
}
