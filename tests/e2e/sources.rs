//! Every department, by files and by interface: what was written is what arrives, and what is spoilt is what is refused.
//! Here because five connectors, their mappings and the engine are only proved together, over real files and sockets.
//! In: a county's department files with dirt, the services that hand out the same. Out: counts against what was planted.
//! Not here: findings (demo), one format or one fault of a server in detail (the kit's own tests).

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{PATIENCE, built, program, python, run};
use crate::site::{Departments, Site};

const PEOPLE: u64 = 1_500;
const SEED: u64 = 11;
/// The connectors by files, and the connector the contract is tested for under each plugin.
const CONNECTORS: [&str; 5] = [
    "civil-affairs",
    "human-resources",
    "procurement-832",
    "pv-grid",
    "medical-insurance",
];
/// Files nobody can use, planted one of a kind: text lost in conversion, a required column gone. With each the words.
const USELESS: [(&str, &str); 2] = [("human-resources", "锟斤拷"), ("civil-affairs", "缺少必需列")];

/// A county whose departments have sent what they have.
fn site() -> (Site, Value) {
    let site = Site::new(PEOPLE, SEED);
    let written = site.departments(PEOPLE, SEED);
    (site, written)
}

/// The conformance run of a configured connector.
fn keeps_the_contract(site: &Site, connector: &str) {
    site.hub(&["connector", "test", "--connector", connector]).good();
}

/// The rows that count of each stream of a report, and how many of them were refused.
fn counts(report: &Value) -> Vec<(String, u64, u64)> {
    let streams = report["streams"].as_array().expect("streams");
    let count = |stream: &Value| {
        let number = |name: &str| stream[name].as_u64().expect("a count");
        let (accepted, rejected) = (number("accepted"), number("rejected"));
        assert_eq!(
            number("rows_in"),
            accepted + rejected + number("filtered"),
            "{stream}"
        );
        let name = |part: &str| stream[part].as_str().expect("a name").to_owned();
        (
            format!("{}/{}", name("connector"), name("stream")),
            accepted + rejected,
            rejected,
        )
    };
    streams.iter().map(count).collect()
}

fn planted(written: &Value, stream: &str) -> Option<(u64, u64)> {
    let stream = written["streams"].get(stream)?;
    Some((stream["rows"].as_u64()?, stream["rejected"].as_u64()?))
}

/// What a file had beside its rows stands in the record of the run: here a hidden row and column, and a header given twice.
fn tells_what_files_had_besides(site: &Site, connector: &str) {
    let runs = site.ask(&["run", "list", "-n", "100"]);
    let mut runs = runs.as_array().expect("runs").iter();
    let run = runs
        .find(|run| run["connector"] == connector && run["state"] == "committed")
        .expect("a run");
    let shown = site.ask(&["run", "show", run["run_id"].as_str().expect("an id")]);
    let remarks = shown["remarks"].to_string();
    assert!(remarks.contains("隐藏"), "{remarks}");
    assert!(
        shown["streams"]
            .as_array()
            .is_some_and(|streams| streams.len() == 3),
        "{shown}"
    );
    site.hub(&["run", "show", "01ARZ3NDEKTSV4RRFFQ69G5FAV"]).ended(4);
}

#[test]
fn by_files_every_row_arrives_and_only_what_is_spoilt_is_refused() {
    let (site, written) = site();
    site.connect_departments(None);
    let first = site.run("--all").ended(3).json();
    let mut useless = Vec::new();
    for failed in first["failed"].as_array().expect("failed") {
        let message = failed["message"].as_str().expect("a message");
        let (connector, words) = USELESS
            .iter()
            .find(|(id, _)| failed["connector"] == *id)
            .expect(message);
        assert!(message.contains(words), "{message}");
        for (_, rest) in message
            .match_indices("文件“")
            .map(|(at, quote)| message.split_at(at + quote.len()))
        {
            let name = rest.split_once('”').expect("a name").0;
            useless.push(format!("{connector}/{name}"));
        }
    }
    // A department withdraws a file that was sent back; its other files then count.
    for file in &useless {
        fs::remove_file(site.path("inbox").join(file)).expect(file);
    }
    let second = site.run_all();
    assert_eq!(second["failed"], json!([]));
    tells_what_files_had_besides(&site, "civil-affairs");
    let mut checked = 0;
    let read = counts(&first).into_iter().chain(counts(&second));
    for (stream, rows, rejected) in read.filter(|(_, rows, _)| *rows > 0) {
        let Some((mut expected, spoilt)) = planted(&written, &stream) else {
            continue;
        };
        for file in useless.iter().filter(|file| file.starts_with(&stream)) {
            expected -= written["files"][file].as_u64().expect(file);
        }
        assert_eq!((rows, rejected), (expected, spoilt), "{stream}");
        checked += 1;
    }
    assert_eq!(checked, 21, "streams read");
    for connector in CONNECTORS {
        keeps_the_contract(&site, connector);
    }
    assert!(
        counts(&site.run_all()).iter().all(|(_, rows, _)| *rows == 0),
        "read twice"
    );
}

