//! Batches held back until the last of them has come, and what tells one reading from another.
//! Here because rows must not reach the hub before their source has said the last one, and an unchanged reading not at all.
//! In: batches of one schema. Out: their digest; the batches again, one after the other.
//! Not here: records that are not columns yet (spool). Small readings stay in memory, others in an unnamed temporary file.

use std::io::{BufReader, Seek, SeekFrom, Write};

use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use plugin_api::Error;
use plugin_api::arrow::array::RecordBatch;
use plugin_api::arrow::schema::SchemaRef;
use sha2::{Digest, Sha256};
use tempfile::SpooledTempFile;

use crate::http::fetch::WHOLE;
use crate::spool::SPOOL_BYTES_MAX;

/// Bytes kept in memory before they move to disk.
const MEMORY_BYTES: usize = 16 << 20;
/// Bytes of the file read at a time.
const READ_BYTES: usize = 256 << 10;

/// The part of a stream's `readings`-th reading, from 0: the first is the whole, later ones stand beside it.
#[must_use]
pub fn part(readings: u64) -> String {
    if readings == 0 {
        WHOLE.to_owned()
    } else {
        format!("more-{readings:06}")
    }
}

/// Batches being held.
pub struct Held {
    writer: StreamWriter<Summed>,
}

/// A file and the digest of what was written to it.
struct Summed {
    file: SpooledTempFile,
    sum: Sha256,
    bytes: u64,
}

impl Write for Summed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.update(bytes.get(..written).unwrap_or_default());
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Held {
    /// Nothing yet, of this schema.
    ///
    /// # Errors
    /// What the disk says.
    pub fn new(schema: &SchemaRef) -> Result<Self, Error> {
        let summed = Summed {
            file: SpooledTempFile::new(MEMORY_BYTES),
            sum: Sha256::new(),
            bytes: 0,
        };
        Ok(Self {
            writer: StreamWriter::try_new(summed, schema)?,
        })
    }

    /// Adds a batch.
    ///
    /// # Errors
    /// `data` when there is more than fits; what the disk says.
    pub fn push(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        self.writer.write(batch)?;
        if self.writer.get_ref().bytes > SPOOL_BYTES_MAX {
            return Err(Error::data(format!(
                "一次读取的数据超过 {} GB，请分期读取或改为增量读取",
                SPOOL_BYTES_MAX >> 30
            )));
        }
        Ok(())
    }

    /// The digest of all batches, and the batches.
    ///
    /// # Errors
    /// What the disk says.
    pub fn finish(mut self) -> Result<(String, impl Iterator<Item = Result<RecordBatch, Error>>), Error> {
        self.writer.finish()?;
        let mut summed = self.writer.into_inner()?;
        summed.file.seek(SeekFrom::Start(0))?;
        let reader = BufReader::with_capacity(READ_BYTES, summed.file);
        let batches = StreamReader::try_new(reader, None)?;
        let digest = hex::encode(summed.sum.finalize());
        Ok((digest, batches.map(|batch| Ok(batch?))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plugin_api::arrow::array::{ArrayRef, StringArray};
    use std::sync::Arc;

    #[test]
    fn what_is_held_comes_back_and_only_the_same_has_the_same_digest() {
        let batch = |texts: [&str; 2]| {
            let column: ArrayRef = Arc::new(StringArray::from(texts.to_vec()));
            RecordBatch::try_from_iter([("t", column)]).unwrap()
        };
        let held = |batches: &[RecordBatch]| {
            let mut held = Held::new(&batches[0].schema()).unwrap();
            for batch in batches {
                held.push(batch).unwrap();
            }
            let (digest, again) = held.finish().unwrap();
            let again: Vec<RecordBatch> = again.map(Result::unwrap).collect();
            assert_eq!(again, batches);
            digest
        };
        let (one, two) = (batch(["甲", "乙"]), batch(["丙", "丁"]));
        let large: Vec<RecordBatch> = (0..40).map(|_| batch([&"x".repeat(1 << 19), "y"])).collect();
        assert_eq!(
            held(&[one.clone(), two.clone()]),
            held(&[one.clone(), two.clone()])
        );
        assert_ne!(held(&[one.clone(), two.clone()]), held(&[two, one]));
        held(&large);
    }

    #[test]
    fn later_readings_stand_beside_the_first() {
        assert_eq!([part(0), part(7)], ["all", "more-000007"]);
    }
}
