//! `hub config …`: verbs and arguments.
//! Here because a configuration should answer for itself before anything runs by it.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/config).

use std::path::PathBuf;

use clap::Subcommand;

use crate::settings::FileKind;

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// 检查全部配置；有误则退出码 78 / check everything that is written; exit 78 when something is wrong
    Validate {
        /// 只查文件，不连接数据源 / only the files: no source is asked
        #[arg(long)]
        no_env: bool,
    },
    /// 生效的设置 / the settings that hold
    Show {
        /// 并列出每项由哪个文件哪一行、哪个环境变量决定 / and who says so: file and line, or variable
        #[arg(long)]
        origin: bool,
    },
    /// 各类文件的 JSON Schema（2020-12），供编辑器边写边查；不给则列出种类 / schemas for editors; the kinds when none is named
    #[command(
        after_help = "例 example:  hub config schema --dir /usr/share/hub/schema\n在文件首行写 as a file's first line:  #:schema /usr/share/hub/schema/connector.schema.json"
    )]
    Schema {
        /// 文件种类 / the kind of file
        kind: Option<FileKind>,
        /// 把全部 Schema 写入此文件夹，已有的覆盖 / writes all of them into this folder, over what is there
        #[arg(long, value_name = "DIR", conflicts_with = "kind")]
        dir: Option<PathBuf>,
    },
    /// 一个配置项是什么、怎么写 / what a key means and how it is written
    Explain {
        /// 如 listen、server.listen；不给则列出全部 / such as listen; every key when none is named
        key: Option<String>,
    },
}
