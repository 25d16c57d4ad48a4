//! The command line: nouns and verbs.
//! Here because help texts are the first page of the manual.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd).

mod backup;
mod case;
mod config;
mod connector;
mod credential;
mod link;
mod new;
mod plugin;
mod push;
mod retention;
mod route;
mod rule;
mod run;
mod schedule;
mod shown;
mod top;
mod worksheet;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::lang::Lang;

pub(crate) use backup::{Backup, Database, Restore};
pub(crate) use case::{Act, Audit, Case, CaseList, Check, End, Exempt, Silence};
pub(crate) use config::Config;
pub(crate) use connector::Connector;
pub(crate) use credential::Credential;
pub(crate) use link::{Evaluate, Link, Saying};
pub(crate) use new::{ConnectorKind, New};
pub(crate) use plugin::Plugin;
pub(crate) use push::{Of, Push};
pub(crate) use retention::{Retention, RetentionCommand};
pub(crate) use route::Route;
pub(crate) use rule::{Backtest, Diff, Eval, Kpi, Ledger, Rule, Sets, Stats};
pub(crate) use run::{Held, Run};
pub(crate) use schedule::{Next, Schedule};
pub(crate) use shown::{Color, Output};
pub(crate) use top::Top;
pub(crate) use worksheet::Worksheet;

/// 防止返贫监测数据集成中枢：连接各部门数据，比对政策规则，推送并跟踪预警 / reads departments' data, cross-checks it with policy, pushes early warnings
#[derive(Debug, Parser)]
#[command(name = "hub", version, propagate_version = true)]
pub(crate) struct Cli {
    /// 配置目录 / configuration directory
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "/etc/hub",
        env = "HUB_CONFIG_DIR"
    )]
    pub(crate) config: PathBuf,
    /// 输出格式 / output format
    #[arg(short, long, global = true, value_enum, default_value_t = Output::Table)]
    pub(crate) output: Output,
    /// 是否用颜色；auto 时遵守 NO_COLOR / colours; auto goes by the terminal and NO_COLOR
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// 帮助、错误和页面只用一种语言；不给则中英并列 / help, errors and pages in one language; both without
    #[arg(long, global = true, value_enum, env = "HUB_LANG")]
    pub(crate) lang: Option<Lang>,
    /// 不显示进度 / show no progress
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// 生成合成县并跑通全流程 / make a synthetic county and run everything
    Demo(Demo),
    /// 建立配置目录 / make a configuration directory
    Init {
        /// 目录 / the directory, made when missing
        dir: PathBuf,
    },
    /// 配置：检查、生效值与出处、各项说明 / configuration: check it, what holds and who says so, what keys mean
    #[command(subcommand)]
    Config(Config),
    /// 运行服务：调度、推送、部门接口、健康检查、命令通道 / run the service
    Serve,
    /// 让运行中的服务重新读取配置：全部生效，或全部不变 / have the service read its configuration anew: all of it, or nothing
    #[command(
        after_help = "例 example:  hub config validate --no-env && hub reload\n退出码 exit codes: 0 已生效 it holds · 69 没有服务 no service · 78 配置有误，原配置继续 the old one goes on"
    )]
    Reload,
    /// 配置文件的改动会带来什么：增删改、触发时间、预警估计；什么也不写 / what changed files would do; nothing is written
    #[command(after_help = "例 example:  hub plan && hub reload")]
    Plan,
    /// 运行连接器 / run connectors
    #[command(subcommand)]
    Run(Run),
    /// 立即比对规则；待放行的规则 / cross-check now; rules that are held
    Check {
        /// 推送等待时间（秒）/ seconds to wait for pushes
        #[arg(long, default_value_t = 60, global = true)]
        push_wait: u64,
        #[command(subcommand)]
        command: Option<Check>,
    },
    /// 调度：何时运行、为何没有、暂停与补跑 / schedules: what runs when, why not; pause, resume, backfill
    #[command(subcommand)]
    Schedule(Schedule),
    /// 已配置的数据源 / configured sources
    #[command(subcommand)]
    Connector(Connector),
    /// 插件文件 / plugin files
    #[command(subcommand)]
    Plugin(Plugin),
    /// 规则：清单、示例、条款对应、试算 / rules: the list, examples, clauses, trials
    #[command(subcommand)]
    Rule(Rule),
    /// 指标：数值、分子分母、口径 / indicators: value, numerator, denominator, wording
    #[command(subcommand)]
    Kpi(Kpi),
    /// 预警事项：清单、依据、办理 / cases: the list, one whole, what is done to it
    #[command(subcommand)]
    Case(Case),
    /// 豁免：某规则不再就某对象推送 / exemptions, by subject and rule
    #[command(subcommand)]
    Exempt(Exempt),
    /// 静默：一段时间内只记录、不推送 / silences, by rule, department, place, severity
    #[command(subcommand)]
    Silence(Silence),
    /// 接口凭据：发放、清单、换发、作废 / credentials of departments' programs
    #[command(subcommand)]
    Credential(Credential),
    /// 推送：端点、记录、重推、暂停与恢复 / push: endpoints, attempts, replay, pause and resume
    #[command(subcommand)]
    Push(Push),
    /// 交办单：按部门、乡镇生成表格，填好后收回 / worksheets: written for offices, taken back when they are filled in
    #[command(subcommand)]
    Worksheet(Worksheet),
    /// 路线：预警会送到哪里、为什么 / routes: where a warning would go, and why
    #[command(subcommand)]
    Route(Route),
    /// 审计：校验、清单 / the audit log
    #[command(subcommand)]
    Audit(Audit),
    /// 台账：每户一行，原因、措施、责任人、办理状态 / ledgers, one household a row
    #[command(subcommand)]
    Ledger(Ledger),
    /// 一户一页：成员、收入、依据、疑点 / one household: members, income, cells, flags
    #[command(subcommand)]
    Household(Household),
    /// 身份比对 / record linkage
    #[command(subcommand)]
    Link(Link),
    /// 退回的行：清单、一行的原因、给报送单位的工作簿 / refused rows, and a workbook for their department
    #[command(subcommand)]
    Quarantine(Quarantine),
    /// 查询规范表：一条只读 SELECT / ask the canonical tables: one read-only SELECT
    Query(Query),
    /// 规范表及其各列 / the canonical tables, and the columns of one
    Table {
        /// 表名；不给则列出全部 / which; all when none is named
        table: Option<String>,
    },
    /// 某日的全部数据作为一个整体 / the data of a day as one whole
    #[command(subcommand)]
    Snapshot(Snapshot),
    /// 备份：数据库、数据湖、配置与密钥，运行中也可 / a backup of everything, also while the service works
    Backup(Backup),
    /// 恢复备份；不覆盖任何已有内容 / put a backup back; nothing is overwritten
    Restore(Restore),
    /// 数据库：从文件迁往 PostgreSQL / the database: from a file to PostgreSQL
    #[command(subcommand)]
    Database(Database),
    /// 保留期：将清除什么、清除 / what is past keeping: what would go, remove it
    Retention(Retention),
    /// 体检：逐项检查，指出怎么办；有问题则退出码 3 / checks everything, says what to do; exit 3 when something is wrong
    Doctor,
    /// 监控指标（Prometheus 文本格式）/ numbers for Prometheus, as text
    Metrics,
    /// 一屏看全 / one screen: did it go well, what is stuck
    Status,
    /// 此刻：运行的行数与速度、排队、内存、数据库；每秒刷新，Ctrl-C 退出 / at this moment: rows, queues, memory; drawn again each second
    Top(Top),
    /// （打包用）手册页、命令补全与随附插件 / for packages: manual pages, completions, plugins
    #[command(hide = true)]
    Packaging {
        /// 文件夹 / the folder
        dir: PathBuf,
        /// 随附的插件文件 / the plugins that go along
        plugins: Vec<PathBuf>,
    },
    /// （内部）连接器子进程 / internal: a connector's child process
    #[command(hide = true)]
    ConnectorHost,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// 只跑一次后退出 / run once and exit instead of serving on
    #[arg(long)]
    pub(crate) once: bool,
    /// 演示目录 / where everything is put
    #[arg(long, default_value = "demo")]
    pub(crate) dir: PathBuf,
    /// 人口数 / people, 1,000 to 10,000,000
    #[arg(long, default_value_t = 10_000)]
    pub(crate) people: u64,
    /// 随机种子 / seed: equal seeds make equal counties
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// 插件目录 / where the plugins are; default beside the executable
    #[arg(long)]
    pub(crate) plugins_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// 一条 SELECT / one SELECT over the canonical tables
    pub(crate) sql: String,
    /// 写入的新文件；不给则打印 / a new file to write to, instead of printing
    pub(crate) file: Option<PathBuf>,
    /// 最多行数 / most rows
    #[arg(short = 'n', long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: u32,
    #[command(flatten)]
    pub(crate) past: Past,
    #[command(flatten)]
    pub(crate) reveal: Reveal,
}

