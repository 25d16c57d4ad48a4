//! Questions asked of a running site: what `hub query` answers, masks, refuses and records.
//! Here because a look at personal values must leave a trace, whoever writes the store at that moment.
//! In: a synthetic county. Out: exit codes, formats, audit entries.
//! Not here: SQL in detail (the engine's own tests).

use serde_json::Value;

use crate::site::Site;

const HEAD: &str = "SELECT name, id_no FROM person WHERE relation = '户主' ORDER BY person_id LIMIT 1";

/// The audit entries of looks, as a reader that is not ours sees them.
fn looks(site: &Site) -> Vec<String> {
    let database = std::fs::read(site.path("data/hub.db")).expect("the store");
    let log = std::fs::read(site.path("data/hub.db-wal")).unwrap_or_default();
    let text = String::from_utf8_lossy(&[database, log].concat()).into_owned();
    let after = text.split("query.revealed").skip(1);
    after
        .map(|entry| format!("query.revealed{}", entry.chars().take(400).collect::<String>()))
        .collect()
}

#[test]
fn every_table_that_can_be_asked_says_what_its_columns_are() {
    let site = Site::bare();
    let tables = site.ask(&["table"]);
    let tables = tables.as_array().expect("tables");
    assert!(tables.len() > 40, "{}", tables.len());
    for table in tables {
        let name = table["table"].as_str().expect("a name");
        let columns = site.ask(&["table", name]);
        let columns = columns.as_array().expect("columns");
        assert_eq!(table["columns"], columns.len(), "{name}");
        assert!(columns.iter().all(|column| column["doc"] != ""), "{columns:?}");
    }
    let person = site.ask(&["table", "person"]).to_string();
    assert!(
        person.contains("\"column\":\"id_no\"") && person.contains("\"personal\":true"),
        "{person}"
    );
    let said = site.hub(&["table", "persons"]).ended(4).stderr;
    assert!(said.contains("did you mean \"person\""), "{said}");
}

#[test]
fn a_question_is_answered_in_four_formats_and_nothing_personal_is_shown() {
    let site = Site::new(1_500, 43);
    let report = site.run_all();
    let counted = site.ask(&["query", "SELECT count(*) AS n FROM person"]);
    assert_eq!(counted["rows"][0]["n"], report["people"], "{counted}");
    let head = site.ask(&["query", HEAD]);
    let row = &head["rows"][0];
    assert!(
        row["name"].as_str().is_some_and(|name| name.contains('*')),
        "{row}"
    );
    assert!(
        row["id_no"].as_str().is_none_or(|id| id.contains("********")),
        "{row}"
    );
    assert_eq!(
        head["personal"],
        serde_json::json!(["person.id_no", "person.name"])
    );
    let told = site.hub(&["query", HEAD]).good();
    assert!(
        told.stderr.contains("已脱敏") && told.stdout.contains("id_no"),
        "{told:?}"
    );
    let sql = "SELECT household_no, people_now FROM household ORDER BY household_no";
    let csv = site.hub(&["query", sql, "-n", "3", "-o", "csv"]).good();
    assert_eq!(csv.stdout.lines().count(), 4, "{csv:?}");
    assert!(
        csv.stdout.starts_with("household_no,people_now\r\n") && csv.stderr.contains("前 3 行"),
        "{csv:?}"
    );
    let file = site.path("answer.parquet");
    let to = file.to_string_lossy();
    site.hub(&["query", sql, "-o", "parquet", &to]).good();
    assert!(std::fs::read(&file).expect("the file").starts_with(b"PAR1"));
    site.hub(&["query", sql, "-o", "parquet", &to]).ended(1);
    site.hub(&["query", sql, "-o", "parquet"]).ended(2);
    site.hub(&["status", "-o", "parquet"]).ended(2);
    let wrong = site.hub(&["query", "SELECT 1,\n nosuch FROM person"]).ended(2);
    assert!(wrong.stderr.contains("SQL:2:2: "), "{wrong:?}");
    site.hub(&["query", "DELETE FROM person"]).ended(2);
}

#[test]
fn a_look_at_personal_values_is_recorded_with_its_reason_before_it_is_shown() {
    let site = Site::new(1_000, 44);
    site.run_all();
    site.hub(&["query", HEAD, "--reveal", "看"]).ended(2);
    assert_eq!(looks(&site).len(), 0, "a refused look is no look");
    let shown = site.ask(&["query", HEAD, "--reveal", "核实电话举报"]);
    assert!(
        !shown["rows"][0]["name"].as_str().expect("a name").contains('*'),
        "{shown}"
    );
    let recorded = looks(&site);
    assert!(
        recorded
            .iter()
            .any(|entry| entry.contains("核实电话举报") && entry.contains("person.id_no"))
    );
    // While the service writes, it writes this too.
    let service = site.serve();
    let shown = site.ask(&["query", HEAD, "--reveal", "服务运行时核实"]);
    assert!(
        !shown["rows"][0]["name"].as_str().expect("a name").contains('*'),
        "{shown}"
    );
    let masked = site.ask(&["query", HEAD]);
    assert!(
        masked["rows"][0]["name"].as_str().expect("a name").contains('*'),
        "{masked}"
    );
    assert_eq!(service.stop(), Some(0));
    let recorded = looks(&site);
    assert!(
        recorded.iter().any(|entry| entry.contains("服务运行时核实")),
        "{recorded:?}"
    );
    assert!(
        !recorded.iter().any(|entry| entry.contains("'户主'")),
        "literals stay out: {recorded:?}"
    );
}

#[test]
fn the_past_is_what_was_committed_by_the_end_of_that_day() {
    let site = Site::new(1_000, 45);
    site.hub(&["query", "SELECT 1 AS one", "--as-of", "2020-01-01"])
        .ended(4);
    site.run_all();
    let sql = "SELECT count(*) AS n FROM household";
    site.hub(&["query", sql, "--as-of", "2020-01-01"]).ended(4);
    let now: Value = site.ask(&["query", sql]);
    assert_eq!(
        site.ask(&["query", sql, "--as-of", "2099-12-31"])["rows"],
        now["rows"]
    );
    site.hub(&["query", sql, "--as-of", "2024-02-30"]).ended(2);
}
