//! Which snapshot a question is about: the present, or what was known at the end of a day.
//! Here because every question takes `--as-of` and must mean the same by it.
//! In: the option. Out: the files of the snapshot, and the day it is for.
//! Not here: what is asked.

use std::sync::Arc;

use chrono::NaiveDate;
use hub_model::ActiveData;
use hub_runtime::clock;

use crate::app::App;
use crate::cli::Past;
use crate::exit::NotFound;

/// The files that counted then, and the day.
pub(super) async fn snapshot(app: &App, past: &Past) -> anyhow::Result<(ActiveData, NaiveDate)> {
    let store = app.reader().await?;
    let Some(day) = past.as_of else {
        let mut data = store.active_data().await?;
        data.cases = Arc::new(store.case_rounds(clock::now_ms()).await?);
        return Ok((data, app.today()));
    };
    let data = store.past_data(clock::end_of_day_ms(day)).await?;
    let data = data.ok_or_else(|| {
        NotFound(format!(
            "截至 {day} 还没有提交过数据，或已超过保留期（hub.toml [retention] snapshots_days）/ nothing had been committed by the end of that day, or it is past keeping"
        ))
    })?;
    Ok((data, day))
}
