//! `hub push …`: verbs and arguments.
//! Here because whoever is asked "did you send it" must answer from one place.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/push).

use clap::{Args, Subcommand};

use crate::ask::{Dry, Sure};

#[derive(Debug, Subcommand)]
pub(crate) enum Push {
    /// 推送端点：状态、原因、积压 / endpoints: where each stands, why, what waits for it
    Endpoints,
    /// 推送记录，新的在前 / attempts, the newest first
    Attempts {
        #[command(flatten)]
        of: Of,
        /// 事件编号 / this event
        #[arg(long)]
        event: Option<String>,
        /// 条数 / how many
        #[arg(short = 'n', long, default_value_t = 50)]
        limit: u32,
    },
    /// 多次未成、等人处理的；从不删除 / events that were given up; they are never deleted
    Dead {
        #[command(flatten)]
        of: Of,
        /// 条数 / how many
        #[arg(short = 'n', long, default_value_t = 50)]
        limit: u32,
    },
    /// 重新推送，编号不变；默认只推送未成的 / send again under the same ids; what was given up, when nothing else is said
    Replay {
        #[command(flatten)]
        of: Of,
        /// 事件编号 / this event
        #[arg(long)]
        event: Option<String>,
        /// 连同对方已收的（对方丢了数据时）/ what was taken too: for a receiver that lost it
        #[arg(long)]
        taken: bool,
        #[command(flatten)]
        sure: Sure,
        /// 操作人 / who; this account when unsaid
        #[arg(long)]
        actor: Option<String>,
    },
    /// 发送一次测试；因凭据被拒而暂停的，应答正常即恢复 / send a test; what was paused for its credential resumes when it is answered well
    Ping {
        /// 端点 / which
        endpoint: String,
        #[command(flatten)]
        dry: Dry,
    },
    /// 现在就收一次各部门留在文件夹或数据表里的答复 / take now the answers that departments left in folders and tables
    Collect {
        /// 端点；不写则全部 / which; all of them when unsaid
        endpoint: Option<String>,
        #[command(flatten)]
        dry: Dry,
    },
    /// 暂停：不再推送，积压保留 / stop sending; what waits is kept
    Pause {
        /// 端点 / which
        endpoint: String,
        /// 理由 / why
        #[arg(long)]
        reason: String,
        /// 操作人 / who; this account when unsaid
        #[arg(long)]
        actor: Option<String>,
        #[command(flatten)]
        sure: Sure,
    },
    /// 月度对账：每个端点发出、签收、受理、答复各多少 / a month's sums of each endpoint: sent, received, accepted, answered
    Reconcile {
        /// 月份，如 2026-11；不写则上月 / which month; the last one when unsaid
        #[arg(long, value_parser = super::rule::month)]
        month: Option<chrono::NaiveDate>,
    },
    /// 恢复：无论因何停止 / send again, whatever stopped it
    Resume {
        /// 端点 / which
        endpoint: String,
        /// 操作人 / who; this account when unsaid
        #[arg(long)]
        actor: Option<String>,
        #[command(flatten)]
        dry: Dry,
    },
}

/// Which deliveries are meant.
#[derive(Debug, Args)]
pub(crate) struct Of {
    /// 端点 / to this endpoint
    #[arg(long)]
    pub(crate) endpoint: Option<String>,
    /// 自该日（含）起发生的 / of events since that day
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<chrono::NaiveDate>,
    /// 事项编号 / about this case
    #[arg(long)]
    pub(crate) case: Option<String>,
}
