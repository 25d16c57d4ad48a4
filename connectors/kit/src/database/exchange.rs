//! Table exchange: events written into a department's table, its answers read from another, results written beside them.
//! Here because a department that shares a database and nothing else must get warnings and answer them.
//! In: a bounded batch in the options. Out: rows: which events the table holds now, which answers wait. One transaction each.
//! Not here: what an answer means (the hub), the SQL's words (exchange_sql.rs).

use std::sync::Arc;

use plugin_api::arrow::array::builder::StringBuilder;
use plugin_api::arrow::array::{ArrayRef, RecordBatch};
use plugin_api::arrow::schema::{DataType, Field, Schema, SchemaRef};
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::Deserialize;
use plugin_api::{Category, Context, Error};
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor, Row};

use super::connect;
use super::exchange_sql::ANSWER;
use super::faults::said;
use super::options::Database;
use super::sql::Kind;
use crate::options::refused;

/// The only stream there is then.
pub(crate) const STREAM: &str = "exchange";
/// Most events of a batch.
const EVENTS_MAX: usize = 1_000;
/// Most answers of a batch, read or answered.
const ANSWERS_MAX: usize = 1_000;
/// Longest part of a table's name, characters.
const NAME_CHARS_MAX: usize = 63;
/// What kind of row it is, and what it says.
const KIND: &str = "kind";
const HELD: &str = "event";
const WAITING: &str = "answer";

/// 库表交换：写入事件，读取答复，写回结果。由平台的推送通道使用。
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Exchange {
    /// 事件表，可带模式名。
    pub events_table: String,
    /// 答复表；不填则不读答复。
    #[serde(default)]
    pub answers_table: Option<String>,
    /// 只试表和权限，不留下任何行。
    #[serde(default)]
    pub probe: bool,
    /// 要写入的事件，至多 1000 条；编号已在表中的不再写。
    #[serde(default)]
    pub events: Vec<EventRow>,
    /// 要写回的答复结果，至多 1000 条。
    #[serde(default)]
    pub results: Vec<ResultRow>,
    /// 读取多少条待办答复，至多 1000。
    #[serde(default)]
    pub answers_max: u32,
}

/// 一条事件。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct EventRow {
    /// 编号，主键。
    pub id: String,
    /// 次序。
    pub sequence: i64,
    /// 类型。
    pub r#type: String,
    /// 对象。
    pub subject: String,
    /// 事项编号。
    pub case_id: String,
    /// 事项版本。
    pub version: Option<i64>,
    /// 时间，1970 年以来的毫秒。
    pub at_ms: i64,
    /// 内容，JSON。
    pub data: String,
}

/// 一条答复的结果。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct ResultRow {
    /// 答复的编号。
    pub id: String,
    /// 结果。
    pub result: String,
    /// 说明。
    pub message: String,
}

/// A row of the stream.
type Told = Vec<Option<String>>;

impl Exchange {
    /// Checks what does not depend on the database's answers.
    pub(crate) fn check(&self, database: Option<&Database>) -> Result<(), Error> {
        for (option, name) in [
            ("exchange.events_table", Some(&self.events_table)),
            ("exchange.answers_table", self.answers_table.as_ref()),
        ] {
            if name.is_some_and(|name| parts(name).is_none()) {
                return Err(refused(
                    option,
                    "应为表名，由字母、数字、下划线组成，可带模式名，如 share.hub_event",
                ));
            }
        }
        let most = usize::try_from(self.answers_max).unwrap_or(usize::MAX);
        for (option, count, max) in [
            ("exchange.events", self.events.len(), EVENTS_MAX),
            ("exchange.results", self.results.len(), ANSWERS_MAX),
            ("exchange.answers_max", most, ANSWERS_MAX),
        ] {
            if count > max {
                return Err(refused(option, format!("至多 {max}")));
            }
        }
        match database.map(|database| Kind::of(&database.url)).transpose()? {
            Some(Kind::Postgres | Kind::MySql) => Ok(()),
            Some(Kind::Sqlite) | None => Err(refused(
                "database.url",
                "库表交换须用 postgres:// 或 mysql:// 地址",
            )),
        }
    }

