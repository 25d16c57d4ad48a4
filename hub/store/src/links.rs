//! Links with their history, the weights they were found with, and what each linking did.
//! Here because a snapshot of the past must be read with the links of then, and a merge must be undoable.
//! In: the links of a commit. Out: those of the present, or of a moment.
//! Not here: how they are found (engine), verdicts.

use std::collections::HashMap;

use hub_model::{Link, LinkReport, Links, Oddity, Standing, Whose};

use crate::db::{self, Row, Tx};
use crate::{Error, Result, Store};

/// Links bound as one JSON text: some megabytes, far from SQLite's limit of one gigabyte.
const AT_ONCE: usize = 50_000;

/// Weights as they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptWeights {
    /// Their version.
    pub version: String,
    /// Their JSON.
    pub body: String,
}

/// What a linking makes true.
#[derive(Debug, Clone, Default)]
pub struct Linking {
    /// Every link of the snapshot.
    pub links: Links,
    /// Weights to be frozen.
    pub weights: Option<KeptWeights>,
    /// What was done.
    pub report: LinkReport,
}

impl Store {
    /// The links that stood at a moment, those of that very millisecond included.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn links_at(&self, until_ms: i64) -> Result<Links> {
        let mut tx = self.reader.begin().await?;
        let links = read(&mut tx, Some(until_ms)).await?;
        tx.rollback().await?;
        Ok(links)
    }

    /// The weights frozen last.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn frozen_weights(&self) -> Result<Option<KeptWeights>> {
        let row = db::query("SELECT version, body FROM link_weights ORDER BY at_ms DESC LIMIT 1")
            .fetch_optional(&self.reader)
            .await?;
        let kept = |row: Row| -> Result<KeptWeights> {
            Ok(KeptWeights {
                version: row.try_get("version")?,
                body: row.try_get("body")?,
            })
        };
        row.map(kept).transpose()
    }

    /// Keeps weights, to be used from now on.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn freeze(&self, weights: &KeptWeights, at_ms: i64) -> Result<()> {
        let mut tx = self.begin().await?;
        freeze(&mut tx, weights, at_ms).await?;
        Ok(tx.commit().await?)
    }

    /// What the last linking did, and when; `None` before the first.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn link_report(&self) -> Result<Option<(i64, LinkReport)>> {
        let row = db::query("SELECT at_ms, body FROM link_report ORDER BY at_ms DESC LIMIT 1")
            .fetch_optional(&self.reader)
            .await?;
        let report = |row: Row| -> Result<(i64, LinkReport)> {
            let body: String = row.try_get("body")?;
            Ok((row.try_get("at_ms")?, serde_json::from_str(&body)?))
        };
        row.map(report).transpose()
    }
}

/// The links of the present, or of a moment, those of that very millisecond included.
pub(crate) async fn read(tx: &mut Tx, until_ms: Option<i64>) -> Result<Links> {
    Ok(Links {
        people: read_of(tx, Whose::Person, until_ms).await?,
        households: read_of(tx, Whose::Household, until_ms).await?,
    })
}

async fn read_of(tx: &mut Tx, whose: Whose, until_ms: Option<i64>) -> Result<Vec<Link>> {
    let sql = if until_ms.is_some() {
        "SELECT * FROM link WHERE whose = ?1 AND begin_ms <= ?2 AND (end_ms IS NULL OR end_ms > ?2) ORDER BY from_id"
    } else {
        "SELECT * FROM link WHERE whose = ?1 AND end_ms IS NULL AND ?2 IS NULL ORDER BY from_id"
    };
    let rows = db::query(sql)
        .bind(whose.as_str())
        .bind(until_ms)
        .fetch_all(&mut *tx)
        .await?;
    rows.iter().map(link).collect()
}

fn link(row: &Row) -> Result<Link> {
    let unreadable = |what: &'static str, value: String| Error::Unreadable { what, value };
    let id = |column: &str, what: &'static str| -> Result<u64> {
        let id: i64 = row.try_get(column)?;
        u64::try_from(id).map_err(|_| unreadable(what, id.to_string()))
    };
    let standing: String = row.try_get("standing")?;
    let oddity: Option<String> = row.try_get("oddity")?;
    Ok(Link {
        from: id("from_id", "link.from_id")?,
        to: id("to_id", "link.to_id")?,
        standing: Standing::parse(&standing).ok_or_else(|| unreadable("link.standing", standing))?,
        permille: row.try_get::<i64, _>("permille")?.try_into().unwrap_or_default(),
        oddity: match oddity {
            None => None,
            Some(oddity) => Some(Oddity::parse(&oddity).ok_or_else(|| unreadable("link.oddity", oddity))?),
        },
        weights: row.try_get("weights")?,
    })
}

