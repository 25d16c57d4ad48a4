//! `hub packaging DIR PLUGIN…`: manual pages and shell completions, from the command line's own definition, schemas of the files, and
//! the plugins that go along.
//! Here because what is installed beside the program must never say something else than the program does.
//! In: a folder, files of plugins. Out: `man/*.1`, completions for bash, zsh and fish, `schema/*.json`, `plugins/*.so`.
//! Not here: the package itself (Cargo.toml).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::{Shell, generate_to};

use crate::cli::Cli;

/// How the program is called.
const NAME: &str = "hub";

pub(super) fn run(dir: &Path, plugins: &[PathBuf]) -> anyhow::Result<ExitCode> {
    let man = dir.join("man");
    let at = || man.display().to_string();
    std::fs::create_dir_all(&man).with_context(at)?;
    clap_mangen::generate_to(Cli::command(), &man).with_context(at)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        generate_to(shell, &mut Cli::command(), NAME, dir).with_context(|| dir.display().to_string())?;
    }
    super::config::write_schemas(&dir.join("schema"))?;
    let folder = dir.join("plugins");
    // What an earlier package took along is not in this one.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    for plugin in plugins {
        let name = plugin.file_name().unwrap_or_default();
        std::fs::copy(plugin, folder.join(name)).with_context(|| plugin.display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}
