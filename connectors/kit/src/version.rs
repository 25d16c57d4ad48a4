//! The version a file's name says it is: `收入2023v2`, `成员202310最终版（改）`, `名单(1)`.
//! Here because a corrected table is sent again under almost the same name, and read beside the first one every row counts twice.
//! In: file names of one period. Out: which names differ by version marks only, and which of those is the latest.
//! Not here: equal contents (those are one file whatever they are called).

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::period;

/// Words that mark a version and do not count it. The longer before those they begin with.
const MARKS: [&str; 14] = [
    "最终版",
    "最终稿",
    "最终",
    "终版",
    "定稿",
    "修订版",
    "修订稿",
    "修订",
    "更正版",
    "更正",
    "改",
    "新版",
    "副本",
    "final",
];
/// Largest number taken for a version.
const NUMBER_DIGITS_MAX: usize = 2;
/// Stands for the period in a stem.
const PERIOD: char = '\u{1}';

/// A name taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Name {
    /// Without marks, extension, spaces; in lower case.
    stem: String,
    /// The highest number among the marks; 0 without marks, none when no mark counts.
    number: Option<u32>,
    marked: bool,
    /// Marked by `_2` alone: it may as well be the second of several files that belong together.
    weakly: bool,
}

/// A file as versions are told apart by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Version<'a> {
    pub(crate) name: &'a str,
    pub(crate) part: &'a str,
    pub(crate) modified: Option<SystemTime>,
}

/// For every file whether a later version of it is among them.
pub(crate) fn superseded(files: &[Version<'_>]) -> Vec<bool> {
    let names: Vec<Name> = files.iter().map(|file| take_apart(file.name)).collect();
    let mut groups: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (index, (file, name)) in files.iter().zip(&names).enumerate() {
        groups.entry((file.part, &name.stem)).or_default().push(index);
    }
    let mut superseded = vec![false; files.len()];
    for group in groups.into_values() {
        // Without a first file, `_1` and `_2` are two files.
        let all_weak = group.iter().all(|index| names[*index].weakly);
        if all_weak || !group.iter().any(|index| names[*index].marked) {
            continue;
        }
        let Some(latest) = latest(files, &names, &group) else {
            continue;
        };
        for index in group {
            superseded[index] = index != latest;
        }
    }
    superseded
}

/// The highest number, unless one without a number was written later.
fn latest(files: &[Version<'_>], names: &[Name], group: &[usize]) -> Option<usize> {
    let time = |index: &usize| (files[*index].modified, names[*index].marked, files[*index].name);
    let counted = group.iter().filter(|index| names[**index].number.is_some());
    let highest = counted.max_by_key(|index| (names[**index].number, time(index)));
    let uncounted = group.iter().filter(|index| names[**index].number.is_none());
    uncounted.chain(highest).max_by_key(|index| time(index)).copied()
}

fn take_apart(file_name: &str) -> Name {
    let lower: Vec<char> = file_name
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            '（' | '【' | '[' => '(',
            '）' | '】' | ']' => ')',
            c => period::half_width(c).to_ascii_lowercase(),
        })
        .collect();
    let mut stem: String = match period::locate(&lower) {
        Some((_, at)) => {
            let before = lower.iter().take(at.start);
            before.chain([&PERIOD]).chain(lower.iter().skip(at.end)).collect()
        }
        None => lower.iter().collect(),
    };
    for _ in 0..2 {
        // An extension has no Chinese in it; `.gz` stands behind another.
        match stem.rsplit_once('.') {
            Some((name, extension)) if extension.chars().all(|c| c.is_ascii_alphanumeric()) => {
                stem = name.to_owned();
            }
            Some(_) | None => break,
        }
    }
    let mut name = Name {
        number: Some(0),
        ..Name::default()
    };
    let (mut strong, mut counts) = (false, false);
    while let Some((rest, number, weak)) = without_mark(&stem) {
        if rest.is_empty() {
            break;
        }
        name.marked = true;
        strong |= !weak;
        counts |= number.is_some();
        name.number = name.number.max(number);
        stem = rest.trim_end_matches(['-', '_', '.', '+']).to_owned();
    }
    if name.marked && !counts {
        name.number = None;
    }
    name.weakly = name.marked && !strong;
    name.stem = stem;
    name
}

