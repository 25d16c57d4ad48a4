//! A family that a department assists and the register lacks: its page, from the roll alone.
//! Here because such a family is a household too, and who should be watched and is not is found among them.
//! In: a household among the tables that only an assistance unit stands for. Out: its head lines, its people.
//! Not here: units whose people the register knows; those are pages of their households.

use super::member::{self, Member};
use super::room::{Room, Row};
use super::{Household, MEMBERS_MAX};
use crate::Result;

/// The rows of the roll of the unit's latest month.
fn roll(household: u64) -> String {
    format!(
        "(SELECT p.* FROM assistance_payment p
          JOIN (SELECT _stream, unit_no, max(month) AS month FROM assistance_unit
                WHERE household_id = {household} GROUP BY _stream, unit_no) u
            ON p._stream = u._stream AND p.unit_no = u.unit_no AND p.month = u.month)"
    )
}

/// SQL for the people of the household `id`, when it is a unit's.
pub(super) fn people(id: u64) -> String {
    format!(
        "SELECT DISTINCT person_id FROM {} WHERE person_id IS NOT NULL ORDER BY person_id",
        roll(id)
    )
}

/// Fills in what the roll says of the place and the kind of support.
pub(super) async fn head(room: &Room<'_>, household: &mut Household) -> Result<()> {
    let sql = format!(
        "SELECT county, town, village, category, coalesce(covered_people, people_listed) AS people, CAST(month AS VARCHAR) AS month
         FROM assistance_unit WHERE household_id = {} ORDER BY month DESC, _locator LIMIT 1",
        room.id.0
    );
    if let Some(row) = room.rows(&sql).await?.first() {
        household.county = row.text("county");
        household.town = row.text("town");
        household.village = row.text("village");
        household.household_type = row
            .text("category")
            .map(|category| format!("底册没有的救助家庭（{category}）"));
        household.people_now = row.int("people");
        household.data_date = row.text("month");
    }
    Ok(())
}

/// The people the roll lists.
pub(super) async fn members(room: &Room<'_>, reveal: bool) -> Result<Vec<Member>> {
    let sql = format!(
        "SELECT person_id, name, id_no, id_kind(id_text) AS id_kind, CAST(since AS VARCHAR) AS since
         FROM {} ORDER BY _locator LIMIT {MEMBERS_MAX}",
        roll(room.id.0)
    );
    Ok(room
        .rows(&sql)
        .await?
        .iter()
        .map(|row: &Row| member::masked(row, reveal))
        .collect())
}
