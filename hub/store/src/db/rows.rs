//! Many rows in one statement.
//! Here because a night writes a hundred thousand rows: SQLite takes the values one by one, PostgreSQL a list for each column, of which
//! it knows at once how to read them.
//! In: what stands before and after the values, rows, how one is bound. Out: rows, in a transaction.
//! Not here: which rows.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::pin::pin;
use std::task::Poll;

use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;
use sqlx::{Arguments, AssertSqlSafe, Error};

use super::Tx;
use super::value::{Bind, Value, for_sqlite};
use crate::Result;

/// Values bound in one statement; SQLite's own limit is 32,766.
const VALUES_MAX: usize = 3_000;
/// Rows in one statement of PostgreSQL: some megabytes.
const ROWS_MAX: usize = 5_000;

/// The values of one row, bound one after the other.
pub(crate) struct Values<'b, 'q>(&'b mut Vec<Value<'q>>);

impl<'q> Values<'_, 'q> {
    pub(crate) fn push_bind(&mut self, value: impl Bind<'q>) -> &mut Self {
        self.0.push(value.value());
        self
    }
}

/// Runs what `$made` makes of one chunk of rows after the other; while the database takes one, the next is made.
macro_rules! one_after_the_other {
    ($chunks:expr, $made:expr, $tx:expr) => {{
        let (mut chunks, made) = ($chunks, $made);
        let mut next = chunks.next().map(&made).transpose()?;
        while let Some((text, arguments)) = next {
            let query = sqlx::query_with(AssertSqlSafe(text), arguments);
            let mut running = pin!(query.execute(&mut **$tx));
            // Looked at once, it is on its way.
            let done = futures::poll!(running.as_mut());
            next = chunks.next().map(&made).transpose()?;
            match done {
                Poll::Ready(done) => done?,
                Poll::Pending => running.await?,
            };
        }
    }};
}

/// Writes `rows`, of `columns` values each: `before`, the values, `after`.
pub(crate) async fn insert<'q, T>(
    tx: &mut Tx,
    (before, after): (&'static str, &'static str),
    columns: usize,
    rows: &'q [T],
    bind: impl Fn(&mut Values<'_, 'q>, &'q T) -> Result<()>,
) -> Result<()> {
    let columns = columns.max(1);
    let bound = |rows: &'q [T]| -> Result<Vec<Value<'q>>> {
        let mut values = Vec::with_capacity(rows.len() * columns);
        for row in rows {
            bind(&mut Values(&mut values), row)?;
        }
        Ok(values)
    };
    match tx {
        Tx::Sqlite(tx) => {
            let made = |rows| {
                let values = bound(rows)?;
                let row = format!("({})", vec!["?"; columns].join(","));
                let rows = vec![row; values.len() / columns].join(",");
                let arguments = for_sqlite(values).map_err(Error::Encode)?;
                Ok::<_, crate::Error>((format!("{before}VALUES {rows}{after}"), arguments))
            };
            one_after_the_other!(rows.chunks((VALUES_MAX / columns).max(1)), made, tx);
        }
        Tx::Postgres(tx) => {
            let made = |rows| {
                let lists = lists(bound(rows)?, columns).map_err(Error::Encode)?;
                let kinds = kinds(&lists);
                let arguments = arguments(lists).map_err(Error::Encode)?;
                Ok::<_, crate::Error>((format!("{before}SELECT * FROM unnest({kinds}){after}"), arguments))
            };
            one_after_the_other!(rows.chunks(ROWS_MAX), made, tx);
        }
    }
    Ok(())
}

/// A column's values, in the order of the rows.
enum List<'q> {
    Whole(Vec<Option<i64>>),
    Real(Vec<Option<f64>>),
    Text(Vec<Option<Cow<'q, str>>>),
    Blob(Vec<Option<Vec<u8>>>),
}

/// `values` of row after row, column by column. A column's values are all of its kind: each is bound at one place of the program.
fn lists(values: Vec<Value<'_>>, columns: usize) -> std::result::Result<Vec<List<'_>>, BoxDynError> {
    let rows = values.len() / columns;
    let mut lists: Vec<List<'_>> = Vec::with_capacity(columns);
    for (nth, value) in values.into_iter().enumerate() {
        if nth < columns {
            lists.push(match value {
                Value::Whole(_) => List::Whole(Vec::with_capacity(rows)),
                Value::Real(_) => List::Real(Vec::with_capacity(rows)),
                Value::Text(_) => List::Text(Vec::with_capacity(rows)),
                Value::Blob(_) => List::Blob(Vec::with_capacity(rows)),
            });
        }
        match (lists.get_mut(nth % columns), value) {
            (Some(List::Whole(list)), Value::Whole(value)) => list.push(value),
            (Some(List::Real(list)), Value::Real(value)) => list.push(value),
            (Some(List::Text(list)), Value::Text(value)) => list.push(value),
            (Some(List::Blob(list)), Value::Blob(value)) => list.push(value.map(Cow::into_owned)),
            (_, _) => return Err("values of two kinds in one column".into()),
        }
    }
    Ok(lists)
}

/// The places of `lists` in a statement, each with its kind.
fn kinds(lists: &[List<'_>]) -> String {
    let mut text = String::new();
    for (nth, list) in (1..).zip(lists) {
        let kind = match list {
            List::Whole(_) => "bigint",
            List::Real(_) => "double precision",
            List::Text(_) => "text",
            List::Blob(_) => "bytea",
        };
        let comma = if nth == 1 { "" } else { ", " };
        // Writing to a text does not fail.
        let _ = write!(text, "{comma}${nth}::{kind}[]");
    }
    text
}

fn arguments(lists: Vec<List<'_>>) -> std::result::Result<PgArguments, BoxDynError> {
    let mut arguments = PgArguments::default();
    for list in lists {
        match list {
            List::Whole(list) => arguments.add(list)?,
            List::Real(list) => arguments.add(list)?,
            List::Text(list) => arguments.add(list)?,
            List::Blob(list) => arguments.add(list)?,
        }
    }
    Ok(arguments)
}
