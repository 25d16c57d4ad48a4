//! Which rows are past keeping, kind by kind, as SQL.
//! Here because the same words must count what would go and remove it.
//! In: cuts, and up to where the past, deliveries and pulls have come. Out: statements.
//! Not here: running them (retention). Never among the rows: audit, cases, warnings, evidence, cursors, ids, the present,
//! what is pending, dead, held or rejected.

use crate::Result;
use crate::catalogue::moment;
use crate::db::{self, Tx};
use crate::retention::{Cut, Kept};

/// Newest runs of each connector, state and cause that are kept however old: by them it is told whether a source is well.
pub const RUNS_KEPT: u32 = 3;
/// Newest evaluations of each rule and state that are kept however old: what a rule usually finds is judged by them.
pub const EVALUATIONS_KEPT: u32 = 30;

/// Up to where it is safe to let go.
pub(crate) struct Floor {
    /// The snapshot that was the present at the cut, which stays; none before it does.
    snapshot: i64,
    /// When that was.
    snapshot_ms: i64,
    /// The last event that everybody who fetches has confirmed.
    fetched: i64,
    /// The newest event, and the newest of each endpoint: by them a new endpoint is told from an old one.
    newest: Vec<i64>,
}

impl Floor {
    pub(crate) async fn read(tx: &mut Tx, cut: &Cut, now_ms: i64) -> Result<Self> {
        let last = match tx {
            Tx::Sqlite(_) => {
                "SELECT snapshot_id, CAST(round(unixepoch(substr(snapshot_time, 1, 23), 'subsec') * 1000) AS INTEGER)
                 FROM ducklake_snapshot WHERE snapshot_id > 0 AND snapshot_time < ? ORDER BY snapshot_id DESC LIMIT 1"
            }
            Tx::Postgres(_) => {
                "SELECT snapshot_id, round(extract(epoch FROM snapshot_time) * 1000)::bigint
                 FROM ducklake_snapshot WHERE snapshot_id > 0 AND snapshot_time < ?::timestamptz
                 ORDER BY snapshot_id DESC LIMIT 1"
            }
        };
        let last: Option<(i64, i64)> = db::query_as(last)
            .bind(moment(cut.snapshots_ms.unwrap_or_default()))
            .fetch_optional(&mut *tx)
            .await?;
        let (snapshot, snapshot_ms) = last.unwrap_or_default();
        let fetched: Option<i64> = db::query_scalar(
            "SELECT min(coalesce(acknowledged, 0)) FROM credential LEFT JOIN pull USING (credential_id)
             WHERE revoked_ms IS NULL AND expires_ms > ? AND EXISTS (SELECT 1 FROM json_each(permissions) WHERE value = ?)",
        )
        .bind(now_ms)
        .bind(hub_model::Permission::ReadEvents.as_str())
        .fetch_one(&mut *tx)
        .await?;
        let newest: Vec<i64> = db::query_scalar(
            "SELECT max(sequence) FROM delivery GROUP BY endpoint
             UNION SELECT max(sequence) FROM outbox HAVING count(*) > 0",
        )
        .fetch_all(&mut *tx)
        .await?;
        Ok(Self {
            snapshot,
            snapshot_ms,
            fetched: fetched.unwrap_or(i64::MAX),
            newest,
        })
    }
}

/// Columns of keys that are texts; the others are numbers.
const TEXTS: [&str; 8] = [
    "whose",
    "rule",
    "endpoint",
    "connector",
    "stream",
    "part",
    "row_key",
    "run_id",
];

/// Rows of a table that are past keeping.
pub(crate) struct Doomed {
    table: &'static str,
    /// The columns of its key.
    key: &'static [&'static str],
    /// Which rows; the table is called `t`.
    which: String,
    /// What a row takes.
    bytes: &'static str,
    /// What goes along, before it: table and the columns that name the key's first ones.
    along: &'static [(&'static str, &'static [&'static str])],
}

impl Doomed {
    /// Counts rows and bytes.
    pub(crate) fn count(&self) -> String {
        format!(
            "SELECT count(*), CAST(coalesce(sum({}), 0) AS BIGINT) FROM {} AS t WHERE {}",
            self.bytes, self.table, self.which
        )
    }

    /// The keys of some as a JSON list, the first first; how many, and their bytes.
    pub(crate) fn some(&self, on: &Tx, limit: u32) -> String {
        let key = self.key.join(", ");
        let (keys, one) = match on {
            Tx::Sqlite(_) => ("json_group_array(json(k))", "json_array"),
            Tx::Postgres(_) => ("coalesce(json_agg(k), '[]')::text", "json_build_array"),
        };
        format!(
            "SELECT {keys}, count(*), CAST(coalesce(sum(b), 0) AS BIGINT) FROM
                 (SELECT {one}({key}) AS k, {} AS b FROM {} AS t WHERE {} ORDER BY {key} LIMIT {limit}) AS some_of_them",
            self.bytes, self.table, self.which
        )
    }

