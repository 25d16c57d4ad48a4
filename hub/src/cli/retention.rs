//! `hub retention …`: verbs and arguments.
//! Here because somebody must be able to see what would go before it goes.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/retention).

use clap::{Args, Subcommand};

use crate::ask::{Dry, Sure};

#[derive(Debug, Args)]
pub(crate) struct Retention {
    /// 只列出，不清除（默认）/ only list, which is what is done without a verb
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(subcommand)]
    pub(crate) command: Option<RetentionCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RetentionCommand {
    /// 清除超过保留期的内容 / remove what is past keeping
    Apply {
        #[command(flatten)]
        sure: Sure,
    },
    /// 整理数据库文件，把空出的空间还给磁盘；须先停止服务 / write the database anew without gaps; stop the service first
    Vacuum {
        #[command(flatten)]
        dry: Dry,
    },
}