/// Changes a connector's file.
fn edit(site: &Site, connector: &str, old: &str, new: &str) {
    site.edit(&format!("config/connectors/{connector}.toml"), old, new);
}

#[test]
fn by_interface_the_same_rows_arrive_and_a_service_that_lies_brings_none() {
    let (site, written) = site();
    let services = Departments::start(&site);
    site.connect_departments(Some(services.address));
    // Its files are read above, and the useless one among them would end every run.
    edit(
        &site,
        "civil-affairs",
        "[connector]",
        "[connector]\nenabled = false",
    );
    edit(&site, "procurement-832", "per_second", "retries = 0\nper_second");
    let fails = || {
        let command = ["run", "start", "procurement-832", "--wait", "--push-wait", "0"];
        let report = site
            .hub(&[&command[..], &["-o", "json"]].concat())
            .ended(3)
            .json();
        assert_eq!(counts(&report), [], "{report}");
        report["failed"][0]["category"]
            .as_str()
            .map(str::to_owned)
            .expect("a category")
    };
    for (fault, category) in [
        ("login_page", "auth"),
        ("code500", "transient"),
        ("cut_body", "transient"),
        ("expired_signature", "auth"),
        ("redirect", "permission"),
        ("same_page", "data"),
        ("endless_paging", "data"),
    ] {
        services.behave(&format!("{{\"fault\": {fault:?}}}"));
        assert_eq!(fails(), category, "{fault}");
    }
    // What a failed run asked of the source was asked: two requests a day for each of four streams.
    edit(&site, "procurement-832", "per_second", "per_day = 8\nper_second");
    services.behave("{\"fault\": \"cut_body\"}");
    assert_eq!(
        [fails(), fails(), fails()],
        ["transient", "transient", "rate_limited"]
    );
    edit(&site, "procurement-832", "per_day = 8\n", "");
    services.behave("{}");
    let report = site.run_all();
    assert_eq!(report["failed"], json!([]));
    let read: Vec<_> = counts(&report)
        .into_iter()
        .filter(|(stream, _, _)| !stream.starts_with("roster/"))
        .collect();
    assert_eq!(read.len(), 6 + 4 + 1 + 3 + 1);
    for (stream, rows, rejected) in read {
        // The grid is asked twice: its server for settlements, its folder for the rest.
        let stream = stream.replace("pv-villages/", "pv-grid/");
        assert_eq!(Some((rows, rejected)), planted(&written, &stream), "{stream}");
    }
    keeps_the_contract(&site, "medical-insurance");
    let again = site.run_all();
    assert_eq!(again["failed"], json!([]));
    assert!(counts(&again).iter().all(|(_, rows, _)| *rows == 0), "{again}");
}

/// The shipped example of a general connector.
fn example(connector: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../connectors")
        .join(connector)
        .join("example/medical-expenses.toml");
    let text = fs::read_to_string(&file).expect("an example");
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(lines <= 25, "{connector}: a feed in {lines} lines");
    text
}

#[test]
fn a_view_in_a_database_needs_configuration_alone() {
    let site = Site::new(1_000, 5);
    let csv = site.path("expenses.csv");
    let mut feed = program("seeds");
    feed.args([
        "feed",
        "--clean",
        "--rows",
        "500",
        "--stream",
        "medical_expenses",
        "--out",
    ]);
    run(feed.arg(&csv), PATIENCE).good();
    let database = site.path("exchange.db");
    let made = python(
        &["sqlite3"],
        "exchange.py",
        &[&csv.to_string_lossy(), &database.to_string_lossy()],
    );
    let Some(made) = made else { return };
    let url = format!("url = \"sqlite:{}\" }}", database.display());
    let text = example("database")
        .replace(
            "url = \"postgres://hub@10.1.2.3:5432/exchange\", password = \"db\" }",
            &url,
        )
        .replace("secrets = ", "# secrets = ");
    site.write("config/connectors/medical-insurance.toml", &text);
    let plugin = built().join("libdatabase.so");
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    site.hub(&["connector", "check", "medical-insurance"]).good();
    let report = site.run_all();
    assert_eq!(report["failed"], json!([]));
    let came = |report: &Value| {
        let mut found = counts(report).into_iter();
        let (stream, rows, rejected) =
            found.find(|(stream, _, _)| stream.starts_with("medical-insurance/"))?;
        Some((rows, rejected, stream))
    };
    let stream = || "medical-insurance/medical_expenses".to_owned();
    assert_eq!(came(&report), Some((500, 0, stream())), "{made}");
    keeps_the_contract(&site, "medical-insurance");
    assert_eq!(came(&site.run_all()), Some((0, 0, stream())), "read twice");
}

#[test]
fn the_examples_of_the_general_connectors_are_short() {
    for connector in ["tabular", "rest", "database"] {
        example(connector);
    }
}
