//! What the lake holds: files, who they came from, and which of them are the present.
//! Here because the engine writes these files, the store lists them and the runtime carries the list between.
//! In/Out: plain descriptions of Parquet files and of where their columns came from.
//! Not here: Parquet itself (engine) and the catalogue's tables (store).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::case::CaseRound;
use crate::{Links, RunId, StreamId};

/// Dense row ordinal the hub adds when a row lands; unique within a run's stream, from 0.
pub const ROW: &str = "_row";
/// Where a row was read: `file!sheet!row` or `request#index`.
pub const LOCATOR: &str = "_locator";
/// The part of a stream a row belongs to (`202310`, `2023`); a later run's part replaces the earlier one.
pub const PART: &str = "_part";
/// JSON object from column name to `letter:header` as found in the sheet, e.g. `{"纯收入":"F:纯收入（元）"}`.
pub const HEADER: &str = "_header";

/// Number of the refused row a row was sent back to correct; NULL for any other. It takes the place of that row alone.
pub const CORRECTS: &str = "_corrects";

/// The schema of the lake a table lives in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schema {
    /// Canonical tables, one household model.
    Main,
    /// Rows as they came, one table per stream.
    Landing,
}

impl Schema {
    /// The schema's name in the catalogue and its folder in the lake.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Landing => "landing",
        }
    }
}

/// A Parquet file already written and synced, not yet in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFile {
    /// The schema of its table.
    pub schema: Schema,
    /// Its table; landing tables are `connector__stream`.
    pub table: String,
    /// Who it came from.
    pub stream: StreamId,
    /// The part whose rows it holds.
    pub part: String,
    /// Path below the lake's folder, `/` between its parts.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// How many of them correct refused rows; landed files only.
    pub corrections: u64,
    /// Its size.
    pub bytes: u64,
    /// Size of its Parquet footer, as the catalogue wants it.
    pub footer_bytes: u64,
    /// Columns in file order: name and catalogue type (`varchar`, `int64`, `uint64`, `boolean`).
    pub columns: Vec<(String, Cow<'static, str>)>,
}

/// A file of the present, as the engine reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// Path below the lake's folder.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
}

/// For each canonical table and column, the columns of the stream it was computed from.
pub type Lineage = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The landed rows of one run's stream, kept to cite cells from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LandedSource {
    /// The stream's landed files of this run.
    pub files: Vec<FileRef>,
    /// How its canonical columns were computed.
    pub lineage: Lineage,
}

/// Everything the cross-check may look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActiveData {
    /// Canonical tables that were ever loaded, and their present files.
    pub tables: BTreeMap<String, Vec<FileRef>>,
    /// Landed rows behind them.
    pub landed: BTreeMap<(StreamId, RunId), LandedSource>,
    /// Tables fed by a source whose last run failed, with the reason: rules over them are unknown.
    pub stale: BTreeMap<String, String>,
    /// The day each table last got rows, of the streams that feed it the one that has been silent longest.
    pub loaded_on: BTreeMap<String, NaiveDate>,
    /// Whom the rows' people and households were found to be.
    pub links: Arc<Links>,
    /// The hub's own cases, each in its last round; none of the past, whose cases were others.
    pub cases: Arc<Vec<CaseRound>>,
}