    /// Removes those with the keys `?1`.
    pub(crate) fn deletes(&self) -> impl Iterator<Item = String> {
        let own = (self.table, self.key);
        self.along.iter().copied().chain([own]).map(|(table, columns)| {
            let place = |(nth, column): (usize, &&str)| {
                let kind = if TEXTS.contains(column) { "" } else { "::bigint" };
                format!("(value::json ->> {nth}){kind}")
            };
            let places: Vec<String> = columns.iter().enumerate().map(place).collect();
            format!(
                "DELETE FROM {table} WHERE ({}) IN (SELECT {} FROM json_each(?1))",
                columns.join(", "),
                places.join(", ")
            )
        })
    }
}

/// What is past keeping of `kind`; `None` of what is no rows.
pub(crate) fn doomed(kind: Kept, cut: &Cut, floor: &Floor) -> Option<Doomed> {
    Some(match kind {
        Kept::Snapshots => Doomed {
            table: "ducklake_snapshot",
            key: &["snapshot_id"],
            which: format!("snapshot_id > 0 AND snapshot_id < {}", floor.snapshot),
            bytes: "coalesce((SELECT length(changes_made) FROM ducklake_snapshot_changes c WHERE c.snapshot_id = t.snapshot_id), 0)",
            along: &[("ducklake_snapshot_changes", &["snapshot_id"])],
        },
        Kept::Links => Doomed {
            table: "link",
            key: &["whose", "from_id", "begin_ms"],
            which: format!("t.end_ms < {}", floor.snapshot_ms),
            bytes: "length(t.weights) + 40",
            along: &[],
        },
        Kept::LinkReports => Doomed {
            table: "link_report",
            key: &["at_ms"],
            which: format!(
                "t.at_ms < {} AND t.at_ms < (SELECT max(at_ms) FROM link_report)",
                floor.snapshot_ms
            ),
            bytes: "length(t.body)",
            along: &[],
        },
        Kept::Files => Doomed {
            table: "ducklake_data_file",
            key: &["data_file_id"],
            which: files("t", floor),
            bytes: "t.file_size_bytes",
            along: &[("lake_file", &["data_file_id"])],
        },
        Kept::Evaluations => Doomed {
            table: "evaluation",
            key: &["rule", "at_ms"],
            which: format!(
                "t.at_ms < {} AND t.at_ms < (SELECT max(at_ms) FROM evaluation) AND (t.rule, t.at_ms) NOT IN (
                     SELECT rule, at_ms FROM (SELECT rule, at_ms, row_number() OVER (
                         PARTITION BY rule, state ORDER BY at_ms DESC) AS nth FROM evaluation) AS newest
                     WHERE nth <= {EVALUATIONS_KEPT})",
                cut.evaluations_ms.unwrap_or(i64::MIN)
            ),
            bytes: "length(t.rule) + coalesce(length(t.reason), 0) + length(t.unset_bands) + 40",
            along: &[],
        },
        Kept::Attempts => Doomed {
            table: "attempt",
            key: &["endpoint", "sequence", "number"],
            which: format!(
                "t.at_ms < {} AND EXISTS (SELECT 1 FROM delivery d WHERE d.endpoint = t.endpoint AND d.sequence = t.sequence
                     AND d.state = 'acknowledged')",
                cut.attempts_ms.unwrap_or(i64::MIN)
            ),
            bytes: "coalesce(length(t.error), 0) + 60",
            along: &[],
        },
        Kept::Events => Doomed {
            table: "outbox",
            key: &["sequence"],
            which: events(cut, floor),
            bytes: "length(t.data) + 80",
            along: &[("attempt", &["sequence"]), ("delivery", &["sequence"])],
        },
        Kept::Refused => Doomed {
            table: "refused_row",
            key: &["connector", "stream", "part", "row_key"],
            which: format!(
                "t.closed_run IS NOT NULL AND t.closed_ms < {}",
                cut.refused_ms.unwrap_or(i64::MIN)
            ),
            bytes: "length(t.reasons) + 120",
            along: &[],
        },
        Kept::HeldParts => Doomed {
            table: "held_part",
            key: &["run_id", "stream", "part"],
            which: held("t", cut),
            bytes: "length(t.body) + 120",
            along: &[],
        },
        Kept::Runs => Doomed {
            table: "run",
            key: &["run_id"],
            which: runs(cut, floor),
            bytes: "coalesce(length(t.message), 0) + coalesce(length(t.log_tail), 0) + length(t.remarks) + 120
                + coalesce((SELECT CAST(sum(length(s.lineage)) AS BIGINT) FROM run_stream s WHERE s.run_id = t.run_id), 0)",
            along: &[("held_stream", &["run_id"]), ("run_stream", &["run_id"])],
        },
        Kept::RunLogs => return None,
    })
}

