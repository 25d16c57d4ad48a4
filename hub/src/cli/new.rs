//! `hub connector new …`: what a new connector is to be.
//! Here because help texts are the first page of the manual, and this is its first command.
//! In: arguments. Out: typed choices.
//! Not here: the files (cmd::new).

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// A new connector.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// 名称：小写字母、数字、短横线，以字母开头 / its name: a-z, 0-9 and '-', beginning with a letter
    pub(crate) name: String,
    /// 种类 / what it is written in
    #[arg(long, value_enum, default_value_t = ConnectorKind::Rust)]
    pub(crate) kind: ConnectorKind,
    /// 目录，须不存在或为空；默认与名称相同 / the folder, new or empty; called like it when left out
    #[arg(long)]
    pub(crate) dir: Option<PathBuf>,
    /// 源码仓库所在目录（仅 rust）；默认从本程序和当前目录向上查找 / the repository with plugin-api, for rust
    #[arg(long, value_name = "PATH")]
    pub(crate) sdk: Option<PathBuf>,
    /// 装有 pyarrow 的解释器（仅 python）/ the interpreter that has pyarrow, for python
    #[arg(long, value_name = "PATH", default_value = "/srv/hub/python/bin/python3")]
    pub(crate) python: PathBuf,
}

/// What a connector is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConnectorKind {
    /// 动态库，有 SDK / a library, with an SDK
    Rust,
    /// 动态库，只需一个头文件 / a library, by one header
    C,
    /// 可执行程序，任何语言 / a program, as in any language
    Python,
    /// 不写代码：表格文件 / no code: tables in a drop folder
    Config,
}
