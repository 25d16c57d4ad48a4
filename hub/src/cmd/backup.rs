//! `hub backup`, `hub restore`: everything the hub has, as one folder, and back.
//! Here because a disk dies at night, and what was never put back was never backed up.
//! In: a configuration directory, a folder. Out: a backup that vouches for itself; directories as they were.
//! Not here: how it is made (runtime), where it is taken to.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use hub_runtime::backup::{self, Manifest};
use hub_runtime::clock;
use hub_store::Home;
use serde::Serialize;

use crate::ask::Sure;
use crate::cli::{Backup, Output, Restore};
use crate::cmd::doctor::idle;
use crate::exit::{ConfigError, NotFound};
use crate::{lang, out, progress, settings};

#[derive(Debug, Serialize)]
struct Told {
    folder: PathBuf,
    made: String,
    version: String,
    files: usize,
    bytes: u64,
    audit_entries: i64,
    audit_head: String,
}

impl Told {
    fn of(folder: &Path, manifest: &Manifest) -> Self {
        Self {
            folder: folder.to_owned(),
            made: manifest.made.clone(),
            version: manifest.version.clone(),
            files: manifest.files.len(),
            bytes: manifest.bytes(),
            audit_entries: manifest.audit.0,
            audit_head: manifest.audit.1.clone(),
        }
    }
}

pub(super) async fn run(asked: Backup, config: &Path, output: Output) -> anyhow::Result<ExitCode> {
    match asked.check {
        true => check(asked.into, output).await,
        false => make(config, &asked.into, output).await,
    }
}

/// Makes a backup below `into`, in a folder that is called by its time.
async fn make(config: &Path, into: &Path, output: Output) -> anyhow::Result<ExitCode> {
    let loaded = settings::load(config)?;
    let now_ms = clock::now_ms();
    let time: String = out::time(now_ms).chars().filter(char::is_ascii_digit).collect();
    // Two within a second are two.
    let thousandths = now_ms.rem_euclid(1_000);
    let to = into.join(format!("hub-{}-{time}-{thousandths:03}", loaded.settings.site));
    std::fs::create_dir_all(into)?;
    let work = backup::backup(&loaded.settings.home, &loaded.dir, &to);
    let manifest = progress::during("备份 / backing up", progress::unknown, work).await?;
    tell(output, &Told::of(&to, &manifest), "已备份 backed up")
}

/// Reads every file of a backup, which takes as long as its disk needs.
async fn whole(from: &Path) -> anyhow::Result<Manifest> {
    let from = from.to_owned();
    let work = tokio::task::spawn_blocking(move || backup::check(&from));
    Ok(progress::during("检查备份 / checking the backup", progress::unknown, work).await??)
}

/// Looks whether a backup is whole.
async fn check(from: PathBuf, output: Output) -> anyhow::Result<ExitCode> {
    let manifest = whole(&from).await?;
    tell(output, &Told::of(&from, &manifest), "完整 whole")
}

/// Puts a backup back.
pub(super) async fn restore(asked: Restore, config: &Path, output: Output) -> anyhow::Result<ExitCode> {
    let Restore { from, data, sure } = asked;
    let manifest = whole(&from).await?;
    let config = std::path::absolute(config)?;
    let data = match data {
        Some(data) => std::path::absolute(data)?,
        None => manifest.data_for(&config),
    };
    let would = format!(
        "将恢复 {} 的备份（{} 个文件），配置到 {}，数据到 {}；不覆盖已有内容 / a backup of {} would be put there, nothing is overwritten",
        manifest.made,
        manifest.files.len(),
        config.display(),
        data.display(),
        manifest.made
    );
    if !sure.goes_on(output, &would)? {
        return Ok(ExitCode::SUCCESS);
    }
    let work = backup::restore(&from, &data, &config);
    let manifest = progress::during("恢复 / restoring", progress::unknown, work).await?;
    let (mut home, node) = settings::home(&config)?;
    if home.server.is_some() {
        home.data_dir.clone_from(&data);
        carry(&home, &node).await?;
    }
    tell(output, &Told::of(&from, &manifest), "已恢复 restored")?;
    eprintln!(
        "{} {}  {} {}{}{}: hub plugin list",
        lang::pair("配置 configuration"),
        config.display(),
        lang::pair("数据 data"),
        data.display(),
        lang::mark("；"),
        lang::said("插件不在备份内 / plugins are not in it")
    );
    Ok(ExitCode::SUCCESS)
}

/// Carries a site that lies in files to the server its configuration names.
pub(super) async fn move_to_server(sure: Sure, config: &Path, output: Output) -> anyhow::Result<ExitCode> {
    let (home, node) = settings::home(config)?;
    if home.server.is_none() {
        let told = "[store] postgres 未设置：先在 hub.toml 写明要迁往的数据库 / name the database to move to in hub.toml first";
        return Err(ConfigError(told.to_owned()).into());
    }
    let file = home.data_dir.join("hub.db");
    if !file.exists() {
        let told = format!("{}：没有要迁移的文件 / there is no file to move", file.display());
        return Err(NotFound(told).into());
    }
    if sure.is_told() {
        // The file's, which is what is carried away.
        idle(&home, None).await?;
    }
    let would = format!(
        "将把 {} 的全部数据迁往 {}，数据湖迁往 {}；原文件改名保留 / everything would be carried there, and the file kept under another name",
        file.display(),
        home.database().display(),
        home.lake_dir.display()
    );
    if !sure.goes_on(output, &would)? {
        return Ok(ExitCode::SUCCESS);
    }
    carry(&home, &node).await?;
    Ok(ExitCode::SUCCESS)
}

async fn carry(home: &Home, node: &str) -> anyhow::Result<()> {
    let work = backup::into_server(home, node);
    progress::during("迁往服务器 / carrying to the server", progress::unknown, work).await?;
    let (database, lake) = (home.database(), home.lake_dir.display());
    let told = format!(
        "已迁往 {database}，数据湖在 {lake}；原文件改名为 hub.db.moved，确认无误后可删 / carried; the file is called hub.db.moved now",
        database = database.display()
    );
    eprintln!("{}", lang::said(&told));
    Ok(())
}

fn tell(output: Output, told: &Told, verb: &str) -> anyhow::Result<ExitCode> {
    out::show(output, told, |told| {
        format!(
            "{verb}{colon}{}  {} {files}{comma}{} {bytes}{comma}{}{semicolon}{audit} {}:{}",
            told.folder.display(),
            told.files,
            told.bytes,
            told.made,
            told.audit_entries,
            told.audit_head,
            verb = lang::pair(verb),
            colon = lang::mark("："),
            files = lang::pair("个文件 files"),
            comma = lang::mark("，"),
            bytes = lang::pair("字节 bytes"),
            semicolon = lang::mark("；"),
            audit = lang::pair("审计 audit")
        )
    })?;
    Ok(ExitCode::SUCCESS)
}
