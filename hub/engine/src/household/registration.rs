//! The household registers (户籍) a household's people stand in.
//! Here because who lives together, who is assisted together and who is registered together differ, and a cadre must see how.
//! In: a household among the tables. Out: registers, the one with most of its people first; people whose entry was closed.
//! Not here: membership. A register says where people are registered, never to which household they belong.

use serde::Serialize;

use super::flags::Flag;
use super::room::{Room, Row};
use crate::Result;

/// Most registers listed.
const REGISTERS_MAX: usize = 20;

/// A household register in which some of the household's people stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Registration {
    /// 户号.
    pub register_no: String,
    /// The stream that tells it.
    pub stream: Option<String>,
    /// The household's people who stand in it.
    pub members: i64,
    /// People who stand in it and are not of the household.
    pub others: i64,
    /// Those of `members` whose entry was closed.
    pub closed: i64,
}

/// The registers of the household's people.
pub(super) async fn of(room: &Room<'_>) -> Result<Vec<Registration>> {
    let sql = format!(
        "SELECT register_no, _stream, count(DISTINCT person_id) FILTER (WHERE ours) AS members,
                count(*) FILTER (WHERE NOT ours AND closed_on IS NULL) AS others,
                count(DISTINCT person_id) FILTER (WHERE ours AND closed_on <= DATE '{day}') AS closed
         FROM (SELECT *, coalesce({is_member}, false) AS ours FROM household_registration)
         GROUP BY register_no, _stream HAVING count(*) FILTER (WHERE ours) > 0
         ORDER BY members DESC, register_no, _stream LIMIT {REGISTERS_MAX}",
        day = room.day,
        is_member = room.is_member("person_id"),
    );
    let registration = |row: &Row| {
        let count = |column| row.int(column).unwrap_or_default();
        Some(Registration {
            register_no: row.text("register_no")?,
            stream: row.text("_stream"),
            members: count("members"),
            others: count("others"),
            closed: count("closed"),
        })
    };
    Ok(room.rows(&sql).await?.iter().filter_map(registration).collect())
}

/// People whose registration was closed, by death or by moving away, while they are members here.
pub(super) fn flags(registrations: &[Registration]) -> Vec<Flag> {
    let closed: i64 = registrations.iter().map(|register| register.closed).sum();
    if closed == 0 {
        return Vec::new();
    }
    let text = format!("{closed} 名成员的户口已注销或迁出，仍在户内");
    vec![Flag::new("registration_closed", text)]
}
