//! `hub init DIR`: a configuration directory with the shipped defaults and a fresh identity key.
//! Here because a new site needs both before anything else.
//! In: a directory. Out: files; what is there already stays.
//! Not here: what the files mean.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use serde::Serialize;

use crate::cli::Output;
use crate::exit::ConfigError;
use crate::settings::IDENTITY_KEY;
use crate::shipped::Shipped;
use crate::{lang, out};

#[derive(Serialize)]
struct Made {
    dir: PathBuf,
    written: Vec<String>,
    kept: Vec<String>,
}

pub(super) fn run(dir: &Path, output: Output) -> anyhow::Result<ExitCode> {
    let made = make(dir)?;
    out::show(output, &made, |made| {
        let (written, kept) = (made.written.len(), made.kept.len());
        let mut text = format!(
            "{}{}{}\n",
            made.dir.display(),
            lang::mark("："),
            lang::either(
                &format!("写入 {written} 个文件，保留 {kept} 个"),
                &format!("{written} files written, {kept} kept")
            )
        );
        text.push_str(&format!(
            "{}: hub --config {} plugin add <file>.so\n",
            lang::pair("下一步 next"),
            made.dir.display()
        ));
        text
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Writes what is missing below `dir`.
fn make(dir: &Path) -> anyhow::Result<Made> {
    if dir.join("hub.toml").exists() && !dir.join(IDENTITY_KEY).exists() {
        // A new key would give every person a new id and open every warning again.
        let message = format!(
            "{} is a hub's configuration without its {IDENTITY_KEY}; restore the key from a backup",
            dir.display()
        );
        return Err(ConfigError(message).into());
    }
    let mut made = Made {
        dir: dir.to_owned(),
        written: Vec::new(),
        kept: Vec::new(),
    };
    for name in Shipped::iter() {
        let file = Shipped::get(&name).with_context(|| format!("shipped file {name}"))?;
        write_new(dir, &name, &file.data, 0o644, &mut made)?;
    }
    let key = hex::encode(rand::random::<[u8; 32]>());
    write_new(dir, IDENTITY_KEY, key.as_bytes(), 0o600, &mut made)?;
    Ok(made)
}

/// Makes the demo's configuration in `dir`: as shipped, also over what an earlier version left there.
pub(super) fn prepare(dir: &Path) -> anyhow::Result<()> {
    make(dir)?;
    for name in Shipped::iter() {
        let file = Shipped::get(&name).with_context(|| format!("shipped file {name}"))?;
        fs::write(dir.join(&*name), &file.data).with_context(|| name.into_owned())?;
    }
    Ok(())
}

fn write_new(dir: &Path, name: &str, data: &[u8], mode: u32, made: &mut Made) -> anyhow::Result<()> {
    let path = dir.join(name);
    if path.exists() {
        made.kept.push(name.to_owned());
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&path)
        .with_context(|| path.display().to_string())?;
    file.write_all(data)
        .and_then(|()| file.sync_all())
        .with_context(|| path.display().to_string())?;
    made.written.push(name.to_owned());
    Ok(())
}
