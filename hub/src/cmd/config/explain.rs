//! `hub config explain`: every key there is, from the configuration that is shipped.
//! Here because the shipped files say of every key what it means and how it is written, and nobody has them open.
//! In: a key, or none. Out: its file, its section, an example line, what it means.
//! Not here: what holds at this site (show).

use std::process::ExitCode;

use anyhow::Context;
use hub_model::nearest;
use serde::Serialize;

use crate::cli::Output;
use crate::exit::NotFound;
use crate::shipped::Shipped;
use crate::{lang, out};

/// What a comment begins with, and a key that is left out.
const COMMENT: &str = "#";
/// Where rules lie: what their keys mean is the manual's.
const RULES: &str = "rules/";

/// A key as the shipped files show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Explained {
    /// The file it stands in.
    pub(super) file: String,
    /// The table it belongs to.
    pub(super) section: String,
    /// The key.
    pub(super) key: String,
    /// How it is written.
    example: String,
    /// What it means, Chinese and English.
    pub(super) meaning: String,
}

pub(super) fn run(key: Option<&str>, output: Output) -> anyhow::Result<ExitCode> {
    let known = all()?;
    let is_meant = |one: &Explained| {
        key.is_none_or(|key| one.key == key || format!("{}.{}", one.section, one.key) == key)
    };
    let found: Vec<Explained> = known.iter().filter(|one| is_meant(one)).cloned().collect();
    if found.is_empty() {
        let key = key.unwrap_or_default();
        let last = key.rsplit('.').next().unwrap_or_default();
        let near = nearest(last, known.iter().map(|one| one.key.as_str()));
        let hint = near.map(|near| format!("；是否应为 / did you mean {near:?}?"));
        return Err(NotFound(format!("没有配置项 / no key {key:?}{}", hint.unwrap_or_default())).into());
    }
    out::show(output, &found, |found| {
        let lines = found.iter().map(|one| {
            format!(
                "{}  [{}]\n  {}\n  {}\n",
                one.file,
                one.section,
                one.example,
                lang::said(&one.meaning)
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Every key there is.
pub(super) fn all() -> anyhow::Result<Vec<Explained>> {
    let mut known = Vec::new();
    for name in Shipped::iter().filter(|name| name.ends_with(".toml") && !name.starts_with(RULES)) {
        let file = Shipped::get(&name).with_context(|| format!("shipped file {name}"))?;
        let text = String::from_utf8_lossy(&file.data);
        known.extend(keys(&name, &text));
    }
    Ok(known)
}

/// The keys of a file, in its order.
fn keys(file: &str, text: &str) -> Vec<Explained> {
    let mut found: Vec<Explained> = Vec::new();
    let (mut section, mut said) = (String::new(), Vec::new());
    // What stands above several keys is said of all of them; what stands above a table, of its keys.
    let (mut of_table, mut ended) = (String::new(), false);
    for line in text.lines() {
        let bare = line.strip_prefix(COMMENT).unwrap_or(line).trim();
        let name = bare.split('=').next().unwrap_or_default().trim();
        let is_key = bare.contains(" = ")
            && !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if is_key {
            let (example, beside) = divided(bare);
            let above = if said.is_empty() {
                of_table.clone()
            } else {
                said.join(" ")
            };
            let meaning = if beside.is_empty() {
                above
            } else {
                beside.to_owned()
            };
            found.push(Explained {
                file: file.to_owned(),
                section: section.clone(),
                key: name.to_owned(),
                example: example.to_owned(),
                meaning,
            });
            ended = true;
        } else if bare.starts_with('[') && bare.ends_with(']') {
            section = bare.trim_matches(['[', ']']).to_owned();
            of_table = if ended { String::new() } else { said.join(" ") };
            said.clear();
        } else if bare.is_empty() {
            said.clear();
        } else if line.starts_with(COMMENT) {
            if std::mem::take(&mut ended) {
                said.clear();
            }
            said.push(bare.to_owned());
        }
    }
    // Said once of a key, it is said of the same key in the tables beside.
    let told: Vec<(String, String)> = found
        .iter()
        .filter(|one| !one.meaning.is_empty())
        .map(|one| (one.key.clone(), one.meaning.clone()))
        .collect();
    for one in found.iter_mut().filter(|one| one.meaning.is_empty()) {
        let same = told.iter().find(|(key, _)| *key == one.key);
        one.meaning = same.map(|(_, meaning)| meaning.clone()).unwrap_or_default();
    }
    found
}

/// What is written and what is said beside it: the last ` # ` that is in no text.
fn divided(line: &str) -> (&str, &str) {
    let quotes = |text: &str| text.matches('"').count() + text.matches('\'').count();
    let outside = |(at, _): &(usize, &str)| line.get(..*at).is_some_and(|before| quotes(before) % 2 == 0);
    match line.match_indices(" # ").find(outside) {
        Some((at, mark)) => {
            let (written, said) = line.split_at(at);
            (written.trim_end(), said.get(mark.len()..).unwrap_or_default())
        }
        None => (line, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_that_is_shipped_says_what_it_means() {
        let mut silent = Vec::new();
        let mut count = 0;
        for name in Shipped::iter().filter(|name| name.ends_with(".toml") && !name.starts_with(RULES)) {
            if name.starts_with("parameters") || name.starts_with("places") {
                continue;
            }
            let file = Shipped::get(&name).unwrap();
            for one in keys(&name, &String::from_utf8_lossy(&file.data)) {
                count += 1;
                if one.meaning.is_empty() {
                    silent.push(format!("{name} [{}] {}", one.section, one.key));
                }
            }
        }
        assert!(silent.is_empty(), "{silent:#?}");
        assert!(count > 60, "{count}");
    }

    #[test]
    fn what_is_said_beside_a_key_is_told_from_what_is_written() {
        let line = "url = \"http://a/ # b\"   # 地址 / where";
        assert_eq!(divided(line), ("url = \"http://a/ # b\"", "地址 / where"));
        let file = "# 门 / door\n[server]\n# 监听 / where\nlisten = \"a\"\n\n# plugins_dir = \"b\"\n";
        let found = keys("hub.toml", file);
        assert_eq!(found[0].meaning, "监听 / where");
        assert_eq!(
            (found[1].key.as_str(), found[1].section.as_str()),
            ("plugins_dir", "server")
        );
    }
}
