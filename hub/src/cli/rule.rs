//! `hub rule …`: its verbs and their arguments.
//! Here because a rule is tried before it warns anybody.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/rule).

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Past, Reveal};

#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    /// 列出 / list them
    List,
    /// 运行规则自带的示例 / run the examples that stand in the rules' files
    Test {
        /// 规则编号；不给则全部 / which; all when none is named
        rules: Vec<String>,
    },
    /// 政策各条由哪些规则、指标、时限、来源核对 / which rule, indicator, clock or source answers each clause
    Coverage,
    /// 一条规则在一户（或一个对象）上的逐条判定 / one rule on one household, condition by condition
    Eval(Eval),
    /// 在历史数据上逐月试算 / what a rule would have found, month by month, over what was known then
    Backtest(Backtest),
    /// 改参数或改规则文件前后命中对象的差别 / who would be found anew, or no longer, by another parameter or file
    Diff(Diff),
    /// 命中、属实、不属实及原因、办理天数；建议的参数由人决定 / fired, verified, rejected with reasons, days; lines a person may weigh
    Stats(Stats),
}

#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// 规则编号；不给则全部 / which; all when none is named
    pub(crate) rules: Vec<String>,
    /// 从这天起，不给则不限 / from this day on
    #[arg(long)]
    pub(crate) from: Option<chrono::NaiveDate>,
    /// 到这天为止（含），不给则今天 / to this day, inclusive
    #[arg(long)]
    pub(crate) to: Option<chrono::NaiveDate>,
}

/// Other values of parameters, for a trial.
#[derive(Debug, Args)]
pub(crate) struct Sets {
    /// 试算用的参数值，如 monitoring_line=7500 / another value of a parameter, in its unit
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) sets: Vec<(String, String)>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("写作 名称=数值 / written as NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// 规则编号 / which rule
    pub(crate) rule: String,
    /// 户编号，或 household_id / a household
    #[arg(long, required_unless_present = "subject")]
    pub(crate) household: Option<String>,
    /// 其他对象：电站号、信用代码、县/镇/村 / another subject, as the rule names it
    #[arg(long, conflicts_with = "household")]
    pub(crate) subject: Option<String>,
    #[command(flatten)]
    pub(crate) sets: Sets,
    #[command(flatten)]
    pub(crate) past: Past,
}

#[derive(Debug, Args)]
pub(crate) struct Backtest {
    /// 规则编号 / which rule
    pub(crate) rule: String,
    /// 起始月，如 2023-01 / first month
    #[arg(long, value_parser = month)]
    pub(crate) from: chrono::NaiveDate,
    /// 截止月（含） / last month
    #[arg(long, value_parser = month)]
    pub(crate) to: chrono::NaiveDate,
    #[command(flatten)]
    pub(crate) sets: Sets,
}

pub(super) fn month(text: &str) -> Result<chrono::NaiveDate, String> {
    format!("{text}-01")
        .parse()
        .map_err(|_| "写作 2023-01 / a month, such as 2023-01".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// 规则编号 / which rule
    pub(crate) rule: String,
    /// 改过的规则文件，文件名仍为 <编号>.toml / another version of the rule's file
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sets: Sets,
    #[command(flatten)]
    pub(crate) past: Past,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Kpi {
    /// 指标报告 / every indicator as it stands, or why it cannot be computed
    Report {
        #[command(flatten)]
        past: Past,
        /// 另存为新的 .xlsx / a new workbook to write as well
        #[arg(long = "out", value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Ledger {
    /// 导出一类户的台账 / the ledger of a group of households as a new workbook
    Export {
        /// 台账名，如 below-10000、income-fell，由规则的 ledger 声明 / the group, as rules name it
        #[arg(long)]
        group: String,
        /// 新的 .xlsx / the new file
        #[arg(long = "out", value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        reveal: Reveal,
    },
}
