//! Runs every fault a plugin can have through one host process, and a healthy read after them.
//! Here because "a plugin cannot take the hub down" is a promise, and this is where it is kept.
//! In: the built hostile plugin, C sources compiled on the spot. Out: category, cause, rows and log tail of each fault.
//! Not here: what the hub does with a fault.

#[path = "hostile/files.rs"]
mod files;
#[path = "hostile/orphan.rs"]
mod orphan;
#[path = "hostile/sandbox.rs"]
mod sandbox;
#[path = "hostile/support.rs"]
mod support;
#[path = "hostile/through_hub.rs"]
mod through_hub;

use plugin_host::{Category, Cause, Fault, Host, Isolation, ReadRequest};
use std::time::{Duration, Instant};
use support::{PATIENCE_MS, drain, host, hostile, launch, read, turn};

/// Faults of the running plugin: fault, rows before it (`*` where a forged message ends the run at once), category,
/// cause, what the message says, what the log's tail says.
const FAULTS: &str = "
panic_open          |  0 | internal     | panic         | plugin panicked: boom in open             | src/lib.rs
panic_next          | 20 | internal     | panic         | plugin panicked: boom in next             | src/lib.rs
panic_thread        | 40 | internal     | panic         | rows may be missing: boom in a thread     | boom in a thread
nul_in_error        | 20 | data         | plugin        | before\u{2400}after                       |
auth                | 20 | auth         | plugin        | token expired                             |
rate_limited        | 20 | rate_limited | plugin        | slow down                                 |
wrong_schema        | 20 | schema       | plugin        | differs from the declared schema          |
segfault            | 20 | internal     | signal 11     | signal 11 (SIGSEGV)                       |
abort               | 20 | internal     | signal 6      | signal 6 (SIGABRT)                        |
exit_zero           | 20 | internal     | exit 0        | exited with 0 without 'done'              |
stack_overflow      | 20 | internal     | signal 6      | signal 6                                  | has overflowed its stack
corrupt_offsets     | 20 | data         | plugin        | corrupt batch                             |
forge_body_length   | 20 | data         | protocol      | body of 17592186044416 bytes exceeds its frame of 512 |
forge_frame_length  | 20 | data         | protocol      | a frame of 4294967295 bytes               |
forge_control       |  * | internal     | protocol      | an unreadable control message             |
forge_control_flood |  * | internal     | protocol      | a control line of more than               |
forge_done          | 20 | internal     | protocol      | says 1000 batches and 1000 rows, but 2 and 20 came |
loop_cooperative    | 20 | cancelled    | hung          | stopped when asked                        |
loop_forever        | 20 | internal     | hung          | did not stop within 700 ms, killed        |
allocate            | 20 | internal     | out of memory | out of memory (limit 256 MiB)             | memory allocation of
checkpoint_ahead    | 40 | internal     | protocol      | a checkpoint after batch 1000, but 4 came |
huge_batch          | 20 | data         | plugin        | keep to the request's batch_bytes         |
secret              | 20 | auth         | plugin        | secret \"other\" was not granted          | granted length=6
";

struct Case {
    fault: &'static str,
    rows: &'static str,
    category: &'static str,
    cause: &'static str,
    says: &'static str,
    log: &'static str,
}

fn cases() -> Vec<Case> {
    let case = |line: &'static str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [fault, rows, category, cause, says, log] = cells[..] else {
            panic!("six cells: {line}")
        };
        Case {
            fault,
            rows,
            category,
            cause,
            says,
            log,
        }
    };
    FAULTS.lines().filter(|line| !line.is_empty()).map(case).collect()
}

impl Case {
    fn holds(&self, rows: u64, fault: &Fault) {
        let rows = if self.rows == "*" {
            "*".into()
        } else {
            rows.to_string()
        };
        let found = (rows.as_str(), fault.category.name(), &*fault.cause.to_string());
        assert_eq!(
            found,
            (self.rows, self.category, self.cause),
            "{}: {fault}",
            self.fault
        );
        assert!(
            fault.message.contains(self.says),
            "{}: {}",
            self.fault,
            fault.message
        );
        let tail = fault.log_tail.join("\n");
        assert!(
            tail.contains(self.log),
            "{}: {:?} not in the tail:\n{tail}",
            self.fault,
            self.log
        );
    }
}

