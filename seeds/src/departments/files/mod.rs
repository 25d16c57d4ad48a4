//! Files: the departments' drop folders below `<dir>/inbox/`, in all the layouts they come in, and the truth beside them.
//! Here because what a reader must cope with is a folder, not a row.
//! In: options. Out: files by connector, `departments.json`. One walk for each stream; at most a county's months are open at once.
//! Not here: rows (rows/), formats (output/), the roster's members and incomes (county/).

mod layout;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::calendar::Month;
use super::dirt::{DirtCode, Tally};
use super::life::World;
use super::oracle::{self, Lost};
use super::output::{Table, Written};
use super::row::Row;
use super::rows::{Counted, SHORT_UNIT, SUMMED_UNIT, Tag, walk};
use super::stream::Stream;
use super::truth::{DepartmentTruth, StreamTruth};
use crate::Error;

/// The truth's file name, beside the county's `truth.json`.
pub const TRUTH_FILE: &str = "departments.json";

/// Writes every stream's files below `dir/inbox` and the truth, replacing those of an earlier run.
pub(crate) fn generate(dir: &Path, world: &World) -> Result<DepartmentTruth, Error> {
    let mut truth = DepartmentTruth::new(world);
    let mut tally = Tally::default();
    let mut lost = Lost::default();
    for stream in Stream::ALL {
        let folder = dir.join("inbox").join(stream.connector());
        fs::create_dir_all(&folder).map_err(|source| Error::io(&folder, source))?;
        remove_earlier(&folder, stream)?;
        let mut counted = Counted::default();
        let mut shelf = Shelf::new(&folder, stream, world);
        walk(world, stream, &mut counted, &mut |row, tag| {
            shelf.take(row, tag).map(|()| true)
        })?;
        shelf.close_all()?;
        if world.dirt.useless_files && stream == Stream::Training {
            let lost = layout::lost_text(&folder)?;
            shelf.tally.add(DirtCode::D14, stream);
            shelf.written.push((lost, 0));
        }
        let rejected = counted.tally.rejected();
        let name = format!("{}/{}", stream.connector(), stream.name());
        truth.streams.insert(
            name,
            StreamTruth {
                rows: counted.rows,
                rejected,
            },
        );
        for (file, rows) in shelf.written {
            truth.files.insert(format!("{}/{file}", stream.connector()), rows);
        }
        for (rule, subjects) in counted.cases {
            truth.cases.entry(rule).or_default().extend(subjects);
        }
        lost.merge(counted.lost);
        tally.merge(&counted.tally);
        tally.merge(&shelf.tally);
    }
    truth.dirt = tally.truth();
    truth.rules = oracle::judge(world, lost);
    let path = dir.join(TRUTH_FILE);
    let mut json = serde_json::to_vec_pretty(&truth).map_err(Error::Json)?;
    json.push(b'\n');
    fs::write(&path, json).map_err(|source| Error::io(&path, source))?;
    Ok(truth)
}

/// Files of an earlier run must not be read together with this one's.
fn remove_earlier(folder: &Path, stream: Stream) -> Result<(), Error> {
    let prefix = format!("{}-", stream.name());
    for entry in fs::read_dir(folder).map_err(|source| Error::io(folder, source))? {
        let path = entry.map_err(|source| Error::io(folder, source))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if name.starts_with(&prefix) {
            fs::remove_file(&path).map_err(|source| Error::io(&path, source))?;
        }
    }
    Ok(())
}

/// One stream's open files: the months of one county, or of all.
struct Shelf<'f> {
    folder: &'f Path,
    stream: Stream,
    dirty: bool,
    useless: bool,
    last: Month,
    by_county: bool,
    unit: usize,
    open: BTreeMap<Month, Box<dyn Table>>,
    tally: Tally,
    written: Vec<Written>,
}

impl<'f> Shelf<'f> {
    fn new(folder: &'f Path, stream: Stream, world: &World) -> Self {
        Self {
            folder,
            stream,
            dirty: world.dirt.on(),
            useless: world.dirt.useless_files,
            last: world.horizon.last,
            by_county: matches!(
                stream,
                Stream::BenefitRolls | Stream::DisabilitySubsidies | Stream::Settlements
            ),
            unit: 0,
            open: BTreeMap::new(),
            tally: Tally::default(),
            written: Vec::new(),
        }
    }

    fn take(&mut self, row: &Row, tag: &Tag<'_>) -> Result<(), Error> {
        if self.by_county && tag.unit != self.unit {
            self.close_all()?;
            self.unit = tag.unit;
        }
        // Streams that are not monthly have one file, whatever month a row is of.
        let month = if self.stream.monthly() {
            tag.month
        } else {
            self.last
        };
        if !self.open.contains_key(&month) {
            let unit = self.by_county.then_some(tag.unit);
            let table = layout::open(
                self.folder,
                self.stream,
                unit,
                (month, self.last),
                (self.dirty, self.useless),
                &mut self.tally,
            )?;
            self.open.insert(month, table);
        }
        match self.open.get_mut(&month) {
            Some(table) => table.row(row, tag),
            None => Ok(()),
        }
    }

    fn close_all(&mut self) -> Result<(), Error> {
        for (month, table) in std::mem::take(&mut self.open) {
            self.written.extend(table.finish()?);
            let last_list = self.stream == Stream::DisabilitySubsidies && month == self.last && self.dirty;
            if last_list && self.unit == SHORT_UNIT {
                self.tally.add(DirtCode::D40, self.stream);
            }
            if last_list && self.useless && self.unit == SUMMED_UNIT {
                self.tally.add(DirtCode::D24, self.stream);
            }
        }
        Ok(())
    }
}
