//! Many rows in one statement, each value bound by itself.
//! Here because a night writes a hundred thousand rows, and taking each of them apart as JSON again costs more than writing it.
//! In: the statement before and after its values, rows, how one is bound. Out: rows, in the transaction of the commit.
//! Not here: which rows (case_write, outbox, audit).

use sqlx::query_builder::Separated;
use sqlx::{QueryBuilder, Sqlite, Transaction};

use crate::Result;

/// Values bound in one statement; SQLite's own limit is 32,766.
const VALUES_MAX: usize = 3_000;

/// The values of one row, bound one after the other.
pub(crate) type Values<'q> = Separated<'q, Sqlite, &'static str>;

/// Writes `rows`, of `columns` values each: `before`, `VALUES …`, `after`.
pub(crate) async fn insert<T>(
    tx: &mut Transaction<'_, Sqlite>,
    (before, after): (&str, &str),
    columns: usize,
    rows: &[T],
    bind: impl Fn(&mut Values<'_>, &T),
) -> Result<()> {
    for rows in rows.chunks((VALUES_MAX / columns.max(1)).max(1)) {
        let mut query = QueryBuilder::new(before);
        query.push_values(rows, |mut values, row| bind(&mut values, row));
        query.push(after);
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}
