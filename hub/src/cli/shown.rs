//! How what is printed looks: format, colour, language.
//! Here because these hold for every command, and two of them for the help that is shown while arguments are read.
//! In: arguments, `HUB_LANG`. Out: typed arguments; what was chosen is set before anything is shown.
//! Not here: printing (out), the halves of texts (lang).

use clap::{CommandFactory, FromArgMatches, ValueEnum};

use super::Cli;
use crate::lang::{self, Lang};
use crate::out;

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    /// 表格 / for people
    Table,
    /// 一个 JSON 值 / one JSON value
    Json,
    /// 每行一个 JSON 值，供逐行处理 / one JSON value a line
    Jsonl,
    /// 逗号分隔，首行为列名 / comma-separated, with a header
    Csv,
    /// Parquet 文件（仅 `hub query`，须给出文件名）/ a Parquet file, `hub query` only
    Parquet,
}

/// When colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// 终端上用，NO_COLOR 时不用 / on a terminal, unless NO_COLOR is set
    Auto,
    /// 总是 / always
    Always,
    /// 从不 / never
    Never,
}

impl Cli {
    /// What was typed. How to show help is looked for before it is read: help is shown while it is read.
    pub(crate) fn read() -> Self {
        let color = written("color").unwrap_or(Color::Auto);
        let lang = written("lang").or_else(|| {
            let said = std::env::var_os("HUB_LANG")?;
            Lang::from_str(&said.to_string_lossy(), true).ok()
        });
        out::color(color);
        lang::choose(lang);
        let command = Self::command().color(match color {
            Color::Auto => clap::ColorChoice::Auto,
            Color::Always => clap::ColorChoice::Always,
            Color::Never => clap::ColorChoice::Never,
        });
        let matches = lang::help(command).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// The value of `--option` as it was typed, when it is one; a wrong one is told when all is read.
fn written<T: ValueEnum>(option: &str) -> Option<T> {
    let option = format!("--{option}");
    let mut words = std::env::args_os()
        .map(|word| word.to_string_lossy().into_owned())
        .take_while(|word| word != "--");
    while let Some(word) = words.next() {
        let value = match word.strip_prefix(&option) {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(found) = value.and_then(|value| T::from_str(&value, true).ok()) {
            return Some(found);
        }
    }
    None
}
