//! Corrections of refused rows meet the rest of their part before both are normalised.
//! Here because the rows that came may be a handful of a period, and the period stands in the lake already.
//! In: what a run landed of a stream. Out: the same with what is carried over from the present.
//! Not here: which rows that are, and what takes whose place (engine).

use std::collections::BTreeSet;

use crate::port::Landed;
use crate::{Error, Hub, Result};

impl Hub {
    /// Adds to what landed what parts with corrections still need of what stands of them; how many rows that is.
    pub(crate) async fn carry(&self, landed: &mut Landed) -> Result<u64> {
        if landed.files.is_empty() {
            return Ok(0);
        }
        let parts: BTreeSet<&str> = landed.files.iter().map(|file| file.part.as_str()).collect();
        let corrections = landed.files.iter().filter(|file| file.corrections > 0);
        let corrected: Vec<&str> = corrections.map(|file| file.part.as_str()).collect();
        let parts: Vec<&str> = parts.into_iter().collect();
        let standing = self.store.standing(&landed.stream, &parts, &corrected).await?;
        if standing.is_empty() {
            return Ok(0);
        }
        let work = self.sources.engine.carry(landed.clone(), standing);
        let carried = work.await.map_err(Error::Engine)?;
        let rows = carried.iter().map(|file| file.rows).sum();
        landed.files.extend(carried);
        Ok(rows)
    }
}