    /// Does what is asked in one session; the rows are handed out after their transaction was committed.
    pub(crate) fn run(&self, database: &Database, ctx: &Context) -> Result<RecordBatch, Error> {
        let password = database.secret(ctx)?;
        let password = password.as_ref().map(|secret| secret.expose());
        let url = &database.url;
        let work = async {
            match Kind::of(url)? {
                Kind::Postgres => {
                    let options = connect::postgres(url, password)?;
                    let connection = PgConnection::connect_with(&options).await;
                    postgres(self, connection.map_err(|error| said(&error))?).await
                }
                Kind::MySql | Kind::Sqlite => {
                    let options = connect::mysql(url, password)?;
                    let connection = MySqlConnection::connect_with(&options).await;
                    mysql(self, connection.map_err(|error| said(&error))?).await
                }
            }
        };
        let rows = database.in_time(ctx, work)?;
        batch(rows)
    }
}

/// Schema and name of a table; none when it is not made of letters, digits and `_`.
fn parts(name: &str) -> Option<(Option<&str>, &str)> {
    let word = |part: &str| {
        (1..=NAME_CHARS_MAX).contains(&part.len())
            && part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let (schema, table) = match name.split_once('.') {
        Some((schema, table)) => (Some(schema), table),
        None => (None, name),
    };
    (schema.is_none_or(word) && word(table)).then_some((schema, table))
}

/// What went wrong with `table`, and what its owner can do.
fn at(table: &str) -> impl Fn(sqlx::Error) -> Error + '_ {
    move |error| {
        let told = said(&error);
        let more = match told.category() {
            Category::NotFound => {
                format!(
                    "表 {table} 不存在：请对方按 hub/docs/push.md 的建表语句创建，或核对 events_table、answers_table"
                )
            }
            Category::Permission => format!(
                "对表 {table} 的权限不足：事件表须有 SELECT、INSERT，答复表须有 SELECT、UPDATE，授权语句见 hub/docs/push.md"
            ),
            Category::Config => {
                format!("表 {table} 的列与约定不符：请按 hub/docs/push.md 的建表语句核对列名")
            }
            Category::Data => {
                format!(
                    "表 {table} 拒绝了写入：请按 hub/docs/push.md 的建表语句核对列的类型和长度，以及触发器、约束"
                )
            }
            Category::Auth
            | Category::Transient
            | Category::RateLimited
            | Category::Schema
            | Category::Cancelled
            | Category::Internal
            | Category::Unsupported => return told,
        };
        Error::new(told.category(), format!("{more}（{}）", told.message()))
    }
}