#[test]
fn every_fault_stays_the_fault_of_one_run() {
    let plugin = hostile();
    for case in cases() {
        let (rows, result) = read(&plugin, case.fault, Isolation::Child);
        let fault = result.expect_err(case.fault);
        case.holds(rows, &fault);
        match case.fault {
            "rate_limited" => assert_eq!(fault.retry_after, Some(Duration::from_secs(30))),
            "auth" => assert_eq!(fault.vendor_code, 401),
            _ => {}
        }
    }
    // The same process, after all of them.
    let (rows, report) = read(&plugin, "none", Isolation::Child);
    let report = report.expect("a healthy read");
    assert_eq!(
        (rows, report.batches, report.rows, report.complete),
        (40, 4, 40, true)
    );
    let after: Vec<u64> = report
        .checkpoints
        .iter()
        .map(|checkpoint| checkpoint.after_batch)
        .collect();
    assert_eq!(after, [1, 2, 3, 4]);
    assert!(report.peak_rss_bytes.is_some_and(|bytes| bytes > 1 << 20));
}

#[test]
fn some_oddities_are_no_faults() {
    let plugin = hostile();
    for (oddity, log) in [
        ("panic_drop", "boom in drop"),
        ("panic_thread_acknowledged", "boom in a thread"),
        ("print", "printed by the plugin"),
        ("print", "written to descriptor 1"),
        ("log_flood", "flood line=49999"),
        // Nothing of the job, the secrets or the hub's files is visible from inside: where to put scratch files, and how to allocate.
        ("environment", "env=MIMALLOC_ARENA_EAGER_COMMIT,TMPDIR fds="),
        ("environment", "nnp=true"),
    ] {
        let (rows, report) = read(&plugin, oddity, Isolation::Child);
        let report = report.unwrap_or_else(|fault| panic!("{oddity}: {fault}: {:?}", fault.log_tail));
        assert_eq!((rows, report.complete), (40, true), "{oddity}");
        let tail = report.log_tail.join("\n");
        assert!(tail.contains(log), "{oddity}: {log:?} not in the tail:\n{tail}");
        assert!(!tail.contains("s3cret"), "{oddity}: a secret in the log");
    }
}

#[test]
fn a_grandchild_that_holds_the_channels_is_not_waited_for() {
    let (plugin, _) = (hostile(), host());
    let began = Instant::now();
    let (rows, report) = read(&plugin, "grandchild", Isolation::Child);
    assert!(report.expect("the child itself ended well").complete);
    assert_eq!(rows, 40);
    assert!(
        began.elapsed() < Duration::from_millis(PATIENCE_MS / 2),
        "waited for the grandchild"
    );
}

#[test]
fn in_process_the_same_plugin_gives_the_same_answers() {
    let _turn = turn();
    let plugin = hostile();
    for case in cases() {
        // What kills a process, lies to the pipe, or never returns is for children only.
        let survivable = ["plugin", "panic"].contains(&case.cause) && case.fault != "huge_batch";
        if survivable || case.fault == "checkpoint_ahead" {
            let (rows, result) = read(&plugin, case.fault, Isolation::InProcess);
            let fault = result.expect_err(case.fault);
            // The panic's place is printed by the plugin's own hook, to the standard error of this process.
            case.holds(
                rows,
                &Fault {
                    log_tail: vec![case.log.to_owned()],
                    ..fault
                },
            );
        }
    }
    let (rows, report) = read(&plugin, "none", Isolation::InProcess);
    assert_eq!((rows, report.expect("a healthy read").complete), (40, true));
}

