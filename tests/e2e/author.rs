//! A connector of each kind, from `hub connector new` to rows: built, conforming, pinned, previewed, run.
//! Here because what an author is given to begin with must work before anything in it is changed.
//! In: a hub that was just installed. Out: rows, and how long that took.
//! Not here: what may go wrong with a plugin (plugins, programs, hostile).

use crate::harness::{BUILD_PATIENCE, PATIENCE, built, cargo, is_there, python, run, say};
use crate::programs::bare_hub;
use crate::site::Site;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Lines of a whole connector, as they are promised.
const RUST_LINES_MAX: usize = 25;
const PYTHON_LINES_MAX: usize = 40;
const CONFIG_LINES_MAX: usize = 25;

/// What is made of one kind, and when that began.
struct Author<'a> {
    site: &'a Site,
    name: String,
    dir: PathBuf,
    began: Instant,
}

impl<'a> Author<'a> {
    fn begins(site: &'a Site, kind: &str, more: &[&str]) -> Self {
        let (name, dir, began) = (
            format!("fees-{kind}"),
            site.path(&format!("made-{kind}")),
            Instant::now(),
        );
        let folder = dir.to_string_lossy();
        let command = ["connector", "new", &name, "--kind", kind, "--dir", &folder];
        let made = site.ask(&[&command, more].concat());
        let next = made["next"].as_str().expect("what to do next");
        assert!(
            next.contains(&format!("connector preview {name} figures")),
            "{next}"
        );
        let readme = fs::read_to_string(dir.join("README.md")).expect("a README");
        for heading in [
            "| owner |",
            "| access |",
            "| cadence |",
            "## Units",
            "## Sample",
            "## Quirks",
        ] {
            assert!(readme.contains(heading), "no {heading} in {readme}");
        }
        Author {
            site,
            name,
            dir,
            began,
        }
    }

    fn lines(&self, file: &str) -> usize {
        let text = fs::read_to_string(self.dir.join(file)).expect(file);
        text.lines().count()
    }

    /// Puts `plugin` where plugins are, under the name `file`, and pins it.
    fn pins(&self, plugin: &Path, file: &str) {
        let installed = self.site.path("plugins").join(file);
        fs::copy(plugin, &installed).unwrap_or_else(|error| panic!("{}: {error}", plugin.display()));
        let pinned = self.site.ask(&["plugin", "add", &installed.to_string_lossy()]);
        assert!(pinned["sha256"].is_string(), "{pinned}");
    }

    /// Configures it with the file it came with: its first rows.
    fn previews(&self) -> Value {
        let settings = format!("connectors/{}.toml", self.name);
        let from = self.dir.join("config").join(&settings);
        fs::copy(from, self.site.config().join(&settings)).expect("copied");
        let rows = self
            .site
            .ask(&["connector", "preview", &self.name, "figures", "-n", "10"]);
        say(&format!(
            "{}: rows {:.1} s after `hub connector new`",
            self.name,
            self.began.elapsed().as_secs_f64()
        ));
        rows
    }

    /// It keeps the contract, its mapping is understood, and a run takes `accepted` rows and refuses `rejected`.
    fn runs(&self, accepted: u64, rejected: u64) {
        self.site
            .hub(&["connector", "test", "--connector", &self.name])
            .good();
        let streams = self.site.ask(&["connector", "discover", &self.name]);
        assert_eq!(streams[0]["mapping"], true, "{streams}");
        let report = self.site.run(&self.name).good().json();
        let stream = &report["streams"][0];
        assert_eq!(
            (&stream["accepted"], &stream["rejected"], &report["failed"]),
            (&json!(accepted), &json!(rejected), &json!([])),
            "{report}"
        );
    }
}

