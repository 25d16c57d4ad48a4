//! Which of the columns a source offers a site asks for, and by which names.
//! Here because a source that describes itself needs no types from the site, only names; and only what is asked for is read.
//! In: column definitions, the names offered. Out: pairs of names, or what is wrong with the definition by its path.
//! Not here: headers of sheets, which are found by likeness (header); types.

use std::collections::BTreeSet;
use std::fmt::Display;

use plugin_api::Error;

use crate::options;
use crate::remark;
use crate::streams::{COLUMNS_MAX, ColumnDef, NAMES_MAX, STREAMS_MAX};

/// A column as it is called here, and in the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Here.
    pub name: String,
    /// In the source.
    pub source: String,
}

/// The columns asked for in their order; everything offered when none are.
///
/// # Errors
/// `config` for a column that is not offered or stands there twice, naming the option under `at` and what is offered.
pub fn asked(defs: &[ColumnDef], offered: &[&str], at: &str) -> Result<Vec<Asked>, Error> {
    if offered.is_empty() || offered.len() > COLUMNS_MAX {
        return Err(Error::schema(format!(
            "{at}：应有 1 到 {COLUMNS_MAX} 列，现有 {} 列",
            offered.len()
        )));
    }
    if defs.is_empty() {
        return Ok(offered.iter().map(|name| same(name)).collect());
    }
    let mut asked = Vec::with_capacity(defs.len());
    for ColumnDef(names) in defs {
        let name = names.first().map(String::as_str).unwrap_or_default();
        let source = names.iter().find(|name| offered.contains(&name.as_str()));
        let source = source.ok_or_else(|| {
            refused(
                format_args!("{at}.columns"),
                format!(
                    "来源没有“{name}”这一列，现有：{}",
                    remark::list(offered.iter().copied())
                ),
            )
        })?;
        if let Some(other) = asked.iter().find(|other: &&Asked| other.source == *source) {
            let said = format!("“{name}”与“{}”对应来源的同一列 {source}", other.name);
            return Err(refused(format_args!("{at}.columns"), said));
        }
        asked.push(Asked {
            name: name.to_owned(),
            source: source.clone(),
        });
    }
    Ok(asked)
}

fn same(name: &str) -> Asked {
    Asked {
        name: name.to_owned(),
        source: name.to_owned(),
    }
}

/// Refuses definitions of columns no source could fill.
///
/// # Errors
/// `config`, naming the option under `at`.
pub fn check(defs: &[ColumnDef], key: &[String], at: &str) -> Result<(), Error> {
    let wrong = |said: String| refused(format_args!("{at}.columns"), said);
    if defs.len() > COLUMNS_MAX {
        return Err(wrong(format!("超过 {COLUMNS_MAX} 列")));
    }
    let mut known = BTreeSet::new();
    for ColumnDef(names) in defs {
        let name = names.first().map(String::as_str).unwrap_or_default();
        if name.is_empty() || name.starts_with('_') {
            return Err(wrong("列名不能为空，也不能以下划线开头".to_owned()));
        }
        if names.len() > NAMES_MAX {
            return Err(wrong(format!("列“{name}”的名称超过 {NAMES_MAX} 个")));
        }
        if !known.insert(name) {
            return Err(wrong(format!("列“{name}”定义了两次")));
        }
    }
    match key.iter().find(|column| !known.contains(column.as_str())) {
        Some(column) if !known.is_empty() => Err(refused(
            format_args!("{at}.key"),
            format!("“{column}”不在 columns 中"),
        )),
        Some(_) | None => Ok(()),
    }
}

/// Refuses names of streams that are not well formed or stand there twice.
///
/// # Errors
/// `config`, naming the option under `stream`.
pub fn check_names<'n>(names: impl Iterator<Item = &'n str>) -> Result<(), Error> {
    let mut known = BTreeSet::new();
    for name in names {
        let shaped = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if name.is_empty() || name.len() > 64 || !name.chars().all(shaped) {
            return Err(refused(
                "stream.name",
                format!("“{name}”应为 1 到 64 个小写字母、数字或下划线"),
            ));
        }
        if !known.insert(name) {
            return Err(refused(format_args!("stream.{name}"), "定义了两次"));
        }
        if known.len() > STREAMS_MAX {
            return Err(refused("stream", format!("数据流超过 {STREAMS_MAX} 个")));
        }
    }
    Ok(())
}

/// `not_found` for a stream that is not among `known`.
pub fn no_stream<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Error {
    let known: Vec<&str> = known.collect();
    Error::not_found(format!("没有名为“{name}”的数据流，可用：{}", known.join("、")))
}

/// A refusal of an option, by the path under which it stands in the site's file.
pub fn refused(path: impl Display, said: impl Display) -> Error {
    options::refused(path, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn def(names: &[&str]) -> ColumnDef {
        ColumnDef(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn columns_are_found_by_any_of_their_names_and_only_those_asked_for() {
        let defs = [def(&["证件号码", "certno", "id_no"]), def(&["name"])];
        let found = asked(&defs, &["name", "phone", "id_no"], "stream.s").unwrap();
        let pairs: Vec<(&str, &str)> = found
            .iter()
            .map(|a| (a.name.as_str(), a.source.as_str()))
            .collect();
        assert_eq!(pairs, [("证件号码", "id_no"), ("name", "name")]);
        assert_eq!(asked(&[], &["a", "b"], "stream.s").unwrap().len(), 2);
        let error = asked(&defs, &["name", "341221199001010000"], "stream.s").unwrap_err();
        let said = error.message();
        assert!(
            said.contains("stream.s.columns") && said.contains("证件号码") && said.contains("name"),
            "{said}"
        );
        assert!(!said.contains("341221"), "{said}");
    }

    #[test]
    fn definitions_no_source_could_fill_are_refused() {
        for (defs, key, said) in [
            (vec![def(&["a"]), def(&["a"])], vec![], "两次"),
            (vec![def(&["_a"])], vec![], "下划线"),
            (vec![def(&["a"])], vec!["b".to_owned()], "stream.s.key"),
        ] {
            let error = check(&defs, &key, "stream.s").unwrap_err();
            assert!(error.message().contains(said), "{error}");
        }
        for names in [["a", "a"], ["A", "b"]] {
            assert!(check_names(names.into_iter()).is_err(), "{names:?}");
        }
    }
}
