//! `hub worksheet …`: verbs and arguments.
//! Here because offices that work in spreadsheets answer in spreadsheets.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/worksheet).

use std::path::PathBuf;

use clap::Subcommand;

use crate::ask::Sure;

#[derive(Debug, Subcommand)]
pub(crate) enum Worksheet {
    /// 生成交办单：每个乡镇一份，按紧急程度排列 / one workbook for each town, the gravest first
    Export {
        /// 责任部门 / whose cases
        #[arg(long)]
        department: String,
        /// 县、县/乡镇，或其内的村 / in this place and within it
        #[arg(long, default_value = "")]
        place: String,
        /// 县里办结用：列出待办结、不属实的 / the county's own: what waits to be closed
        #[arg(long)]
        close: bool,
        /// 放到哪个文件夹 / the folder they go into
        #[arg(long)]
        dir: PathBuf,
    },
    /// 收回填好的交办单，逐行办理 / take filled worksheets back, line by line
    Take {
        /// 填好的 .xlsx / what came back
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// 谁交回的 / who sends them; this account when unsaid
        #[arg(long)]
        actor: Option<String>,
        /// 未采用的行写到这个新的 .xlsx / lines that could not be taken, as a new workbook
        #[arg(long)]
        refused: Option<PathBuf>,
        #[command(flatten)]
        sure: Sure,
    },
}
