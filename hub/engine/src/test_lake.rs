//! A small lake for a test: real files of canonical tables, from rows as a rule's examples write them.
//! Here because what reads files is tried over files.
//! In: TOML tables of rows. Out: a folder that goes when the test ends, what it holds, an engine over it.
//! Not here: landed files, and connectors.

use std::collections::BTreeMap;

use hub_model::{ActiveData, FileRef, RunId, Schema, StreamId, tables};

use crate::parquet_file::{FileTarget, LakeFile};
use crate::{Engine, EngineOptions, IdentityKey, rule_example};

/// A lake.
pub(crate) struct Lake {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) data: ActiveData,
}

impl Lake {
    /// One without a row.
    pub(crate) fn empty() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            data: ActiveData::default(),
        }
    }

    /// The tables of `texts`, a file each; a later text's rows come after an earlier one's.
    pub(crate) fn of(texts: &[&str]) -> Self {
        let mut rows: BTreeMap<String, Vec<toml::Table>> = BTreeMap::new();
        for text in texts {
            let more: BTreeMap<String, Vec<toml::Table>> = toml::from_str(text).unwrap();
            for (name, more) in more {
                rows.entry(name).or_default().extend(more);
            }
        }
        let mut lake = Self::empty();
        for (name, rows) in rows {
            lake.add(&name, &rows, 1);
        }
        lake
    }

    /// Writes one more file of table `name`, by `run`.
    pub(crate) fn add(&mut self, name: &str, rows: &[toml::Table], run: u128) {
        let target = FileTarget {
            schema: Schema::Main,
            table: name.to_owned(),
            stream: StreamId::new("c", "s"),
            run: RunId::new(1, run),
        };
        let batch = rule_example::batch(tables::find(name).unwrap(), rows)
            .unwrap()
            .unwrap();
        let files = self.data.tables.entry(name.to_owned()).or_default();
        let mut file = LakeFile::create(self.folder.path(), &target, "p", files.len(), &batch).unwrap();
        file.write(&batch).unwrap();
        let file = file.finish().unwrap();
        files.push(FileRef {
            path: file.path,
            rows: file.rows,
        });
    }

    pub(crate) fn engine(&self) -> Engine {
        let options = EngineOptions {
            lake_dir: self.folder.path().to_owned(),
            memory_bytes: 1 << 26,
            partitions: 2,
            identity_key: IdentityKey::new([1; 32]),
        };
        Engine::new(options).unwrap()
    }
}
