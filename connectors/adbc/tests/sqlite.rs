//! A driver nobody here wrote: SQLite's, as it is published, through the whole contract.
//! Here because a bridge to drivers is only proved by a driver.
//! In: a database file made for the test, the driver of Python's `adbc_driver_sqlite`. Out: rows, states, refusals.
//! Not here: types one by one (text), the hub around it (end-to-end). Without the driver the tests say so and are skipped;
//! under `HUB_REQUIRE_EXTERNAL` they fail.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::PathBuf;
use std::process::Command;

use adbc::hub_descriptor;
use plugin_api::arrow::array::cast::AsArray;
use plugin_api::arrow::array::types::Int32Type;
use plugin_api::arrow::array::{Array, StringArray};
use plugin_api::testing::{self, Recorder, conform};
use plugin_api::{Category, Error, Mode, ReadRequest};
use serde_json::{Value, json};

const TABLE: &str = "CREATE TABLE pay (id INTEGER PRIMARY KEY, certno TEXT, amount REAL, scan BLOB);
INSERT INTO pay VALUES (1, '341202196507041013', 4000.5, x'00'), (2, NULL, 0.1, NULL);";

/// What Python says; none when it lacks the driver.
fn python(script: &str, argument: &str) -> Option<String> {
    let python = std::env::var_os("HUB_PYTHON").unwrap_or_else(|| "python3".into());
    let mut command = Command::new(python);
    let output = command.args(["-c", script, argument]).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

#[expect(
    clippy::print_stderr,
    reason = "who runs the tests should see what was not tried"
)]
fn driver() -> Option<String> {
    let found = python("import adbc_driver_sqlite as d; print(d._driver_path())", "");
    if found.is_none() {
        assert!(
            std::env::var_os("HUB_REQUIRE_EXTERNAL").is_none(),
            "adbc_driver_sqlite is not installed"
        );
        eprintln!("SKIPPED: Python has no adbc_driver_sqlite");
    }
    found
}

struct Site {
    driver: String,
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Option<Self> {
        let site = Self {
            driver: driver()?,
            folder: tempfile::tempdir().unwrap(),
        };
        site.does(TABLE);
        Some(site)
    }

    fn database(&self) -> PathBuf {
        self.folder.path().join("pay.db")
    }

    fn does(&self, sql: &str) {
        let script = format!(
            "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript({sql:?}); c.commit()"
        );
        python(&script, &self.database().to_string_lossy()).unwrap();
    }

    fn options(&self, stream: Value) -> Value {
        let mut stream = stream;
        stream["name"] = json!("pay");
        json!({"driver": self.driver, "database": {"uri": self.database()}, "stream": [stream]})
    }

    fn read(&self, stream: Value, state: Option<Value>, host: &Recorder) -> Result<Vec<String>, Error> {
        let mut request = ReadRequest::new("pay");
        request.mode = Mode::Incremental;
        request.state = state;
        request.batch_rows = 1_000;
        let outcome = testing::read(hub_descriptor(), &self.options(stream), &request, host)?;
        let mut rows = Vec::new();
        for batch in &outcome.batches {
            assert!(batch.num_rows() <= 1_000);
            let part = batch
                .column_by_name("_part")
                .unwrap()
                .as_dictionary::<Int32Type>();
            let part = part
                .downcast_dict::<StringArray>()
                .unwrap()
                .into_iter()
                .next()
                .unwrap()
                .unwrap();
            for row in 0..batch.num_rows() {
                let texts = batch
                    .columns()
                    .iter()
                    .filter_map(|column| column.as_string_opt::<i32>());
                let texts: Vec<&str> = texts
                    .map(|texts| if texts.is_null(row) { "-" } else { texts.value(row) })
                    .collect();
                rows.push(format!("{} {part}", texts.join(" ")));
            }
        }
        Ok(rows)
    }
}

fn last_state(host: &Recorder) -> Option<Value> {
    host.checkpoints().pop().map(|checkpoint| checkpoint.state)
}

#[test]
fn the_contract_is_kept() {
    let Some(site) = Site::new() else { return };
    for stream in [
        json!({"query": "SELECT id, certno, amount FROM pay"}),
        json!({"query": "SELECT id, certno, amount FROM pay", "cursor": "id", "columns": [["证件号码", "certno"]]}),
    ] {
        let report = conform(hub_descriptor(), &site.options(stream), &Recorder::default());
        assert!(report.passed(), "{report}");
    }
}

