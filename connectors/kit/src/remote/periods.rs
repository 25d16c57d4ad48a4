//! Takes a whole reading apart by the column that names each row's period.
//! Here because a view holds many months at once, and a month that is filled again replaces itself and no other.
//! In: a spool. Out: a spool for each period, in order of time; rows keep the numbers they had in their page.
//! Not here: how a period is written (period.rs). Rows that name none stand together in the part of everything.

use std::collections::BTreeMap;

use plugin_api::Error;

use crate::header::Column;
use crate::http::fetch::WHOLE;
use crate::period;
use crate::record::json::Records;
use crate::record::{Fields, Flaw, Sink};
use crate::spool::Spool;

/// Most periods of a reading: twenty years of months.
const PERIODS_MAX: usize = 240;

/// The column that names the period.
#[derive(Debug, Clone)]
pub(crate) struct ByPeriod {
    name: String,
    fields: Fields,
}

impl ByPeriod {
    pub(crate) fn new(column: &Column) -> Self {
        Self {
            name: column.name.clone(),
            fields: Fields::new(std::slice::from_ref(column)),
        }
    }

    /// The parts of a spool.
    pub(super) fn split(&self, whole: Spool) -> Result<Vec<(String, Spool)>, Error> {
        let mut parts: BTreeMap<String, Spool> = BTreeMap::new();
        let mut records = Records::new(self.fields.clone());
        let (_, mut pages) = whole.finish()?;
        while let Some((locator, page)) = pages.next()? {
            let mut by_part: BTreeMap<String, Vec<(u32, &str)>> = BTreeMap::new();
            for (number, record) in page {
                let mut cell = Cell::default();
                records.record(record, &mut cell);
                let told = cell.0.as_deref().and_then(period::of);
                let part = told.unwrap_or_else(|| WHOLE.to_owned());
                by_part.entry(part).or_default().push((number, record));
            }
            for (part, rows) in by_part {
                let spool = parts.entry(part).or_insert_with(Spool::one_of_many);
                spool.numbered_page(locator.clone(), rows)?;
            }
            if parts.len() > PERIODS_MAX {
                let said = format!(
                    "“{}”列中的期次超过 {PERIODS_MAX} 个，请核对 period 所指的列",
                    self.name
                );
                return Err(Error::schema(said));
            }
        }
        Ok(parts.into_iter().collect())
    }
}

/// The one cell that is looked at.
#[derive(Default)]
struct Cell(Option<String>);

impl Sink for Cell {
    type Stop = Error;

    fn row(&mut self, _: u32) -> Result<(), Error> {
        Ok(())
    }

    fn text(&mut self, _: usize, text: &str) {
        self.0.get_or_insert_with(|| text.to_owned());
    }

    fn flaw(&mut self, _: Flaw, _: Option<usize>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_to_the_period_they_name_with_the_numbers_they_had() {
        let mut whole = Spool::new();
        let record = |month: &str| format!(r#"{{"id":1,"setl_month":{month}}}"#);
        let rows = ["\"202310\"", "202309", "null", "\"2023年10月\""].map(record);
        whole.page("v?page=1#", rows.iter().map(String::as_str)).unwrap();
        whole
            .page("v?page=2#", [record("\"2023-09-30\"").as_str()])
            .unwrap();
        let column = Column::new("结算月份").also(["setl_month"]);
        let mut seen = Vec::new();
        for (part, spool) in ByPeriod::new(&column).split(whole).unwrap() {
            let (_, mut pages) = spool.finish().unwrap();
            while let Some((locator, page)) = pages.next().unwrap() {
                seen.extend(page.map(|(number, _)| format!("{part} {locator}{number}")));
            }
        }
        assert_eq!(
            seen,
            [
                "202309 v?page=1#1",
                "202309 v?page=2#0",
                "202310 v?page=1#0",
                "202310 v?page=1#3",
                "all v?page=1#2"
            ]
        );
    }
}
