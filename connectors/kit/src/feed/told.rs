//! The period a file's rows tell, for files whose names do not.
//! Here because a table called “名单.xlsx” often says 2023年10月 in every row.
//! In: a file, the column of the period. Out: the one period its rows tell, or none.
//! Not here: how a period is written (period.rs), handing rows over (reading.rs): the file is read once more for them.

use std::collections::BTreeSet;

use plugin_api::arrow::array::{Array, RecordBatch, StringArray};
use plugin_api::{Context, Error};

use super::Feed;
use super::reading::{Out, Reading};
use crate::files::Candidate;
use crate::period;
use crate::rows::Stop;

/// Reading ends once so many periods were seen: two are too many already, the third makes the sentence clearer.
const PERIODS_SEEN_MAX: usize = 3;

/// The periods a column's cells tell.
#[derive(Debug)]
pub(super) struct Told {
    column: String,
    periods: BTreeSet<String>,
}

impl Told {
    /// Looks at a batch, and stops when it has seen enough.
    pub(super) fn look(&mut self, batch: &RecordBatch) -> Result<(), Stop> {
        let column = batch.column_by_name(&self.column);
        let cells = column.and_then(|column| column.as_any().downcast_ref::<StringArray>());
        let told = cells.into_iter().flatten().flatten().filter_map(period::of);
        for period in told {
            if self.periods.insert(period) && self.periods.len() == PERIODS_SEEN_MAX {
                return Err(Stop::Gone);
            }
        }
        Ok(())
    }
}

/// The period of a file by the rows in it; none when the stream has no column for it or no row tells one.
pub(super) fn period(feed: &Feed, file: &Candidate, ctx: &Context) -> Result<Option<String>, Error> {
    let Some(column) = &feed.period_column else {
        return Ok(None);
    };
    let told = Told {
        column: column.clone(),
        periods: BTreeSet::new(),
    };
    let mut reading = Reading::looking(feed.clone(), told, ctx.clone());
    let mut opened = file.open()?;
    match reading.documents(&file.name, "", &mut opened) {
        Ok(()) | Err(Stop::Gone) => {}
        Err(Stop::Failed(error)) => return Err(error),
    }
    let Out::Told(told) = reading.out else {
        return Ok(None);
    };
    let mut periods = told.periods.into_iter();
    match (periods.next(), periods.next()) {
        (one, None) => Ok(one),
        (Some(one), Some(other)) => Err(Error::schema(format!(
            "文件名中没有数据期次，“{column}”列中又不止一期（{one}、{other}），请分期报送，或在文件名中写明期次，如 {other}"
        ))),
        (None, Some(_)) => Ok(None),
    }
}
