//! Data: the rows a service pages through, made once and kept: of a stream, or of a month of it.
//! Here because pages of one walk must fit together, and a walk for each page would cost the square of the rows.
//! In: options, stream, month. Out: rows as JSON objects, shared; the settlements of a county and month as a zip.
//! Not here: counties beyond `PEOPLE_SERVED_MAX`: their rows would not fit.

use std::collections::HashMap;
use std::io::{Cursor, Write};
use std::sync::{Arc, Mutex, PoisonError};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::Error;
use crate::departments::life::{World, with_history, with_post_ledger};
use crate::departments::output::{Header, element, push_json, push_xml};
use crate::departments::rows::{Counted, walk};
use crate::departments::{Month, Months, Stream};

/// Most people a served county has.
pub const PEOPLE_SERVED_MAX: u64 = 100_000;
/// Streams and months kept; beyond that all are forgotten and made again.
const KEPT_MAX: usize = 128;

/// Rows as JSON objects.
pub(crate) type Rows = Arc<Vec<Box<str>>>;

pub(crate) struct Data {
    world: World,
    kept: Mutex<HashMap<(Stream, Option<Month>), Rows>>,
}

impl Data {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world,
            kept: Mutex::new(HashMap::new()),
        }
    }

    /// The months `stream` has: the ledger of posts begins a month before the others.
    pub(crate) fn months(&self, stream: Stream) -> Months {
        let horizon = self.world.horizon;
        match stream == Stream::PublicPosts && horizon.first != horizon.last {
            true => with_post_ledger(horizon),
            false => horizon,
        }
    }

    /// The months the grid company has settled.
    pub(crate) fn settled(&self) -> Months {
        with_history(self.world.horizon)
    }

    /// All rows of a stream, or those of one month. Takes long the first time.
    pub(crate) fn rows(&self, stream: Stream, month: Option<Month>) -> Result<Rows, Error> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rows) = kept().get(&(stream, month)) {
            return Ok(Arc::clone(rows));
        }
        let headers = Header::all(stream);
        let mut rows: Vec<Box<str>> = Vec::new();
        let mut line = String::new();
        walk(&self.of(month), stream, &mut Counted::default(), &mut |row, _| {
            line.clear();
            push_json(&mut line, &headers, row);
            rows.push(line.as_str().into());
            Ok(true)
        })?;
        let rows = Arc::new(rows);
        let mut kept = kept();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert((stream, month), Arc::clone(&rows));
        Ok(rows)
    }

    fn of(&self, month: Option<Month>) -> World {
        World {
            months: month.map_or(self.world.horizon, Months::only),
            ..self.world
        }
    }

    /// The settlements of the county at `unit` in `month`, zipped as the grid company sends them.
    pub(crate) fn settlements(&self, unit: usize, month: Month, entry: &str) -> Result<Vec<u8>, Error> {
        let stream = Stream::Settlements;
        let keys: Vec<String> = stream
            .columns()
            .iter()
            .map(|column| element(column.name))
            .collect();
        let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<settlements>\n");
        walk(
            &self.of(Some(month)),
            stream,
            &mut Counted::default(),
            &mut |row, tag| {
                if tag.unit == unit {
                    push_xml(&mut xml, "settlement", &keys, row);
                }
                Ok(true)
            },
        )?;
        xml.push_str("</settlements>\n");
        let failed = |source: std::io::Error| Error::io(std::path::Path::new(entry), source);
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let started = zip.start_file(entry, SimpleFileOptions::default());
        started.map_err(|error| failed(std::io::Error::other(error)))?;
        zip.write_all(xml.as_bytes()).map_err(failed)?;
        let finished = zip
            .finish()
            .map_err(|error| failed(std::io::Error::other(error)))?;
        Ok(finished.into_inner())
    }
}
