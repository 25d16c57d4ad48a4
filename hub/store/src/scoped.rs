//! The one condition by which outsiders see cases.
//! Here because a department's question that forgot it would show another's households.
//! In: a scope. Out: SQL over `cases c` with the scope bound first, as ?1 and ?2.
//! Not here: who has which scope (credentials).

use hub_model::Scope;
use hub_model::values::division_of;

use crate::db::{self, Query};
use crate::{Result, Store};

/// Holds of a case `c` that the scope bound by [`bind`] holds.
macro_rules! in_scope {
    () => {
        "(?1 IS NULL OR c.department = ?1) AND substr(coalesce(c.division, ''), 1, length(?2)) = ?2"
    };
}
pub(crate) use in_scope;

/// A statement that binds `scope` first.
pub(crate) fn query<'q>(sql: &'static str, scope: &'q Scope) -> Query<'q> {
    db::query(sql).bind(scope.department()).bind(scope.division())
}

impl Store {
    /// Looks up the division of cases from before divisions were kept.
    pub(crate) async fn adopt_divisions(&self) -> Result<()> {
        let places: Vec<String> = db::query_scalar("SELECT DISTINCT place FROM cases WHERE division IS NULL")
            .fetch_all(&self.writer)
            .await?;
        if places.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for place in places {
            db::query("UPDATE cases SET division = ? WHERE place = ? AND division IS NULL")
                .bind(division_of(&place))
                .bind(place)
                .execute(&mut tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}
