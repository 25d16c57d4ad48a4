//! `hub run …`: its verbs and their arguments.
//! Here because running, looking at what waits and deciding about it are one operator's morning.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/run, cmd/held).

use clap::{Args, Subcommand};

use crate::ask::Sure;

#[derive(Debug, Subcommand)]
pub(crate) enum Run {
    /// 启动 / start one connector, or all of them
    Start {
        /// 连接器编号 / the connector's id
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        connector: Option<String>,
        /// 全部 / every configured connector
        #[arg(long)]
        all: bool,
        /// 等到完成并推送 / wait until done and pushed
        #[arg(long)]
        wait: bool,
        /// 推送等待时间（秒）/ with --wait: seconds to wait for pushes
        #[arg(long, default_value_t = 60)]
        push_wait: u64,
    },
    /// 最近的运行 / the last runs
    List {
        /// 条数 / how many
        #[arg(short = 'n', long, default_value_t = 20)]
        limit: u32,
    },
    /// 一次运行：各数据流的行数、失败原因、备注 / one run: rows by stream, why it failed, remarks
    Show {
        /// 运行编号 / the run's id
        run: String,
    },
    /// 一次运行的日志 / the log of one run
    Log {
        /// 运行编号 / the run's id
        run: String,
        /// 运行未结束时继续显示 / go on while the run does
        #[arg(short, long)]
        follow: bool,
    },
    /// 待确认的数据与以往有何不同 / how what is held differs from what was approved before
    Diff {
        /// 运行编号 / the run's id
        run: String,
    },
    /// 批准：按已读到的数据生效，不再向来源读取 / make what is held active, as it was read
    Approve {
        #[command(flatten)]
        held: Held,
        /// 推送等待时间（秒）/ seconds to wait for pushes
        #[arg(long, default_value_t = 60)]
        push_wait: u64,
    },
    /// 驳回：旧数据继续有效，相同内容再来也不采用 / drop what is held; the old data stays, also when the same comes again
    Reject {
        #[command(flatten)]
        held: Held,
        /// 撤回驳回：下次读到时重新待确认 / take a rejection back: when it comes again, it is held again
        #[arg(long, conflicts_with_all = ["stream", "part"])]
        undo: bool,
    },
}

/// What is decided, and why.
#[derive(Debug, Args)]
pub(crate) struct Held {
    /// 运行编号 / the run's id
    pub(crate) run: String,
    /// 只限一个数据流 / one stream
    #[arg(long)]
    pub(crate) stream: Option<String>,
    /// 只限一期 / one part
    #[arg(long)]
    pub(crate) part: Option<String>,
    /// 理由，记入审计（勿写个人信息）/ why; written to the audit log
    #[arg(long)]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) sure: Sure,
}
