//! `hub route …`: verbs and arguments.
//! Here because whoever writes a route asks at once where a warning would go now.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/route).

use clap::{ArgGroup, Subcommand};
use hub_model::route::NewsKind;

#[derive(Debug, Subcommand)]
pub(crate) enum Route {
    /// 预警会送到哪里、为什么 / where a warning would go, and why
    #[command(group = ArgGroup::new("which").required(true).args(["case", "all"]))]
    Test {
        /// 事项编号 / news about this case
        #[arg(long)]
        case: Option<String>,
        /// 每条规则的每个级别 / every severity of every rule
        #[arg(long)]
        all: bool,
        /// 对象所在：县、县/乡镇、县/乡镇/村 / with --all: where the subject is
        #[arg(long, requires = "all", default_value = "")]
        place: String,
        /// 消息种类：warning、case、reminder、overdue / which kind of news
        #[arg(long, value_parser = news, default_value = "warning")]
        news: NewsKind,
        /// 何时发生，如 2026-11-30T22:00；不写则现在 / when it happens, China time; now when unsaid
        #[arg(long, value_parser = moment)]
        at: Option<i64>,
    },
}

fn news(word: &str) -> Result<NewsKind, String> {
    let kinds = NewsKind::ALL.into_iter().find(|kind| kind.as_str() == word);
    kinds.ok_or_else(|| "warning, case, reminder, overdue".to_owned())
}

/// Milliseconds since 1970 UTC of a moment in China.
fn moment(text: &str) -> Result<i64, String> {
    let read = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M");
    read.map(hub_runtime::clock::at_in_china)
        .map_err(|_| "2026-11-30T22:00".to_owned())
}
