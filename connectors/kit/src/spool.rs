//! A spool: the records of a part as they came, kept until the part is whole and known to be new.
//! Here because rows must not reach the hub before their source has said the last page, and an unchanged part not at all.
//! In: raw JSON records in pages. Out: their digest; the pages again, one after the other.
//! Not here: what a record means. Small spools stay in memory, others in an unnamed temporary file only this process sees.

use std::io::{BufReader, Read, Seek, SeekFrom, Write};

use plugin_api::Error;
use sha2::{Digest, Sha256};
use tempfile::SpooledTempFile;

/// Bytes kept in memory before the spool moves to disk.
const MEMORY_BYTES: usize = 16 << 20;
/// The same for a spool that is one of many at a time.
const MEMORY_BYTES_OF_MANY: usize = 1 << 20;
/// Most bytes of a spool.
pub(crate) const SPOOL_BYTES_MAX: u64 = 8 << 30;

/// Pages being collected.
pub(crate) struct Spool {
    file: SpooledTempFile,
    sum: Sha256,
    pages: Vec<Page>,
    bytes: u64,
    records: u64,
}

/// One page of a spool.
#[derive(Debug, Clone)]
struct Page {
    /// What precedes a record's index in its locator: `/employment?pageNo=3#`.
    locator: String,
    bytes: usize,
}

impl Spool {
    pub(crate) fn new() -> Self {
        Self {
            file: SpooledTempFile::new(MEMORY_BYTES),
            sum: Sha256::new(),
            pages: Vec::new(),
            bytes: 0,
            records: 0,
        }
    }

    /// The same for one of many: less of it stays in memory.
    pub(crate) fn one_of_many() -> Self {
        Self {
            file: SpooledTempFile::new(MEMORY_BYTES_OF_MANY),
            ..Self::new()
        }
    }

    /// Adds a page of records, numbered from 0.
    pub(crate) fn page<'r>(
        &mut self,
        locator: impl Into<String>,
        records: impl IntoIterator<Item = &'r str>,
    ) -> Result<(), Error> {
        self.numbered_page(locator, (0..).zip(records))
    }

    /// Adds some records of a page with their numbers in it; they are told apart by lengths.
    pub(crate) fn numbered_page<'r>(
        &mut self,
        locator: impl Into<String>,
        records: impl IntoIterator<Item = (u32, &'r str)>,
    ) -> Result<(), Error> {
        // Written at once: on disk, a record at a time would be three calls of the system each.
        let mut page = Vec::new();
        for (number, record) in records {
            let length = u32::try_from(record.len()).map_err(|_| Error::data("一条记录过长"))?;
            // The digest covers records only: what a gateway puts around them (times, request numbers) changes always.
            self.sum.update(length.to_le_bytes());
            self.sum.update(record.as_bytes());
            page.extend_from_slice(&number.to_le_bytes());
            page.extend_from_slice(&length.to_le_bytes());
            page.extend_from_slice(record.as_bytes());
            self.records += 1;
        }
        self.file.write_all(&page)?;
        self.bytes += page.len() as u64;
        if self.bytes > SPOOL_BYTES_MAX {
            return Err(Error::data(format!(
                "一期数据超过 {} GB，请分期读取",
                SPOOL_BYTES_MAX >> 30
            )));
        }
        self.pages.push(Page {
            locator: locator.into(),
            bytes: page.len(),
        });
        Ok(())
    }

    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    /// The records' digest, and the pages to be read.
    pub(crate) fn finish(mut self) -> Result<(String, Pages), Error> {
        self.file.seek(SeekFrom::Start(0))?;
        let pages = Pages {
            file: BufReader::with_capacity(256 << 10, self.file),
            pages: self.pages.into_iter(),
            buffer: Vec::new(),
        };
        Ok((hex::encode(self.sum.finalize()), pages))
    }
}

/// The pages of a spool.
pub(crate) struct Pages {
    file: BufReader<SpooledTempFile>,
    pages: std::vec::IntoIter<Page>,
    buffer: Vec<u8>,
}

impl Pages {
    /// The next page: its locator and its records.
    pub(crate) fn next(&mut self) -> Result<Option<(String, Records<'_>)>, Error> {
        let Some(page) = self.pages.next() else {
            return Ok(None);
        };
        self.buffer.resize(page.bytes, 0);
        self.file.read_exact(&mut self.buffer)?;
        Ok(Some((page.locator, Records(&self.buffer))))
    }
}

/// The records of a page, with their numbers in it.
pub(crate) struct Records<'p>(&'p [u8]);

impl<'p> Iterator for Records<'p> {
    type Item = (u32, &'p str);

    fn next(&mut self) -> Option<Self::Item> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (record, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = rest;
        // It was a text when it was written.
        let record = simdutf8::basic::from_utf8(record).ok()?;
        Some((u32::from_le_bytes(*number), record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_come_back_as_they_were_and_the_digest_sees_records_only() {
        let digest = |pages: &[(&str, &[&str])]| {
            let mut spool = Spool::new();
            for (locator, records) in pages {
                spool.page(*locator, records.iter().copied()).unwrap();
            }
            spool.finish().unwrap()
        };
        let (one, mut pages) = digest(&[("a#", &["{}", "{\"x\":1}"]), ("b#", &[]), ("c#", &["三"])]);
        let mut seen = Vec::new();
        while let Some((locator, records)) = pages.next().unwrap() {
            seen.extend(records.map(|(number, record)| format!("{locator}{number}{record}")));
        }
        assert_eq!(seen, ["a#0{}", "a#1{\"x\":1}", "c#0三"]);
        assert_eq!(one, digest(&[("other", &["{}", "{\"x\":1}", "三"])]).0);
        assert_ne!(one, digest(&[("a#", &["{}{\"x\":1}", "三"])]).0);
    }

    #[test]
    fn a_spool_larger_than_memory_is_the_same() {
        let record = "x".repeat(1 << 20);
        let mut spool = Spool::new();
        for page in 0..20 {
            spool.page(format!("{page}#"), [record.as_str()]).unwrap();
        }
        assert_eq!(spool.records(), 20);
        let (_, mut pages) = spool.finish().unwrap();
        let mut count = 0;
        while let Some((_, mut records)) = pages.next().unwrap() {
            assert_eq!(records.next().map(|(_, record)| record.len()), Some(1 << 20));
            count += 1;
        }
        assert_eq!(count, 20);
    }
}
