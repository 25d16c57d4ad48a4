//! `hub plugin …`: plugin files and the lock that pins them.
//! Here because an unlisted or altered plugin must not run, and somebody must be able to say which may.
//! In: files. Out: entries of `plugins.lock`.
//! Not here: configured sources (connector).

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use plugin_host::{Entry, Lock, PluginError, PluginFile, Trust, Verified};
use serde_json::{Value, json};

use super::connector;
use crate::cli::{Output, Plugin};
use crate::exit::ConfigError;
use crate::{lang, out, settings};

pub(super) async fn run(command: Plugin, config: &Path, output: Output) -> anyhow::Result<ExitCode> {
    if let Plugin::Inspect { file } = command {
        return inspect(&file, output);
    }
    let loaded = settings::load(config)?;
    let settings = &loaded.settings;
    let (dir, path, trust) = (&settings.plugins_dir, &settings.plugins_lock, &settings.trust);
    match command {
        Plugin::Add { file, dry } => {
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
            let before = lock.entries().to_vec();
            let entry = tokio::task::block_in_place(|| connector::pin(&file, &mut lock, trust))?;
            if !dry.goes_on(output, &pinned(&entry, &before))? {
                return Ok(ExitCode::SUCCESS);
            }
            lock.save()?;
            let value = json!({ "name": entry.name, "version": entry.version, "file": entry.file, "sha256": entry.sha256, "abi": entry.abi });
            out::show(output, &value, |_| {
                let pinned = lang::pair("已登记 pinned");
                format!("{pinned}: {} {} ({})", entry.name, entry.version, entry.file)
            })?;
        }
        Plugin::List => {
            let lock = open(path)?;
            let values: Vec<Value> = lock.entries().iter().map(|e| json!({ "name": e.name, "version": e.version, "file": e.file, "sha256": e.sha256, "abi": e.abi })).collect();
            out::show(output, &values, |_| {
                let row = |e: &Entry| {
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
        Plugin::Verify => return verify(&open(path)?, dir, trust, output),
        Plugin::Inspect { .. } => unreachable!("handled above"),
    }
    Ok(ExitCode::SUCCESS)
}

/// What pinning `entry` would come to, where `before` is pinned.
fn pinned(entry: &Entry, before: &[Entry]) -> String {
    let Entry {
        name,
        version,
        file,
        sha256,
        abi,
    } = entry;
    let (chinese, english) = match before.iter().find(|before| before.name == *name) {
        Some(before) => (
            format!("，取代 {} {}", before.version, before.sha256),
            format!(", in place of {} {}", before.version, before.sha256),
        ),
        None => (String::new(), String::new()),
    };
    format!(
        "将登记插件 {name} {version}：{file}，ABI {abi}，sha256 {sha256}{chinese} / {name} {version} would be pinned: {file}, ABI {abi}, sha256 {sha256}{english}"
    )
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

fn verify(lock: &Lock, dir: &Path, trust: &Trust, output: Output) -> anyhow::Result<ExitCode> {
    let checked: Vec<(&str, Result<Verified, PluginError>)> = lock
        .entries()
        .iter()
        .map(|entry| (entry.name.as_str(), lock.verify(&entry.name, dir, trust)))
        .collect();
    let publisher = |found: &Result<Verified, PluginError>| {
        let verified = found.as_ref().ok()?;
        verified.publisher().map(str::to_owned)
    };
    let values: Vec<Value> = checked
        .iter()
        .map(|(name, found)| {
            let error = found.as_ref().err().map(ToString::to_string);
            json!({ "name": name, "ok": error.is_none(), "error": error, "publisher": publisher(found) })
        })
        .collect();
    out::show(output, &values, |_| {
        let rows = checked.iter().map(|(name, found)| {
            let result = match found {
                Ok(_) => lang::pair("一致 ok"),
                Err(error) => lang::said(&error.to_string()),
            };
            vec![
                (*name).to_owned(),
                result,
                publisher(found).unwrap_or_else(|| "—".to_owned()),
            ]
        });
        out::table(&["插件 plugin", "结果 result", "签名 signed by"], rows)
    })?;
    Ok(if checked.iter().all(|(_, found)| found.is_ok()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(77)
    })
}
