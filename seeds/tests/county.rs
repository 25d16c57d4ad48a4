//! The county's files as they lie on the disk: names, determinism, the truth beside them.
//! Here because everything downstream is judged against truth.json.
//! In: a small county in a temporary folder. Out: file names, sizes and counts.
//! Not here: the cells (the roster connector reads them back in its own tests).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use seeds::county::{Options, county, generate};

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let inbox = fs::read_dir(dir.join("inbox/roster")).unwrap();
    inbox
        .map(|entry| entry.unwrap())
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

#[test]
fn the_same_options_give_the_same_bytes_and_the_truth_counts_them() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let options = Options {
        people: 1_000,
        seed: 42,
    };
    let truth = generate(one.path(), options).unwrap();
    assert_eq!(truth, generate(two.path(), options).unwrap());
    let written = files(one.path());
    assert_eq!(
        written.keys().collect::<Vec<_>>(),
        ["incomes-2023.xlsx", "members-202310.xlsx"]
    );
    assert!(written == files(two.path()));
    let households = county(options).unwrap().households().count() as u64;
    assert_eq!((truth.people, truth.households), (1_000, households));
    assert_eq!(truth.rows["roster/incomes"], 2 * households);
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(one.path().join("truth.json")).unwrap()).unwrap();
    assert_eq!(json["rows"]["roster/members"], 1_000);
    let bands: Vec<_> = json["rules"]["A01"]["planted"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| &f["band"])
        .collect();
    for band in [
        "below_monitoring_line",
        "below_low_income_standard",
        "below_10000",
    ] {
        assert!(bands.iter().any(|found| *found == band), "{band}");
    }
}

#[test]
fn a_smaller_county_leaves_no_file_of_the_bigger_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let inbox = dir.path().join("inbox/roster");
    fs::create_dir_all(&inbox).unwrap();
    fs::write(inbox.join("members-202310-part2.xlsx"), "old").unwrap();
    fs::write(inbox.join("notes.txt"), "kept").unwrap();
    generate(
        dir.path(),
        Options {
            people: 1_000,
            seed: 1,
        },
    )
    .unwrap();
    let names: Vec<_> = files(dir.path()).into_keys().collect();
    assert_eq!(names, ["incomes-2023.xlsx", "members-202310.xlsx", "notes.txt"]);
}

#[test]
fn too_few_or_too_many_people_are_refused_with_the_bounds() {
    for people in [0, 999, 10_000_001] {
        let error = county(Options { people, seed: 1 }).unwrap_err().to_string();
        assert!(error.contains("1000 to 10000000"), "{error}");
    }
}
