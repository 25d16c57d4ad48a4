//! Feed: so many rows of one stream in one file, as fast as they can be made: the input of benches.
//! Here because a bench needs a million rows in seconds and does not care for layouts.
//! In: stream, rows, format, encoding. Out: one file (a workbook is cut into parts of a sheet's rows).
//! Not here: department folders (files/).

use std::path::Path;

use super::calendar::Months;
use super::dirt::Dirt;
use super::life::World;
use super::output::{Encoding, Format, Header, Shape, Sheets, Table, TextTable, WorkbookTable};
use super::rows::{Counted, walk};
use super::stream::Stream;
use crate::Error;
use crate::county::{Options, PEOPLE_MAX, PEOPLE_MIN, county};

/// Most rows of a feed.
pub const FEED_ROWS_MAX: u64 = 1_000_000_000;

/// What a feed is made of.
#[derive(Debug, Clone, Copy)]
pub struct FeedOptions {
    /// The stream.
    pub stream: Stream,
    /// Rows wanted, `1..=FEED_ROWS_MAX`.
    pub rows: u64,
    /// The format.
    pub format: Format,
    /// The encoding of text; workbooks have their own.
    pub encoding: Encoding,
    /// The seed.
    pub seed: u64,
    /// The dirt of cells and rows.
    pub dirt: Dirt,
}

/// Writes exactly the rows asked for to `path`. When one county has too few, those of the next seed follow.
///
/// # Errors
/// When no rows or too many are asked for, or the file cannot be written.
pub fn feed(path: &Path, options: FeedOptions) -> Result<u64, Error> {
    if !(1..=FEED_ROWS_MAX).contains(&options.rows) {
        return Err(Error::Rows {
            asked: options.rows,
            max: FEED_ROWS_MAX,
        });
    }
    let headers = Header::all(options.stream);
    let text = |shape| {
        TextTable::create(
            path,
            shape,
            options.encoding,
            headers.clone(),
            options.stream.name(),
        )
    };
    let mut table: Box<dyn Table> = match options.format {
        Format::Csv => Box::new(text(Shape::Csv)?),
        Format::Ndjson => Box::new(text(Shape::Ndjson)?),
        Format::Xml => Box::new(text(Shape::Xml)?),
        Format::Xlsx => Box::new(WorkbookTable::create(path, headers, Sheets::default())),
    };
    let mut left = options.rows;
    let mut seed = options.seed;
    while left > 0 {
        let people = left.saturating_mul(4).clamp(PEOPLE_MIN, PEOPLE_MAX);
        let world = World {
            county: county(Options { people, seed })?,
            seed,
            people,
            months: Months::DEFAULT,
            horizon: Months::DEFAULT,
            dirt: options.dirt,
        };
        walk(
            &world,
            options.stream,
            &mut Counted::default(),
            &mut |row, tag| {
                table.row(row, tag)?;
                left -= 1;
                Ok(left > 0)
            },
        )?;
        seed = seed.wrapping_add(1);
    }
    table.finish()?;
    Ok(options.rows)
}
