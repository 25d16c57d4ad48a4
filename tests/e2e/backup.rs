//! A backup that is made while the hub works, put back elsewhere.
//! Here because a backup that was never restored is a hope.
//! In: a county whose service takes deeds meanwhile. Out: the same cases, evidence and audit log in another place; refusals.
//! Not here: the disk under it.

use crate::harness::{Outcome, PATIENCE, program, run};
use crate::site::Site;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

fn hub(config: &Path, arguments: &[&str]) -> Outcome {
    let mut command = program("hub");
    command.arg("--config").arg(config).args(arguments);
    run(&mut command, PATIENCE)
}

/// Moves the data below the configuration, where a new site has it.
fn as_new(site: &Site) {
    site.edit("config/conf.d/site.toml", "data_dir = \"../data\"\n", "");
}

#[test]
fn what_was_backed_up_under_load_is_the_same_elsewhere() {
    let (site, _platform) = Site::with_platform(4_000, 381);
    as_new(&site);
    site.run_all();
    let listed = site.ask(&["case", "list", "-n", "1000"]);
    let ids: Vec<String> = listed
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| case["id"].as_str().expect("an id").to_owned())
        .collect();
    let service = site.serve();
    let into = site.path("backups");
    // Deeds go on while it is made.
    let told = std::thread::scope(|scope| {
        let deeds = scope.spawn(|| {
            for id in &ids {
                site.hub(&["case", "act", id, "dispatch", "--actor", "县专班"])
                    .good();
            }
        });
        let told = site.ask(&["backup", &into.to_string_lossy()]);
        deeds.join().expect("deeds");
        told
    });
    assert_eq!(service.stop(), Some(0));
    let backup = PathBuf::from(told["folder"].as_str().expect("a folder"));
    hub(&site.config(), &["backup", "--check", &backup.to_string_lossy()]).good();
    for entry in fs::read_dir(&into).expect("backups") {
        let name = entry.expect("an entry").file_name();
        assert!(
            name.to_string_lossy().starts_with("hub-"),
            "nothing half done: {name:?}"
        );
    }

    let elsewhere = site.path("elsewhere");
    hub(&elsewhere, &["restore", &backup.to_string_lossy()]).good();
    let ask = |arguments: &[&str]| -> Value {
        hub(&elsewhere, &[arguments, &["-o", "json"]].concat())
            .good()
            .json()
    };
    let verified = ask(&["audit", "verify"]);
    assert_eq!(
        (&verified["entries"], &verified["head"]),
        (&told["audit_entries"], &told["audit_head"])
    );
    let restored = ask(&["case", "list", "-n", "1000"]);
    assert_eq!(restored.as_array().map(Vec::len), Some(ids.len()));
    for id in &ids {
        let (here, there) = (site.ask(&["case", "show", id]), ask(&["case", "show", id]));
        assert_eq!(here["warnings"], there["warnings"], "{id}");
    }
    // The lake came along, and the keys: the same people keep their ids, and nothing opens twice.
    let count = "SELECT count(*) AS people FROM person";
    assert_eq!(ask(&["query", count]), site.ask(&["query", count]));
    let report = ask(&["check", "--push-wait", "0"]);
    assert_eq!(
        report["warnings"]["opened"],
        site.ask(&["check", "--push-wait", "0"])["warnings"]["opened"]
    );

    // Nothing is overwritten, and what was altered is not put back.
    let refused = hub(&elsewhere, &["restore", &backup.to_string_lossy()])
        .ended(2)
        .stderr;
    assert!(refused.contains("不会覆盖"), "{refused}");
    let database = backup.join("data/hub.db");
    let mut bytes = fs::read(&database).expect("a database");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&database, bytes).expect("written");
    let third = site.path("third");
    let refused = hub(&third, &["restore", &backup.to_string_lossy()])
        .ended(2)
        .stderr;
    assert!(
        refused.contains("hub.db") && refused.contains("不一致"),
        "{refused}"
    );
    assert!(!third.exists(), "nothing is in place");
}
