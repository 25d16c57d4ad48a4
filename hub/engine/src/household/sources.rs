//! The rows behind a household's evidenced figures, each with the cell its amount came from.
//! Here because a figure is believed when it can be looked up in the department's own file.
//! In: a household among the tables. Out: rows of `income_event`, newest first, with where they count and their cells.
//! Not here: which of them are one payment; a figure lists all rows that tell of it.

use std::collections::HashMap;

use hub_model::{ActiveData, CitedCell, values};
use serde::Serialize;

use super::room::{Room, Row};
use crate::Result;
use crate::evidence::{self, Citation, Citations};
use crate::income::{Item, Period, Window, rolling_period};

/// Most rows listed for a household.
const SOURCES_MAX: usize = 2_000;

/// A row of income.
#[derive(Debug, Clone, Serialize)]
pub struct Source {
    /// The item as the source calls it.
    pub item: String,
    /// monthly, yearly, cumulative or once.
    pub semantic: String,
    /// First day the amount is for.
    pub period_from: String,
    /// Last day, inclusive.
    pub period_to: String,
    /// Fen for the whole period.
    pub amount_fen: i64,
    /// The member it was paid to; `None` when it is the household's.
    pub person_id: Option<u64>,
    /// `connector/stream`.
    pub stream: String,
    /// `file!sheet!row`.
    pub locator: String,
    /// The cells of the amount; empty when the file is no longer kept.
    pub cells: Vec<CitedCell>,
}

/// A source and the figures it is behind.
pub(super) struct Placed {
    pub(super) item: Item,
    pub(super) windows: [Option<Window>; 2],
    pub(super) source: Source,
}

/// The sources of the household, and whether there are more.
pub(super) async fn of(room: &Room<'_>, data: &ActiveData) -> Result<(Vec<Placed>, bool)> {
    let sql = format!(
        "SELECT person_id, household_id, category, item, semantic, period_from, period_to, amount_fen, _stream, _run, _locator
         FROM income_event WHERE {} AND amount_fen IS NOT NULL
         ORDER BY period_to DESC NULLS LAST, period_from DESC, _stream, _locator, amount_fen LIMIT {}",
        room.owns(),
        SOURCES_MAX + 1
    );
    let mut rows = room.rows(&sql).await?;
    let cut = rows.len() > SOURCES_MAX;
    rows.truncate(SOURCES_MAX);
    let mut cited = Citations::new();
    for (at, row) in rows.iter().enumerate() {
        if let (Some(stream), Some(run), Some(locator)) =
            (row.text("_stream"), row.text("_run"), row.text("_locator"))
        {
            let citation = Citation {
                subject: at as u64,
                locator,
            };
            cited.entry((stream, run)).or_default().push(citation);
        }
    }
    let (context, lake) = room.place();
    let mut cells: HashMap<u64, Vec<CitedCell>> =
        evidence::look_up(context, lake, data, ("income_event", &["amount_fen"]), cited).await?;
    let rolling = rolling_period(room.day);
    let placed = rows.iter().enumerate().filter_map(|(at, row)| {
        let mut cells = cells.remove(&(at as u64)).unwrap_or_default();
        cells.sort();
        cells.dedup();
        place(row, room, rolling, cells)
    });
    Ok((placed.collect(), cut))
}

/// The windows a row counts in; `None` when it counts in none of this household's.
fn place(row: &Row, room: &Room<'_>, rolling: Period, cells: Vec<CitedCell>) -> Option<Placed> {
    let id = |column| row.int(column).and_then(|id| u64::try_from(id).ok());
    let (own, person) = (id("household_id"), id("person_id"));
    let of_several = person.is_some_and(|person| room.elsewhere.contains(&person));
    if own.map_or(of_several, |own| own != room.id.0) {
        return None;
    }
    let day = |column| row.text(column).and_then(|text| values::cn_date(&text));
    let (category, text) = (row.text("category")?, row.text("item").unwrap_or_default());
    let item = Item::of(&category, &text)?;
    let semantic = row.text("semantic")?;
    let told = Period::of(day("period_from"), day("period_to"))?;
    // What has grown since a day counts where it grew last.
    let period = if semantic == "cumulative" {
        Period {
            from: told.to,
            ..told
        }
    } else {
        told
    };
    let counts_in_rolling = semantic != "yearly" && period.within(rolling);
    Some(Placed {
        item,
        windows: [
            Some(Window::Year(period.accounting_year())),
            counts_in_rolling.then_some(Window::Rolling),
        ],
        source: Source {
            item: text,
            semantic,
            period_from: row.text("period_from")?,
            period_to: row.text("period_to")?,
            amount_fen: row.int("amount_fen")?,
            person_id: person,
            stream: row.text("_stream").unwrap_or_default(),
            locator: row.text("_locator").unwrap_or_default(),
            cells,
        },
    })
}
