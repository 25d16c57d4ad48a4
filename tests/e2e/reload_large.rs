//! How long a large configuration takes to be served and to be read anew, and what it holds; printed with `--nocapture`.
//! Here because whoever edits a rule at noon waits for the answer.
//! In: eight connectors, every shipped rule, two hundred schedules. Out: the first answers, idle memory, `took_ms` of five reloads.
//! Not here: what a reload does (reload).

use std::fs;
use std::time::Duration;

use crate::harness::say;
use crate::site::Site;

const ROSTER: &str = "config/connectors/roster.toml";
/// After this a service that was started has nothing left to do.
const IDLE: Duration = Duration::from_secs(5);
const CHECKS: &str = "config/schedules.toml";

#[test]
fn a_large_configuration_is_read_anew_in_a_moment() {
    let site = Site::new(1_000, 206);
    site.departments(1_000, 206);
    site.connect_departments(None);
    // Two more, as they are: what is read is the files.
    for more in ["seventh", "eighth"] {
        let file = format!("config/connectors/{more}.toml");
        let roster = site
            .read(ROSTER)
            .replace("id = \"roster\"", &format!("id = \"{more}\""));
        site.write(&file, &roster);
    }
    let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/rules");
    for entry in fs::read_dir(shipped).expect("rules") {
        let path = entry.expect("a rule").path();
        let name = path.file_name().expect("a name");
        fs::copy(&path, site.config().join("rules").join(name)).expect("copied");
    }
    let schedules: Vec<String> = (0..200)
        .map(|n| {
            format!(
                "[[schedule]]\nid = \"check.n{n}\"\ncron = \"{} {} * * *\"\n",
                n % 60,
                n % 24
            )
        })
        .collect();
    site.write(CHECKS, &schedules.join("\n"));
    let service = site.serve();
    let alive = service.alive_after.expect("it is ready, so it answered before");
    std::thread::sleep(IDLE);
    let (own, program) = service.memory();
    say(&format!(
        "8 connectors, 150 rules, 200 schedules: /livez after {alive:?}, /readyz after {:?}; when idle {} MB of its own, {} MB of its \
         program",
        service.ready_after,
        own / 1_000_000,
        program / 1_000_000
    ));
    let mut took: Vec<u64> = Vec::new();
    for round in 0..5 {
        site.write("config/places.toml", &format!("# {round}\n"));
        let answer = site.ask(&["reload"]);
        assert_eq!(answer["changed"], true, "{answer}");
        assert!(
            answer["connectors"] == 8
                && answer["rules"].as_u64() >= Some(150)
                && answer["schedules"].as_u64() >= Some(200),
            "{answer}"
        );
        took.push(answer["took_ms"].as_u64().expect("milliseconds"));
    }
    took.sort_unstable();
    say(&format!(
        "reload of 8 connectors, 150 rules, 200 schedules: {took:?} ms"
    ));
    assert_eq!(service.stop(), Some(0));
}
