//! `hub link …`: verbs and arguments.
//! Here because what a person says about who is whom outlives the person.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/link).

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Reveal;
use crate::ask::Dry;

#[derive(Debug, Subcommand)]
pub(crate) enum Link {
    /// 存疑待核的，把握大的在前 / the doubtful, the likeliest first
    Review {
        /// 条数 / how many
        #[arg(short = 'n', long, default_value_t = 50)]
        limit: u32,
        /// 救助家庭而非人员 / assistance units instead of people
        #[arg(long)]
        households: bool,
        #[command(flatten)]
        reveal: Reveal,
    },
    /// 为什么是此人、可能是谁 / why a row came out as it did, and who else it may be
    Explain {
        /// 记录编号（hub link review 第一列，或表中未关联的 person_id）/ the id the row was given
        row: u64,
        #[command(flatten)]
        reveal: Reveal,
    },
    /// 认定：是同一人（same）、不是（not）、以后再说（later）；也用于合并、拆分 / give a verdict; merges and splits too
    Judge {
        /// 记录、人员或户的编号 / the id of rows, of a person or of a household
        from: u64,
        /// 与谁比 / the person or household it is compared with
        to: u64,
        /// 结论 / the verdict
        says: Saying,
        /// 户而非人员 / households instead of people
        #[arg(long)]
        households: bool,
        /// 理由（勿写姓名、证件号码）/ why; no names, no numbers
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        dry: Dry,
    },
    /// 撤销一次认定 / undo a verdict
    Undo {
        /// 认定编号 / the verdict's number
        verdict: i64,
        /// 理由 / why
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        dry: Dry,
    },
    /// 历次认定，含已撤销的 / every verdict, those undone too
    Verdicts {
        /// 条数 / how many
        #[arg(short = 'n', long, default_value_t = 50)]
        limit: u32,
    },
    /// 最近一次关联的情况 / what the last linking did
    Status,
    /// 在已知答案的两份名单上评价 / judge it on two lists whose answers are known
    Evaluate(Evaluate),
}

/// A verdict, as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Saying {
    /// 同一个 / one and the same
    Same,
    /// 不是 / two
    Not,
    /// 以后再说 / not now
    Later,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// 左表 CSV：要查找的名单 / the list that is looked up
    #[arg(long)]
    pub(crate) left: PathBuf,
    /// 右表 CSV：底册 / the register it is looked up in
    #[arg(long)]
    pub(crate) right: PathBuf,
    /// 答案 CSV 两列：左键，右键（不在底册则留空）/ left key, right key or nothing
    #[arg(long)]
    pub(crate) truth: PathBuf,
    /// 列说明 TOML / which columns say what
    #[arg(long)]
    pub(crate) schema: PathBuf,
}