/// The same exchange for each driver: their types share no trait that would let one function do.
macro_rules! exchanges {
    ($name:ident, $connection:ty, $kind:expr) => {
        async fn $name(exchange: &Exchange, mut connection: $connection) -> Result<Vec<Told>, Error> {
            let events = exchange.events_table.as_str();
            for statement in $kind.writes() {
                connection
                    .execute(*statement)
                    .await
                    .map_err(|error| said(&error))?;
            }
            for table in std::iter::once(events).chain(exchange.answers_table.as_deref()) {
                let (Some(sql), Some((schema, name))) = ($kind.cannot_undo(), parts(table)) else {
                    continue;
                };
                let found = sqlx::query(sql).bind(schema).bind(name);
                let found = found.fetch_one(&mut connection).await.map_err(at(table))?;
                if found.try_get::<i64, _>(0).map_err(at(table))? > 0 {
                    return Err(Error::config(format!(
                        "表 {table} 的存储引擎不支持事务：请改为 ENGINE=InnoDB"
                    )));
                }
            }
            let mut told = Vec::new();
            if !exchange.events.is_empty() {
                connection
                    .execute($kind.begin())
                    .await
                    .map_err(at(events))?;
                for event in &exchange.events {
                    let insert = sqlx::query(AssertSqlSafe($kind.insert(events)))
                        .bind(&event.id)
                        .bind(event.sequence)
                        .bind(&event.r#type)
                        .bind(&event.subject)
                        .bind(&event.case_id)
                        .bind(event.version)
                        .bind(event.at_ms)
                        .bind(&event.data)
                        .bind(&event.id);
                    insert.execute(&mut connection).await.map_err(at(events))?;
                }
                let mut held = sqlx::query(AssertSqlSafe($kind.held(events, exchange.events.len())));
                for event in &exchange.events {
                    held = held.bind(&event.id);
                }
                for row in held.fetch_all(&mut connection).await.map_err(at(events))? {
                    let id: String = row.try_get(0).map_err(at(events))?;
                    told.push(vec![Some(HELD.to_owned()), Some(id)]);
                }
                let end = if exchange.probe { "ROLLBACK" } else { "COMMIT" };
                connection.execute(end).await.map_err(at(events))?;
            }
            let Some(answers) = exchange.answers_table.as_deref() else {
                return Ok(told);
            };
            connection
                .execute($kind.begin())
                .await
                .map_err(at(answers))?;
            if exchange.probe {
                let may = sqlx::query(AssertSqlSafe($kind.may_answer(answers)));
                may.execute(&mut connection).await.map_err(at(answers))?;
            }
            for answered in &exchange.results {
                let update = sqlx::query(AssertSqlSafe($kind.answered(answers)))
                    .bind(&answered.result)
                    .bind(&answered.message)
                    .bind(&answered.id);
                update.execute(&mut connection).await.map_err(at(answers))?;
            }
            if exchange.answers_max > 0 {
                let waiting = sqlx::query(AssertSqlSafe($kind.waiting(answers, exchange.answers_max)));
                for row in waiting
                    .fetch_all(&mut connection)
                    .await
                    .map_err(at(answers))?
                {
                    let mut columns = vec![Some(WAITING.to_owned())];
                    for index in 0..ANSWER.len() {
                        columns.push(row.try_get(index).map_err(at(answers))?);
                    }
                    told.push(columns);
                }
            }
            let end = if exchange.probe { "ROLLBACK" } else { "COMMIT" };
            connection.execute(end).await.map_err(at(answers))?;
            // Whatever comes of it now was done already.
            let _closed = connection.close().await;
            Ok(told)
        }
    };
}

exchanges!(postgres, PgConnection, Kind::Postgres);
exchanges!(mysql, MySqlConnection, Kind::MySql);

/// The columns of the stream: the kind of row, then those of an answer, the first of which an event's row has too.
pub(crate) fn schema() -> SchemaRef {
    let names = std::iter::once(KIND).chain(ANSWER);
    let fields: Vec<Field> = names.map(|name| Field::new(name, DataType::Utf8, true)).collect();
    Arc::new(Schema::new(fields))
}

fn batch(rows: Vec<Told>) -> Result<RecordBatch, Error> {
    let schema = schema();
    let columns = (0..schema.fields().len()).map(|index| -> ArrayRef {
        let mut texts = StringBuilder::new();
        for row in &rows {
            texts.append_option(row.get(index).and_then(Option::as_deref));
        }
        Arc::new(texts.finish())
    });
    let columns: Vec<ArrayRef> = columns.collect();
    Ok(RecordBatch::try_new(schema, columns)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_a_table_is_a_word_and_nothing_else() {
        assert_eq!(parts("hub_event"), Some((None, "hub_event")));
        assert_eq!(parts("share.hub_event"), Some((Some("share"), "hub_event")));
        for wrong in [
            "",
            "a.b.c",
            "1a",
            "a;b",
            "a b",
            "表",
            "a\"b",
            ".a",
            "a.",
            &"a".repeat(64),
        ] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_too_much_or_no_server_is_refused_by_its_option() {
        let database = |url: &str| Database {
            url: url.to_owned(),
            password: None,
            total_seconds: 1,
        };
        let exchange = |answers_max| Exchange {
            events_table: "hub_event".to_owned(),
            answers_max,
            ..Exchange::default()
        };
        let told = |exchange: &Exchange, url: &str| {
            let refused = exchange.check(Some(&database(url))).err();
            refused
                .map(|error| error.message().to_owned())
                .unwrap_or_default()
        };
        assert_eq!(told(&exchange(1), "postgres://u@h/d"), "");
        assert!(told(&exchange(1_001), "mysql://u@h/d").starts_with("exchange.answers_max："));
        assert!(told(&exchange(0), "sqlite:/x.db").starts_with("database.url："));
        let odd = Exchange {
            events_table: "a; DROP TABLE b".to_owned(),
            ..Exchange::default()
        };
        assert!(told(&odd, "postgres://u@h/d").starts_with("exchange.events_table："));
    }
}
