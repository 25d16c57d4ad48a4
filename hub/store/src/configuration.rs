//! Configurations the hub went by: their files, who had them loaded, and what the database takes over from one.
//! Here because endpoints, schedules and the record of a configuration become true together, or the old one goes on.
//! In: a configuration as it was read. Out: standings of its schedules; the last one, with the texts of its files.
//! Not here: what the files mean (the binary's settings), swapping what runs (runtime).

use std::collections::{BTreeMap, HashSet};

use hub_model::route::Routes;
use serde::Serialize;

use crate::db::{self, Tx};
use crate::{AuditEntry, Result, ScheduleRow, Store, audit, outbox, schedules};

/// Configurations that are kept with their files.
const KEPT: i64 = 100;

/// The files of a configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigurationFiles {
    /// A digest of all of them.
    pub hash: String,
    /// By path below the configuration directory: a file's digest and its text.
    pub files: BTreeMap<String, (String, String)>,
}

/// A configuration to be taken over.
#[derive(Debug, Clone)]
pub struct Adopted<'a> {
    /// Its files.
    pub files: &'a ConfigurationFiles,
    /// Where events go.
    pub routes: &'a Routes,
    /// Its schedules that fire: ids with digests of what decides when.
    pub definitions: &'a [(String, String)],
    /// Who has it loaded.
    pub actor: &'a str,
    /// How.
    pub how: &'a str,
    /// What is told of it in the audit log.
    pub audit: &'a [AuditEntry],
}

/// A configuration the hub went by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfigurationRow {
    /// A digest of its files.
    pub hash: String,
    /// When it was loaded.
    pub loaded_ms: i64,
    /// Who had it loaded.
    pub actor: String,
    /// How: `start`, `command` or `signal`.
    pub how: String,
}

impl Store {
    /// Takes `adopted` over: its endpoints, its schedules, its files. Answers where schedules stand now.
    ///
    /// # Errors
    /// When the database refuses; then nothing changed.
    pub async fn adopt_configuration(
        &self,
        adopted: &Adopted<'_>,
        at_ms: i64,
    ) -> Result<BTreeMap<String, ScheduleRow>> {
        let mut tx = self.begin().await?;
        outbox::adopt(&mut tx, adopted.routes, at_ms).await?;
        schedules::adopt(&mut tx, adopted.definitions, at_ms).await?;
        let stand = schedules::all(&mut tx).await?;
        record(&mut tx, adopted.files, (adopted.actor, adopted.how), at_ms).await?;
        audit::append(&mut tx, at_ms, adopted.audit).await?;
        tx.commit().await?;
        Ok(stand)
    }

    /// Keeps that `files` are gone by from now on, unless they were.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn record_configuration(
        &self,
        files: &ConfigurationFiles,
        (actor, how): (&str, &str),
        at_ms: i64,
    ) -> Result<()> {
        if self
            .configuration()
            .await?
            .is_some_and(|last| last.hash == files.hash)
        {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        record(&mut tx, files, (actor, how), at_ms).await?;
        Ok(tx.commit().await?)
    }

    /// The configuration that was loaded last.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn configuration(&self) -> Result<Option<ConfigurationRow>> {
        let row =
            db::query("SELECT hash, loaded_ms, actor, how FROM configuration ORDER BY number DESC LIMIT 1")
                .fetch_optional(&self.reader)
                .await?;
        row.map(|row| {
            Ok(ConfigurationRow {
                hash: row.try_get("hash")?,
                loaded_ms: row.try_get("loaded_ms")?,
                actor: row.try_get("actor")?,
                how: row.try_get("how")?,
            })
        })
        .transpose()
    }

    /// The texts of its files, by path below the configuration directory; none when nothing was ever loaded.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn configuration_texts(&self) -> Result<BTreeMap<String, String>> {
        let rows: Vec<(String, String)> = db::query_as(
            "SELECT file.key, said.text
             FROM (SELECT files FROM configuration ORDER BY number DESC LIMIT 1) AS last,
                  json_each(last.files) AS file
             JOIN configuration_text AS said ON said.digest = file.value",
        )
        .fetch_all(&self.reader)
        .await?;
        Ok(rows.into_iter().collect())
    }
}

async fn record(
    tx: &mut Tx,
    files: &ConfigurationFiles,
    (actor, how): (&str, &str),
    at_ms: i64,
) -> Result<()> {
    let known: Vec<String> = db::query_scalar("SELECT digest FROM configuration_text")
        .fetch_all(&mut *tx)
        .await?;
    let known: HashSet<String> = known.into_iter().collect();
    for (digest, text) in files.files.values().filter(|(digest, _)| !known.contains(digest)) {
        db::query("INSERT INTO configuration_text (digest, text) VALUES (?, ?) ON CONFLICT DO NOTHING")
            .bind(digest)
            .bind(text)
            .execute(&mut *tx)
            .await?;
    }
    let digests: BTreeMap<&String, &String> = files
        .files
        .iter()
        .map(|(path, (digest, _))| (path, digest))
        .collect();
    let number: i64 = db::query_scalar(
        "INSERT INTO configuration (hash, loaded_ms, actor, how, files) VALUES (?, ?, ?, ?, ?) RETURNING number",
    )
    .bind(&files.hash)
    .bind(at_ms)
    .bind(actor)
    .bind(how)
    .bind(serde_json::to_string(&digests)?)
    .fetch_one(&mut *tx)
    .await?;
    let gone = db::query("DELETE FROM configuration WHERE number <= ?")
        .bind(number - KEPT)
        .execute(&mut *tx)
        .await?
        .rows_affected();
    if gone > 0 {
        db::query(
            "DELETE FROM configuration_text WHERE digest NOT IN
                 (SELECT file.value FROM configuration, json_each(configuration.files) AS file)",
        )
        .execute(&mut *tx)
        .await?;
    }
    Ok(())
}
