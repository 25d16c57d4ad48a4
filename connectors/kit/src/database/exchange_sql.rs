//! The SQL of a table exchange: rows written once, those that are there, answers that wait, their results.
//! Here because two kinds of database spell the same wish in two ways, and nothing else is ever written to a department's tables.
//! In: the kind, names of tables that were checked. Out: statements; every value is a parameter.
//! Not here: sending them (exchange.rs).

use super::sql::Kind;

/// Columns of an answer, in the order they are read.
pub(super) const ANSWER: [&str; 10] = [
    "id",
    "case_id",
    "version",
    "action",
    "reason_code",
    "text",
    "measure",
    "date",
    "operator",
    "operator_dept",
];
/// Longest text of an answer that is read, characters: one more than is taken, so that a longer one is refused and not cut.
const TEXT_CHARS: u32 = 501;
/// The same of every other column.
const WORD_CHARS: u32 = 201;

impl Kind {
    /// What makes the session's clock that of every county, and a value that does not fit an error.
    pub(super) const fn writes(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &[
                "SET TIME ZONE INTERVAL '+08:00' HOUR TO MINUTE",
                "SET DateStyle = 'ISO, YMD'",
            ],
            Self::MySql => &[
                "SET SESSION time_zone = '+08:00'",
                "SET SESSION sql_mode = 'STRICT_ALL_TABLES'",
            ],
            Self::Sqlite => &[],
        }
    }

    pub(super) const fn begin(self) -> &'static str {
        match self {
            Self::Postgres | Self::Sqlite => "BEGIN",
            Self::MySql => "START TRANSACTION",
        }
    }

    /// The `nth` parameter, from 1 on.
    fn parameter(self, nth: usize) -> String {
        match self {
            Self::Postgres => format!("${nth}"),
            Self::MySql | Self::Sqlite => "?".to_owned(),
        }
    }

    /// One event, unless there is one of its id: id, sequence, type, subject, case_id, version, milliseconds, data, id again.
    pub(super) fn insert(self, table: &str) -> String {
        let columns = [
            "id", "sequence", "type", "subject", "case_id", "version", "time", "data",
        ];
        let columns = columns.map(|column| self.quoted(column)).join(", ");
        let value = |nth: usize| {
            let parameter = self.parameter(nth);
            match (self, nth) {
                (Self::Postgres, 7) => format!("to_timestamp({parameter}::double precision / 1000)"),
                (Self::MySql | Self::Sqlite, 7) => format!("FROM_UNIXTIME({parameter} / 1000)"),
                (Self::Postgres | Self::MySql | Self::Sqlite, _) => parameter,
            }
        };
        let values: Vec<String> = (1..=8).map(value).collect();
        let from = match self {
            Self::MySql => " FROM DUAL",
            Self::Postgres | Self::Sqlite => "",
        };
        format!(
            "INSERT INTO {table} ({columns}) SELECT {}{from} WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {} = {})",
            values.join(", "),
            self.quoted("id"),
            self.parameter(9)
        )
    }

    /// Which of `count` ids are there.
    pub(super) fn held(self, table: &str, count: usize) -> String {
        let parameters: Vec<String> = (1..=count).map(|nth| self.parameter(nth)).collect();
        let id = self.quoted("id");
        format!(
            "SELECT {} FROM {table} WHERE {id} IN ({})",
            self.as_text(&id),
            parameters.join(", ")
        )
    }

    /// Answers without a result, those of a case in the order of its versions.
    pub(super) fn waiting(self, table: &str, most: u32) -> String {
        let columns = ANSWER.map(|column| {
            let chars = if column == "text" { TEXT_CHARS } else { WORD_CHARS };
            format!("LEFT({}, {chars})", self.as_text(&self.quoted(column)))
        });
        format!(
            "SELECT {} FROM {table} WHERE {} IS NULL ORDER BY {}, {}, {} LIMIT {most}",
            columns.join(", "),
            self.quoted("result"),
            self.quoted("case_id"),
            self.quoted("version"),
            self.quoted("id")
        )
    }

    /// The result of one answer that has none yet: result, message, id.
    pub(super) fn answered(self, table: &str) -> String {
        // A collation that takes A for a would answer somebody else's row.
        let exact = match self {
            Self::MySql => " COLLATE utf8mb4_bin",
            Self::Postgres | Self::Sqlite => "",
        };
        format!(
            "UPDATE {table} SET {} = {}, {} = {}, {} = CURRENT_TIMESTAMP WHERE {}{exact} = {} AND {} IS NULL",
            self.quoted("result"),
            self.parameter(1),
            self.quoted("message"),
            self.parameter(2),
            self.quoted("answered_at"),
            self.as_text(&self.quoted("id")),
            self.parameter(3),
            self.quoted("result")
        )
    }

    /// Proves the rights that results need, changing nothing.
    pub(super) fn may_answer(self, table: &str) -> String {
        let columns = ["result", "message", "answered_at"].map(|column| {
            let column = self.quoted(column);
            format!("{column} = {column}")
        });
        format!("UPDATE {table} SET {} WHERE 1 = 0", columns.join(", "))
    }

    /// Counts tables that undo nothing, by schema (none for the session's own) and name; none where every table does.
    pub(super) const fn cannot_undo(self) -> Option<&'static str> {
        match self {
            Self::MySql => Some(
                "SELECT COUNT(*) FROM information_schema.TABLES t JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
                 WHERE t.TABLE_SCHEMA = COALESCE(?, DATABASE()) AND t.TABLE_NAME = ? AND COALESCE(e.TRANSACTIONS, 'NO') <> 'YES'",
            ),
            Self::Postgres | Self::Sqlite => None,
        }
    }

    fn as_text(self, column: &str) -> String {
        match self {
            Self::MySql => format!("CAST({column} AS CHAR CHARACTER SET utf8mb4)"),
            Self::Postgres | Self::Sqlite => format!("CAST({column} AS TEXT)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_a_parameter_and_every_column_is_quoted() {
        let insert = Kind::Postgres.insert("share.hub_event");
        assert!(
            insert.starts_with("INSERT INTO share.hub_event (\"id\", "),
            "{insert}"
        );
        assert!(insert.ends_with("WHERE \"id\" = $9)"), "{insert}");
        let held = Kind::MySql.held("hub_event", 3);
        assert!(held.ends_with("WHERE `id` IN (?, ?, ?)"), "{held}");
        let waiting = Kind::Postgres.waiting("hub_answer", 7);
        assert!(waiting.contains("LEFT(CAST(\"text\" AS TEXT), 501)"), "{waiting}");
        assert!(waiting.ends_with("LIMIT 7"), "{waiting}");
    }
}
