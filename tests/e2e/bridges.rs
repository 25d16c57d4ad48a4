//! Other people's connectors in the hub: a Singer tap and ADBC drivers from PyPI, over real databases, in the sandbox.
//! Here because a bridge is proved by what somebody else built, not by what we would have built.
//! In: PostgreSQL and SQLite with a department's rows. Out: counts through the real hub; a second run brings nothing new.
//! Not here: every fault of a tap or a driver (the connectors' own tests).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::harness::{PATIENCE, built, program, python, run, setting};
use crate::postgres::{DATABASE, Postgres, missing};
use crate::site::Site;

const CONNECTOR: &str = "config/connectors/medical-insurance.toml";
const ROWS: u64 = 500;

/// A site with a file of what people paid for treatment.
fn site() -> (Site, PathBuf) {
    let site = Site::new(1_000, 5);
    let csv = site.path("expenses.csv");
    let mut feed = program("seeds");
    let rows = ROWS.to_string();
    feed.args([
        "feed",
        "--clean",
        "--rows",
        &rows,
        "--stream",
        "medical_expenses",
        "--out",
    ]);
    run(feed.arg(&csv), PATIENCE).good();
    (site, csv)
}

/// Configures the shipped example of a connector with `changes`.
fn connect(site: &Site, connector: &str, changes: &[(&str, String)]) {
    let example = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../connectors")
        .join(connector)
        .join("example/medical-expenses.toml");
    let mut text = fs::read_to_string(&example).expect("an example");
    for (old, new) in changes {
        assert!(text.contains(old), "{connector} has no {old:?}");
        text = text.replace(old, new);
    }
    site.write(CONNECTOR, &text);
    let plugin = built().join(format!("lib{connector}.so"));
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    site.hub(&["connector", "check", "medical-insurance"]).good();
}

fn secret(site: &Site, name: &str, text: &str) {
    let path = format!("config/secrets/{name}");
    site.write(&path, text);
    let owner = fs::Permissions::from_mode(0o600);
    fs::set_permissions(site.path(&path), owner).expect("its owner's");
}

/// Rows taken and refused of the stream in a run where nothing failed.
fn came(site: &Site) -> (u64, u64) {
    let report = site.run_all();
    assert_eq!(report["failed"], json!([]), "{report}");
    let mut streams = report["streams"].as_array().expect("streams").iter();
    let stream = streams
        .find(|stream| stream["connector"] == "medical-insurance")
        .expect("the stream");
    let count = |name: &str| stream[name].as_u64().expect("a count");
    assert_eq!(
        count("rows_in"),
        count("accepted") + count("rejected") + count("filtered")
    );
    (count("accepted"), count("rejected"))
}

/// What is new comes, and nothing else: one row that is taken and one that is refused. The conformance run passes over it.
fn goes_on(site: &Site, postgres: &Postgres) {
    postgres.does(ONE_MORE);
    postgres.does(ONE_BROKEN);
    assert_eq!(came(site), (1, 1));
    assert_eq!(stands(site), ROWS + 1);
    site.hub(&["connector", "test", "--connector", "medical-insurance"])
        .good();
}

/// How the connector fails.
fn fails(site: &Site) -> (String, String) {
    let report = site.run("medical-insurance").ended(3).json();
    let text = |name: &str| report["failed"][0][name].as_str().expect("a text").to_owned();
    (text("category"), text("message"))
}

/// What stands in the canonical table.
fn stands(site: &Site) -> u64 {
    let rows = site.ask(&["query", "SELECT count(*) AS n FROM expense_event"]);
    rows["rows"][0]["n"]
        .as_u64()
        .unwrap_or_else(|| panic!("no count: {rows}"))
}

/// A department's table in PostgreSQL, filled.
fn exchange(csv: &Path) -> Option<Postgres> {
    let postgres = Postgres::start()?;
    let text = fs::read_to_string(csv).expect("the rows");
    let header = text
        .lines()
        .next()
        .expect("a header")
        .trim_start_matches('\u{feff}');
    let columns: Vec<String> = header.split(',').map(|name| format!("{name} text")).collect();
    postgres.does(&format!(
        "CREATE TABLE medical_settlement (id bigserial PRIMARY KEY, {})",
        columns.join(", ")
    ));
    let file = csv.display();
    postgres.does(&format!(
        "\\copy medical_settlement ({header}) FROM '{file}' CSV HEADER"
    ));
    postgres.does("CREATE VIEW v_medical_settlement AS SELECT * FROM medical_settlement");
    Some(postgres)
}

const ONE_MORE: &str = "INSERT INTO medical_settlement (psn_name, certno, med_type, medfee_sumamt, fund_pay_sumamt, psn_part_amt, setl_time)
    SELECT psn_name, certno, med_type, medfee_sumamt, fund_pay_sumamt, psn_part_amt, setl_time FROM medical_settlement WHERE id = 1";
const ONE_BROKEN: &str =
    "INSERT INTO medical_settlement (psn_name, certno, psn_part_amt) VALUES ('某某', 'x', '无')";