/// Which day's knowledge is meant.
#[derive(Debug, Args)]
pub(crate) struct Past {
    /// 截至某日（含）已提交的数据，如 2024-03-31；默认当前 / what was committed by the end of that day
    #[arg(long, value_name = "DATE")]
    pub(crate) as_of: Option<chrono::NaiveDate>,
}

/// Whether personal values are shown.
#[derive(Debug, Args)]
pub(crate) struct Reveal {
    /// 不脱敏，须说明理由并记入审计（理由中勿写个人信息）/ show personal values; why is written to the audit log
    #[arg(long = "reveal", value_name = "REASON")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Household {
    /// 一户的情况 / one household, whole
    Show {
        /// 户编号，或 household_id / the household's number, or its id
        household: String,
        #[command(flatten)]
        past: Past,
        #[command(flatten)]
        reveal: Reveal,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Quarantine {
    /// 尚未改正的，按期次和原因 / open rows, counted by part and reason
    List {
        /// 连接器编号 / the connector's id
        #[arg(long)]
        connector: Option<String>,
        #[command(flatten)]
        of: RefusedOf,
        /// 连同已改正的 / closed ones too
        #[arg(long)]
        all: bool,
    },
    /// 一行：原因、单元格、各列的值 / one row: why, which cell, what stood there
    Show {
        /// 退回编号的16位 / its number, 16 digits
        row: String,
        #[command(flatten)]
        reveal: Reveal,
    },
    /// 给报送单位的工作簿：原列、标色单元格、原因 / a workbook for the department to correct
    Export {
        /// 连接器编号 / the connector's id
        #[arg(long)]
        connector: String,
        #[command(flatten)]
        of: RefusedOf,
        /// 新文件，名称宜含“退回”，如 低保名册-退回.xlsx / a new .xlsx file
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// 理由，记入审计（勿写个人信息）/ why; written to the audit log
        #[arg(long)]
        reason: String,
    },
}

/// Which refused rows are meant.
#[derive(Debug, Args)]
pub(crate) struct RefusedOf {
    /// 数据流 / one stream
    #[arg(long)]
    pub(crate) stream: Option<String>,
    /// 原因代码，如 D04 / one reason code
    #[arg(long)]
    pub(crate) code: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Snapshot {
    /// 内容摘要：与导入次序、文件名、编号无关 / a hash of what is said, however it came
    Hash {
        #[command(flatten)]
        past: Past,
    },
}
