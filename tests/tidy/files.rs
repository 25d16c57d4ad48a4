//! The repository's files, as git knows them.
//! Here because a rule about files must not look into build folders.
//! In: `git ls-files`, with what is new and not ignored. Out: paths and texts, sorted by path.
//! Not here: what a file may hold.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A text file.
pub(crate) struct File {
    /// Relative to the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|extension| extension == "rs")
    }

    pub(crate) fn is_manifest(&self) -> bool {
        self.path == "Cargo.toml" || self.path.ends_with("/Cargo.toml")
    }

    /// The first line that begins with `start`; 1 when none does.
    pub(crate) fn line_of(&self, start: &str) -> usize {
        let found = self
            .text
            .lines()
            .position(|line| line.trim_start().starts_with(start));
        found.map_or(1, |index| index + 1)
    }
}

/// The folder this workspace lies in.
pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("tests/ lies in the workspace").to_owned()
}

/// Every text file. Lists machines write (the lock file) and files that are no text are left out.
pub(crate) fn known() -> Vec<File> {
    let output = Command::new("git")
        .args([
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .expect("git, which these rules ask for the list of files");
    assert!(
        output.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let list = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let mut paths: Vec<&str> = list.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    let read = |path: &&str| {
        let bytes = std::fs::read(root().join(path)).ok()?;
        let text = if *path == "Cargo.lock" {
            String::new()
        } else {
            String::from_utf8(bytes).unwrap_or_default()
        };
        Some(File {
            path: (*path).to_owned(),
            text,
        })
    };
    paths.iter().filter_map(read).collect()
}
