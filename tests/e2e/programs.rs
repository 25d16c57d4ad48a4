//! Plugins that are programs: which of them run, and what they may reach.
//! Here because a script is code of a stranger too, and its interpreter can do anything.
//! In: scripts in the shell's own language, a compiled program. Out: exit codes, what was denied, messages.
//! Not here: the protocol itself (plugin-host), a useful connector in another language (author).

use crate::harness::{PATIENCE, run};
use crate::site::Site;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

/// Says who it is; a check reaches for things and tells, as an error, which it got.
const SCRIPT: &str = r##"#!/bin/sh
# hub-connector wire=1 sdk=sh
read -r job
say() { printf '%s\n' "$1" >&0; }
got=""
try() { if ( "$@" ) 2>/dev/null; then got="$got $1"; fi; }
own_file() { : <"CODES"; }
passwd() { : </etc/passwd; }
key() { : <"KEY"; }
beside() { echo x >"BESIDE"; }
scratch() { echo x >"$TMPDIR/x"; }
hub_variable() { test -n "$HUB_SECRET_OF_TESTS"; }
case $job in
*'"op":"spec"'*) say '{"type":"spec","spec":{"name":"plain","version":"1.0","config_schema":{"type":"object"}}}' ;;
*'"crash":true'*) kill -SEGV $$ ;;
*'"op":"check"'*)
    for thing in own_file passwd key beside scratch hub_variable; do try $thing; done
    say '{"type":"error","category":"data","message":"got:'"$got"'"}'
    exit 0 ;;
esac
say '{"type":"done"}'
"##;

/// A hub without a source, whose scripts may be run from `interpreters`.
pub(crate) fn bare_hub(interpreters: &Value) -> Site {
    let site = Site::bare();
    site.hub(&["init", &site.config().to_string_lossy()]).good();
    for folder in ["config/conf.d", "plugins"] {
        fs::create_dir(site.path(folder)).expect("a folder");
    }
    let text = format!(
        "[hub]\ndata_dir = \"../data\"\nplugins_dir = \"../plugins\"\n[server]\nlisten = \"127.0.0.1:0\"\n[plugins]\ninterpreters = {interpreters}\n"
    );
    site.write("config/conf.d/site.toml", &text);
    site
}

/// A hub with the script in its folder of plugins, not yet pinned.
fn site_with_script(interpreters: &[&str]) -> (Site, PathBuf) {
    let site = bare_hub(&json!(interpreters));
    site.write("codes", "x");
    let key = site.config().join("secrets/identity.key");
    let text = SCRIPT
        .replace("CODES", &site.path("codes").to_string_lossy())
        .replace("KEY", &key.to_string_lossy())
        .replace("BESIDE", &site.path("plugins/written").to_string_lossy());
    site.write("plugins/plain.sh", &text);
    let script = site.path("plugins/plain.sh");
    (site, script)
}

fn configure(site: &Site, more: &str) {
    let text = format!(
        "[connector]\nid = \"plain\"\nplugin = \"plain\"\ntitle = \"plain\"\n{more}\n[connector.options]\ncodes = \"{}\"\n",
        site.path("codes").display()
    );
    site.write("config/connectors/plain.toml", &text);
}

#[test]
fn a_script_runs_only_by_an_interpreter_the_site_names() {
    let (site, script) = site_with_script(&[]);
    let path = script.to_string_lossy();
    let refused = site.hub(&["plugin", "add", &path]).ended(77);
    for word in ["plain.sh", "/bin/sh", "plugins.interpreters", "none"] {
        assert!(
            refused.stderr.contains(word),
            "{word:?} not in {}",
            refused.stderr
        );
    }
    let inspected = site.ask(&["plugin", "inspect", &path]);
    assert_eq!(
        (&inspected["abi"], &inspected["sdk"]),
        (&json!("wire-1"), &json!("sh"))
    );
    // Named by a detour, it is still another one.
    site.edit(
        "config/conf.d/site.toml",
        "interpreters = []",
        "interpreters = [\"/opt\"]",
    );
    for (before, named) in [("/bin/sh", "/opt/../bin/sh"), ("/opt/../bin/sh", "bin/sh")] {
        site.edit(
            "plugins/plain.sh",
            &format!("#!{before}\n"),
            &format!("#!{named}\n"),
        );
        let refused = site.hub(&["plugin", "add", &path]).ended(77);
        assert!(refused.stderr.contains(named), "{}", refused.stderr);
    }
}

