//! One household's page over the demo's county: figures as the whole lake has them, cells, masks, the audited look.
//! Here because it is the page a village cadre decides on.
//! In: the demo, run once. Out: exit codes, JSON, audit entries.
//! Not here: sums and flags in every case (the engine's own tests), findings (demo).

use serde_json::Value;

use crate::harness::{PATIENCE, built, program, run};
use crate::site::Site;

/// Households looked at.
const LOOKED_AT: usize = 5;

/// The shipped demo with a county of its own.
fn demo(people: u64, seed: u64) -> Site {
    let site = Site::bare();
    let mut demo = program("hub");
    demo.args(["demo", "--once", "-o", "json", "--dir"])
        .arg(site.path(""))
        .args(["--people", &people.to_string(), "--seed", &seed.to_string()]);
    run(&mut demo, PATIENCE).good();
    site
}

fn rows(answer: &Value) -> &[Value] {
    answer["rows"].as_array().expect("rows")
}

/// Households of which departments tell something; the county lived before the rolling window of today.
fn paid(site: &Site) -> Vec<u64> {
    let sql =
        "SELECT household_id FROM household_income WHERE evidenced_fen > 0 AND \"window\" = 'accounting_year'
               GROUP BY household_id HAVING max(sources) > 0 ORDER BY count(*) DESC, household_id";
    let answer = site.ask(&["query", sql]);
    let ids = rows(&answer)
        .iter()
        .map(|row| row["household_id"].as_u64().expect("an id"));
    ids.take(LOOKED_AT).collect()
}

/// What the whole lake says of a household's sub-items, in the page's order of none.
fn figures_of(site: &Site, id: u64) -> Vec<String> {
    let sql = format!(
        "SELECT \"window\", year, item, declared_fen, evidenced_fen, difference_fen, disputed_fen, \"rows\"
         FROM household_income WHERE household_id = {id}"
    );
    let mut figures: Vec<String> = rows(&site.ask(&["query", &sql]))
        .iter()
        .map(Value::to_string)
        .collect();
    figures.sort();
    figures
}

#[test]
fn a_households_page_says_what_the_whole_lake_says_down_to_the_cell() {
    let site = demo(1_500, 61);
    let ids = paid(&site);
    assert_eq!(ids.len(), LOOKED_AT);
    for id in ids {
        let page = site.ask(&["household", "show", &id.to_string()]);
        assert_eq!(page["household_id"], id, "{page}");
        let mut shown = Vec::new();
        for figure in page["income"].as_array().expect("income") {
            let mut row = serde_json::Map::new();
            for name in [
                "window",
                "year",
                "item",
                "declared_fen",
                "evidenced_fen",
                "difference_fen",
                "disputed_fen",
                "rows",
            ] {
                row.insert(name.to_owned(), figure[name].clone());
            }
            shown.push(Value::Object(row).to_string());
            cited(figure);
        }
        shown.sort();
        assert_eq!(shown, figures_of(&site, id));
        let head = &page["members"][0];
        assert_eq!(head["is_head"], true, "{page}");
        assert!(
            head["name"].as_str().is_some_and(|name| name.contains('*')),
            "{head}"
        );
    }
}

/// Every evidenced figure names its rows, and each row the cell its amount stands in.
fn cited(figure: &Value) {
    let sources = figure["sources"].as_array().expect("sources");
    assert_eq!(sources.is_empty(), figure["evidenced_fen"].is_null(), "{figure}");
    for source in sources {
        let cell = &source["cells"][0];
        assert!(
            cell["locator"]
                .as_str()
                .is_some_and(|place| place == source["locator"]),
            "{source}"
        );
        assert!(!cell["header"].as_str().expect("a header").is_empty(), "{source}");
        let read: f64 = cell["value"]
            .as_str()
            .expect("a value")
            .trim_end_matches('元')
            .replace(',', "")
            .parse()
            .unwrap_or(0.0);
        let fen = source["amount_fen"].as_i64().expect("an amount");
        // Departments write 万元 too.
        let near = |factor: f64| (read * factor - fen as f64).abs() < 1.0;
        assert!(near(100.0) || near(1_000_000.0) || read == 0.0, "{source}");
    }
}

