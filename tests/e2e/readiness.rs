//! `/readyz`, cause by cause: each is made real from outside, is named while it lasts, and is gone when it is mended.
//! Here because a watchdog that is told "ready" by a hub that cannot work, or the other way round, is worse than none.
//! In: a service; a file moved away, a full disk, a locked database, a plugin of other bytes, a clock behind, a stop. Out: 503 with
//! the cause's name, 200 afterwards; `/livez` 200 all along, but for a process that is stuck.
//! Not here: the watchdog of systemd (service), the doctor (retention).

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::harness::{PATIENCE, built, ended_within, is_there, poll, python, start, wait_until};
use crate::http;
use crate::serving::{Service, listening};
use crate::site::Site;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Every cause there is, in the order of the manual.
const CAUSES: [&str; 12] = [
    "rules",
    "draining",
    "store",
    "migrations",
    "database",
    "lease",
    "control",
    "disk",
    "plugins",
    "clock",
    "scheduler",
    "relay",
];
/// How long a process that is stuck is listened to.
const STUCK: Duration = Duration::from_secs(2);

/// Names of what is wrong, when the service answers.
fn wrong(address: SocketAddr) -> Option<(u16, Vec<String>)> {
    let (status, body) = http::request(address, "GET", "/readyz?verbose", "").ok()?;
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let checks = body["checks"].as_array().expect("checks");
    let names = |marks: &dyn Fn(&Value) -> bool| -> Vec<String> {
        let checks = checks.iter().filter(|check| marks(check));
        checks
            .map(|check| check["check"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert_eq!(names(&|_| true), CAUSES, "{body}");
    let wrong = names(&|check| check["mark"] == "wrong");
    assert_eq!(body["ready"], wrong.is_empty(), "{body}");
    assert_eq!(status, if wrong.is_empty() { 200 } else { 503 }, "{body}");
    for check in checks.iter().filter(|check| check["mark"] == "wrong") {
        let todo = check["todo"].as_str().unwrap_or_default();
        assert!(
            todo.contains(" / ") || todo.starts_with("hub "),
            "what to do, twice: {check}"
        );
    }
    Some((status, wrong))
}

/// While `broken`, the service is unready by exactly `names`; afterwards it is ready. It lives all along.
fn goes_and_comes(service: &Service, names: &[&str], broken: impl FnOnce(), mended: impl FnOnce()) {
    let is = |names: &[&str]| wrong(service.address).is_some_and(|(_, wrong)| wrong == names);
    wait_until(&format!("ready before {names:?}"), || is(&[]));
    broken();
    wait_until(&format!("unready by {names:?}"), || is(names));
    let (status, body) = service.get("/readyz");
    assert_eq!(status, 503, "{names:?}: {body}");
    for name in names {
        assert!(body.contains(&format!("\"{name}: ")), "{name}: {body}");
    }
    assert_eq!(service.get("/livez"), (200, "ok".to_owned()), "{names:?}");
    mended();
    wait_until(&format!("ready after {names:?}"), || is(&[]));
}

/// Moves `below` away and back while the service is asked.
fn without(service: &Service, site: &Site, below: &str, names: &[&str]) {
    let (there, away) = (site.path(below), site.path("away"));
    let moved = |from: &Path, to: &Path| fs::rename(from, to).expect("moved");
    goes_and_comes(service, names, || moved(&there, &away), || moved(&away, &there));
}

/// Runs `sql` on the database as another program would. Whether there is such a program.
fn changed(site: &Site, sql: &str) -> bool {
    let database = site.path("data/hub.db");
    python(&["sqlite3"], "sql.py", &[&database.to_string_lossy(), sql]).is_some()
}

/// A site whose plugins are its own.
fn site(seed: u64) -> Site {
    let site = Site::new(1_000, seed);
    fs::create_dir(site.path("plugins")).expect("a folder");
    fs::copy(built().join("libroster.so"), site.path("plugins/libroster.so")).expect("copied");
    site.edit(
        "config/conf.d/site.toml",
        &built().display().to_string(),
        &site.path("plugins").display().to_string(),
    );
    site
}

#[test]
fn each_cause_makes_the_service_unready_by_its_name_until_it_is_gone() {
    let site = site(601);
    site.run_all();
    let service = site.serve();
    without(&service, &site, "data/hub.lock", &["lease"]);
    without(&service, &site, "data/hub.sock", &["control"]);
    without(&service, &site, "data/hub.db", &["database"]);
    without(&service, &site, "plugins/libroster.so", &["plugins"]);

    // Other bytes in the same place.
    let plugin = site.path("plugins/libroster.so");
    let bytes = fs::read(&plugin).expect("a plugin");
    let put = |bytes: &[u8]| fs::write(&plugin, bytes).expect("written");
    let more = [&bytes[..], b"\0"].concat();
    goes_and_comes(&service, &["plugins"], || put(&more), || put(&bytes));

    // Another program that writes into the database and does not end: it holds the lock of its log.
    let log = fs::File::options()
        .read(true)
        .write(true)
        .open(site.path("data/hub.db-shm"))
        .expect("the log's index");
    let lock = |kind: i32| {
        let lock = libc::flock {
            l_type: i16::try_from(kind).expect("a kind"),
            l_whence: i16::try_from(libc::SEEK_SET).expect("a word"),
            // Where SQLite keeps the lock of whoever writes.
            l_start: 120,
            l_len: 1,
            l_pid: 0,
        };
        fcntl(&log, FcntlArg::F_SETLKW(&lock)).expect("a lock");
    };
    goes_and_comes(
        &service,
        &["store"],
        || lock(libc::F_WRLCK),
        || lock(libc::F_UNLCK),
    );

    // A newer hub was here; a clock that was ahead wrote the last entry.
    let newer = "INSERT INTO _sqlx_migrations VALUES (9999, 'newer', '2030-01-01', 1, x'00', 0)";
    let ahead = "UPDATE audit SET at_ms = at_ms + 864000000 WHERE seq = (SELECT max(seq) FROM audit)";
    if changed(&site, "SELECT 1") {
        let sql = |sql: &'static str| {
            let site = &site;
            move || assert!(changed(site, sql), "no program to do so")
        };
        goes_and_comes(
            &service,
            &["migrations"],
            sql(newer),
            sql("DELETE FROM _sqlx_migrations WHERE version = 9999"),
        );
        goes_and_comes(
            &service,
            &["clock"],
            sql(ahead),
            sql("UPDATE audit SET at_ms = at_ms - 864000000 WHERE seq = (SELECT max(seq) FROM audit)"),
        );
    }

    // As text, for people.
    let text = service.get("/readyz?verbose&format=text").1;
    assert!(text.contains("✔ 数据库 store  可写"), "{text}");
    assert!(text.ends_with("就绪 ready\n"), "{text}");
    assert_eq!(service.get("/readyz?format=text").1, "就绪 ready\n");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_loop_that_cannot_go_on_is_named_and_goes_on_by_itself() {
    let site = site(602);
    site.run_all();
    let service = site.serve();
    if !changed(&site, "SELECT 1") {
        return;
    }
    // What they read is gone: the relay fails at once, the scheduler is silent after a minute.
    let sql = |sql: &'static str| {
        let site = &site;
        move || assert!(changed(site, sql), "no program to do so")
    };
    goes_and_comes(
        &service,
        &["relay"],
        sql("ALTER TABLE delivery RENAME TO lost"),
        sql("ALTER TABLE lost RENAME TO delivery"),
    );
    goes_and_comes(
        &service,
        &["scheduler"],
        sql("ALTER TABLE fire RENAME TO lost"),
        sql("ALTER TABLE lost RENAME TO fire"),
    );
    let told = service.told();
    for event in ["push.store", "schedule.store"] {
        assert!(told.contains(event), "{event}: {told}");
    }
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_disk_that_fills_up_is_named_and_ready_again_when_there_is_room() {
    let site = Site::new(1_000, 603);
    // A disk of its own, which this user may mount in a room of its own.
    fs::create_dir(site.path("data")).expect("a folder");
    let script = "mount -t tmpfs -o size=160m disk \"$0\" && exec \"$1\" --config \"$2\" serve";
    let mut command = Command::new("unshare");
    command
        .args(["--map-root-user", "--mount", "sh", "-c", script])
        .arg(site.path("data"))
        .arg(built().join("hub"))
        .arg(site.config());
    if !is_there("unshare") {
        return;
    }
    let service = Service::start(&site, command);
    let disk = format!("/proc/{}/root{}", service.pid(), site.path("data").display());
    let filler = Path::new(&disk).join("filler");
    goes_and_comes(
        &service,
        &["disk"],
        || {
            let mut file = fs::File::create(&filler).expect("a file");
            for _ in 0..110 {
                file.write_all(&[7; 1 << 20]).expect("room is left");
            }
        },
        || fs::remove_file(&filler).expect("removable"),
    );
    // Not a byte left: it cannot write either, says so, stays, and goes on.
    goes_and_comes(
        &service,
        &["store", "disk"],
        || {
            let mut file = fs::File::create(&filler).expect("a file");
            while file.write_all(&[7; 4096]).is_ok() {}
        },
        || fs::remove_file(&filler).expect("removable"),
    );
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_hub_that_starts_or_stops_says_so_and_one_that_is_stuck_does_not_answer() {
    let site = Site::new(3_000, 604);
    // Every rule there is, so that planning takes its time.
    let all = site.path("all").to_string_lossy().into_owned();
    site.hub(&["init", &all]).good();
    fs::remove_dir_all(site.path("config/rules")).expect("removable");
    fs::rename(site.path("all/rules"), site.path("config/rules")).expect("moved");
    let log = site.path("serve.log");
    let mut child = site
        .command(&["serve"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).expect("a log"))
        .spawn()
        .expect("the hub");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id"));
    let address = poll(PATIENCE, || listening(&log)).expect("an address");
    let first = poll(PATIENCE, || wrong(address)).expect("an answer");
    assert_eq!(first, (503, vec!["rules".to_owned()]));
    wait_until("ready", || {
        wrong(address).is_some_and(|(status, _)| status == 200)
    });

    // Stuck: whoever asks gets no answer, and one that goes on answers.
    let alive = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(STUCK))?;
        stream.write_all(b"GET /livez HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    kill(pid, Signal::SIGSTOP).expect("a process of ours");
    assert!(alive().is_err(), "a process that is stuck answered");
    kill(pid, Signal::SIGCONT).expect("a process of ours");
    assert!(alive().expect("an answer").starts_with("HTTP/1.1 200"));

    // It stops while a connector reads and does not come to its end.
    let run = start(&mut site.command(&["run", "start", "--all", "--wait", "--push-wait", "0"]));
    let plugin = poll(PATIENCE, || connector_of(pid)).expect("a connector's process");
    kill(plugin, Signal::SIGSTOP).expect("a process of ours");
    kill(pid, Signal::SIGTERM).expect("a process of ours");
    wait_until("draining", || {
        wrong(address).is_some_and(|(status, wrong)| status == 503 && wrong == ["draining"])
    });
    let alive = http::request(address, "GET", "/livez", "").expect("an answer");
    assert_eq!(alive, (200, "ok".to_owned()));
    let answer = http::send(address, "GET", "/api/v1/cases", &[], "").expect("an answer");
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.json()["code"], "stopping", "{answer:?}");
    assert!(
        answer.head.to_lowercase().contains("retry-after: 60"),
        "{answer:?}"
    );
    kill(plugin, Signal::SIGCONT).expect("a process of ours");
    let ended = ended_within(&mut child, PATIENCE).expect("an end");
    assert_eq!(ended.code(), Some(0), "{ended}");
    // Whatever the command was told, it was told something.
    assert!(run.outcome(PATIENCE).code.is_some());
}

/// The process of a connector that `hub` started.
fn connector_of(hub: Pid) -> Option<Pid> {
    let children = fs::read_to_string(format!("/proc/{hub}/task/{hub}/children")).ok()?;
    let tasks = fs::read_dir(format!("/proc/{hub}/task")).ok()?;
    let of_threads = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let all: String = std::iter::once(children).chain(of_threads).collect();
    let id = all.split_whitespace().next()?;
    id.parse().ok().map(Pid::from_raw)
}
