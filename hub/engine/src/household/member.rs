//! The members of a household, masked unless they are to be revealed.
//! Here because three places print a person, and each must hide the same.
//! In: a household among the tables. Out: members, the head first.
//! Not here: whether a reveal was recorded (the caller), people known from a roll alone (unit.rs).

use hub_model::tables::{self, Mask};
use serde::Serialize;

use super::MEMBERS_MAX;
use super::room::{Room, Row};
use crate::Result;

/// A member.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    /// Its dense id; `None` when nobody could be told.
    pub person_id: Option<u64>,
    /// 姓名; masked.
    pub name: Option<String>,
    /// 证件号码; masked. `None` when it is not valid.
    pub id_no: Option<String>,
    /// What kind of number it is, when it is not valid.
    pub id_kind: Option<String>,
    /// 与户主关系.
    pub relation: Option<String>,
    /// Whether 户主.
    pub is_head: Option<bool>,
    /// First day of the month since which the person belongs to the household.
    pub since: Option<String>,
}

/// The members; of a row of the same export the person and the membership are told together.
pub(super) async fn of(room: &Room<'_>, reveal: bool) -> Result<Vec<Member>> {
    let sql = format!(
        "SELECT m.person_id, p.name, p.id_no, p.id_kind, coalesce(m.relation, p.relation) AS relation, m.is_head, m.since
         FROM membership m LEFT JOIN person p ON p.household_id = m.household_id
              AND (p.person_id IS NOT DISTINCT FROM m.person_id) AND coalesce(p._run = m._run AND p._locator = m._locator, true)
         WHERE m.household_id = {} ORDER BY m.is_head DESC NULLS LAST, m.person_no, m._locator LIMIT {MEMBERS_MAX}",
        room.id.0
    );
    Ok(room
        .rows(&sql)
        .await?
        .iter()
        .map(|row| masked(row, reveal))
        .collect())
}

/// A row's member.
pub(super) fn masked(row: &Row, reveal: bool) -> Member {
    let shown =
        |text: Option<String>, mask: Mask| text.map(|text| if reveal { text } else { mask.text(&text) });
    let mask = |column| mask_of("person", column);
    Member {
        person_id: row.int("person_id").and_then(|id| u64::try_from(id).ok()),
        name: shown(row.text("name"), mask("name")),
        id_no: shown(row.text("id_no"), mask("id_no")),
        id_kind: row.text("id_kind").filter(|_| row.text("id_no").is_none()),
        relation: row.text("relation"),
        is_head: row.bool("is_head"),
        since: row.text("since"),
    }
}

/// The mask of a canonical column; of one that is not personal, or not there, the one that hides all.
fn mask_of(table: &str, column: &str) -> Mask {
    let columns = tables::find(table).map(|table| table.columns).unwrap_or_default();
    let found = columns.iter().find(|known| known.name == column);
    found.and_then(|column| column.mask()).unwrap_or(Mask::Hidden)
}