/// Files (of the table called `d`) that ended by the snapshot that stays, so that no snapshot names them; an open refused row is
/// shown as it stands in the file it landed in.
fn files(d: &str, floor: &Floor) -> String {
    format!(
        "{d}.end_snapshot <= {} AND NOT EXISTS (
             SELECT 1 FROM lake_file f JOIN refused_row x ON x.connector = f.connector AND x.stream = f.stream
                 AND x.part = f.part AND x.run_id = f.run_id AND x.closed_run IS NULL
             WHERE f.data_file_id = {d}.data_file_id)",
        floor.snapshot
    )
}

/// Events that everybody took long ago, whose case was closed long ago.
fn events(cut: &Cut, floor: &Floor) -> String {
    let cut = cut.acknowledged_ms.unwrap_or(i64::MIN);
    // No event has the number 0; a list of none is no list to every database.
    let newest: Vec<String> = std::iter::once(&0)
        .chain(&floor.newest)
        .map(i64::to_string)
        .collect();
    format!(
        "t.at_ms < {cut} AND t.sequence <= {} AND t.sequence NOT IN ({})
         AND EXISTS (SELECT 1 FROM cases c WHERE c.case_id = t.case_id AND c.state = 'closed' AND c.changed_ms < {cut})
         AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.sequence = t.sequence
                         AND (d.state <> 'acknowledged' OR d.done_ms IS NULL OR d.done_ms >= {cut}))",
        floor.fetched,
        newest.join(", ")
    )
}

/// Parts (of the table called `h`) that were approved, superseded or withdrawn, and by which nothing is told any more: a
/// rejected one is recognised when it comes again, and so is an approving run by the part it approved while it is the last.
fn held(h: &str, cut: &Cut) -> String {
    format!(
        "({h}.state IN ('approved', 'superseded', 'withdrawn') AND {h}.decided_ms < {}
          AND NOT EXISTS (SELECT 1 FROM held_part o WHERE o.run_id = {h}.run_id AND o.state IN ('held', 'rejected'))
          AND ({h}.decided_run IS NULL OR EXISTS (
              SELECT 1 FROM run d JOIN run n ON n.connector = d.connector AND n.started_ms > d.started_ms
              WHERE d.run_id = {h}.decided_run AND n.state <> 'running' AND n.run_id NOT IN (
                  SELECT a.decided_run FROM held_part a WHERE a.state = 'approved' AND a.decided_run IS NOT NULL))))",
        cut.runs_ms.unwrap_or(i64::MIN)
    )
}

/// Ended runs that nothing which stays names, and that are not among the newest by which sources are judged.
fn runs(cut: &Cut, floor: &Floor) -> String {
    let before = cut.runs_ms.unwrap_or(i64::MIN);
    let refused = cut.refused_ms.unwrap_or(i64::MIN);
    let (held, files) = (held("h", cut), files("d", floor));
    format!(
        "t.started_ms < {before} AND t.ended_ms < {before} AND t.state <> 'running'
         AND t.run_id NOT IN (SELECT run_id FROM stream_cursor)
         AND t.run_id NOT IN (SELECT run_id FROM (SELECT run_id, row_number() OVER (
                 PARTITION BY connector, state, coalesce(cause, ''), run_id IN (
                     SELECT h.decided_run FROM held_part h WHERE h.state = 'approved' AND NOT coalesce({held}, FALSE))
                 ORDER BY started_ms DESC, run_id DESC) AS nth FROM run) AS newest WHERE nth <= {RUNS_KEPT})
         AND t.run_id NOT IN (SELECT run_id FROM (SELECT run_id, row_number() OVER (
                 PARTITION BY connector, stream ORDER BY ended_ms DESC, run_id DESC) AS nth
                 FROM run JOIN run_stream USING (run_id)
                 WHERE accepted > 0 AND state <> 'failed' AND ended_ms IS NOT NULL) AS fed WHERE nth = 1)
         AND NOT EXISTS (SELECT 1 FROM stream_profile p WHERE p.run_id = t.run_id)
         AND NOT EXISTS (SELECT 1 FROM refused_row x WHERE x.run_id = t.run_id
                         AND NOT coalesce(x.closed_run IS NOT NULL AND x.closed_ms < {refused}, FALSE))
         AND NOT EXISTS (SELECT 1 FROM held_part h WHERE h.run_id = t.run_id AND NOT coalesce({held}, FALSE))
         AND NOT EXISTS (SELECT 1 FROM held_part h WHERE h.decided_run = t.run_id AND NOT coalesce({held}, FALSE))
         AND NOT EXISTS (SELECT 1 FROM lake_file l JOIN ducklake_data_file d USING (data_file_id)
                         WHERE l.run_id = t.run_id AND NOT coalesce({files}, FALSE))"
    )
}
