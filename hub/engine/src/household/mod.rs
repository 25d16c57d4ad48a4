//! One household, whole: who it is, who belongs to it, its income with the cells behind it, and what is wrong with its data.
//! Here because a village cadre decides about a household, not about tables.
//! In: the files of a snapshot, a household, a day. Out: plain values in a fixed order, personal ones masked unless revealed.
//! Not here: open warnings (the store's), whether a reveal was recorded (the caller), how it is printed.

mod flags;
mod member;
mod registration;
mod room;
mod sources;
mod unit;
mod whom;

use chrono::NaiveDate;
use hub_model::{ActiveData, HouseholdId};
use serde::Serialize;

use crate::Result;
use crate::income::{
    Accounts, Figure as IncomeFigure, Net as IncomeNet, Window, rolling_period, year_period,
};

pub use flags::Flag;
pub use member::Member;
pub use registration::Registration;
pub use sources::Source;

pub(crate) use room::{Room, Tables};
pub(crate) use whom::whom;

/// Most members shown; a household of more is a mistake in the data, which the count still tells.
pub(crate) const MEMBERS_MAX: usize = 100;
/// Most changes listed.
const CHANGES_MAX: usize = 100;
/// The personal columns a household's page shows, masked or not.
pub const PERSONAL: [&str; 2] = ["person.id_no", "person.name"];

/// A household.
#[derive(Debug, Clone, Serialize)]
pub struct Household {
    /// Its dense id.
    pub household_id: u64,
    /// 户编号.
    pub household_no: Option<String>,
    /// 县(市、区).
    pub county: Option<String>,
    /// 乡(镇).
    pub town: Option<String>,
    /// 行政村.
    pub village: Option<String>,
    /// 组 or 自然村.
    pub village_group: Option<String>,
    /// 户类型.
    pub household_type: Option<String>,
    /// 监测对象类别.
    pub monitored_kind: Option<String>,
    /// 风险是否已消除.
    pub risk_removed: Option<bool>,
    /// 整户无劳动力兜底保障户.
    pub no_labour: Option<bool>,
    /// 当前家庭人口数.
    pub people_now: Option<i64>,
    /// 数据日期 of the export.
    pub data_date: Option<String>,
    /// The day its figures are for.
    pub day: NaiveDate,
    /// Its members, the head first; at most 100.
    pub members: Vec<Member>,
    /// What became of it between monthly exports, the newest first; at most 100.
    pub changes: Vec<Change>,
    /// The household registers (户籍) its people stand in; at most 20.
    pub registrations: Vec<Registration>,
    /// Income by sub-item: accounting years, newest first, then the rolling window.
    pub income: Vec<Figure>,
    /// Net income by window, in the same order.
    pub net_income: Vec<Net>,
    /// What is wrong or doubtful, the gravest first.
    pub flags: Vec<Flag>,
    /// Checks that could not be made, and the table each wants.
    pub not_checked: Vec<String>,
    /// Whether more rows of income stand behind the figures than are listed.
    pub sources_cut: bool,
}

/// Somebody who joined, left, moved or became head between two monthly exports.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// First day of the month whose export shows it.
    pub month: String,
    /// joined, left, died, split, merged, married, moved or new_head.
    pub kind: String,
    /// The person.
    pub person_id: Option<u64>,
    /// The household left.
    pub from: Option<u64>,
    /// The household joined.
    pub to: Option<u64>,
}

/// A sub-item in a window; fen.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// `accounting_year` or `rolling`.
    pub window: &'static str,
    /// The accounting year.
    pub year: Option<i64>,
    /// wage, business, property, transfer or business_cost.
    pub category: &'static str,
    /// The sub-item.
    pub item: &'static str,
    /// As declared.
    pub declared_fen: Option<i64>,
    /// As the sources tell.
    pub evidenced_fen: Option<i64>,
    /// Evidenced less declared.
    pub difference_fen: Option<i64>,
    /// By how much sources contradict each other.
    pub disputed_fen: i64,
    /// Streams that tell of it.
    pub streams: u32,
    /// Rows behind the evidence.
    pub rows: u32,
    /// Rows among them that repeat another.
    pub repeated_rows: u32,
    /// The rows, newest first.
    pub sources: Vec<Source>,
}