#[test]
fn a_page_is_for_people_too_and_tells_the_open_warning() {
    let site = demo(1_000, 62);
    let cases = site.ask(&["case", "list"]);
    let case = &cases[0];
    let id = case["subject"]["id"].as_u64().expect("an id").to_string();
    let page = site.hub(&["household", "show", &id]).good();
    for words in [
        "家庭成员",
        "收入年度",
        "近十二个整月",
        "人均",
        "存续预警",
        "数据疑点",
    ] {
        assert!(page.stdout.contains(words), "{words}: {}", page.stdout);
    }
    assert!(
        page.stdout.contains(case["id"].as_str().expect("an id")),
        "{}",
        page.stdout
    );
    assert!(page.stderr.contains("已脱敏"), "{}", page.stderr);
    let number = site.ask(&[
        "query",
        &format!("SELECT household_no FROM household WHERE household_id = {id}"),
    ]);
    let number = rows(&number)[0]["household_no"]
        .as_str()
        .expect("a number")
        .to_owned();
    assert_eq!(
        site.ask(&["household", "show", &number])["household_id"].to_string(),
        id
    );
    let past = site.ask(&["household", "show", &id, "--as-of", "2099-12-31"]);
    assert_eq!(
        (&past["cases_known"], &past["case"]),
        (&false.into(), &Value::Null)
    );
    let unknown = site.hub(&["household", "show", "11010519491231002X"]).ended(4);
    assert!(
        !unknown.stderr.contains("1949"),
        "what was asked is not repeated: {}",
        unknown.stderr
    );
    site.hub(&["household", "show", &id, "--as-of", "2020-01-01"])
        .ended(4);
    site.hub(&["household", "show", &id, "-o", "parquet"]).ended(2);
}

#[test]
fn household_registers_need_configuration_alone_and_stand_beside_the_household() {
    let site = Site::new(1_000, 64);
    site.run_all();
    let head = "SELECT household_id, id_no, name FROM person WHERE id_no IS NOT NULL AND name IS NOT NULL ORDER BY household_id LIMIT 1";
    let answer = site.ask(&["query", head, "--reveal", "核对户口登记"]);
    let person = &rows(&answer)[0];
    let said = |column: &str| person[column].as_str().expect("a value");
    let (id, name) = (said("id_no"), said("name"));
    let roll = format!(
        "户口簿号,姓名,身份证号,关系,迁出日期\nR1,{name},{id},户主,2023-05-01\nR1,邻居,,其他,\n合计,,,,\n"
    );
    let example = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../connectors/tabular/example/household-registers.toml");
    let text = std::fs::read_to_string(example).expect("an example");
    assert!(text.lines().count() <= 25, "a feed in 25 lines");
    let inbox = site.path("registers");
    std::fs::create_dir_all(&inbox).expect("a folder");
    std::fs::write(inbox.join("registers-202310.csv"), roll).expect("a roll");
    let text = text.replace("/srv/hub/inbox/police-registers", &inbox.to_string_lossy());
    site.write("config/connectors/police-registers.toml", &text);
    let plugin = built().join("libtabular.so");
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
    let report = site.run_all();
    assert_eq!(report["failed"], serde_json::json!([]), "{report}");
    let household = person["household_id"].to_string();
    let page = site.ask(&["household", "show", &household]);
    let register = &page["registrations"][0];
    let expect = serde_json::json!({
        "register_no": "R1", "stream": "police-registers/registers", "members": 1, "others": 1, "closed": 1
    });
    assert_eq!(register, &expect, "{page}");
    let shown = site.hub(&["household", "show", &household]).good().stdout;
    assert!(
        shown.contains("户籍") && shown.contains("户口已注销或迁出"),
        "{shown}"
    );
}

#[test]
fn a_look_at_a_households_names_is_recorded_with_its_reason() {
    let site = demo(1_000, 63);
    let id = paid(&site)[0].to_string();
    site.hub(&["household", "show", &id, "--reveal", "看"]).ended(2);
    let page = site.ask(&["household", "show", &id, "--reveal", "入户核实收入"]);
    assert!(
        !page["members"][0]["name"].as_str().expect("a name").contains('*'),
        "{page}"
    );
    assert_eq!(page["masked"], false);
    let database = std::fs::read(site.path("data/hub.db")).expect("the store");
    let log = std::fs::read(site.path("data/hub.db-wal")).unwrap_or_default();
    let text = String::from_utf8_lossy(&[database, log].concat()).into_owned();
    let recorded = text.split("household.revealed").skip(1).any(|entry| {
        let entry: String = entry.chars().take(300).collect();
        entry.contains("入户核实收入") && entry.contains(&format!("household/{id}"))
    });
    assert!(recorded, "no entry of the look");
}
