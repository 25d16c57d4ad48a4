//! The one condition by which outsiders see cases, and the code of the division a case is in.
//! Here because a department's question that forgot it would show another's households.
//! In: a scope; a place. Out: SQL over `cases c` with the scope bound first, as ?1 and ?2; a division's code.
//! Not here: who has which scope (credentials).

use hub_model::{Scope, values};
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

use crate::{Result, Store};

/// Holds of a case `c` that the scope bound by [`bind`] holds.
macro_rules! in_scope {
    () => {
        "(?1 IS NULL OR c.department = ?1) AND substr(coalesce(c.division, ''), 1, length(?2)) = ?2"
    };
}
pub(crate) use in_scope;

/// A statement that binds `scope` first.
pub(crate) fn query(sql: &'static str, scope: &Scope) -> Query<'static, Sqlite, SqliteArguments> {
    sqlx::query(sql)
        .bind(scope.department().map(str::to_owned))
        .bind(scope.division().to_owned())
}

/// The code of the division that `place`, a county/town/village, is in; empty when it is not known.
pub(crate) fn division_of(place: &str) -> String {
    let county = place.split('/').next().unwrap_or_default();
    values::division_code(county)
        .map(std::borrow::Cow::into_owned)
        .unwrap_or_default()
}

impl Store {
    /// Looks up the division of cases from before divisions were kept.
    pub(crate) async fn adopt_divisions(&self) -> Result<()> {
        let places: Vec<String> =
            sqlx::query_scalar("SELECT DISTINCT place FROM cases WHERE division IS NULL")
                .fetch_all(&self.writer)
                .await?;
        if places.is_empty() {
            return Ok(());
        }
        let mut tx = self.begin().await?;
        for place in places {
            sqlx::query("UPDATE cases SET division = ? WHERE place = ? AND division IS NULL")
                .bind(division_of(&place))
                .bind(place)
                .execute(&mut *tx)
                .await?;
        }
        Ok(tx.commit().await?)
    }
}