#[test]
fn a_new_connector_in_rust_builds_conforms_and_shows_rows() {
    let site = bare_hub(&json!([]));
    let repository = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("here");
    let author = Author::begins(&site, "rust", &["--sdk", &repository.to_string_lossy()]);
    assert!(author.lines("src/lib.rs") <= RUST_LINES_MAX);
    // One folder for all test runs: what the SDK stands on is built once.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authored");
    for verb in ["build", "test"] {
        let mut cargo = cargo();
        cargo
            .args([verb, "--offline", "--quiet", "--target-dir"])
            .arg(&target);
        cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").current_dir(&author.dir);
        run(&mut cargo, BUILD_PATIENCE).good();
        if verb == "build" {
            author.pins(
                &target.join("debug/libconnector_fees_rust.so"),
                "libconnector_fees_rust.so",
            );
            assert_eq!(author.previews(), json!([{ "数值": "12" }, { "数值": "无" }]));
        }
    }
    author.runs(1, 1);
}

#[test]
fn a_new_connector_in_c_builds_conforms_and_shows_rows() {
    if !is_there("make") {
        return;
    }
    let site = bare_hub(&json!([]));
    let author = Author::begins(&site, "c", &[]);
    let hub = format!("HUB={}", built().join("hub").display());
    let mut make = Command::new("make");
    run(make.args(["test", &hub]).current_dir(&author.dir), PATIENCE).good();
    author.pins(&author.dir.join("fees-c.so"), "fees-c.so");
    assert_eq!(
        author.previews(),
        json!([{ "数值": "1" }, { "数值": "2" }, { "数值": "3" }])
    );
    author.runs(3, 0);
}

#[test]
fn a_new_connector_in_python_conforms_and_shows_rows() {
    let Some(found) = python(&["pyarrow"], "interpreter.py", &[]) else {
        return;
    };
    let site = bare_hub(&found["folders"]);
    let executable = found["executable"].as_str().expect("a path");
    let author = Author::begins(&site, "python", &["--python", executable]);
    assert!(author.lines("connector.py") <= PYTHON_LINES_MAX);
    let script = author.dir.join("connector.py");
    // By hand the interpreter needs no configuration: whoever tests a file of their own trusts it.
    site.hub(&["connector", "test", &script.to_string_lossy()]).good();
    author.pins(&script, "fees-python.py");
    assert_eq!(author.previews(), json!([{ "数值": "12" }, { "数值": "无" }]));
    author.runs(1, 1);
}

#[test]
fn a_new_connector_without_code_shows_rows_of_its_sample() {
    let site = bare_hub(&json!([]));
    let author = Author::begins(&site, "config", &[]);
    assert!(author.lines("config/connectors/fees-config.toml") <= CONFIG_LINES_MAX);
    author.pins(&built().join("libtabular.so"), "libtabular.so");
    let rows = author.previews();
    assert_eq!(
        (&rows[0]["数值"], &rows[1]["数值"]),
        (&json!("12"), &json!("无")),
        "{rows}"
    );
    assert_eq!(rows[1]["_locator"], "figures-202309.csv!-!3", "{rows}");
    author.runs(1, 1);
}

#[test]
fn what_cannot_be_made_is_refused_before_a_file_is_written() {
    let site = bare_hub(&json!([]));
    let taken = site.path("taken");
    fs::create_dir(&taken).expect("a folder");
    fs::write(taken.join("notes"), "x").expect("written");
    let (taken, free) = (
        taken.to_string_lossy().into_owned(),
        site.path("free").to_string_lossy().into_owned(),
    );
    let odd = site.path("a b").to_string_lossy().into_owned();
    for (arguments, says) in [
        (["Medical Fees", "--kind=c", "--dir", &free], "\"medical-fees\""),
        (["fees", "--kind=c", "--dir", &taken], "--dir"),
        (["fees", "--kind=config", "--dir", &odd], "空格"),
        (
            ["fees", "--kind=rust", "--sdk=/", &format!("--dir={free}")],
            "plugin-api/sdk",
        ),
        (["fees", "--kind=pyton", "--dir", &free], "'python'"),
    ] {
        let refused = site
            .hub(&[&["connector", "new"], &arguments[..]].concat())
            .ended(2);
        assert!(
            refused.stderr.contains(says),
            "{says:?} not in {}",
            refused.stderr
        );
    }
    assert!(!Path::new(&free).exists() && !Path::new(&odd).exists());
    assert_eq!(fs::read_dir(&taken).expect("a folder").count(), 1);
}
