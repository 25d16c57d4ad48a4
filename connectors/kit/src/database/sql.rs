//! The SQL that is the kit's own: a session that cannot write, every column as text, rows after a cursor.
//! Here because the three kinds of database spell the same wish in three ways.
//! In: the kind, the site's query, the columns it gives. Out: statements.
//! Not here: sending them (database.rs), what a site may write (options.rs).

use plugin_api::Error;

use crate::options::refused;

/// Most columns of a query.
const COLUMNS_MAX: usize = 2_000;
/// Columns named in an error.
const COLUMNS_NAMED_MAX: usize = 50;

/// The kinds of database, by the scheme of their URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Postgres,
    MySql,
    Sqlite,
}

impl Kind {
    pub(super) fn of(url: &str) -> Result<Self, Error> {
        match url.split(':').next() {
            Some("postgres" | "postgresql") => Ok(Self::Postgres),
            Some("mysql" | "mariadb") => Ok(Self::MySql),
            Some("sqlite") => Ok(Self::Sqlite),
            _ => Err(refused(
                "database.url",
                "应以 postgres://、mysql:// 或 sqlite: 开头",
            )),
        }
    }

    pub(super) fn quoted(self, name: &str) -> String {
        match self {
            Self::MySql => format!("`{}`", name.replace('`', "``")),
            Self::Postgres | Self::Sqlite => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// What makes the session one that cannot write, its reading one moment's, and its clock that of every county: a moment
    /// with a zone shown in the driver's UTC would fall on the day before.
    pub(super) const fn session(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &[
                "SET TIME ZONE INTERVAL '+08:00' HOUR TO MINUTE",
                "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            ],
            Self::MySql => &[
                "SET SESSION time_zone = '+08:00'",
                "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
                "START TRANSACTION READ ONLY",
            ],
            Self::Sqlite => &["PRAGMA query_only = ON", "BEGIN"],
        }
    }

    /// A column as text. `column` is quoted; `of` is its type.
    fn text(self, column: &str, of: &str) -> String {
        match self {
            // Bits cast to characters become bytes; as a number they are 0 and 1.
            Self::MySql if of == "BIT" => format!("CAST(q.{column} + 0 AS CHAR)"),
            Self::MySql => format!("CAST(q.{column} AS CHAR)"),
            Self::Postgres | Self::Sqlite => format!("CAST(q.{column} AS TEXT)"),
        }
    }

    /// The condition that a row comes after the cursor, whose last text is the statement's one parameter.
    fn after(self, column: &str, of: &str) -> String {
        match self {
            Self::Postgres => format!("q.{column} > CAST($1 AS {of})"),
            // A number compared with a text is compared as a double, which counts exactly to sixteen digits only.
            Self::MySql if of.contains("INT") => format!("q.{column} > CAST(? AS DECIMAL(65))"),
            Self::MySql if of == "DECIMAL" => format!("q.{column} > CAST(? AS DECIMAL(65, 30))"),
            Self::MySql => format!("q.{column} > ?"),
            // A computed column has no type, and any number comes before any text.
            Self::Sqlite => {
                format!(
                    "q.{column} > CASE typeof(q.{column}) WHEN 'text' THEN ?1 ELSE CAST(?1 AS NUMERIC) END"
                )
            }
        }
    }
}

/// A statement, and where its cursor stands among the columns.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) sql: String,
    pub(super) cursor: Option<usize>,
}

/// Every column as text, by the database's own cast; rows after the cursor, in its order.
pub(super) fn plan(
    kind: Kind,
    source: &str,
    cursor: Option<&str>,
    columns: &[(String, String)],
    goes_on: bool,
) -> Result<Plan, Error> {
    if columns.is_empty() || columns.len() > COLUMNS_MAX {
        return Err(Error::schema(format!("查询应有 1 到 {COLUMNS_MAX} 列")));
    }
    let list: Vec<String> = columns
        .iter()
        .map(|(name, of)| kind.text(&kind.quoted(name), of))
        .collect();
    let mut sql = format!("SELECT {} FROM ({source}) q", list.join(", "));
    let Some(name) = cursor else {
        return Ok(Plan { sql, cursor: None });
    };
    let index = columns.iter().position(|(column, _)| column == name);
    let (index, (_, of)) = index
        .and_then(|index| Some((index, columns.get(index)?)))
        .ok_or_else(|| {
            let known = names(columns);
            Error::config(format!(
                "database.cursor：游标列“{name}”不在查询结果中，现有列：{known}"
            ))
        })?;
    let quoted = kind.quoted(name);
    if goes_on {
        sql.push_str(&format!(" WHERE {}", kind.after(&quoted, of)));
    }
    sql.push_str(&format!(" ORDER BY q.{quoted}"));
    Ok(Plan {
        sql,
        cursor: Some(index),
    })
}

fn names(columns: &[(String, String)]) -> String {
    let named = columns.iter().take(COLUMNS_NAMED_MAX);
    named
        .map(|(name, _)| name.as_str())
        .collect::<Vec<_>>()
        .join("、")
}
