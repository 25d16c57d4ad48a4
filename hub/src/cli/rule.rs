//! `hub rule …`: its verbs and their arguments.
//! Here because a rule is tried before it warns anybody.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/rule).

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Rule {
    /// 列出 / list them
    List,
    /// 运行规则自带的示例 / run the examples that stand in the rules' files
    Test {
        /// 规则编号；不给则全部 / which; all when none is named
        rules: Vec<String>,
    },
}
