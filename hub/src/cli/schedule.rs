//! `hub schedule …`: verbs and arguments.
//! Here because whoever writes a schedule asks at once when it would fire.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/schedule).

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use clap::{Args, Subcommand};

use crate::ask::Dry;

#[derive(Debug, Subcommand)]
pub(crate) enum Schedule {
    /// 清单：何时、上次、下次、是否暂停 / every schedule: when, last, next, whether it is paused
    List,
    /// 以后的触发，含跳过的日子和原因 / the next fires, with the days that are skipped and why
    Next(Next),
    /// 已到的触发及其结果，新的在前 / fires that came, and what became of them, the newest first
    Fires {
        /// 调度编号；不写则全部 / which; all of them when unsaid
        schedule: Option<String>,
        /// 条数 / how many
        #[arg(short = 'n', long, default_value_t = 50)]
        limit: u32,
    },
    /// 一个调度的全部：各项设置、上下游、最近与以后的触发 / one schedule, whole
    Explain {
        /// 调度编号 / which
        schedule: String,
    },
    /// 暂停：此后的触发跳过、不补，正在运行的照常完成 / skip what falls due; what is under way goes on
    Pause {
        /// 调度编号 / which
        schedule: String,
        /// 理由 / why
        #[arg(long)]
        reason: String,
        /// 操作人 / who; this account when unsaid
        #[arg(long)]
        actor: Option<String>,
        #[command(flatten)]
        dry: Dry,
    },
    /// 恢复；暂停期间的不补 / run again; nothing of the pause is made good
    Resume {
        /// 调度编号 / which
        schedule: String,
        /// 操作人 / who; this account when unsaid
        #[arg(long)]
        actor: Option<String>,
        #[command(flatten)]
        dry: Dry,
    },
    /// 补跑：这些日子里已过而未成功的触发 / run the fires of these days that did not end well
    Backfill {
        /// 调度编号 / which
        schedule: String,
        /// 首日 / the first day
        #[arg(long, value_name = "DATE")]
        from: NaiveDate,
        /// 末日；不写则同首日 / the last day; the first one when unsaid
        #[arg(long, value_name = "DATE")]
        to: Option<NaiveDate>,
        /// 操作人 / who; this account when unsaid
        #[arg(long)]
        actor: Option<String>,
        #[command(flatten)]
        dry: Dry,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Next {
    /// 调度编号；不写则全部按时间排列 / which; all of them in order of time when unsaid
    #[arg(conflicts_with = "cron")]
    pub(crate) schedule: Option<String>,
    /// 条数 / how many
    #[arg(short = 'n', long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) count: u16,
    /// 试一个还没有写进文件的表达式 / try an expression that stands in no file yet
    #[arg(long, value_name = "EXPR")]
    pub(crate) cron: Option<String>,
    /// 与 --cron 同用：Quartz 方言 / with --cron: it is Quartz's
    #[arg(long, requires = "cron")]
    pub(crate) quartz: bool,
    /// 与 --cron 同用：仅工作日 / with --cron: on working days
    #[arg(long, requires = "cron")]
    pub(crate) workdays: bool,
    /// 与 --cron 同用：时区 / with --cron: the time zone
    #[arg(long, requires = "cron", default_value = "Asia/Shanghai")]
    pub(crate) timezone: String,
    /// 从何时起，如 2026-12-30 或 2026-12-30T08:00（北京时间）；不写则现在 / from when on, China time; now when unsaid
    #[arg(long, value_parser = moment)]
    pub(crate) from: Option<i64>,
    /// 连同抖动、窗口、上游的由来 / with jitter, window and upstreams
    #[arg(long)]
    pub(crate) explain: bool,
}

/// Milliseconds since 1970 UTC of a moment, or the beginning of a day, in China.
fn moment(text: &str) -> Result<i64, String> {
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN));
    let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").or_else(|_| day());
    read.map(hub_runtime::clock::at_in_china)
        .map_err(|_| "2026-12-30, 2026-12-30T08:00".to_owned())
}
