//! The package as a county installs it: made, installed, started, installed again, purged.
//! Here because a unit file, a postinst and a manual page that nobody ran are three surprises on the first day.
//! In: `HUB_CARGO_DEB`, root, a machine without a hub. Out: a service that is ready; a key that stays.
//! Not here: systemd itself, of which a test machine has none.

use crate::harness::{Outcome, PATIENCE, built, ended_within, is_there, poll, program, run, setting};
use crate::http;
use crate::site::{Site, terminate};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long stripping and packing debug builds may take.
const PACKING: Duration = Duration::from_secs(600);
const KEY: &str = "/etc/hub/secrets/identity.key";

fn dpkg(arguments: &[&str]) -> Outcome {
    let mut command = Command::new("dpkg");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    run(&mut command, PACKING)
}

/// `hub` as the package installed it, run by the user it made.
fn as_hub(arguments: &[&str]) -> Command {
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid",
        "hub",
        "--regid",
        "hub",
        "--init-groups",
        "/usr/bin/hub",
    ]);
    command.args(arguments);
    command
}

#[test]
fn a_package_is_installed_started_and_keeps_what_is_the_countys() {
    let Some(cargo_deb) = setting("HUB_CARGO_DEB") else {
        assert_ne!(
            setting("HUB_REQUIRE_EXTERNAL").as_deref(),
            Some("1"),
            "HUB_REQUIRE_EXTERNAL=1, but HUB_CARGO_DEB does not say where cargo-deb is"
        );
        return;
    };
    let is_root = nix::unistd::Uid::effective().is_root();
    if !is_root
        || !is_there("dpkg")
        || ["/etc/hub", "/var/lib/hub"]
            .iter()
            .any(|path| Path::new(path).exists())
    {
        return;
    }
    let site = Site::bare();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let mut pages = program("hub");
    pages
        .arg("packaging")
        .arg(built().parent().expect("target").join("packaging"));
    pages.args(["libroster.so", "libtabular.so"].map(|name| built().join(name)));
    run(&mut pages, PATIENCE).good();
    let package = site.path("hub.deb");
    let mut command = Command::new(cargo_deb);
    command
        .args([
            "-p",
            "hub",
            "--no-build",
            "--profile",
            "dev",
            "--fast",
            "-q",
            "-o",
        ])
        .arg(&package)
        .current_dir(root);
    run(&mut command, PACKING).good();
    let listed = dpkg(&["--contents", &package.to_string_lossy()]).good().stdout;
    for file in [
        "./usr/bin/hub",
        "./usr/lib/hub/plugins/libtabular.so",
        "./usr/lib/systemd/system/hub.service",
        "./usr/share/man/man1/hub-serve.1.gz",
        "./usr/share/hub/schema/connector.schema.json",
        "./usr/share/bash-completion/completions/hub",
    ] {
        assert!(listed.contains(file), "{file} is not in {listed}");
    }
    assert!(!listed.contains("libhostile"), "a plugin of the tests is in it");

    dpkg(&["--install", &package.to_string_lossy()]).good();
    let key = fs::read(KEY).expect("a key");
    let about = fs::metadata(KEY).expect("a key");
    assert_eq!((about.permissions().mode() & 0o777, about.uid()), (0o640, 0));
    let data = fs::metadata("/var/lib/hub").expect("a folder");
    assert_eq!(data.permissions().mode() & 0o777, 0o700);
    run(&mut as_hub(&["config", "validate"]), PATIENCE).good();
    let log = site.path("serve.log");
    let mut service = as_hub(&["serve"])
        .env("HUB__SERVER__LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).expect("a log"))
        .spawn()
        .expect("the service");
    let address = poll(PATIENCE, || {
        let text = fs::read_to_string(&log).ok()?;
        let line = text.lines().find(|line| line.contains("\"address\""))?.to_owned();
        let event: serde_json::Value = serde_json::from_str(&line).ok()?;
        event["fields"]["address"].as_str()?.parse().ok()
    });
    let address = address.expect("where it listens");
    let ready = poll(PATIENCE, || {
        let (status, _) = http::request(address, "GET", "/readyz", "").ok()?;
        (status == 200).then_some(())
    });
    assert!(
        ready.is_some(),
        "{}",
        fs::read_to_string(&log).unwrap_or_default()
    );
    terminate(&service);
    assert!(ended_within(&mut service, PATIENCE).is_some());

    // The next version: what the county has is not touched. Nor is it when the package goes.
    dpkg(&["--install", &package.to_string_lossy()]).good();
    assert_eq!(fs::read(KEY).expect("a key"), key);
    dpkg(&["--purge", "county-hub"]).good();
    assert!(!Path::new("/usr/bin/hub").exists());
    assert_eq!(fs::read(KEY).expect("a key"), key);
    for path in ["/etc/hub", "/var/lib/hub"] {
        fs::remove_dir_all(path).expect("removable");
    }
    let mut command = Command::new("userdel");
    run(command.arg("hub"), PATIENCE).good();
}
