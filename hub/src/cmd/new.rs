//! `hub connector new NAME`: a folder with a connector that builds, conforms and shows rows before anything is changed in it.
//! Here because the first ten minutes decide whether somebody writes the second connector.
//! In: name, kind, folder. Out: files, and the commands that come next, with this machine's paths in them.
//! Not here: the texts (plugin-api/templates; the Rust one is compiled with the SDK, the others run in the tests).

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use rust_embed::RustEmbed;
use serde::Serialize;

use crate::cli::{ConnectorKind, New, Output};
use crate::exit::UsageError;
use crate::{lang, out, settings};

/// Longest name, characters; ids of connectors are bounded alike.
const NAME_MAX: usize = 64;
/// Where plugins are when no configuration says it.
const PLUGINS_DIR: &str = "/usr/lib/hub/plugins";
/// The configuration directory a command need not name.
const CONFIG_DIR: &str = "/etc/hub";
/// The file by which the repository is known.
const SDK: &str = "plugin-api/sdk/Cargo.toml";
/// What is copied beside a connector in C.
const HEADER: &str = include_str!("../../../plugin-api/abi/include/hub_connector.h");

/// What new connectors are made of.
#[derive(RustEmbed)]
#[folder = "../plugin-api/templates"]
struct Templates;

#[derive(Serialize)]
struct Made {
    name: String,
    kind: &'static str,
    dir: PathBuf,
    written: Vec<String>,
    /// Commands, one a line.
    next: String,
}