#[test]
fn a_read_can_be_stopped_early_and_from_another_thread() {
    let _turn = turn();
    let plugin = hostile();
    for isolation in [Isolation::Child, Isolation::InProcess] {
        let launch = launch(&plugin, "loop_cooperative", isolation);
        let mut session = host().read(&launch, ReadRequest::new("rows")).expect("a session");
        let canceller = session.canceller();
        let stop = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            canceller.cancel();
        });
        let fault = drain(&mut session).1.expect_err("cancelled");
        assert_eq!(
            (fault.category, fault.cause),
            (Category::Cancelled, Cause::Plugin),
            "{isolation:?}"
        );
        stop.join().expect("the stopping thread");

        let mut session = host().read(&launch, ReadRequest::new("rows")).expect("a session");
        assert!(session.next().expect("a batch").is_some());
        let report = session.finish().expect("a plugin that stops when asked");
        assert_eq!(
            (report.batches, report.rows, report.complete),
            (1, 10, false),
            "{isolation:?}"
        );
        assert!(
            report
                .checkpoints
                .iter()
                .all(|checkpoint| checkpoint.after_batch <= 1),
            "{isolation:?}"
        );
    }
}

#[test]
fn spec_check_discover_and_requests_work_in_both_modes() {
    let _turn = turn();
    let plugin = hostile();
    for isolation in [Isolation::Child, Isolation::InProcess] {
        let launch = launch(&plugin, "none", isolation);
        let spec = host().spec(&launch).expect("a spec");
        assert_eq!(spec["name"], "hostile");
        assert_eq!(spec["config_schema"]["required"][0], "fault");
        host().check(&launch).expect("nothing to check");
        let streams = host().discover(&launch).expect("streams");
        assert_eq!(streams.len(), 1);
        assert_eq!(
            (streams[0].spec.name.as_str(), streams[0].schema.fields().len()),
            ("rows", 2)
        );

        let mut request = ReadRequest::new("rows");
        request.columns = Some(vec!["s".into()]);
        request.max_rows = Some(15);
        let mut session = host().read(&launch, request).expect("a session");
        assert_eq!(session.schema().fields().len(), 1);
        let (rows, report) = drain(&mut session);
        report.expect("the end");
        assert_eq!(rows, 15, "{isolation:?}");
        assert_eq!(session.checkpoints(), [], "a cut read leaves no checkpoints");

        let fault = host()
            .read(&launch, ReadRequest::new("nothing"))
            .err()
            .expect("no such stream");
        assert_eq!((fault.category, fault.cause), (Category::NotFound, Cause::Plugin));
        let mut launch = launch;
        launch.config = serde_json::json!({ "fault": "none", "surplus": 1 });
        let fault = host().check(&launch).expect_err("an unknown field");
        assert_eq!(fault.category, Category::Config);
        assert!(fault.message.contains("surplus"), "{}", fault.message);
    }
}

#[test]
fn an_executable_that_does_not_speak_the_protocol_is_a_fault() {
    let plugin = hostile();
    let launch = launch(&plugin, "loop_forever", Isolation::Child);
    let missing = Host {
        exe: "/nonexistent/hub".into(),
        args: Vec::new(),
    };
    assert_eq!(
        missing.check(&launch).expect_err("no such file").cause,
        Cause::Spawn
    );
    let indifferent = Host {
        exe: "/bin/true".into(),
        args: Vec::new(),
    };
    assert_eq!(
        indifferent.check(&launch).expect_err("ends at once").cause,
        Cause::Exit(Some(0))
    );
    let silent = Host {
        exe: "/bin/sleep".into(),
        args: vec!["600".into()],
    };
    assert_eq!(
        silent.check(&launch).expect_err("says nothing").cause,
        Cause::Hung
    );
}

#[test]
fn the_conformance_run_names_what_fails() {
    let plugin = hostile();
    let healthy = host().conform(&launch(&plugin, "none", Isolation::Child), None);
    assert!(healthy.passed(), "{healthy}");
    let sick = host().conform(&launch(&plugin, "panic_next", Isolation::Child), None);
    let failed = sick
        .checks
        .iter()
        .find(|check| check.failure.is_some())
        .expect("a failing check");
    assert_eq!(failed.name, "read rows: comes to its end", "{sick}");
    assert!(
        failed
            .failure
            .as_deref()
            .is_some_and(|why| why.contains("boom in next")),
        "{sick}"
    );
}
