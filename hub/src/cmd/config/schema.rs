//! `hub config schema`: what editors check files by while they are typed.
//! Here because the types know which keys there are, and the shipped files what each of them means.
//! In: a kind of file, or a folder. Out: its JSON Schema, draft 2020-12, described in both languages; all of them as files.
//! Not here: the types (settings, engine, model).

use std::path::Path;
use std::process::ExitCode;

use anyhow::Context;
use clap::ValueEnum;
use serde::Serialize;
use serde_json::Value;

use super::explain::{self, Explained};
use crate::cli::Output;
use crate::settings::FileKind;
use crate::{lang, out};

/// What names of schema files end with.
const ENDING: &str = ".schema.json";

/// A kind of file there is a schema for.
#[derive(Debug, Serialize)]
struct Listed {
    kind: &'static str,
    files: &'static [&'static str],
}

pub(super) fn run(kind: Option<FileKind>, dir: Option<&Path>, output: Output) -> anyhow::Result<ExitCode> {
    match (kind, dir) {
        (Some(kind), _) => {
            let schema = described(kind)?;
            out::print(&format!("{}\n", serde_json::to_string_pretty(&schema)?))?;
        }
        (None, Some(dir)) => {
            let written = write(dir)?;
            out::show(output, &written, |written| written.join("\n"))?;
        }
        (None, None) => {
            let kinds: Vec<Listed> = FileKind::value_variants()
                .iter()
                .map(|kind| Listed {
                    kind: kind.as_str(),
                    files: kind.files(),
                })
                .collect();
            out::show(output, &kinds, |kinds| {
                let rows = kinds
                    .iter()
                    .map(|kind| vec![kind.kind.to_owned(), kind.files.join(lang::mark("，"))]);
                out::table(&["种类 kind", "文件 files"], rows)
            })?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes every schema into `dir`, over what is there; the files.
pub(in crate::cmd) fn write(dir: &Path) -> anyhow::Result<Vec<String>> {
    std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
    let mut written = Vec::new();
    for kind in FileKind::value_variants() {
        let path = dir.join(format!("{}{ENDING}", kind.as_str()));
        let text = serde_json::to_string_pretty(&described(*kind)?)?;
        std::fs::write(&path, format!("{text}\n")).with_context(|| path.display().to_string())?;
        written.push(path.display().to_string());
    }
    Ok(written)
}

/// The schema of `kind`; keys that the shipped files explain are described as there.
fn described(kind: FileKind) -> anyhow::Result<Value> {
    let explained = explain::all()?;
    let is_of = |one: &&Explained| {
        kind.files().iter().any(|glob| match glob.split_once('*') {
            Some((folder, _)) => one.file.starts_with(folder),
            None => one.file == *glob,
        })
    };
    let explained: Vec<&Explained> = explained.iter().filter(is_of).collect();
    let mut schema = kind.schema();
    describe(&mut schema, "", &explained);
    Ok(schema)
}

/// Describes the properties of `schema`, which is that of the table `section`, and of what is in it.
fn describe(schema: &mut Value, section: &str, explained: &[&Explained]) {
    match schema {
        Value::Object(object) => {
            for (name, inside) in object.iter_mut() {
                let Some(properties) = inside.as_object_mut().filter(|_| name == "properties") else {
                    describe(inside, name, explained);
                    continue;
                };
                for (key, property) in properties.iter_mut() {
                    if let Some(meaning) = meaning(key, section, explained)
                        && let Some(property) = property.as_object_mut()
                    {
                        property.insert("description".to_owned(), Value::String(meaning.to_owned()));
                    }
                    describe(property, key, explained);
                }
            }
        }
        Value::Array(list) => {
            for inside in list {
                describe(inside, section, explained);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// What `key` means; where it stands in several tables, in the one whose name is likest to `section`, a type's name.
fn meaning<'a>(key: &str, section: &str, explained: &[&'a Explained]) -> Option<&'a str> {
    let of_key = explained
        .iter()
        .filter(|one| one.key == key && !one.meaning.is_empty());
    let table = |one: &Explained| one.section.rsplit('.').next().unwrap_or_default().to_lowercase();
    let likeness = |one: &&&Explained| section.to_lowercase().contains(&table(one));
    let best = of_key.clone().find(likeness);
    best.or_else(|| of_key.clone().next())
        .map(|one| one.meaning.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_says_what_the_shipped_file_says_in_both_languages() {
        let schema = described(FileKind::Hub).unwrap();
        let text = serde_json::to_string(&schema).unwrap();
        let known = explain::all().unwrap();
        let listen = known.iter().find(|one| one.key == "listen").unwrap();
        assert!(
            listen.meaning.contains("监听地址") && listen.meaning.contains("answered"),
            "{}",
            listen.meaning
        );
        assert!(
            text.contains(&*serde_json::to_string(&listen.meaning).unwrap()),
            "{text}"
        );
    }
}