pub(super) fn run(new: &New, config: &Path, output: Output) -> anyhow::Result<ExitCode> {
    check_name(&new.name)?;
    let dir = absolute(new.dir.as_deref().unwrap_or_else(|| Path::new(&new.name)))?;
    check_folder(&dir)?;
    let words = words(new, &dir, config)?;
    let kind = folder(new.kind);
    let mut files = files(new, &words)?;
    let steps = words.put(&template(&format!("{kind}/steps.md"))?);
    files.push(File::plain(
        "README.md",
        words.put(&template("README.md")?) + &steps,
    ));
    for file in &files {
        file.write(&dir)?;
    }
    let made = Made {
        name: new.name.clone(),
        kind,
        next: format!("cd {}\n{}", dir.display(), commands(&steps)),
        written: files.into_iter().map(|file| file.path).collect(),
        dir,
    };
    out::show(output, &made, |made| {
        let count = made.written.len();
        format!(
            "{}{}{}: {}\n{}:\n{}",
            made.dir.display(),
            lang::mark("："),
            lang::said(&format!("写入 {count} 个文件 / {count} files written")),
            made.written.join(" "),
            lang::pair("下一步 next"),
            made.next
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The folder of a kind's templates.
const fn folder(kind: ConnectorKind) -> &'static str {
    match kind {
        ConnectorKind::Rust => "rust",
        ConnectorKind::C => "c",
        ConnectorKind::Python => "python",
        ConnectorKind::Config => "config",
    }
}

/// One file of a new connector.
struct File {
    path: String,
    text: String,
    runs: bool,
}

impl File {
    fn plain(path: impl Into<String>, text: String) -> File {
        File {
            path: path.into(),
            text,
            runs: false,
        }
    }

    fn write(&self, dir: &Path) -> anyhow::Result<()> {
        let path = dir.join(&self.path);
        let failed = || path.display().to_string();
        fs::create_dir_all(path.parent().unwrap_or(dir)).with_context(failed)?;
        let mut options = fs::OpenOptions::new();
        options
            .write(true)
            .create_new(true)
            .mode(if self.runs { 0o755 } else { 0o644 });
        let mut file = options.open(&path).with_context(failed)?;
        file.write_all(self.text.as_bytes()).with_context(failed)
    }
}

/// The files of `new`, but for its README.
fn files(new: &New, words: &Words) -> anyhow::Result<Vec<File>> {
    let own = format!("{}/", folder(new.kind));
    let settings = format!("config/connectors/{}.toml", new.name);
    let mut files = Vec::new();
    for path in Templates::iter() {
        let Some(inside) = path.strip_prefix(&own) else {
            continue;
        };
        let name = match inside {
            "steps.md" => continue,
            "connector.toml" => settings.as_str(),
            other => other,
        };
        files.push(File {
            path: name.to_owned(),
            text: words.put(&template(&path)?),
            runs: inside == "connector.py",
        });
    }
    if new.kind != ConnectorKind::Config {
        files.push(File::plain(settings, words.put(&template("connector.toml")?)));
    }
    if new.kind == ConnectorKind::C {
        files.push(File::plain("hub_connector.h", HEADER.to_owned()));
    }
    if new.kind == ConnectorKind::Rust
        && let Ok(lock) = fs::read_to_string(Path::new(&words.sdk).join("Cargo.lock"))
    {
        // The versions the hub was built with are on this machine; newer ones need not be.
        files.push(File::plain("Cargo.lock", lock));
    }
    Ok(files)
}

fn template(path: &str) -> anyhow::Result<String> {
    let file = Templates::get(path).with_context(|| format!("template {path}"))?;
    Ok(String::from_utf8(file.data.into_owned())?)
}

/// The shell commands of a chapter.
fn commands(steps: &str) -> &str {
    let inside = steps.split_once("```sh\n").map_or("", |(_, rest)| rest);
    inside.split_once("```").map_or(inside, |(commands, _)| commands)
}

/// What takes the places marked `@…@` in a template.
struct Words {
    sdk: String,
    all: Vec<(&'static str, String)>,
}

impl Words {
    fn put(&self, text: &str) -> String {
        let all = self.all.iter();
        all.fold(text.to_owned(), |text, (mark, word)| text.replace(mark, word))
    }
}

fn words(new: &New, dir: &Path, config: &Path) -> anyhow::Result<Words> {
    let sdk = match new.kind {
        ConnectorKind::Rust => quotable(&find_sdk(new.sdk.as_deref())?)?,
        ConnectorKind::C | ConnectorKind::Python | ConnectorKind::Config => String::new(),
    };
    let config_dir = quotable(&absolute(config)?)?;
    let hub = if config_dir == CONFIG_DIR {
        "hub".to_owned()
    } else {
        format!("hub --config {config_dir}")
    };
    // A configuration that cannot be read yet is no reason not to begin.
    let plugins =
        settings::load(config).map_or_else(|_| PLUGINS_DIR.into(), |loaded| loaded.settings.plugins_dir);
    let python = absolute(&new.python)?;
    let prefix = python.parent().and_then(Path::parent).unwrap_or(&python);
    let all = vec![
        ("@NAME@", new.name.clone()),
        ("@LIB@", new.name.replace('-', "_")),
        ("@SDK@", sdk.clone()),
        ("@INBOX@", quotable(&dir.join("inbox"))?),
        ("@PREFIX@", quotable(prefix)?),
        ("@PYTHON@", quotable(&python)?),
        ("@CONFIG@", config_dir),
        ("@PLUGINS@", quotable(&plugins)?),
        ("@HUB@", hub),
    ];
    Ok(Words { sdk, all })
}

/// The repository with the SDK: where it was said, or above this program or the working directory.
fn find_sdk(told: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(told) = told {
        let told = absolute(told)?;
        if told.join(SDK).is_file() {
            return Ok(told);
        }
        let message = format!(
            "--sdk {}：其中没有 {SDK}，请给出源码仓库的目录 / there is no {SDK} in it; name the folder of the hub's repository",
            told.display()
        );
        return Err(UsageError(message).into());
    }
    let starts = [std::env::current_exe(), std::env::current_dir()];
    let found = starts
        .iter()
        .flatten()
        .find_map(|start| start.ancestors().find(|above| above.join(SDK).is_file()));
    found.map(Path::to_owned).ok_or_else(|| {
        let message = "未找到 SDK：请用 --sdk 给出本中枢源码仓库的目录（其中有 plugin-api/sdk） / no SDK above this program or folder: name the hub's repository with --sdk PATH, or take --kind c, python or config, which need none";
        UsageError(message.to_owned()).into()
    })
}

/// A name that can be an id, a crate and a file.
fn check_name(name: &str) -> anyhow::Result<()> {
    let near = nearest(name);
    if near == name {
        return Ok(());
    }
    let message = format!(
        "名称 {name:?}：须为 1 至 {NAME_MAX} 个小写字母、数字或短横线，以字母开头，不以短横线结尾；可用 {near:?} / 1 to {NAME_MAX} of a-z, 0-9 and '-', beginning with a letter, not ending in '-'; {near:?} would do"
    );
    Err(UsageError(message).into())
}

/// The valid name nearest to `name`.
fn nearest(name: &str) -> String {
    let mut near = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        let kept = if c.is_ascii_alphanumeric() { c } else { '-' };
        // Nothing but a letter leads, and many characters that do not fit are one dash.
        let leads = near.is_empty() && !kept.is_ascii_lowercase();
        let again = kept == '-' && c != '-' && near.ends_with('-');
        if !leads && !again && near.len() < NAME_MAX {
            near.push(kept);
        }
    }
    let near = near.trim_end_matches('-');
    if near.is_empty() {
        "medical-insurance".to_owned()
    } else {
        near.to_owned()
    }
}

fn check_folder(dir: &Path) -> anyhow::Result<()> {
    let taken = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != std::io::ErrorKind::NotFound,
    };
    if !taken {
        return Ok(());
    }
    let message = format!(
        "{} 已存在且不是空目录，未写入任何文件；请换一个目录（--dir） / exists and is no empty folder; nothing was written, name another with --dir",
        dir.display()
    );
    Err(UsageError(message).into())
}

fn absolute(path: &Path) -> anyhow::Result<PathBuf> {
    std::path::absolute(path).with_context(|| path.display().to_string())
}

/// A path as it stands between quotes in TOML, in a Makefile and in a shell's line.
fn quotable(path: &Path) -> anyhow::Result<String> {
    let fits = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    match path.to_str() {
        Some(text) if text.chars().all(fits) => Ok(text.to_owned()),
        Some(_) | None => {
            let message = format!(
                "路径 {path:?} 含有空格或特殊字符，请换一个目录 / has a space or a character that means something to shells and TOML; take another folder"
            );
            Err(UsageError(message).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_name_is_refused_with_the_nearest_valid_one() {
        for (name, near) in [
            ("medical-insurance", "medical-insurance"),
            ("a--b", "a--b"),
            ("Medical Insurance", "medical-insurance"),
            ("2023_费用 fees", "fees"),
            ("fees-", "fees"),
            ("医保", "medical-insurance"),
            (&"x".repeat(70), &"x".repeat(NAME_MAX)),
        ] {
            assert_eq!(nearest(name), near);
            assert_eq!(check_name(name).is_ok(), name == near, "{name}");
        }
        let refused = check_name("医保/../x").expect_err("refused").to_string();
        assert!(refused.contains("\"x\""), "{refused}");
    }

    #[test]
    fn a_path_that_means_something_to_a_shell_is_refused() {
        assert!(quotable(Path::new("/srv/数据/a_b-1.0")).is_ok());
        for path in ["/srv/a b", "/srv/$HOME", "/srv/\"", "/srv/a;b", "/srv/a\nb"] {
            assert!(quotable(Path::new(path)).is_err(), "{path}");
        }
    }

    #[test]
    fn every_kind_has_its_steps_and_leaves_no_mark_unfilled() {
        let dir = tempfile::tempdir().expect("a folder");
        for kind in [
            ConnectorKind::Rust,
            ConnectorKind::C,
            ConnectorKind::Python,
            ConnectorKind::Config,
        ] {
            let new = New {
                name: "fees".to_owned(),
                kind,
                dir: None,
                sdk: Some(
                    Path::new(env!("CARGO_MANIFEST_DIR"))
                        .join("..")
                        .canonicalize()
                        .expect("the repository"),
                ),
                python: "/srv/hub/python/bin/python3".into(),
            };
            let words = words(&new, dir.path(), Path::new(CONFIG_DIR)).expect("words");
            let steps = words.put(&template(&format!("{}/steps.md", folder(kind))).expect("steps"));
            assert!(
                commands(&steps).contains("hub connector preview fees figures"),
                "{steps}"
            );
            let files = files(&new, &words).expect("files");
            assert!(
                files
                    .iter()
                    .any(|file| file.path == "config/connectors/fees.toml")
            );
            for text in files.iter().map(|file| &file.text).chain([&steps]) {
                let marks = words.all.iter().filter(|(mark, _)| text.contains(mark));
                assert_eq!(marks.count(), 0, "{text}");
            }
        }
    }
}
