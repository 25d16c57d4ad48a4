//! SQLite: a file is a whole database, so that views, cursors and mistakes can be tried anywhere.
//! Here because it needs no server.
//! In: a file made here. Out: rows, refusals, and what a second reading brings.
//! Not here: rights and types, which SQLite does not have.

use std::path::Path;

use plugin_api::testing::Recorder;
use plugin_api::{Category, Error};
use serde_json::{Value, json};
use sqlx::{Connection, Executor};

use crate::servers::block;
use crate::{column, last_state, read, source};

fn sqlite(path: &Path, sql: &'static str) {
    block(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true);
        let mut connection = sqlx::sqlite::SqliteConnection::connect_with(&options)
            .await
            .unwrap();
        connection.execute(sql).await.unwrap();
        connection.close().await.unwrap();
    });
}

const TABLE: &str =
    "CREATE TABLE visits (no INTEGER PRIMARY KEY, id_no TEXT, self_paid NUMERIC, settled_on TEXT);
    INSERT INTO visits VALUES (1, '341202196507041013', 1234.5, '2023-09-01'), (2, NULL, NULL, NULL)";

#[test]
fn a_view_lands_once_and_again_only_when_it_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.db");
    sqlite(&path, TABLE);
    let url = format!("sqlite:{}", path.display());
    let source = source(&url, json!({"database": {"view": "visits"}})).unwrap();
    let recorder = Recorder::default();
    source.check(&recorder.context()).unwrap();
    let batches = read(&source, &recorder, None).unwrap();
    assert_eq!(
        column(&batches, "证件号码"),
        [Some("341202196507041013".to_owned()), None]
    );
    assert_eq!(column(&batches, "自付金额"), [Some("1234.5".to_owned()), None]);
    assert_eq!(
        column(&batches, "_locator"),
        [
            Some("visits?page=1#1".to_owned()),
            Some("visits?page=1#2".to_owned())
        ]
    );
    let state = last_state(&recorder);
    assert!(read(&source, &recorder, state.clone()).unwrap().is_empty());
    sqlite(&path, "UPDATE visits SET self_paid = 1 WHERE no = 1");
    assert_eq!(
        column(&read(&source, &recorder, state).unwrap(), "自付金额").len(),
        2
    );
}

#[test]
fn a_cursor_brings_what_came_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.db");
    sqlite(&path, TABLE);
    let url = format!("sqlite:{}", path.display());
    let stream = json!({"database": {"query": "SELECT * FROM visits WHERE no > 0;", "cursor": "no"}});
    let source = source(&url, stream).unwrap();
    let recorder = Recorder::default();
    assert_eq!(
        column(&read(&source, &recorder, None).unwrap(), "证件号码").len(),
        2
    );
    let state = last_state(&recorder);
    assert!(read(&source, &recorder, state.clone()).unwrap().is_empty());
    sqlite(&path, "INSERT INTO visits VALUES (10, 'x', 3, NULL)");
    let more = read(&source, &recorder, state).unwrap();
    assert_eq!(column(&more, "自付金额"), [Some("3".to_owned())]);
}

#[test]
fn nothing_can_be_written_and_mistakes_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.db");
    sqlite(&path, TABLE);
    let url = format!("sqlite:{}", path.display());
    let error = |url: &str, stream: Value| -> Error {
        let opened = source(url, stream);
        opened
            .and_then(|source| read(&source, &Recorder::default(), None))
            .unwrap_err()
    };
    for query in [
        "DELETE FROM visits",
        "SELECT 1; DELETE FROM visits",
        "UPDATE visits SET no = 3",
    ] {
        let error = error(&url, json!({"database": {"query": query}}));
        assert_eq!(error.category(), Category::Config, "{query}: {error}");
    }
    let missing = error(&url, json!({"database": {"view": "nothing"}}));
    assert!(!missing.message().contains("341202"), "{missing}");
    let absent = error(
        "sqlite:/nowhere/at/all.db",
        json!({"database": {"view": "visits"}}),
    );
    assert!(
        absent.message().contains("数据流") || absent.message().contains("流 visits"),
        "{absent}"
    );
    assert_eq!(
        error("oracle://x", json!({"database": {"view": "v"}})).category(),
        Category::Config
    );
    let unnamed = error(&url, json!({"database": {"query": "SELECT no FROM visits"}}));
    assert_eq!(unnamed.category(), Category::Schema, "{unnamed}");
}

#[test]
fn a_cursor_that_is_computed_goes_on_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.db");
    sqlite(&path, TABLE);
    let url = format!("sqlite:{}", path.display());
    let stream = json!({"database": {"query": "SELECT id_no, no + 0 AS at FROM visits", "cursor": "at"}});
    let source = source(&url, stream).unwrap();
    let recorder = Recorder::default();
    read(&source, &recorder, None).unwrap();
    sqlite(&path, "INSERT INTO visits VALUES (10, 'x', 3, NULL)");
    let more = read(&source, &recorder, last_state(&recorder)).unwrap();
    assert_eq!(column(&more, "证件号码"), [Some("x".to_owned())]);
}
