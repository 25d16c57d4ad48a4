//! A running service: started, asked, stopped in order, killed when a test is over.
//! Here because most tests have one, and each must end it.
//! In: a site, the command that serves it. Out: where it listens, what it tells, its exit code.
//! Not here: what a site is.

use crate::harness::{PATIENCE, ended_within, poll};
use crate::http;
use crate::site::{Site, end, hang_up, terminate};
use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What the service promises after SIGTERM.
const STOP_WITHIN: Duration = Duration::from_secs(30);

/// A running `hub serve`.
pub(crate) struct Service {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first wanted answer of `/readyz`.
    pub(crate) ready_after: Duration,
    /// The same to the first answer of `/livez`.
    pub(crate) alive_after: Option<Duration>,
    log: PathBuf,
}

impl Service {
    /// Starts it by `command`, which ends as the service of `site`, and waits until it is ready.
    pub(crate) fn start(site: &Site, command: Command) -> Self {
        Self::until(site, command, 200)
    }

    /// The same, until `/readyz` answers with this status.
    pub(crate) fn until(site: &Site, mut command: Command, wanted: u16) -> Self {
        let log = site.path("serve.log");
        let stderr = fs::File::create(&log).expect("a log");
        let began = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(stderr)
            .spawn()
            .expect("the hub");
        let mut service = Service {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            ready_after: Duration::ZERO,
            alive_after: None,
            log,
        };
        let ready = poll(PATIENCE, || {
            let ended = service.child.try_wait().expect("a child of ours");
            assert!(
                ended.is_none(),
                "the service ended: {ended:?}: {}",
                service.told()
            );
            let address = listening(&service.log)?;
            if service.alive_after.is_none() && http::request(address, "GET", "/livez", "").is_ok() {
                service.alive_after = Some(began.elapsed());
            }
            let (status, _) = http::request(address, "GET", "/readyz", "").ok()?;
            (status == wanted).then_some(address)
        });
        service.address = ready.unwrap_or_else(|| panic!("not ready: {}", service.told()));
        service.ready_after = began.elapsed();
        service
    }

    /// What it wrote to its log.
    pub(crate) fn told(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        http::request(self.address, "GET", path, "")
            .unwrap_or_else(|error| panic!("{path}: {error}: {}", self.told()))
    }

    /// The status it answers with, if anybody answers.
    pub(crate) fn get_if_there(&self, path: &str) -> Option<u16> {
        http::request(self.address, "GET", path, "")
            .ok()
            .map(|(status, _)| status)
    }

    /// Bytes of memory it holds, without its children's: its own, and of its program what lies in memory, which the kernel takes back
    /// and shares, and of which it maps more or less as the files' cache happens to lie.
    pub(crate) fn memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs");
        let kib = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let number = line.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
            number.unwrap_or_else(|| panic!("{name} in KiB")) * 1024
        };
        (kib("RssAnon:"), kib("RssFile:"))
    }

    /// Asks it to read its configuration anew.
    pub(crate) fn hang_up(&self) {
        hang_up(&self.child);
    }

    /// Its exit code, when it ends by itself in this time.
    pub(crate) fn ended(mut self, limit: Duration) -> Option<i32> {
        ended_within(&mut self.child, limit)?.code()
    }

    /// Asks it to stop; its exit code, once it has.
    pub(crate) fn stop(mut self) -> Option<i32> {
        terminate(&self.child);
        let status = ended_within(&mut self.child, STOP_WITHIN);
        let status =
            status.unwrap_or_else(|| panic!("still runs {STOP_WITHIN:?} after SIGTERM: {}", self.told()));
        status.code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Where the service that writes to `log` listens.
pub(crate) fn listening(log: &Path) -> Option<SocketAddr> {
    let lines = BufReader::new(fs::File::open(log).ok()?).lines();
    lines.map_while(Result::ok).find_map(|line| {
        let event: Value = serde_json::from_str(&line).ok()?;
        event["fields"]["address"].as_str()?.parse().ok()
    })
}
