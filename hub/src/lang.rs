//! The language texts are shown in: both, as they are written, or one.
//! Here because texts are written "中文 / English" in one line, and a screen read by one reader needs one half.
//! In: `--lang` or `HUB_LANG`. Out: the half that was asked for, of help, errors and pages. A sentence is [`said`], a word within a
//! line is a [`pair`], a mark or a small word that nobody needs twice is [`either`].
//! Not here: keys and codes of JSON, rules' sentences and data, which stay as they are written.

use std::sync::OnceLock;

use clap::{Command, ValueEnum};

static CHOSEN: OnceLock<Option<Lang>> = OnceLock::new();

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    /// 中文 / Chinese
    Zh,
    /// 英文 / English
    En,
}

/// From now on texts are shown in `lang`; in both without.
pub(crate) fn choose(lang: Option<Lang>) {
    // Once, before anything is shown.
    let _ = CHOSEN.set(lang);
}

fn chosen() -> Option<Lang> {
    CHOSEN.get().copied().flatten()
}

/// `text`, which is written "中文 / English", as it was chosen; as it is where it is in one language only.
pub(crate) fn said(text: &str) -> String {
    chosen().map_or_else(|| text.to_owned(), |lang| half(text, lang))
}

/// A word or a header, which is written "中文 English", as it was chosen; as it is where it is in one language only.
pub(crate) fn pair(text: &str) -> String {
    chosen().map_or_else(|| text.to_owned(), |lang| part(text, lang))
}

/// The same of a word and its English that stand apart.
pub(crate) fn both(chinese: &str, english: &str) -> String {
    match chosen() {
        None => format!("{chinese} {english}"),
        Some(Lang::Zh) => chinese.to_owned(),
        Some(Lang::En) => english.to_owned(),
    }
}

/// `chinese`, unless English was chosen: for what nobody needs twice.
pub(crate) fn either<'a>(chinese: &'a str, english: &'a str) -> &'a str {
    match chosen() {
        None | Some(Lang::Zh) => chinese,
        Some(Lang::En) => english,
    }
}

/// A mark between words, which is written as Chinese has it.
pub(crate) fn mark(mark: &str) -> &str {
    let english = match mark {
        "，" | "、" => ", ",
        "；" => "; ",
        "：" => ": ",
        "（" => " (",
        "）" => ")",
        other => other,
    };
    either(mark, english)
}

/// Help in the language that was chosen.
pub(crate) fn help(command: Command) -> Command {
    if chosen().is_none() {
        return command;
    }
    let mut command = command;
    if let Some(about) = command.get_about().map(|about| said(&about.to_string())) {
        command = command.about(about);
    }
    if let Some(about) = command.get_long_about().map(|about| said(&about.to_string())) {
        command = command.long_about(about);
    }
    command
        .mut_args(|arg| {
            let short = arg.get_help().map(|help| said(&help.to_string()));
            let long = arg.get_long_help().map(|help| said(&help.to_string()));
            let arg = match short {
                Some(help) => arg.help(help),
                None => arg,
            };
            match long {
                Some(help) => arg.long_help(help),
                None => arg,
            }
        })
        .mut_subcommands(help)
}

/// The word of `text` that is `lang`: the Chinese one ends at the first space.
fn part(text: &str, lang: Lang) -> String {
    let word = text.trim_start();
    let indent = " ".repeat(text.len() - word.len());
    let halves = word
        .split_once(' ')
        .filter(|(chinese, english)| !chinese.is_ascii() && !english.chars().any(is_chinese));
    match (halves, lang) {
        (Some((chinese, _)), Lang::Zh) => format!("{indent}{chinese}"),
        (Some((_, english)), Lang::En) => format!("{indent}{english}"),
        (None, _) => text.to_owned(),
    }
}

/// The half of `text` that is `lang`: it is parted at the first `/ ` after which nothing is Chinese. Sentences that have two
/// halves each are parted one by one.
fn half(text: &str, lang: Lang) -> String {
    let each: Vec<&str> = text.split('；').collect();
    let both = each.iter().filter(|sentence| sentence.contains("/ ")).count();
    if both > 1 {
        let stop = match lang {
            Lang::Zh => "；",
            Lang::En => "; ",
        };
        let halves: Vec<String> = each.iter().map(|sentence| of_one(sentence, lang)).collect();
        return halves.join(stop);
    }
    of_one(text, lang)
}

fn of_one(text: &str, lang: Lang) -> String {
    let parted = text.match_indices("/ ").find_map(|(at, mark)| {
        let (chinese, rest) = text.split_at(at);
        let english = rest.strip_prefix(mark)?;
        let ends = chinese.ends_with(' ') || chinese.ends_with(|c: char| !c.is_ascii());
        (ends && chinese.chars().any(is_chinese) && !english.chars().any(is_chinese))
            .then(|| (chinese.trim_end(), english))
    });
    match (parted, lang) {
        (Some((chinese, _)), Lang::Zh) => chinese.to_owned(),
        (Some((_, english)), Lang::En) => english.to_owned(),
        (None, _) => text.to_owned(),
    }
}

const fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_parted_at_its_first_space() {
        for (text, chinese, english) in [
            ("待确认 held", "待确认", "held"),
            ("  来源 source", "  来源", "  source"),
            ("待放行 rule held", "待放行", "rule held"),
            ("令牌 token:", "令牌", "token:"),
        ] {
            assert_eq!(part(text, Lang::Zh), chinese);
            assert_eq!(part(text, Lang::En), english);
        }
        for text in ["person_id", "sha256 of it", "备注", "某甲 某乙"] {
            assert_eq!(part(text, Lang::Zh), text);
            assert_eq!(part(text, Lang::En), text);
        }
    }

    #[test]
    fn a_text_is_parted_where_its_chinese_ends() {
        for (text, chinese, english) in [
            ("条数 / how many", "条数", "how many"),
            (
                "理由（勿写姓名）/ why; no names",
                "理由（勿写姓名）",
                "why; no names",
            ),
            (
                "/livez 与 /readyz 的地址 / where /livez and /readyz are",
                "/livez 与 /readyz 的地址",
                "where /livez and /readyz are",
            ),
            ("一/二 / one/two", "一/二", "one/two"),
            (
                "没有表 / no table \"x\"；见 / see hub table",
                "没有表；见",
                "no table \"x\"; see hub table",
            ),
            ("甲；乙 / one; two", "甲；乙", "one; two"),
        ] {
            assert_eq!(half(text, Lang::Zh), chinese);
            assert_eq!(half(text, Lang::En), english);
        }
        for text in ["rows", "只有中文", "file: no such / thing"] {
            assert_eq!(half(text, Lang::Zh), text);
            assert_eq!(half(text, Lang::En), text);
        }
    }
}
