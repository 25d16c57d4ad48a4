//! Rows of either database.
//! Here because a number may come as 32 or 64 bits and yes as 1 or as true, and nobody else should care.
//! In: rows of the drivers. Out: values of Rust, by the column's name or its place.
//! Not here: rows of this crate, each beside its statement.

use sqlx::error::BoxDynError;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{ColumnIndex, Error, Row as _, TypeInfo, ValueRef};

/// A row.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// What names a column.
pub(crate) trait Place: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> + Copy + std::fmt::Debug {}
impl<T: ColumnIndex<SqliteRow> + ColumnIndex<PgRow> + Copy + std::fmt::Debug> Place for T {}

impl Row {
    /// The value of a column.
    pub(crate) fn try_get<T: Read, I: Place>(&self, column: I) -> sqlx::Result<T> {
        T::read(self, column)
    }

    fn is_null(&self, column: impl Place) -> sqlx::Result<bool> {
        Ok(match self {
            Self::Sqlite(row) => row.try_get_raw(column)?.is_null(),
            Self::Postgres(row) => row.try_get_raw(column)?.is_null(),
        })
    }
}

/// What can be read from a column.
pub(crate) trait Read: Sized {
    fn read(row: &Row, column: impl Place) -> sqlx::Result<Self>;
}

impl<T: Read> Read for Option<T> {
    fn read(row: &Row, column: impl Place) -> sqlx::Result<Self> {
        if row.is_null(column)? {
            Ok(None)
        } else {
            T::read(row, column).map(Some)
        }
    }
}

impl Read for i64 {
    fn read(row: &Row, column: impl Place) -> sqlx::Result<Self> {
        let row = match row {
            Row::Sqlite(row) => return row.try_get(column),
            Row::Postgres(row) => row,
        };
        let kind = row.try_get_raw(column)?.type_info().name().to_owned();
        match kind.as_str() {
            "INT4" => Ok(row.try_get::<i32, _>(column)?.into()),
            "BOOL" => Ok(row.try_get::<bool, _>(column)?.into()),
            _ => row.try_get(column),
        }
    }
}

macro_rules! as_the_drivers {
    ($($kind:ty),*) => {$(
        impl Read for $kind {
            fn read(row: &Row, column: impl Place) -> sqlx::Result<Self> {
                match row {
                    Row::Sqlite(row) => row.try_get(column),
                    Row::Postgres(row) => row.try_get(column),
                }
            }
        }
    )*};
}
as_the_drivers!(String, f64, Vec<u8>);

macro_rules! narrower {
    ($($kind:ty),*) => {$(
        impl Read for $kind {
            fn read(row: &Row, column: impl Place) -> sqlx::Result<Self> {
                let whole = i64::read(row, column)?;
                Self::try_from(whole).map_err(|error| Error::ColumnDecode {
                    index: format!("{column:?}"),
                    source: BoxDynError::from(error),
                })
            }
        }
    )*};
}
narrower!(u32, u16, u8);

impl Read for bool {
    fn read(row: &Row, column: impl Place) -> sqlx::Result<Self> {
        Ok(i64::read(row, column)? != 0)
    }
}

/// What can be made of a row.
pub(crate) trait FromRow: Sized {
    fn from_row(row: &Row) -> sqlx::Result<Self>;
}

macro_rules! tuples {
    ($($($kind:ident $place:literal),+;)*) => {$(
        impl<$($kind: Read),+> FromRow for ($($kind,)+) {
            fn from_row(row: &Row) -> sqlx::Result<Self> {
                Ok(($($kind::read(row, $place)?,)+))
            }
        }
    )*};
}
tuples! {
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
    A 0, B 1, C 2, D 3, E 4;
}

/// Reads a structure's fields from the columns of the same names.
macro_rules! from_row {
    ($name:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::db::FromRow for $name {
            fn from_row(row: &$crate::db::Row) -> sqlx::Result<Self> {
                Ok(Self { $($field: row.try_get(stringify!($field))?),+ })
            }
        }
    };
}
pub(crate) use from_row;