/// A stem without its last mark, the mark's number, and whether it is a weak one.
fn without_mark(stem: &str) -> Option<(&str, Option<u32>, bool)> {
    if let Some((rest, inner)) = stem.strip_suffix(')').and_then(|stem| stem.rsplit_once('(')) {
        if let Some(number) = short_number(inner) {
            return Some((rest, Some(number), false));
        }
        let (left, number, _) = without_mark(inner)?;
        return left.is_empty().then_some((rest, number, false));
    }
    let digits = stem.chars().rev().take_while(char::is_ascii_digit).count();
    let (before, number) = stem.split_at_checked(stem.len() - digits)?;
    let number = short_number(number);
    if let Some(number) = number {
        if let Some(rest) = before.strip_suffix('v') {
            // The v of a version, not the end of a word.
            let word = rest.ends_with(|c: char| c.is_ascii_alphabetic());
            return (!word).then_some((rest, Some(number), false));
        }
        if let Some(rest) = before.strip_suffix('_') {
            return Some((rest, Some(number), true));
        }
    }
    if let Some((rest, number)) = stem.strip_suffix('版').and_then(|stem| stem.rsplit_once('第'))
        && let Some(number) = short_number(number)
    {
        return Some((rest, Some(number), false));
    }
    let marked = MARKS.iter().find_map(|mark| before.strip_suffix(mark))?;
    (digits == 0 || number.is_some()).then_some((marked, number, false))
}

fn short_number(text: &str) -> Option<u32> {
    let short = (1..=NUMBER_DIGITS_MAX).contains(&text.len());
    text.parse().ok().filter(|_| short)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    /// Names with their times; the ones that stay.
    fn stay(files: &[(&str, u64)]) -> Vec<String> {
        let versions: Vec<Version<'_>> = files
            .iter()
            .map(|(name, seconds)| Version {
                name,
                part: "2023",
                modified: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(*seconds)),
            })
            .collect();
        let superseded = superseded(&versions);
        let live = files.iter().zip(superseded).filter(|(_, superseded)| !superseded);
        live.map(|((name, _), _)| (*name).to_owned()).collect()
    }

    #[test]
    fn a_later_version_supersedes_an_earlier_one() {
        for (files, expect) in [
            (
                &[("收入2023.xlsx", 9), ("收入2023v2.xlsx", 1)][..],
                "收入2023v2.xlsx",
            ),
            (
                &[("收入2023 V2.xlsx", 9), ("收入2023-v10.csv", 1)],
                "收入2023-v10.csv",
            ),
            (
                &[("收入2023.xlsx", 1), ("收入2023最终版.xlsx", 2)],
                "收入2023最终版.xlsx",
            ),
            (
                &[("收入2023.xlsx", 3), ("收入2023最终版.xlsx", 2)],
                "收入2023.xlsx",
            ),
            (
                &[("收入2023最终版.xlsx", 2), ("收入2023最终版2（改）.xlsx", 3)],
                "收入2023最终版2（改）.xlsx",
            ),
            (
                &[("2023年收入（1）.xlsx", 1), ("2023年收入.xlsx", 2)],
                "2023年收入（1）.xlsx",
            ),
            (
                &[("收入202310.csv", 1), ("收入202310_2.csv", 1)],
                "收入202310_2.csv",
            ),
            (
                &[("收入2023(修订).xlsx", 2), ("收入2023.xls", 1)],
                "收入2023(修订).xlsx",
            ),
            (
                &[("收入2023第2版.xlsx", 1), ("收入2023第3版.xlsx", 1)],
                "收入2023第3版.xlsx",
            ),
            (
                &[("收入2023.csv.gz", 1), ("收入2023更正.zip", 2)],
                "收入2023更正.zip",
            ),
            (&[("v2_2023.xlsx", 1), ("v2_2023改.xlsx", 2)], "v2_2023改.xlsx"),
        ] {
            assert_eq!(stay(files), [expect], "{files:?}");
        }
    }

    #[test]
    fn files_that_belong_together_stay_together() {
        for files in [
            [("members-202310.xlsx", 1), ("members-202310-part2.xlsx", 2)],
            [("收入2023颍州区.xlsx", 1), ("收入2023颍上县.xlsx", 2)],
            [("收入202310_1.csv", 1), ("收入202310_2.csv", 2)],
            [("收入2023.xlsx", 1), ("收入2023.csv", 2)],
            [("收入2023.xlsx", 1), ("支出2023v2.xlsx", 2)],
            [("收入2023(颍上).xlsx", 1), ("收入2023.xlsx", 2)],
            [("收入2023dev2.xlsx", 1), ("收入2023de.xlsx", 2)],
        ] {
            assert_eq!(stay(&files).len(), 2, "{files:?}");
        }
    }

    #[test]
    fn any_name_can_be_taken_apart() {
        for name in [
            "",
            ".",
            "v2",
            "(1)",
            "()",
            "(((1)",
            "改改改",
            "2023",
            "第版",
            "_1",
            "最终版99999999999",
            "𠮷v1.x",
        ] {
            take_apart(name);
            assert_eq!(stay(&[(name, 1)]).len(), 1);
        }
    }
}
