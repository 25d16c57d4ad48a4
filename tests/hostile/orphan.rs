//! A hub that is killed leaves no plugin running.
//! Here because nothing else would notice a child that goes on reading a department's database for nobody.
//! In: this test binary once more, as a hub that reads for ever. Out: its child is gone soon after it is killed.
//! Not here: orderly ends.

use crate::support::{drain, host, hostile, launch};
use plugin_host::{Isolation, Limits, ReadRequest};
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(30);

#[test]
#[ignore = "run by the test below, in a process that is killed"]
fn a_hub_that_reads_for_ever() {
    let mut launch = launch(&hostile(), "loop_forever", Isolation::Child);
    launch.limits = Limits::default();
    let mut session = host().read(&launch, ReadRequest::new("rows")).expect("a session");
    let _ = drain(&mut session);
}

#[test]
fn a_child_dies_with_its_hub() {
    host();
    let mut hub = Command::new(std::env::current_exe().expect("this test's path"))
        .args(["--exact", "orphan::a_hub_that_reads_for_ever", "--ignored"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a second hub");
    let child = wait_for(|| reading_child_of(hub.id())).expect("the second hub's child");
    hub.kill().expect("killed");
    hub.wait().expect("reaped");
    assert!(
        wait_for(|| (!alive(child)).then_some(())).is_some(),
        "process {child} still runs"
    );
}

/// The child once it is past its start, when it no longer can be traced or read by others.
fn reading_child_of(parent: u32) -> Option<u32> {
    let entries = fs::read_dir("/proc").ok()?;
    let pids = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let mut children =
        pids.filter(|pid| field(*pid, "PPid:").is_some_and(|found| found == parent.to_string()));
    children.find(|pid| field(*pid, "NoNewPrivs:").as_deref() == Some("1"))
}

/// A zombie that nobody reaps yet is dead enough.
fn alive(pid: u32) -> bool {
    field(pid, "State:").is_some_and(|state| !state.starts_with('Z') && !state.starts_with('X'))
}

fn field(pid: u32, name: &str) -> Option<String> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix(name))
        .map(|value| value.trim().to_owned())
}

fn wait_for<T>(look: impl Fn() -> Option<T>) -> Option<T> {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        if let Some(found) = look() {
            return Some(found);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    None
}
