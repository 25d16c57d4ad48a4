//! The household of the register that an assistance unit's people belong to.
//! Here because civil affairs' unit (救助单位) is not the register's household (户), and a family the register lacks is one too.
//! In: the snapshot with its people linked. Out: links from units to households; units without any stay their own.
//! Not here: people.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, UInt64Type};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use hub_model::{Link, Oddity, Standing};

use crate::Result;
use crate::link::permille;

/// Units of their latest month, and how many of their people belong to which household.
const SQL: &str = "
WITH latest AS (
  SELECT household_id AS unit, _stream, unit_no, max(month) AS month
  FROM assistance_unit WHERE household_id IS NOT NULL GROUP BY household_id, _stream, unit_no
), people AS (
  SELECT DISTINCT l.unit, p.person_id
  FROM latest l JOIN assistance_payment p ON p._stream = l._stream AND p.unit_no = l.unit_no AND p.month = l.month
)
SELECT people.unit, m.household_id, count(DISTINCT m.person_id) AS members
FROM people JOIN membership m ON m.person_id = people.person_id
WHERE m.household_id IS NOT NULL
GROUP BY people.unit, m.household_id";

/// The links of units; `context` has the canonical tables with people linked and households as they landed.
pub(crate) async fn find(context: &SessionContext) -> Result<Vec<Link>> {
    let mut found: BTreeMap<u64, Vec<(i64, u64)>> = BTreeMap::new();
    let mut rows = context.sql(SQL).await?.execute_stream().await?;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        let [units, households] = [0, 1].map(|column| batch.column(column).as_primitive::<UInt64Type>());
        let members = batch.column(2).as_primitive::<Int64Type>();
        for ((unit, household), members) in units
            .values()
            .iter()
            .zip(households.values())
            .zip(members.values())
        {
            found.entry(*unit).or_default().push((*members, *household));
        }
    }
    Ok(found
        .into_iter()
        .filter_map(|(unit, households)| link(unit, households))
        .collect())
}

/// The household most of the unit's people belong to; a doubt when no household has more than half of them.
fn link(unit: u64, mut households: Vec<(i64, u64)>) -> Option<Link> {
    households.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let all: i64 = households.iter().map(|(members, _)| members).sum();
    let (members, household) = *households.first()?;
    let standing = if members * 2 > all {
        Standing::Linked
    } else {
        Standing::Doubtful
    };
    #[expect(clippy::cast_precision_loss, reason = "people of one unit")]
    let chance = members as f64 / all.max(1) as f64;
    Some(Link {
        from: unit,
        to: household,
        standing,
        permille: permille(chance),
        oddity: (households.len() > 1).then_some(Oddity::SeveralHouseholds),
        weights: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_the_household_of_most_of_its_people() {
        let one = link(9, vec![(3, 5)]).unwrap();
        assert_eq!((one.to, one.standing, one.oddity), (5, Standing::Linked, None));
        let two = link(9, vec![(1, 4), (2, 5)]).unwrap();
        assert_eq!((two.to, two.standing, two.permille), (5, Standing::Linked, 666));
        assert_eq!(two.oddity, Some(Oddity::SeveralHouseholds));
        let halves = link(9, vec![(1, 6), (1, 5)]).unwrap();
        assert_eq!((halves.to, halves.standing), (5, Standing::Doubtful));
        assert_eq!(link(9, Vec::new()), None);
    }
}