/// Makes the links of `linking` the present ones.
pub(crate) async fn write(tx: &mut Tx, linking: &Linking, at_ms: i64) -> Result<()> {
    let before = read(tx, None).await?;
    for whose in [Whose::Person, Whose::Household] {
        let known: HashMap<u64, &Link> = before.of(whose).iter().map(|link| (link.from, link)).collect();
        let found: HashMap<u64, &Link> = linking
            .links
            .of(whose)
            .iter()
            .map(|link| (link.from, link))
            .collect();
        let ended = before
            .of(whose)
            .iter()
            .filter(|link| found.get(&link.from).is_none_or(|now| changed(link, now)));
        let begun = linking
            .links
            .of(whose)
            .iter()
            .filter(|link| known.get(&link.from).is_none_or(|was| changed(was, link)));
        end(tx, whose, ended.map(|link| link.from).collect(), at_ms).await?;
        begin(tx, whose, begun.collect(), at_ms).await?;
    }
    if let Some(weights) = &linking.weights {
        freeze(tx, weights, at_ms).await?;
    }
    db::query(
        "INSERT INTO link_report (at_ms, body) VALUES (?, ?) ON CONFLICT (at_ms) DO UPDATE SET body = excluded.body",
    )
        .bind(at_ms)
        .bind(serde_json::to_string(&linking.report)?)
        .execute(&mut *tx)
        .await?;
    Ok(())
}

/// Whether a link says something else; that newer weights say the same is no change.
fn changed(one: &Link, other: &Link) -> bool {
    (one.to, one.standing, one.permille, one.oddity)
        != (other.to, other.standing, other.permille, other.oddity)
}

async fn end(tx: &mut Tx, whose: Whose, ended: Vec<u64>, at_ms: i64) -> Result<()> {
    for ids in ended.chunks(AT_ONCE) {
        db::query(
            "UPDATE link SET end_ms = ?1 WHERE whose = ?2 AND end_ms IS NULL
             AND from_id IN (SELECT value::bigint FROM json_each(?3))",
        )
        .bind(at_ms)
        .bind(whose.as_str())
        .bind(serde_json::to_string(ids)?)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn begin(tx: &mut Tx, whose: Whose, begun: Vec<&Link>, at_ms: i64) -> Result<()> {
    for links in begun.chunks(AT_ONCE) {
        let rows: Vec<_> = links
            .iter()
            .map(|link| {
                (
                    link.from,
                    link.to,
                    link.standing.as_str(),
                    link.permille,
                    link.oddity.map(Oddity::as_str),
                    &link.weights,
                )
            })
            .collect();
        // Two commits of one millisecond: the later one is what is remembered of it.
        db::query(
            "INSERT INTO link (whose, from_id, to_id, standing, permille, oddity, weights, begin_ms)
             SELECT ?1, (value::json ->> 0)::bigint, (value::json ->> 1)::bigint, value::json ->> 2,
                 (value::json ->> 3)::bigint, value::json ->> 4, value::json ->> 5, ?2 FROM json_each(?3) WHERE true
             ON CONFLICT (whose, from_id, begin_ms) DO UPDATE SET to_id = excluded.to_id, standing = excluded.standing,
                 permille = excluded.permille, oddity = excluded.oddity, weights = excluded.weights, end_ms = NULL",
        )
        .bind(whose.as_str())
        .bind(at_ms)
        .bind(serde_json::to_string(&rows)?)
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}

async fn freeze(tx: &mut Tx, weights: &KeptWeights, at_ms: i64) -> Result<()> {
    db::query(
        "INSERT INTO link_weights (version, body, at_ms) VALUES (?, ?, ?)
         ON CONFLICT (version) DO UPDATE SET body = excluded.body, at_ms = excluded.at_ms",
    )
    .bind(&weights.version)
    .bind(&weights.body)
    .bind(at_ms)
    .execute(&mut *tx)
    .await?;
    Ok(())
}