#[test]
fn a_script_reaches_what_its_options_name_and_nothing_of_the_hub() {
    let (site, script) = site_with_script(&["/bin"]);
    site.hub(&["plugin", "add", &script.to_string_lossy()]).good();
    configure(&site, "");
    let mut check = site.command(&["connector", "check", "plain"]);
    check.env("HUB_SECRET_OF_TESTS", "x");
    let sandboxed = run(&mut check, PATIENCE).ended(69);
    assert!(
        sandboxed.stderr.contains("got: own_file scratch\n"),
        "{}",
        sandboxed.stderr
    );
    configure(&site, "[connector.access]\neverything = true\n");
    let free = site.hub(&["connector", "check", "plain"]).ended(69);
    assert!(
        free.stderr.contains("got: own_file passwd key beside scratch\n"),
        "{}",
        free.stderr
    );
}

#[test]
fn a_script_that_was_altered_or_crashes_is_told_as_such() {
    let (site, script) = site_with_script(&["/bin"]);
    site.hub(&["plugin", "add", &script.to_string_lossy()]).good();
    configure(&site, "");
    site.edit("config/connectors/plain.toml", "codes =", "crash = true\ncodes =");
    let report = site.run("plain").ended(3).json();
    assert_eq!(report["failed"][0]["cause"], "signal 11", "{report}");
    configure(&site, "isolation = \"in-process\"");
    let refused = site.hub(&["connector", "check", "plain"]).ended(78);
    assert!(refused.stderr.contains("in-process"), "{}", refused.stderr);
    let many: Vec<String> = (0..500)
        .map(|nth| format!("/srv/a-folder-with-a-long-name/{nth}"))
        .collect();
    configure(&site, &format!("[connector.access]\nread = {many:?}"));
    let refused = site.hub(&["connector", "check", "plain"]).ended(78);
    assert!(refused.stderr.contains("name folders"), "{}", refused.stderr);
    configure(&site, "");
    site.edit("plugins/plain.sh", "sdk=sh", "sdk=sh ");
    let refused = site.hub(&["connector", "check", "plain"]).ended(77);
    assert!(refused.stderr.contains("altered"), "{}", refused.stderr);
}

#[test]
fn a_folder_of_interpreters_is_one_of_its_own() {
    let (site, _) = site_with_script(&["/bin"]);
    let hubs_own = format!("interpreters = [\"{}\"]", site.path("").display());
    for (wrong, says) in [
        ("interpreters = [\"/\"]", "/srv/hub/python"),
        ("interpreters = [\"bin\"]", "/srv/hub/python"),
        (hubs_own.trim_end_matches('/'), "interpreters"),
        ("interpreter = [\"/bin\"]", "did you mean `interpreters`"),
    ] {
        site.edit("config/conf.d/site.toml", "interpreters = [\"/bin\"]", wrong);
        let refused = site.hub(&["plugin", "list"]).ended(78);
        assert!(
            refused.stderr.contains(says),
            "{says:?} not in {}",
            refused.stderr
        );
        site.edit("config/conf.d/site.toml", wrong, "interpreters = [\"/bin\"]");
    }
}

#[test]
fn a_compiled_program_says_in_a_section_that_it_is_a_connector() {
    let site = bare_hub(&json!([]));
    let said = "__attribute__((used, section(\".hub_wire\"))) static const char note[] = \"hub-connector wire=1 sdk=c\";";
    let main = r#"
        #include <unistd.h>
        int main(void) {
            static const char answer[] = "{\"type\":\"spec\",\"spec\":{\"name\":\"compiled\",\"version\":\"2.0\"}}\n{\"type\":\"done\"}\n";
            char byte = 0;
            while (byte != '\n' && read(0, &byte, 1) == 1) {}
            return write(0, answer, sizeof answer - 1) != sizeof answer - 1;
        }"#;
    for (name, text, code) in [
        ("compiled", format!("{said}{main}"), 0),
        ("silent", main.to_owned(), 77),
    ] {
        let (source, program) = (site.path("program.c"), site.path("plugins").join(name));
        fs::write(&source, text).expect("written");
        run(Command::new("cc").arg("-o").arg(&program).arg(&source), PATIENCE).good();
        let mode = fs::metadata(&program).expect("built").permissions().mode();
        assert_ne!(mode & 0o100, 0, "a program");
        let added = site
            .hub(&["plugin", "add", &program.to_string_lossy()])
            .ended(code);
        assert_eq!(added.stdout.contains("compiled 2.0"), code == 0, "{added:?}");
    }
    assert_eq!(site.ask(&["plugin", "verify"])[0]["ok"], true);
}
