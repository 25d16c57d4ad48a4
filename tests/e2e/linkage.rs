//! Record linkage from the command line, on lists whose right answers are known.
//! Here because who somebody is decides everything after it, and the method must be open to trial.
//! In: a register and a department's list of the seeds; two small lists with Latin columns. Out: precision and recall.
//! Not here: the bar against other programs (the engine's bench), single kinds of broken numbers (the engine's tests).

use serde_json::Value;

use crate::harness::{PATIENCE, program, run};
use crate::site::Site;

const REGISTER: &str = r#"
left_key = "row_no"
right_key = "person_no"
[people]
county = "county_name"
town = "town_name"
village = "village_name"
group = "group_no"
door = "door_no"
"#;

fn evaluate(site: &Site) -> Vec<String> {
    let file = |option: &str, name: &str| {
        [
            format!("--{option}"),
            site.path(name).to_string_lossy().into_owned(),
        ]
    };
    let options = [
        file("left", "list.csv"),
        file("right", "register.csv"),
        file("truth", "truth.csv"),
        file("schema", "schema.toml"),
    ];
    let words = ["link", "evaluate", "-o", "json"].map(str::to_owned);
    words.into_iter().chain(options.into_iter().flatten()).collect()
}

fn judged(site: &Site) -> Value {
    let mut hub = program("hub");
    run(hub.args(evaluate(site)), PATIENCE).good().json()
}

#[test]
fn a_departments_list_finds_its_people_in_the_register() {
    let site = Site::bare();
    let mut lists = program("seeds");
    lists.args([
        "lists",
        "--profile",
        "base",
        "--people",
        "5000",
        "--seed",
        "41",
        "--dir",
    ]);
    run(lists.arg(site.path("")), PATIENCE).good();
    site.write("schema.toml", REGISTER);
    let judged = judged(&site);
    let figure = |value: &Value| value.as_f64().expect("a figure");
    assert!(figure(&judged["best"]["f1"]) > 0.98, "{judged}");
    assert!(figure(&judged["recall_at_precision_999"]) > 0.9, "{judged}");
    assert_eq!(
        judged["left"], 962,
        "a fifth of the people, as drawn from this seed"
    );
    assert!(
        judged["thresholds"]
            .as_array()
            .is_some_and(|points| points.len() > 10)
    );
}

#[test]
fn any_two_lists_are_judged_by_their_schema_and_a_mistake_in_it_is_told() {
    let site = Site::bare();
    site.write(
        "list.csv",
        "id,given,born\nl1,maria,1970-01-02\nl2,john,1981-11-30\nl3,peter,1990-05-06\n",
    );
    site.write(
        "register.csv",
        "id,first,birth\nr1,mariah,19700102\nr2,jon,1981-11-30\nr3,anna,1955-12-24\nr4,pete,1990/5/6\n",
    );
    site.write("truth.csv", "l,r\nl1,r1\nl2,r2\nl3,r4\n");
    let schema = r#"left_key = "id"
right_key = "id"
columns = [
  { kind = "name", left = "given", right = "first" },
  { kind = "date", left = "born", right = "birth" },
]
"#;
    site.write("schema.toml", schema);
    let judged = judged(&site);
    assert_eq!(
        (&judged["left"], &judged["right"], &judged["answers"]),
        (&3.into(), &4.into(), &3.into())
    );
    assert!(judged["best"]["f1"].as_f64() > Some(0.6), "{judged}");
    for (old, new, says) in [
        ("kind = \"date\"", "kind = \"dat\"", "did you mean `date`"),
        ("right = \"birth\"", "right = \"brith\"", "brith"),
        ("right_key = \"id\"", "right_key = \"key\"", "key"),
        ("right_key", "rigth_key", "did you mean `right_key`"),
    ] {
        site.write("schema.toml", &schema.replace(old, new));
        let mut hub = program("hub");
        let refused = run(hub.args(evaluate(&site)), PATIENCE).ended(78);
        assert!(
            refused.stderr.contains("schema.toml:") && refused.stderr.contains(says),
            "{}",
            refused.stderr
        );
    }
}