#[test]
fn a_whole_result_comes_as_text_and_only_when_it_changed() {
    let Some(site) = Site::new() else { return };
    let stream = || json!({"query": "SELECT id, certno, amount FROM pay ORDER BY id", "columns": [["证件号码", "certno"], "amount"]});
    let host = Recorder::default();
    let rows = site.read(stream(), None, &host).unwrap();
    assert_eq!(rows, ["341202196507041013 4000.5 pay#1 all", "- 0.1 pay#2 all"]);
    let state = last_state(&host);
    assert!(state.is_some());
    assert_eq!(site.read(stream(), state.clone(), &host).unwrap(), [""; 0]);
    site.does("UPDATE pay SET amount = 1 WHERE id = 2");
    assert_eq!(site.read(stream(), state.clone(), &host).unwrap().len(), 2);
    // An empty result replaces nothing, and says so.
    site.does("DELETE FROM pay");
    let host = Recorder::default();
    assert!(site.read(stream(), state, &host).unwrap().is_empty() && last_state(&host).is_none());
    assert!(
        host.log().iter().any(|line| line.contains("原有数据不变")),
        "{:?}",
        host.log()
    );
}

#[test]
fn a_cursor_goes_on_after_the_last_value_in_batches_of_the_hubs_size() {
    let Some(site) = Site::new() else { return };
    let stream = || json!({"query": "SELECT id, certno FROM pay", "cursor": "id"});
    let host = Recorder::default();
    assert_eq!(site.read(stream(), None, &host).unwrap().len(), 2);
    let state = last_state(&host).unwrap();
    assert_eq!(state["cursor"], json!(["2", "Int64"]));
    assert_eq!(
        site.read(stream(), Some(state.clone()), &Recorder::default())
            .unwrap()
            .len(),
        0
    );
    site.does("WITH RECURSIVE n(i) AS (SELECT 9 UNION ALL SELECT i + 1 FROM n WHERE i < 3008) INSERT INTO pay SELECT i, 'x', 1, NULL FROM n");
    let host = Recorder::default();
    let rows = site.read(stream(), Some(state), &host).unwrap();
    assert_eq!((rows.len(), rows[0].as_str()), (3_000, "9 x pay#1 more-000001"));
    assert_eq!(last_state(&host).unwrap()["cursor"][0], "3008");
}

#[test]
fn faults_say_what_is_wrong_and_what_to_do() {
    let Some(site) = Site::new() else { return };
    for (stream, category, said) in [
        (
            json!({"query": "SELECT * FROM nowhere"}),
            Category::NotFound,
            "nowhere",
        ),
        (
            json!({"query": "SELECT nothing FROM pay"}),
            Category::Config,
            "nothing",
        ),
        (
            json!({"query": "SELECT * FROM pay"}),
            Category::Unsupported,
            "scan",
        ),
        (
            json!({"query": "SELECT id FROM pay", "cursor": "at"}),
            Category::Config,
            "stream.pay.cursor",
        ),
        (
            json!({"query": "SELECT id FROM pay", "columns": ["x"]}),
            Category::Config,
            "stream.pay.columns",
        ),
    ] {
        let error = site.read(stream, None, &Recorder::default()).unwrap_err();
        assert!(
            error.category() == category && error.message().contains(said),
            "{error:?}"
        );
    }
    let mut options = site.options(json!({"query": "SELECT 1"}));
    let fault = |options: &Value| {
        let request = ReadRequest::new("pay");
        testing::read(hub_descriptor(), options, &request, &Recorder::default()).unwrap_err()
    };
    options["database"]["uri"] = json!("/nowhere/pay.db");
    let error = fault(&options);
    assert!(
        error.category() == Category::NotFound && error.message().contains("[connector.access]"),
        "{error:?}"
    );
    options["driver"] = json!("/nowhere/d.so");
    assert!(
        fault(&options).message().contains("driver：没有"),
        "{:?}",
        fault(&options)
    );
    options["driver"] = json!("/etc/hosts");
    assert!(
        fault(&options).message().contains("载入驱动"),
        "{:?}",
        fault(&options)
    );
}
