//! `hub plugin …`: plugin files and the lock that pins them.
//! Here because an unlisted or altered plugin must not run, and somebody must be able to say which may.
//! In: files. Out: entries of `plugins.lock`.
//! Not here: configured sources (connector).

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use plugin_host::{Lock, PluginFile};
use serde_json::{Value, json};

use super::connector;
use crate::cli::{Output, Plugin};
use crate::exit::ConfigError;
use crate::{out, settings};

pub(super) async fn run(command: Plugin, config: &Path, output: Output) -> anyhow::Result<ExitCode> {
    if let Plugin::Inspect { file } = command {
        return inspect(&file, output);
    }
    let loaded = settings::load(config)?;
    let (dir, path) = (&loaded.settings.plugins_dir, &loaded.settings.plugins_lock);
    match command {
        Plugin::Add { file } => {
            PluginFile::open(&file)?;
            let found = std::fs::canonicalize(&file).with_context(|| file.display().to_string())?;
            let here = found.parent().unwrap_or(&found);
            if std::fs::canonicalize(dir).ok().as_deref() != Some(here) {
                let message = format!(
                    "{} is not in plugins_dir {}; copy it there first",
                    file.display(),
                    dir.display()
                );
                return Err(ConfigError(message).into());
            }
            let mut lock = open(path)?;
            let entry = tokio::task::block_in_place(|| connector::pin(&file, &mut lock))?;
            lock.save()?;
            let value = json!({ "name": entry.name, "version": entry.version, "file": entry.file, "sha256": entry.sha256, "abi": entry.abi });
            out::show(output, &value, |_| {
                format!("已登记 pinned: {} {} ({})", entry.name, entry.version, entry.file)
            })?;
        }
        Plugin::List => {
            let lock = open(path)?;
            let values: Vec<Value> = lock.entries().iter().map(|e| json!({ "name": e.name, "version": e.version, "file": e.file, "sha256": e.sha256, "abi": e.abi })).collect();
            out::show(output, &values, |_| {
                let row = |e: &plugin_host::Entry| {
                    vec![
                        e.name.clone(),
                        e.version.clone(),
                        e.file.clone(),
                        e.abi.clone(),
                        e.sha256.chars().take(12).collect(),
                    ]
                };
                out::table(
                    &["插件 plugin", "版本 version", "文件 file", "ABI", "sha256"],
                    lock.entries().iter().map(row),
                )
            })?;
        }
        Plugin::Verify => return verify(&open(path)?, dir, output),
        Plugin::Inspect { .. } => unreachable!("handled above"),
    }
    Ok(ExitCode::SUCCESS)
}

/// The lock file, or an empty one that is written on the first addition.
pub(super) fn open(path: &Path) -> anyhow::Result<Lock> {
    Ok(Lock::load(path)?)
}

fn inspect(file: &Path, output: Output) -> anyhow::Result<ExitCode> {
    let plugin = PluginFile::open(file)?;
    let value = json!({ "file": file, "sha256": plugin.sha256, "bytes": plugin.bytes, "abi": plugin.abi, "sdk": plugin.sdk });
    out::show(output, &value, |_| {
        format!(
            "{}\n  sha256 {}\n  bytes {}\n  abi {}\n  sdk {}",
            file.display(),
            plugin.sha256,
            plugin.bytes,
            plugin.abi,
            plugin.sdk
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

fn verify(lock: &Lock, dir: &Path, output: Output) -> anyhow::Result<ExitCode> {
    let checked: Vec<(String, Option<String>)> = lock
        .entries()
        .iter()
        .map(|entry| {
            (
                entry.name.clone(),
                lock.verify(&entry.name, dir).err().map(|error| error.to_string()),
            )
        })
        .collect();
    let values: Vec<Value> = checked
        .iter()
        .map(|(name, error)| json!({ "name": name, "ok": error.is_none(), "error": error }))
        .collect();
    out::show(output, &values, |_| {
        let rows = checked.iter().map(|(name, error)| {
            vec![
                name.clone(),
                error.clone().unwrap_or_else(|| "一致 ok".to_owned()),
            ]
        });
        out::table(&["插件 plugin", "结果 result"], rows)
    })?;
    Ok(if checked.iter().all(|(_, error)| error.is_none()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(77)
    })
}
