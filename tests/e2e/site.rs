//! A site: a synthetic county, a configuration over it, a hub to run, a platform that receives.
//! Here because every test begins at a working site and then breaks one thing.
//! In: people and seed. Out: commands of the hub on that site; everything below a folder that goes when the test ends.
//! Not here: expectations.

use crate::harness::{Outcome, PATIENCE, Running, built, poll, program, run, start};
use crate::http;
pub(crate) use crate::serving::Service;
pub(crate) use crate::signals::{hang_up, terminate};
use serde_json::Value;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

const CONNECTOR: &str = "config/connectors/roster.toml";
/// How long a dropped file must be unchanged before it is read; in production a second.
const SETTLE_MS: u64 = 100;

/// Everything once, without waiting for retries; the report is JSON.
pub(crate) const RUN_ALL: [&str; 8] = [
    "run",
    "start",
    "--all",
    "--wait",
    "--push-wait",
    "0",
    "-o",
    "json",
];

pub(crate) struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    /// A county and a hub configured to read it. Nobody listens where its warnings go.
    pub(crate) fn new(people: u64, seed: u64) -> Self {
        let site = Site::bare();
        site.seeds(&[
            "county",
            "--people",
            &people.to_string(),
            "--seed",
            &seed.to_string(),
        ]);
        site.hub(&["init", &site.config().to_string_lossy()]).good();
        site.keep_rules(&["A01"]);
        site.push_to(http::free_address());
        fs::create_dir_all(site.config().join("conf.d")).expect("a folder");
        site.write(
            "config/conf.d/site.toml",
            &format!(
                "[hub]\ndata_dir = \"../data\"\nplugins_dir = \"{}\"\n[server]\nlisten = \"127.0.0.1:0\"\n",
                built().display()
            ),
        );
        let plugin = built().join("libroster.so");
        site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
        site
    }

    /// The same, whose roster a service reads every two seconds.
    pub(crate) fn read_every_two_seconds(people: u64, seed: u64) -> Self {
        let site = Site::new(people, seed);
        let roster = site.read(CONNECTOR);
        site.write(CONNECTOR, &format!("{roster}\n[[schedule]]\nevery = \"2s\"\n"));
        site
    }

    /// Removes every rule but `kept`: most tests are about how warnings live and travel, whichever rule found them. The whole
    /// book is run by the demo's tests.
    pub(crate) fn keep_rules(&self, kept: &[&str]) {
        let folder = self.config().join("rules");
        for entry in fs::read_dir(&folder).expect("rules") {
            let path = entry.expect("a rule").path();
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            if stem.is_some_and(|stem| !kept.contains(&stem)) {
                fs::remove_file(&path).expect("removable");
            }
        }
    }

    /// A site and the platform its warnings go to.
    pub(crate) fn with_platform(people: u64, seed: u64) -> (Self, Platform) {
        let site = Site::new(people, seed);
        let platform = Platform::start(&site, "127.0.0.1:0");
        site.push_to(platform.address);
        (site, platform)
    }

    /// Writes connector, channel and parameters anew: warnings go to `receiver`.
    pub(crate) fn push_to(&self, receiver: SocketAddr) {
        self.seeds(&["config", "--receiver-url", &format!("http://{receiver}/hook")]);
        let connector = self.read(CONNECTOR);
        self.write(CONNECTOR, &format!("{connector}settle_ms = {SETTLE_MS}\n"));
    }

    /// An empty folder.
    pub(crate) fn bare() -> Self {
        Site {
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("config")
    }

    pub(crate) fn read(&self, below: &str) -> String {
        let path = self.path(below);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        fs::write(&path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Replaces `old`, which must be there, in a file.
    pub(crate) fn edit(&self, below: &str, old: &str, new: &str) {
        let text = self.read(below);
        assert!(text.contains(old), "{below} has no {old:?}");
        self.write(below, &text.replacen(old, new, 1));
    }

    pub(crate) fn truth(&self) -> Value {
        serde_json::from_str(&self.read("truth.json")).expect("truth.json")
    }

    /// Warnings the county must lead to.
    pub(crate) fn planted(&self) -> u64 {
        let truth = self.truth();
        truth["rules"]
            .as_object()
            .expect("rules")
            .values()
            .map(|rule| rule["planted"].as_array().map_or(0, Vec::len) as u64)
            .sum()
    }

    /// Writes what the departments of this county would send.
    pub(crate) fn departments(&self, people: u64, seed: u64) -> Value {
        let (people, seed) = (people.to_string(), seed.to_string());
        self.seeds(&["departments", "--people", &people, "--seed", &seed]);
        self.departments_truth()
    }

    /// What the departments' files hold.
    pub(crate) fn departments_truth(&self) -> Value {
        serde_json::from_str(&self.read("departments.json")).expect("departments.json")
    }

    /// Configures every department as the demo does, by interface where `services` says where these are.
    pub(crate) fn connect_departments(&self, services: Option<SocketAddr>) {
        let url = services.map(|address| format!("http://{address}"));
        let mut arguments = vec![
            "config",
            "--receiver-url",
            "http://127.0.0.1:9/hook",
            "--departments",
        ];
        if let Some(url) = &url {
            arguments.extend(["--services-url", url]);
        }
        self.seeds(&arguments);
        for name in [
            "civil_affairs",
            "human_resources",
            "procurement_832",
            "pv_grid",
            "tabular",
            "rest",
        ] {
            let plugin = built().join(format!("lib{name}.so"));
            self.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
        }
    }

    fn seeds(&self, arguments: &[&str]) {
        let mut command = program("seeds");
        command.args(arguments).arg("--dir").arg(self.folder.path());
        run(&mut command, PATIENCE).good();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program("hub");
        command.arg("--config").arg(self.config()).args(arguments);
        command
    }

    /// Runs the hub with `arguments`.
    pub(crate) fn hub(&self, arguments: &[&str]) -> Outcome {
        run(&mut self.command(arguments), PATIENCE)
    }

    /// What the hub answers to `arguments`, as JSON.
    pub(crate) fn ask(&self, arguments: &[&str]) -> Value {
        self.hub(&[arguments, &["-o", "json"]].concat()).good().json()
    }

    /// Runs `which`, a connector or `--all`, without waiting for retries; its report is JSON.
    pub(crate) fn run(&self, which: &str) -> Outcome {
        let arguments = ["run", "start", which, "--wait", "--push-wait", "0", "-o", "json"];
        self.hub(&arguments)
    }

    /// Everything once: the report.
    pub(crate) fn run_all(&self) -> Value {
        self.run("--all").good().json()
    }

    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        start(&mut self.command(arguments))
    }

    /// Starts the service and waits until it is ready.
    pub(crate) fn serve(&self) -> Service {
        Service::start(self, self.command(&["serve"]))
    }
}

/// A running `seeds receiver`: the platform warnings are pushed to.
pub(crate) struct Platform {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Platform {
    /// Starts one that knows the key of `site`.
    pub(crate) fn start(site: &Site, listen: &str) -> Self {
        let log = site.path("platform.log");
        let mut receiver = program("seeds");
        receiver
            .args(["receiver", "--listen", listen, "--secret-file"])
            .arg(site.config().join("secrets/platform.key"))
            .arg("--log")
            .arg(&log);
        let (child, address) = simulator(&mut receiver, site.path("platform.port"));
        Platform { child, address, log }
    }

    pub(crate) fn stats(&self) -> Value {
        http::json(self.address, "GET", "/stats", "")
    }

    pub(crate) fn count(&self, name: &str) -> u64 {
        self.stats()[name]
            .as_u64()
            .unwrap_or_else(|| panic!("no count {name}"))
    }

    /// Tells it how to behave; `{}` is as a platform should.
    pub(crate) fn behave(&self, control: &str) {
        http::json(self.address, "PUT", "/control", control);
    }

    /// Ids of the events it answered with `status`, sorted.
    pub(crate) fn ids_answered(&self, status: u64) -> Vec<String> {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let requests = log
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        let mut ids: Vec<String> = requests
            .filter(|request| request["status"] == status)
            .filter_map(|request| request["id"].as_str().map(str::to_owned))
            .collect();
        ids.sort();
        ids
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// A running `seeds serve`: the interfaces of the departments.
pub(crate) struct Departments {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Departments {
    /// Starts those whose files were written below `site`.
    pub(crate) fn start(site: &Site) -> Self {
        let mut services = program("seeds");
        services
            .args(["serve", "--listen", "127.0.0.1:0", "--dir"])
            .arg(site.path(""));
        let (child, address) = simulator(&mut services, site.path("departments.port"));
        Departments { child, address }
    }

    /// Tells them how to behave; `{}` is as services should.
    pub(crate) fn behave(&self, control: &str) {
        http::json(self.address, "PUT", "/control", control);
    }
}

impl Drop for Departments {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Starts a simulator, which writes its port into a file, and waits for it.
fn simulator(command: &mut Command, port_file: PathBuf) -> (Child, SocketAddr) {
    let child = command
        .arg("--port-file")
        .arg(&port_file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("a simulator");
    let found = poll(PATIENCE, || {
        fs::read_to_string(&port_file).ok()?.trim().parse().ok()
    });
    let port: u16 = found.expect("the simulator's port");
    (child, SocketAddr::from(([127, 0, 0, 1], port)))
}

pub(crate) fn end(child: &mut Child) {
    // An error means it has ended already.
    let _ = child.kill();
    let _ = child.wait();
}
