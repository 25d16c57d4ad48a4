//! Mistakes in configuration files: refused before anything runs, with the place and what was probably meant.
//! Here because a site is configured by people, at a distance, from a manual.
//! In: one mistake in an otherwise good configuration. Out: exit code 78 and a line to go to.
//! Not here: plugin files (plugins).

use crate::harness::built;
use crate::site::Site;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// file | what stands there | the mistake | what is said: `line:column` of the mistake is looked up
const MISTAKES: &str = r#"
hub.toml               | listen = "127.0.0.1:8686"  | lisden = "127.0.0.1:8686"  | lisden   | did you mean `listen`
hub.toml               | memory_mb = 768            | memory_mb = "plenty"       | "plenty" | invalid type
hub.toml               | data_dir = "data"          | data_dir = 7               | 7        | invalid type
hub.toml               | [server]                   | [servers]                  | servers  | did you mean `server`
connectors/roster.toml | plugin = "roster"          | plugn = "roster"           | plugn    | did you mean `plugin`
connectors/roster.toml | isolation = "process"      | isolation = "proces"       | "proces" | did you mean `process`
channels.toml          | kind = "webhook"           | kind = "webhok"            | "webhok" | did you mean `webhook`
channels.toml          | secret = {                 | secrt = {                  | secrt    | did you mean `secret`
parameters.toml        | unit = "yuan"              | unti = "yuan"              | unti     | did you mean `unit`
"#;

/// Where `what` stands in `text`, counted from 1, in characters.
fn place_of(text: &str, what: &str) -> (usize, usize) {
    let lines = text.lines().zip(1..);
    let mut found = lines.filter_map(|(line, number)| {
        // In the code, not in the comment above it.
        let before = line
            .split(what)
            .next()
            .filter(|before| before.len() < line.len())?;
        (!line.starts_with('#')).then(|| (number, before.chars().count() + 1))
    });
    found.next().unwrap_or_else(|| panic!("no {what:?} in {text}"))
}

#[test]
fn a_mistake_in_a_file_is_told_with_line_column_and_what_was_meant() {
    let site = Site::new(1_000, 71);
    for mistake in MISTAKES.lines().filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = mistake.split('|').map(str::trim).collect();
        let [file, right, wrong, at, says] = cells[..] else {
            panic!("five cells: {mistake}")
        };
        let path = format!("config/{file}");
        let good = site.read(&path);
        site.edit(&path, right, wrong);
        let (line, column) = place_of(&site.read(&path), at);
        let refused = site.hub(&["run", "start", "--all"]).ended(78);
        let place = format!("{}:{line}:{column}:", site.config().join(file).display());
        assert!(
            refused.stderr.contains(&place),
            "{place} not in {}",
            refused.stderr
        );
        assert!(
            refused.stderr.contains(says),
            "{says:?} not in {}",
            refused.stderr
        );
        assert!(!site.path("data").exists(), "something ran: {mistake}");
        site.write(&path, &good);
    }
}

#[test]
fn an_option_the_plugin_does_not_know_is_a_mistake_too() {
    let site = Site::new(1_000, 74);
    site.edit("config/connectors/roster.toml", "inbox = ", "inbocks = ");
    let refused = site.hub(&["connector", "check", "roster"]).ended(78);
    assert!(
        refused.stderr.contains("roster.toml:")
            && refused.stderr.contains("inbocks")
            && refused.stderr.contains("did you mean `inbox`?"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_path_that_leads_nowhere_is_named() {
    let site = Site::new(1_000, 75);
    let nowhere = site.path("nowhere");
    let mut command = crate::harness::program("hub");
    command.arg("--config").arg(&nowhere).arg("status");
    let refused = crate::harness::run(&mut command, crate::harness::PATIENCE).ended(78);
    assert!(
        refused.stderr.contains(&*nowhere.to_string_lossy()),
        "{}",
        refused.stderr
    );

    let inbox = site.path("inbox").display().to_string();
    site.edit(
        "config/connectors/roster.toml",
        &inbox,
        &nowhere.to_string_lossy(),
    );
    let unreachable = site.hub(&["connector", "check", "roster"]).ended(78);
    assert!(
        unreachable.stderr.contains("roster.toml:")
            && unreachable.stderr.contains(&*nowhere.to_string_lossy()),
        "{}",
        unreachable.stderr
    );

    site.edit(
        "config/channels.toml",
        "secrets/platform.key",
        "secrets/nowhere.key",
    );
    let refused = site.hub(&["status"]).ended(78);
    assert!(
        refused.stderr.contains("channels.toml:") && refused.stderr.contains("secrets/nowhere.key"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_secret_others_may_read_is_refused() {
    let site = Site::new(1_000, 76);
    let key = site.config().join("secrets/identity.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("chmod");
    let refused = site.hub(&["status"]).ended(78);
    assert!(
        refused.stderr.contains("identity.key") && refused.stderr.contains("600"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_variable_overrides_a_file_and_a_wrong_one_is_refused() {
    let site = Site::new(1_000, 77);
    let with = |name: &str, value: &str| {
        let mut command = site.command(&["run", "list"]);
        command.env(name, value);
        crate::harness::run(&mut command, crate::harness::PATIENCE)
    };
    let elsewhere = site.path("elsewhere");
    let missing = with("HUB__HUB__DATA_DIR", &elsewhere.to_string_lossy()).ended(4);
    assert!(missing.stderr.contains("elsewhere"), "{}", missing.stderr);
    let refused = with("HUB__SERVER__LISTEN", "everywhere").ended(78);
    assert!(refused.stderr.contains("server.listen"), "{}", refused.stderr);
    let refused = with("HUB__SERVR__LISTEN", "127.0.0.1:1").ended(78);
    assert!(refused.stderr.contains("servr"), "{}", refused.stderr);
}

#[test]
fn what_is_not_there_is_told_apart_from_what_is_wrong() {
    let site = Site::new(1_000, 78);
    site.run_all();
    let unknown = site.hub(&["run", "start", "nobody"]).ended(4);
    assert!(unknown.stderr.contains("roster"), "{}", unknown.stderr);
    site.hub(&["case", "show", "01M00000000000000000000000"]).ended(4);
    site.hub(&["case", "show", "not an id"]).ended(4);
    site.hub(&["connector", "check", "nobody"]).ended(4);
    site.hub(&["run", "start"]).ended(2);
    site.hub(&["no-such-command"]).ended(2);
}

#[test]
fn every_shipped_connector_is_understood_by_its_plugin_once_it_is_enabled() {
    let site = Site::new(1_000, 74);
    fs::create_dir_all(site.path("config/secrets")).expect("a folder");
    for connector in ["civil-affairs", "human-resources", "procurement-832", "pv-grid"] {
        let secret = format!("config/secrets/{connector}.key");
        site.write(&secret, "0123456789abcdef\n");
        fs::set_permissions(site.path(&secret), fs::Permissions::from_mode(0o600)).expect("owner only");
        let file = format!("config/connectors/{connector}.toml");
        let shipped = site.read(&file);
        assert!(shipped.contains("enabled = false"), "{connector}");
        let wanted = shipped
            .replace("enabled = false", "enabled = true")
            .replace("# secrets = ", "secrets = ")
            .replace("# signing = ", "signing = ");
        site.write(&file, &wanted);
        let plugin = built().join(format!("lib{}.so", connector.replace('-', "_")));
        site.hub(&["plugin", "add", &plugin.to_string_lossy()]).good();
        let streams = site.ask(&["connector", "discover", connector]);
        assert!(
            streams.as_array().is_some_and(|streams| streams.len() >= 3),
            "{streams}"
        );
    }
}

#[test]
fn a_connector_is_given_no_folder_that_holds_what_is_the_hubs() {
    let site = Site::new(1_000, 74);
    let file = "config/connectors/roster.toml";
    let good = site.read(file);
    let inbox = good
        .lines()
        .find(|line| line.starts_with("inbox"))
        .expect("an inbox");
    let link = site.path("elsewhere");
    std::os::unix::fs::symlink(site.config(), &link).expect("a link");
    for folder in [site.config(), site.path(""), link] {
        let bad = good.replace(inbox, &format!("inbox = {:?}", folder.display().to_string()));
        site.write(file, &bad);
        let refused = site.hub(&["run", "start", "--all"]).ended(78).stderr;
        assert!(refused.contains("give it a folder of its own"), "{refused}");
    }
    site.write(
        file,
        &format!("{good}\n[connector.access]\nread = [\"relative\"]\n"),
    );
    let refused = site.hub(&["run", "start", "--all"]).ended(78).stderr;
    assert!(refused.contains("not an absolute path"), "{refused}");
}