#[test]
fn a_tap_from_pypi_runs_in_the_hub_and_goes_on_where_it_left_off() {
    let Some(tap) = setting("HUB_TAP_POSTGRES").map(PathBuf::from) else {
        return missing(
            "HUB_TAP_POSTGRES does not say where tap-postgres is (pip install pipelinewise-tap-postgres)",
        );
    };
    let (site, csv) = site();
    let Some(postgres) = exchange(&csv) else { return };
    let home = tap.parent().and_then(Path::parent).expect("the tap's folder");
    let python = fs::canonicalize(home.join("bin/python")).expect("its Python");
    // One that is not the system's has its library beside it.
    let own = python
        .parent()
        .and_then(Path::parent)
        .filter(|_| !python.starts_with("/usr"));
    let interpreter = own.unwrap_or(&python);
    secret(&site, "medical-insurance.password", "not-asked-for-here");
    connect(
        &site,
        "singer",
        &[
            ("/usr/bin/python3.11", interpreter.display().to_string()),
            ("/opt/tap-postgres", home.display().to_string()),
            ("10.1.2.3", "127.0.0.1".into()),
            ("5432", postgres.port.to_string()),
            ("user = \"hub\"", "user = \"postgres\"".into()),
            ("filter_schemas = \"share\"", "filter_schemas = \"public\"".into()),
            ("share-medical", "public-medical".into()),
        ],
    );
    assert_eq!(came(&site), (ROWS, 0));
    assert_eq!(stands(&site), ROWS);
    // The tap reads its last row again; the connector knows it.
    assert_eq!(came(&site), (0, 0), "read twice");
    goes_on(&site, &postgres);
    site.edit(CONNECTOR, "dbname = \"exchange\"", "dbname = \"nowhere\"");
    let (category, message) = fails(&site);
    assert_eq!(category, "not_found", "{message}");
    assert!(
        message.contains("tap 失败") && message.contains("does not exist"),
        "{message}"
    );
    site.edit(CONNECTOR, "dbname = \"nowhere\"", "dbname = \"exchange\"");
    // Without its interpreter the sandbox does not let it start, and the error says which line would.
    let granted = format!(", \"{}\"", interpreter.display());
    site.edit(CONNECTOR, &granted, "");
    let (category, message) = fails(&site);
    let line = format!("execute = [\"{}\"{granted}]", home.display());
    assert!(
        category == "permission" && message.contains(&line),
        "{category}: {message}"
    );
    assert_eq!(stands(&site), ROWS + 1);
}

/// Where the drivers lie.
fn drivers() -> Option<Value> {
    python(
        &["adbc_driver_sqlite", "adbc_driver_postgresql"],
        "driver.py",
        &[],
    )
}

#[test]
fn a_driver_from_pypi_reads_postgresql_in_the_hub() {
    let Some(drivers) = drivers() else { return };
    let (site, csv) = site();
    let Some(postgres) = exchange(&csv) else { return };
    let uri = format!("postgresql://postgres@127.0.0.1:{}/{DATABASE}", postgres.port);
    secret(&site, "medical-insurance.uri", &uri);
    let driver = drivers["postgresql"].as_str().expect("a path").to_owned();
    connect(
        &site,
        "adbc",
        &[
            ("/opt/adbc/libadbc_driver_postgresql.so", driver),
            ("5432", postgres.port.to_string()),
            ("query = ", "cursor = \"id\"\nquery = ".into()),
        ],
    );
    assert_eq!(came(&site), (ROWS, 0));
    assert_eq!(came(&site), (0, 0), "read twice");
    goes_on(&site, &postgres);
    drop(postgres);
    let (category, message) = fails(&site);
    assert!(
        category == "transient" && message.contains("连不上数据库"),
        "{category}: {message}"
    );
    assert_eq!(stands(&site), ROWS + 1);
}

#[test]
fn a_driver_from_pypi_reads_sqlite_in_the_hub_whole() {
    let Some(drivers) = drivers() else { return };
    let (site, csv) = site();
    let database = site.path("exchange.db");
    let made = python(
        &["sqlite3"],
        "exchange.py",
        &[&csv.to_string_lossy(), &database.to_string_lossy()],
    );
    let Some(made) = made else { return };
    let driver = drivers["sqlite"].as_str().expect("a path").to_owned();
    connect(
        &site,
        "adbc",
        &[
            (
                "secrets = { uri = { file = \"secrets/medical-insurance.uri\" } }\n",
                String::new(),
            ),
            ("connect = [5432]", String::new()),
            ("/opt/adbc/libadbc_driver_postgresql.so", driver),
            (
                "secrets = { uri = \"uri\" }",
                format!("database = {{ uri = \"{}\" }}", database.display()),
            ),
            ("session = [", "session = []\n# session = [".into()),
            ("parameter = \"$1\"\n", String::new()),
        ],
    );
    assert_eq!(came(&site), (ROWS, 0), "{made}");
    assert_eq!(came(&site), (0, 0), "read twice");
    assert_eq!(stands(&site), ROWS);
    site.hub(&["connector", "test", "--connector", "medical-insurance"])
        .good();
    site.edit(CONNECTOR, "v_medical_settlement", "v_nowhere");
    let (category, message) = fails(&site);
    assert!(
        category == "not_found" && message.contains("v_nowhere"),
        "{category}: {message}"
    );
    assert_eq!(stands(&site), ROWS);
}