/// A household's net income in a window; fen.
#[derive(Debug, Clone, Serialize)]
pub struct Net {
    /// `accounting_year` or `rolling`.
    pub window: &'static str,
    /// The accounting year.
    pub year: Option<i64>,
    /// First day.
    pub window_from: Option<NaiveDate>,
    /// Last day, inclusive.
    pub window_to: Option<NaiveDate>,
    /// 纯收入 as the declaration states it.
    pub net_declared_fen: Option<i64>,
    /// What its categories come to.
    pub net_computed_fen: Option<i64>,
    /// What the evidence comes to.
    pub net_evidenced_fen: Option<i64>,
    /// 年度家庭人口数.
    pub people_year: Option<i64>,
    /// 当前家庭人口数.
    pub people_now: Option<i64>,
    /// Declared, by `people_year`.
    pub per_capita_declared_fen: Option<i64>,
    /// Declared, by `people_now`.
    pub per_capita_declared_now_fen: Option<i64>,
    /// Evidenced, by `people_year`.
    pub per_capita_evidenced_fen: Option<i64>,
    /// Evidenced, by `people_now`.
    pub per_capita_evidenced_now_fen: Option<i64>,
    /// Yearly amounts that lie in the window only in part and count in no sum of it.
    pub left_out_fen: i64,
}

/// The household `room` is about.
pub(crate) async fn show(room: &Room<'_>, data: &ActiveData, reveal: bool) -> Result<Household> {
    let mut household = head(room).await?;
    household.members = member::of(room, reveal).await?;
    if household.household_no.is_none() {
        unit::head(room, &mut household).await?;
        household.members.extend(unit::members(room, reveal).await?);
    }
    household.changes = changes(room).await?;
    household.registrations = registration::of(room).await?;
    let accounts = room.accounts().await?;
    let (sources, cut) = sources::of(room, data).await?;
    household.sources_cut = cut;
    let rolling = rolling_period(room.day);
    let mut figures: Vec<&IncomeFigure> = accounts
        .figures
        .iter()
        .filter(|figure| figure.household == room.id.0)
        .collect();
    figures.sort_by_key(|figure| (newest_first(figure.window), figure.item));
    household.income = figures
        .iter()
        .map(|figure| self::figure(figure, &sources))
        .collect();
    let mut nets: Vec<&IncomeNet> = accounts
        .nets
        .iter()
        .filter(|net| net.household == room.id.0)
        .collect();
    nets.sort_by_key(|net| newest_first(net.window));
    let period = |window| match window {
        Window::Year(year) => year_period(year),
        Window::Rolling => rolling,
    };
    household.net_income = nets
        .iter()
        .map(|net| {
            let period = period(net.window);
            self::net(net, &accounts, (day(period.from), day(period.to)))
        })
        .collect();
    (household.flags, household.not_checked) = flags::all(room, data, &household, &accounts).await?;
    Ok(household)
}

/// What the `household` table says, the latest row first.
async fn head(room: &Room<'_>) -> Result<Household> {
    let id = room.id.0;
    let sql = format!(
        "SELECT * FROM household WHERE household_id = {id} ORDER BY data_date DESC NULLS LAST, _run DESC, _locator LIMIT 1"
    );
    let rows = room.rows(&sql).await?;
    let row = rows.first().cloned().unwrap_or_default();
    Ok(Household {
        household_id: id,
        household_no: row.text("household_no"),
        county: row.text("county"),
        town: row.text("town"),
        village: row.text("village"),
        village_group: row.text("village_group"),
        household_type: row.text("household_type"),
        monitored_kind: row.text("monitored_kind"),
        risk_removed: row.bool("risk_removed"),
        no_labour: row.bool("no_labour"),
        people_now: row.int("people_now"),
        data_date: row.text("data_date"),
        day: room.day,
        members: Vec::new(),
        changes: Vec::new(),
        registrations: Vec::new(),
        income: Vec::new(),
        net_income: Vec::new(),
        flags: Vec::new(),
        not_checked: Vec::new(),
        sources_cut: false,
    })
}

