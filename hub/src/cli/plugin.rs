//! `hub plugin …`: verbs and arguments.
//! Here because a file that runs is named by a person first.
//! In: arguments. Out: typed commands.
//! Not here: what they do (cmd/plugin).

use std::path::PathBuf;

use clap::Subcommand;

use crate::ask::Dry;

#[derive(Debug, Subcommand)]
pub(crate) enum Plugin {
    /// 登记插件（写入 plugins.lock）/ pin a plugin by its sha256
    Add {
        /// 插件文件，须在 plugins_dir 中 / the file, which must lie in plugins_dir
        file: PathBuf,
        #[command(flatten)]
        dry: Dry,
    },
    /// 已登记的插件 / pinned plugins
    List,
    /// 不加载地查看 / look at a file without loading it
    Inspect {
        /// 插件文件 / the file
        file: PathBuf,
    },
    /// 校验已登记的插件 / compare every pinned plugin with its file
    Verify,
}
