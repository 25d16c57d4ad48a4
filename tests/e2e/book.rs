//! The chapter for authors, connectors/README.md, run as a reader would run it: every command, and what it prints.
//! Here because a manual that was true once misleads more than none.
//! In: its `console` blocks. Out: commands whose output or exit code is another one than the chapter shows.
//! Not here: what the commands do in detail (author, programs, plugins).
//!
//! In a block, lines that begin with `$ ` are commands and `> ` goes on with one; what follows is the output of both channels.
//! `…` stands for anything, alone on a line for any lines; `[exit N]` at the end for the exit code, else 0. Blanks count as one.

use crate::harness::{BUILD_PATIENCE, Outcome, built, is_there, python, run, say, setting};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the chapter calls the reader's folder, what was built, the repository and the interpreter's folder.
const WORK: &str = "/srv/office";
const BUILT: &str = "~/hub/target/debug";
const REPOSITORY: &str = "~/hub";
const PYTHON: &str = "/srv/hub/python";
/// Fewer commands would mean that the chapter was not read as it is written.
const COMMANDS_MIN: usize = 30;

struct Step {
    command: String,
    shown: Vec<String>,
    code: i32,
}

/// The chapter's blocks, each a list of commands.
fn blocks(text: &str) -> Vec<Vec<Step>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while lines.any(|line| line == "```console") {
        let mut steps: Vec<Step> = Vec::new();
        for line in lines.by_ref().take_while(|line| *line != "```") {
            if let Some(command) = line.strip_prefix("$ ") {
                steps.push(Step {
                    command: command.to_owned(),
                    shown: Vec::new(),
                    code: 0,
                });
                continue;
            }
            let step = steps.last_mut().expect("a block begins with a command");
            let code = line
                .strip_prefix("[exit ")
                .and_then(|rest| rest.strip_suffix(']'));
            match (line.strip_prefix("> "), code) {
                (Some(more), _) => {
                    step.command.push('\n');
                    step.command.push_str(more);
                }
                (None, Some(code)) => step.code = code.parse().expect("an exit code"),
                (None, None) => step.shown.push(line.to_owned()),
            }
        }
        blocks.push(steps);
    }
    blocks
}

fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether `line` is `shown`, whose `…` stand for anything.
fn line_is(shown: &str, line: &str) -> bool {
    let (shown, line) = (words(shown), words(line));
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether `lines` are those `shown`.
fn lines_are(shown: &[String], lines: &[&str]) -> bool {
    match shown.split_first() {
        None => lines.is_empty(),
        Some((first, more)) if first.trim() == "…" => {
            (0..=lines.len()).any(|skipped| lines_are(more, &lines[skipped..]))
        }
        Some((first, more)) => lines
            .split_first()
            .is_some_and(|(line, rest)| line_is(first, line) && lines_are(more, rest)),
    }
}

/// The reader's shell: folder and variables last from command to command.
struct Shell {
    folder: tempfile::TempDir,
    /// What the chapter writes, and what it is here.
    names: Vec<(String, String)>,
}

impl Shell {
    fn new(interpreter: Option<&serde_json::Value>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let work = folder.path().join("work");
        fs::create_dir(&work).expect("a folder");
        fs::write(folder.path().join("cwd"), work.to_string_lossy().as_bytes()).expect("written");
        fs::write(folder.path().join("env"), "").expect("written");
        let repository = fs::canonicalize(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).expect("here");
        let mut names = vec![
            (WORK.to_owned(), work.display().to_string()),
            (BUILT.to_owned(), built().display().to_string()),
            (REPOSITORY.to_owned(), repository.display().to_string()),
        ];
        if let Some(found) = interpreter {
            let executable = Path::new(found["executable"].as_str().expect("a path"));
            let prefix = executable.parent().and_then(Path::parent).expect("a prefix");
            // Its libraries may lie elsewhere, which the chapter's reader is told of elsewhere.
            names.push((format!("[\"{PYTHON}\"]"), found["folders"].to_string()));
            names.push((PYTHON.to_owned(), prefix.display().to_string()));
        }
        Shell { folder, names }
    }

    fn cwd(&self) -> PathBuf {
        let cwd = fs::read_to_string(self.folder.path().join("cwd")).expect("a folder");
        PathBuf::from(cwd.trim())
    }

    fn does(&self, step: &Step) -> Outcome {
        if step.command.starts_with("cargo ") {
            self.shares_the_target();
        }
        let command = self
            .names
            .iter()
            .fold(step.command.clone(), |text, (told, here)| {
                text.replace(told, here)
            });
        let state = self.folder.path().display();
        let script = format!(
            ". {state}/env; cd \"$(cat {state}/cwd)\" || exit 99\n{{ {command}\n}} 2>&1\ncode=$?; pwd >{state}/cwd; export -p >{state}/env; exit $code"
        );
        let mut bash = Command::new("bash");
        bash.args(["-c", &script]).env_clear();
        for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
            bash.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        let cargo = Path::new(env!("CARGO")).parent().expect("cargo's folder");
        let path = setting("PATH").unwrap_or_default();
        bash.env(
            "PATH",
            format!("{}:{}:{path}", built().display(), cargo.display()),
        );
        bash.env("CARGO_PROFILE_DEV_DEBUG", "0");
        run(&mut bash, BUILD_PATIENCE)
    }

    /// What the SDK stands on is built once for all test runs.
    fn shares_the_target(&self) {
        let link = self.cwd().join("target");
        if !link.exists() {
            let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("authored");
            fs::create_dir_all(&target).expect("a folder");
            std::os::unix::fs::symlink(target, link).expect("a link");
        }
    }

    /// What was printed, as the chapter would print it.
    fn told(&self, printed: &str) -> String {
        // The longest first: one folder's name may begin as another's does.
        let mut names: Vec<_> = self.names.iter().collect();
        names.sort_by_key(|(_, here)| std::cmp::Reverse(here.len()));
        names
            .into_iter()
            .fold(printed.to_owned(), |text, (told, here)| text.replace(here, told))
    }
}

#[test]
fn every_command_of_the_authors_chapter_does_what_the_chapter_shows() {
    let chapter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors/README.md");
    let text = fs::read_to_string(&chapter).expect("the chapter");
    let interpreter = python(&["pyarrow"], "interpreter.py", &[]);
    let (signs, makes) = (is_there("minisign"), is_there("make"));
    let shell = Shell::new(interpreter.as_ref());
    let (mut ran, mut wrong) = (0, Vec::new());
    for block in blocks(&text) {
        let needs = |word: &str| block.iter().any(|step| step.command.contains(word));
        if interpreter.is_none() && needs(PYTHON) || !signs && needs("minisign") || !makes && needs("make ") {
            say("skipped: a part of the authors' chapter, which needs pyarrow, make or minisign");
            continue;
        }
        for step in &block {
            let outcome = shell.does(step);
            let printed = shell.told(&outcome.stdout);
            let lines: Vec<&str> = printed.lines().collect();
            if outcome.code != Some(step.code) || !lines_are(&step.shown, &lines) {
                wrong.push(format!(
                    "$ {}\n{printed}[exit {}]\n-- the chapter shows:\n{}\n[exit {}]\n",
                    step.command,
                    outcome.code.unwrap_or(-1),
                    step.shown.join("\n"),
                    step.code
                ));
            }
            ran += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        ran >= COMMANDS_MIN || interpreter.is_none() || !signs || !makes,
        "only {ran} commands"
    );
}

#[test]
fn what_the_chapter_shows_is_compared_line_by_line() {
    let shown = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let lines = ["a  b 12", "x", "y", "end"];
    assert!(lines_are(&shown("a b …\n…\nend"), &lines));
    assert!(lines_are(&shown("… b 1…\nx\ny\nend\n…"), &lines));
    for other in ["a b 13\n…", "…\ny", "a b …\nend", "", "a … c 12\n…"] {
        assert!(!lines_are(&shown(other), &lines), "{other}");
    }
    let text = "```console\n$ cat <<E\n> x\n> E\nx\n$ false\n[exit 1]\n```\n";
    let read = blocks(text);
    assert_eq!(
        (read[0][0].command.as_str(), read[0][1].code),
        ("cat <<E\nx\nE", 1)
    );
}
