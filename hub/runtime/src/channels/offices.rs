//! The workbooks an office is due: one for each town there is news of, with everything that is to be done there.
//! Here because a folder and a mail bring the same worksheets.
//! In: what waits, whose cases. Out: rows by town, the gravest first, and what each workbook is called.
//! Not here: a workbook's form (worksheet), where it goes (worksheet and email channels).

use chrono::NaiveDate;
use hub_model::Scope;
use hub_store::{SheetRow, Store, Waiting};

use super::Office;
use crate::worksheet::{Seal, file_name, to_do};
use crate::{Error, Result};

/// Whose workbooks, and what vouches for their numbers.
pub(super) struct Offices {
    pub(super) office: Office,
    pub(super) seal: Seal,
    scope: Scope,
}

/// The workbook of a town.
pub(super) struct Due {
    pub(super) name: String,
    pub(super) rows: Vec<SheetRow>,
}

impl Offices {
    /// The workbooks of `office`, for channel `id`.
    pub(super) fn new(id: &str, office: &Office, seal: &Seal) -> Result<Self> {
        let scope = Scope::of(Some(office.department.clone()), "").map_err(|error| Error::Channel {
            channel: id.to_owned(),
            message: error.to_string(),
        })?;
        Ok(Self {
            office: office.clone(),
            seal: seal.clone(),
            scope,
        })
    }

    /// The towns there is news of, sorted.
    pub(super) async fn towns(
        &self,
        store: &Store,
        endpoint: &str,
        waiting: &Waiting,
    ) -> Result<Vec<String>> {
        let towns = store.waiting_towns(endpoint, waiting, &self.scope, &self.office.place);
        Ok(towns.await?)
    }

    /// The workbook of `town`, for news up to `upto`; none when nothing is to be done there.
    pub(super) async fn due(
        &self,
        store: &Store,
        town: &str,
        day: NaiveDate,
        upto: i64,
    ) -> Result<Option<Due>> {
        let office = &self.office;
        let within = if town.is_empty() { &office.place } else { town };
        let states = to_do(office.closes);
        let mut rows = store.sheet_rows(&self.scope, states, within).await?;
        // A place nobody knows is in every place that is asked for.
        rows.retain(|row| row.town() == town);
        rows.sort_by_key(|row| (std::cmp::Reverse(row.severity), row.due));
        let name = file_name(&office.department, town, day, office.closes, Some(upto));
        Ok((!rows.is_empty()).then_some(Due { name, rows }))
    }
}
