//! Which plugin files run, and which are refused.
//! Here because a hub that runs whatever lies in its folder is somebody else's hub.
//! In: plugin files that are missing, foreign, altered or unlisted. Out: exit codes, and messages that name the file.
//! Not here: what a plugin that runs can do wrong (hostile).

use crate::harness::built;
use crate::site::Site;
use std::fs;
use std::path::PathBuf;

/// A site with a plugin folder of its own, and the plugin in it.
fn site_with_plugin_folder() -> (Site, PathBuf) {
    let site = Site::new(1_000, 61);
    let folder = site.path("plugins");
    fs::create_dir(&folder).expect("a folder");
    let plugin = folder.join("libroster.so");
    fs::copy(built().join("libroster.so"), &plugin).expect("copied");
    let (old, new) = (built().display().to_string(), folder.display().to_string());
    site.edit("config/conf.d/site.toml", &old, &new);
    (site, plugin)
}

/// The plugin is refused for every use: before a run with exit code 77, in a run as that connector's failure.
fn is_refused(site: &Site, says: &[&str]) {
    let check = site.hub(&["connector", "check", "roster"]).ended(77);
    let run = site.run("--all");
    let report = run.ended(3).json();
    let failed = &report["failed"][0];
    assert_eq!(
        (&failed["connector"], &failed["category"]),
        (&"roster".into(), &"config".into()),
        "{report}"
    );
    assert_eq!(report["streams"], serde_json::json!([]), "{report}");
    for word in says {
        assert!(check.stderr.contains(word), "{word:?} not in {}", check.stderr);
        assert!(
            failed["message"].as_str().is_some_and(|why| why.contains(word)),
            "{word:?} not in {failed}"
        );
    }
}

#[test]
fn a_listed_plugin_checks_discovers_previews_and_conforms() {
    let (site, plugin) = site_with_plugin_folder();
    let path = plugin.to_string_lossy();
    let inspected = site.ask(&["plugin", "inspect", &path]);
    let listed = site.ask(&["plugin", "list"]);
    assert_eq!(listed[0]["name"], "roster");
    assert_eq!(
        (&listed[0]["sha256"], &listed[0]["abi"]),
        (&inspected["sha256"], &inspected["abi"])
    );
    assert_eq!(site.ask(&["plugin", "verify"])[0]["ok"], true);
    assert_eq!(site.ask(&["connector", "list"])[0]["id"], "roster");
    assert_eq!(site.ask(&["connector", "check", "roster"])["reachable"], true);
    let streams = site.ask(&["connector", "discover", "roster"]);
    let names: Vec<_> = streams
        .as_array()
        .expect("streams")
        .iter()
        .map(|s| s["stream"].clone())
        .collect();
    assert_eq!(
        names,
        ["members", "incomes", "measures", "migrant_work", "declarations"]
    );
    let rows = site.ask(&["connector", "preview", "roster", "incomes", "-n", "3"]);
    assert_eq!(rows.as_array().map(Vec::len), Some(3), "{rows}");
    let options = format!("{{\"inbox\": \"{}\"}}", site.path("inbox/roster").display());
    site.write("options.json", &options);
    let options = site.path("options.json");
    site.hub(&[
        "connector",
        "test",
        &path,
        "--options",
        &options.to_string_lossy(),
    ])
    .good();
}

#[test]
fn a_missing_plugin_file_is_refused() {
    let (site, plugin) = site_with_plugin_folder();
    fs::remove_file(&plugin).expect("removed");
    is_refused(&site, &[&plugin.to_string_lossy()]);
    site.hub(&["plugin", "verify"]).ended(77);
    site.hub(&["plugin", "add", &plugin.to_string_lossy()]).ended(77);
}

#[test]
fn a_file_that_is_no_library_is_refused() {
    let (site, plugin) = site_with_plugin_folder();
    let text = plugin.with_file_name("notes.so");
    fs::write(
        &text,
        "#!/bin/sh\necho this is a script, and longer than an ELF header ever is in a library\n",
    )
    .expect("written");
    for verb in ["add", "inspect"] {
        let refused = site.hub(&["plugin", verb, &text.to_string_lossy()]).ended(77);
        assert!(
            refused.stderr.contains("notes.so") && refused.stderr.contains("ELF"),
            "{}",
            refused.stderr
        );
    }
    // Put in the place of a listed one, it is not even looked at as a library: its bytes are others.
    fs::copy(&text, &plugin).expect("copied");
    is_refused(&site, &[&plugin.to_string_lossy(), "sha256"]);
}

#[test]
fn a_plugin_altered_by_one_bit_is_refused_until_it_is_pinned_again() {
    let (site, plugin) = site_with_plugin_folder();
    let whole = fs::read(&plugin).expect("the plugin");
    let mut altered = whole.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    fs::write(&plugin, &altered).expect("written");
    is_refused(&site, &[&plugin.to_string_lossy(), "altered"]);
    site.hub(&["plugin", "verify"]).ended(77);
    fs::write(&plugin, &whole).expect("written");
    site.hub(&["connector", "check", "roster"]).good();
}

#[test]
fn an_unlisted_plugin_is_refused_though_it_lies_in_the_folder() {
    let (site, _) = site_with_plugin_folder();
    let lock = site.config().join("plugins.lock");
    fs::remove_file(&lock).expect("removed");
    is_refused(&site, &[&lock.to_string_lossy(), "roster"]);
}

#[test]
fn a_plugin_outside_the_plugin_folder_cannot_be_pinned() {
    let (site, _) = site_with_plugin_folder();
    let elsewhere = built().join("libroster.so");
    let refused = site
        .hub(&["plugin", "add", &elsewhere.to_string_lossy()])
        .ended(78);
    assert!(refused.stderr.contains("plugins_dir"), "{}", refused.stderr);
}
