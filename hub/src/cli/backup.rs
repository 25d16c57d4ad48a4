//! `hub backup`, `hub restore`: arguments.
//! Here because what a county cannot lose is one command away from being safe.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/backup).

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::ask::Sure;

#[derive(Debug, Args)]
pub(crate) struct Backup {
    /// 放到哪个文件夹 / the folder it goes into, as hub-SITE-TIME
    pub(crate) into: PathBuf,
    /// 只检查这份已有的备份是否完整 / only look whether this backup is whole
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Database {
    /// 把 data_dir 里的数据迁往 hub.toml 写明的 PostgreSQL；先停服务 / carry what lies in the data directory to the server that hub.toml names
    Move(Sure),
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// 备份 / the backup
    pub(crate) from: PathBuf,
    /// 数据放到哪里；不给则按备份所记 / where the data goes; where it was when left out
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sure: Sure,
}
