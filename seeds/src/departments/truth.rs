//! Truth: what the departments' files hold: rows, dirt, and cases that rules should find.
//! Here because a hub that read the files is judged by these figures.
//! In: counts made while the files were written. Out: `departments.json`.
//! Not here: the truth of rule A01, which is the county's own (county/truth.rs).

use std::collections::BTreeMap;

use serde::Serialize;

use super::calendar::Months;
use super::dirt::DirtTruth;
use super::life::World;
use super::oracle::RuleTruth;

/// What the departments' files hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DepartmentTruth {
    /// People of the county.
    pub people: u64,
    /// Its seed.
    pub seed: u64,
    /// The months seen.
    pub months: Months,
    /// Per cent of the stated rates of dirt.
    pub dirt_percent: u32,
    /// Whether some files cannot be used at all.
    pub useless_files: bool,
    /// By `connector/stream`.
    pub streams: BTreeMap<String, StreamTruth>,
    /// Data rows by `connector/file`.
    pub files: BTreeMap<String, u64>,
    /// By code, `D01` on.
    pub dirt: BTreeMap<String, DirtTruth>,
    /// Subjects planted for a rule, by its id: households, people, stations (`number@month`) or units. Rules may find more.
    pub cases: BTreeMap<&'static str, Vec<String>>,
    /// By rule id, what it should find: these and no others.
    pub rules: BTreeMap<&'static str, RuleTruth>,
}

/// What one stream holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StreamTruth {
    /// Rows made; those of a file's first version that a later one replaces are not counted.
    pub rows: u64,
    /// Of these, rows that should go back.
    pub rejected: u64,
}

impl DepartmentTruth {
    pub(crate) fn new(world: &World) -> Self {
        Self {
            people: world.people,
            seed: world.seed,
            months: world.horizon,
            dirt_percent: world.dirt.percent,
            useless_files: world.dirt.useless_files,
            streams: BTreeMap::new(),
            files: BTreeMap::new(),
            dirt: BTreeMap::new(),
            cases: BTreeMap::new(),
            rules: BTreeMap::new(),
        }
    }
}
