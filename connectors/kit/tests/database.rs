//! The database transport against real servers: SQLite always, PostgreSQL where its programs are installed.
//! Here because casts, cursors and read-only sessions are promises of a server, not of a driver.
//! In: a database made here. Out: rows, refusals, and what a second reading brings.
//! Not here: MySQL (the same code over its own driver; no server to be had on a bare Debian without a large package).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use connector_kit::options::Options;
use connector_kit::{Definition, Source, Transport};
use plugin_api::arrow::array::{Array, RecordBatch, StringArray};
use plugin_api::testing::Recorder;
use plugin_api::{Category, Error, Mode, ReadRequest};
use serde_json::{Value, json};
use sqlx::{Connection, Executor};

const DATABASE: Definition = Definition {
    id: "database",
    version: "0",
    title: "",
    description: "",
    streams: "",
    mappings: &[],
    transport: Transport::Database,
};

fn source(url: &str, stream: Value) -> Result<Source, Error> {
    let mut stream = stream;
    stream["name"] = json!("visits");
    stream["columns"] = json!([
        ["证件号码", "id_no"],
        ["自付金额", "self_paid"],
        ["结算日期", "settled_on"]
    ]);
    stream["required"] = json!(["证件号码"]);
    let options: Options =
        serde_json::from_value(json!({"database": {"url": url, "total_seconds": 30}, "stream": [stream]}))
            .unwrap();
    Source::open(&DATABASE, options)
}

fn read(source: &Source, recorder: &Recorder, state: Option<Value>) -> Result<Vec<RecordBatch>, Error> {
    let mut request = ReadRequest::new("visits");
    request.mode = Mode::Incremental;
    request.state = state;
    source.read(&request, &recorder.context())?.collect()
}

fn column(batches: &[RecordBatch], name: &str) -> Vec<Option<String>> {
    let texts = |batch: &RecordBatch| {
        let column = batch.column_by_name(name).unwrap();
        let column = column.as_any().downcast_ref::<StringArray>().unwrap();
        (0..column.len())
            .map(|row| column.is_valid(row).then(|| column.value(row).to_owned()))
            .collect::<Vec<_>>()
    };
    batches.iter().flat_map(texts).collect()
}

fn last_state(recorder: &Recorder) -> Option<Value> {
    recorder
        .checkpoints()
        .last()
        .map(|checkpoint| checkpoint.state.clone())
}

fn block<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

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

/// A PostgreSQL of our own, on a socket in its folder.
struct Postgres {
    folder: tempfile::TempDir,
    server: Child,
    port: u16,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Stopped at once; its folder goes with it.
        let _ended = Command::new("kill")
            .args(["-QUIT", &self.server.id().to_string()])
            .status();
        let _waited = self.server.wait();
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .find(|bin| bin.join("initdb").is_file())
}

/// PostgreSQL refuses to run as root, as which CI runs.
fn as_postgres(program: &Path, args: &[&str]) -> Command {
    let root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let mut command = if root {
        Command::new("setpriv")
    } else {
        Command::new(program)
    };
    if root {
        command
            .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
            .arg(program);
    }
    command
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .current_dir("/");
    command
}

fn postgres() -> Option<Postgres> {
    let Some(bin) = programs() else {
        assert!(
            std::env::var_os("HUB_REQUIRE_EXTERNAL").is_none(),
            "PostgreSQL is not installed"
        );
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    let open = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    std::fs::set_permissions(folder.path(), open).unwrap();
    let data = format!("{path}/data");
    let made = as_postgres(
        &bin.join("initdb"),
        &[
            "-D",
            &data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ],
    );
    assert!({ made }.status().unwrap().success());
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let options = format!("-h 127.0.0.1 -p {port} -k {path} -F");
    let mut args = vec!["-D", data.as_str()];
    args.extend(options.split(' '));
    let server = as_postgres(&bin.join("postgres"), &args).spawn().unwrap();
    let postgres = Postgres { folder, server, port };
    let until = Instant::now() + Duration::from_secs(30);
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() || !postgres.sql("SELECT 1") {
        assert!(Instant::now() < until, "PostgreSQL did not start");
        std::thread::sleep(Duration::from_millis(100));
    }
    Some(postgres)
}

impl Postgres {
    fn url(&self, user: &str) -> String {
        format!(
            "postgres://{user}@127.0.0.1:{}/postgres?sslmode=disable",
            self.port
        )
    }

    fn sql(&self, sql: &'static str) -> bool {
        assert!(self.folder.path().is_dir());
        block(async {
            let Ok(mut connection) = sqlx::postgres::PgConnection::connect(&self.url("postgres")).await
            else {
                return false;
            };
            connection.execute(sql).await.is_ok()
        })
    }
}

#[test]
fn postgresql_types_arrive_as_their_texts_and_rights_are_the_servers() {
    let Some(postgres) = postgres() else { return };
    assert!(postgres.sql(
        "CREATE TABLE t (id_no text, self_paid numeric(12,2), settled_on date, at timestamp DEFAULT '2023-09-01 10:00', n bigserial);
         INSERT INTO t (id_no, self_paid, settled_on) VALUES ('341202196507041013', 1234.50, '2023-09-01'), ('甲', 0.1, NULL);
         CREATE VIEW v AS SELECT * FROM t; CREATE ROLE reader LOGIN; GRANT SELECT ON v TO reader; CREATE TABLE secret (x int)"
    ));
    let recorder = Recorder::default();
    let view = source(
        &postgres.url("reader"),
        json!({"database": {"view": "public.v", "cursor": "n"}}),
    )
    .unwrap();
    let batches = read(&view, &recorder, None).unwrap();
    assert_eq!(
        column(&batches, "自付金额"),
        [Some("1234.50".to_owned()), Some("0.10".to_owned())]
    );
    assert_eq!(
        column(&batches, "结算日期"),
        [Some("2023-09-01".to_owned()), None]
    );
    assert!(postgres.sql("INSERT INTO t (id_no) VALUES ('乙')"));
    let more = read(&view, &recorder, last_state(&recorder)).unwrap();
    assert_eq!(column(&more, "证件号码"), [Some("乙".to_owned())]);
    let denied = source(&postgres.url("reader"), json!({"database": {"view": "secret"}})).unwrap();
    assert_eq!(
        read(&denied, &recorder, None).unwrap_err().category(),
        Category::Permission
    );
    let absent = source(&postgres.url("reader"), json!({"database": {"view": "nothing"}})).unwrap();
    assert_eq!(
        read(&absent, &recorder, None).unwrap_err().category(),
        Category::NotFound
    );
    // A function that writes is stopped by the session, not by our reading of the text.
    let writing = json!({"database": {"query": "SELECT nextval('t_n_seq') AS id_no"}});
    let writing = source(&postgres.url("postgres"), writing).unwrap();
    assert_eq!(
        read(&writing, &recorder, None).unwrap_err().category(),
        Category::Permission
    );
}
