//! By which names and numbers a subject is known: no more than somebody needs who must find it.
//! Here because a department that must act knocks on a door, and a household's page tells it far more than which.
//! In: a subject among the tables of a snapshot. Out: its household, unmasked; nothing of what is no household.
//! Not here: whether the look was recorded (the caller).

use chrono::NaiveDate;
use datafusion::prelude::SessionContext;
use hub_model::{HouseholdId, Subject, SubjectKey, SubjectKind, Whom, WhomMember};

use super::room::{Room, Tables};
use super::{head, member, unit};
use crate::Result;

/// The household that `subject` is, or belongs to.
pub(crate) async fn whom(
    tables: &Tables,
    inputs: SessionContext,
    subject: &Subject,
    day: NaiveDate,
) -> Result<Option<Whom>> {
    let Some(id) = household_of(tables, subject).await? else {
        return Ok(None);
    };
    let room = Room::new(tables, inputs, id, day).await?;
    let mut household = head(&room).await?;
    let mut members = member::of(&room, true).await?;
    if household.household_no.is_none() {
        unit::head(&room, &mut household).await?;
        members.extend(unit::members(&room, true).await?);
    }
    let phone = format!(
        "SELECT phone FROM household WHERE household_id = {} AND phone IS NOT NULL
         ORDER BY data_date DESC NULLS LAST, _run DESC, _locator LIMIT 1",
        id.0
    );
    let phone = room.rows(&phone).await?;
    Ok(Some(Whom {
        household_no: household.household_no,
        county: household.county,
        town: household.town,
        village: household.village,
        village_group: household.village_group,
        phone: phone.first().and_then(|row| row.text("phone")),
        members: members
            .into_iter()
            .map(|member| WhomMember {
                person_id: member.person_id,
                name: member.name,
                id_no: member.id_no,
                relation: member.relation,
            })
            .collect(),
    }))
}

async fn household_of(tables: &Tables, subject: &Subject) -> Result<Option<HouseholdId>> {
    match (subject.kind, &subject.key) {
        (SubjectKind::Household, SubjectKey::Id(id)) => Ok(Some(HouseholdId(*id))),
        (SubjectKind::Person, SubjectKey::Id(person)) => {
            let sql = format!(
                "SELECT household_id FROM membership WHERE person_id = {person} AND household_id IS NOT NULL
                 ORDER BY household_id LIMIT 1"
            );
            let rows = tables.rows(&sql).await?;
            let id = rows.first().and_then(|row| row.int("household_id"));
            Ok(id.and_then(|id| u64::try_from(id).ok()).map(HouseholdId))
        }
        _ => Ok(None),
    }
}