/// What became of the household between two exports, the newest first.
async fn changes(room: &Room<'_>) -> Result<Vec<Change>> {
    let sql = format!(
        "SELECT CAST(month AS VARCHAR) AS month, kind, person_id, household_id, to_household_id FROM household_change
         WHERE household_id = {id} OR to_household_id = {id} ORDER BY month DESC, kind, person_id LIMIT {CHANGES_MAX}",
        id = room.id.0
    );
    let change = |row: &room::Row| {
        let id = |column| row.int(column).and_then(|id| u64::try_from(id).ok());
        Some(Change {
            month: row.text("month")?,
            kind: row.text("kind")?,
            person_id: id("person_id"),
            from: id("household_id"),
            to: id("to_household_id"),
        })
    };
    Ok(room.rows(&sql).await?.iter().filter_map(change).collect())
}

/// Years from the newest, the rolling window last.
fn newest_first(window: Window) -> (bool, std::cmp::Reverse<Option<i64>>) {
    (window == Window::Rolling, std::cmp::Reverse(window.year()))
}

fn day(days: i32) -> Option<NaiveDate> {
    NaiveDate::from_epoch_days(days)
}

fn figure(figure: &IncomeFigure, sources: &[sources::Placed]) -> Figure {
    let behind = sources
        .iter()
        .filter(|placed| placed.item == figure.item && placed.windows.contains(&Some(figure.window)));
    Figure {
        window: figure.window.as_str(),
        year: figure.window.year(),
        category: figure.item.category().as_str(),
        item: figure.item.name(),
        declared_fen: figure.declared,
        evidenced_fen: figure.evidence.fen,
        difference_fen: figure
            .evidence
            .fen
            .and_then(|fen| fen.checked_sub(figure.declared?)),
        disputed_fen: figure.evidence.disputed,
        streams: figure.evidence.sources,
        rows: figure.evidence.rows,
        repeated_rows: figure.evidence.repeated,
        sources: behind.map(|placed| placed.source.clone()).collect(),
    }
}

fn net(net: &IncomeNet, accounts: &Accounts, (from, to): (Option<NaiveDate>, Option<NaiveDate>)) -> Net {
    let declared = accounts.declaration(net);
    let (people_year, people_now) = (accounts.people_year(net), accounts.people_now(net));
    let (stated, evidenced) = (declared.and_then(|declared| declared.net), net.evidenced());
    let per = |fen: Option<i64>, people: Option<i64>| fen?.checked_div(people?);
    Net {
        window: net.window.as_str(),
        year: net.window.year(),
        window_from: from,
        window_to: to,
        net_declared_fen: stated,
        net_computed_fen: declared.and_then(crate::income::Declared::computed),
        net_evidenced_fen: evidenced,
        people_year,
        people_now,
        per_capita_declared_fen: per(stated, people_year),
        per_capita_declared_now_fen: per(stated, people_now),
        per_capita_evidenced_fen: per(evidenced, people_year),
        per_capita_evidenced_now_fen: per(evidenced, people_now),
        left_out_fen: net.left_out,
    }
}

/// The household called `text`: by its 户编号, else by its dense id; also that of a unit the register has no household
/// for; `None` when the snapshot has neither.
pub(crate) async fn find(tables: &Tables, text: &str) -> Result<Option<HouseholdId>> {
    let text = text.trim();
    let id = text.parse::<u64>().ok();
    let quoted = text.replace('\'', "''");
    let by_id = id
        .map(|id| format!(" OR household_id = {id}"))
        .unwrap_or_default();
    let sql = format!(
        "SELECT household_id FROM household WHERE household_id IS NOT NULL AND (household_no = '{quoted}'{by_id})
         ORDER BY household_no = '{quoted}' DESC NULLS LAST LIMIT 1"
    );
    let mut rows = tables.rows(&sql).await?;
    if let (true, Some(id)) = (rows.is_empty(), id) {
        let sql = format!("SELECT household_id FROM assistance_unit WHERE household_id = {id} LIMIT 1");
        rows = tables.rows(&sql).await?;
    }
    let id = rows.first().and_then(|row| row.int("household_id"));
    Ok(id.and_then(|id| u64::try_from(id).ok()).map(HouseholdId))
}

#[cfg(test)]
mod tests;
