//! `hub case …`, `hub exempt …`, `hub silence …`, `hub check …`, `hub audit …`: verbs and arguments.
//! Here because they are one clerk's and one operator's day.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/case, cmd/quiet, cmd/audit, cmd/run).

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use hub_model::case::{Action, Measure, Reason, Role};
use hub_model::{CaseState, Severity, nearest};

use crate::ask::{Dry, Sure};

#[derive(Debug, Subcommand)]
pub(crate) enum Case {
    /// 待办，按轻重 / cases that are not closed, gravest first
    List(CaseList),
    /// 一件事项：依据、时限、经过 / one case: evidence, clocks, history
    Show {
        /// 事项编号 / the case's id
        case: String,
    },
    /// 办理：派发、受理、核实、处置、办结、退回、转办、挂起…… / do something to a case
    Act(Box<Act>),
}

#[derive(Debug, Args)]
pub(crate) struct CaseList {
    /// 条数 / how many
    #[arg(short = 'n', long, default_value_t = 50)]
    pub(crate) limit: u32,
    /// 状态，可多次；不给则为未办结 / in this state, repeatable; any but closed when unsaid
    #[arg(long, value_parser = state)]
    pub(crate) state: Vec<CaseState>,
    /// 责任部门 / the department that must act
    #[arg(long)]
    pub(crate) department: Option<String>,
    /// 级别 / blue, yellow, orange, red
    #[arg(long, value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// 在此日期（含）前到期 / due by that day
    #[arg(long, value_name = "DATE")]
    pub(crate) due: Option<NaiveDate>,
    /// 只看逾期 / overdue only
    #[arg(long)]
    pub(crate) overdue: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Act {
    /// 事项编号 / the case's id
    pub(crate) case: String,
    /// 动作 / dispatch, accept, verify, reject, handle, close, return, reassign, suspend, resume, reopen
    #[arg(value_parser = action)]
    pub(crate) action: Action,
    /// 操作人或单位；默认为当前账户（勿写事项所涉人员）/ who does it; this account when unsaid
    #[arg(long)]
    pub(crate) actor: Option<String>,
    /// 以何身份：county、department；默认为可做此事者 / as whom; whoever may when unsaid
    #[arg(long, value_parser = role)]
    pub(crate) role: Option<Role>,
    /// 不属实的原因 / why it is not so: data_late, data_wrong, namesake, covered_elsewhere, …
    #[arg(long, value_parser = reason)]
    pub(crate) reason_code: Option<Reason>,
    /// 说明（勿写姓名、证件号码）/ in a sentence; no names, no numbers
    #[arg(long)]
    pub(crate) text: Option<String>,
    /// 措施 / what was done: industry, employment, public_post, health, education, …
    #[arg(long, value_parser = measure)]
    pub(crate) measure: Option<Measure>,
    /// 办理日期 / when it was done
    #[arg(long)]
    pub(crate) date: Option<NaiveDate>,
    /// 交给哪个部门 / the department it goes to
    #[arg(long)]
    pub(crate) to: Option<String>,
    /// 所见版本；已被他人改动则拒绝 / the version that was seen; refused when it is another by now
    #[arg(long)]
    pub(crate) if_version: Option<u64>,
    /// 幂等键：同一键只办一次 / asked twice under one key, it is done once
    #[arg(long)]
    pub(crate) key: Option<String>,
    #[command(flatten)]
    pub(crate) sure: Sure,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Exempt {
    /// 豁免：此规则不再就此对象推送，直到到期或依据有实质变化 / this rule is not to be pushed about this subject
    Add {
        /// 对象，如 household/12（hub case show 第一行）/ whom
        #[arg(long)]
        subject: String,
        /// 规则编号 / which rule
        #[arg(long)]
        rule: String,
        /// 原因 / why: policy_exception, covered_elsewhere, …
        #[arg(long, value_parser = reason)]
        reason_code: Reason,
        /// 说明 / in a sentence
        #[arg(long)]
        text: String,
        /// 截止日期（含），最长三年 / its last day, within three years
        #[arg(long)]
        until: NaiveDate,
        /// 批准人或单位 / who approved it; this account when unsaid
        #[arg(long)]
        approver: Option<String>,
        #[command(flatten)]
        dry: Dry,
    },
    /// 列出 / list them
    List {
        /// 连同已结束的 / ended ones too
        #[arg(long)]
        all: bool,
    },
    /// 提前结束 / end one
    End(End),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Silence {
    /// 静默：所限定的预警一段时间内只记录、不推送 / what matches is recorded and not pushed for a while
    Add {
        /// 规则编号 / of this rule
        #[arg(long)]
        rule: Option<String>,
        /// 责任部门 / of this department
        #[arg(long)]
        department: Option<String>,
        /// 地方：县、县/镇 或 县/镇/村 / in this place: county, county/town or county/town/village
        #[arg(long)]
        place: Option<String>,
        /// 级别 / of this severity
        #[arg(long, value_parser = severity)]
        severity: Option<Severity>,
        /// 截止日期（含），最长90天 / its last day, within 90 days
        #[arg(long)]
        until: NaiveDate,
        /// 理由 / why
        #[arg(long)]
        reason: String,
        /// 操作人 / who makes it; this account when unsaid
        #[arg(long)]
        author: Option<String>,
        #[command(flatten)]
        dry: Dry,
    },
    /// 列出；已过期而仍有预警与之相符的也列 / list them; expired ones that would still match too
    List {
        /// 连同已结束的 / ended ones too
        #[arg(long)]
        all: bool,
    },
    /// 提前结束 / end one
    End(End),
}

#[derive(Debug, Args)]
pub(crate) struct End {
    /// 编号 / its number
    pub(crate) number: i64,
    /// 理由 / why
    #[arg(long)]
    pub(crate) reason: String,
    /// 操作人 / who; this account when unsaid
    #[arg(long)]
    pub(crate) actor: Option<String>,
    #[command(flatten)]
    pub(crate) dry: Dry,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Check {
    /// 因一次新开过多而待放行的规则 / rules that are held because they would open too much at once
    Held,
    /// 放行：核对无误，让该规则的预警打开 / let a held rule open what it finds
    Release {
        /// 规则编号 / which rule
        rule: String,
        /// 理由 / why
        #[arg(long)]
        reason: String,
        /// 操作人 / who; this account when unsaid
        #[arg(long)]
        actor: Option<String>,
        #[command(flatten)]
        sure: Sure,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// 校验：逐条重算，指出第一条不符的 / recompute the chain; the first entry that does not follow
    Verify {
        /// 另存的序号与摘要，如 120:9f3c… / a place and hash noted elsewhere
        #[arg(long, value_name = "SEQ:HASH", value_parser = noted)]
        expect: Option<(i64, String)>,
    },
    /// 列出，新的在前 / entries, the newest first
    List {
        /// 对象，如 household/12 / of this subject
        #[arg(long)]
        subject: Option<String>,
        /// 操作人 / by whom
        #[arg(long)]
        actor: Option<String>,
        /// 动作的开头，如 cn.gov.hub.case / actions that begin so
        #[arg(long)]
        action: Option<String>,
        /// 条数 / how many
        #[arg(short = 'n', long, default_value_t = 50)]
        limit: u32,
    },
}

/// `word` as one of `known`, or what would have been.
fn one_of<T>(word: &str, parse: impl Fn(&str) -> Option<T>, known: &[&str]) -> Result<T, String> {
    parse(word).ok_or_else(|| match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("one of {}", known.join(", ")),
    })
}

fn state(word: &str) -> Result<CaseState, String> {
    one_of(word, CaseState::parse, &CaseState::ALL.map(CaseState::as_str))
}

fn severity(word: &str) -> Result<Severity, String> {
    one_of(word, Severity::parse, &Severity::ALL.map(Severity::as_str))
}

fn action(word: &str) -> Result<Action, String> {
    one_of(word, Action::parse, &Action::ALL.map(Action::as_str))
}

pub(super) fn role(word: &str) -> Result<Role, String> {
    let people = |word: &str| Role::parse(word).filter(|role| *role != Role::Hub);
    one_of(word, people, &["county", "department"])
}

fn reason(word: &str) -> Result<Reason, String> {
    one_of(word, Reason::parse, &Reason::ALL.map(|reason| reason.words().0))
}

fn measure(word: &str) -> Result<Measure, String> {
    one_of(
        word,
        Measure::parse,
        &Measure::ALL.map(|measure| measure.words().0),
    )
}

fn noted(text: &str) -> Result<(i64, String), String> {
    let wrong = || "写作 序号:摘要 / written as SEQ:HASH".to_owned();
    let (seq, hash) = text.split_once(':').ok_or_else(wrong)?;
    let seq = seq.parse().ok().filter(|seq| *seq > 0).ok_or_else(wrong)?;
    Ok((seq, hash.to_owned()))
}
