//! What a site configures: the driver, what it is given, the queries.
//! Here because every refusal names the option by its path, before a stranger's library is loaded.
//! In: `[connector.options]`. Out: `Options`, checked as far as the database is not needed.
//! Not here: the driver's own options, which only the driver can check.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use connector_kit::database::select;
use connector_kit::offered::{self, refused};
use connector_kit::streams::ColumnDef;
use connector_kit::worker::Patience;
use plugin_api::Error;
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::Deserialize;

/// Longest reading, in seconds.
const SECONDS_MAX: u64 = 86_400;
/// Statements before the query, and options of a driver.
const STATEMENTS_MAX: usize = 20;
const OPTIONS_MAX: usize = 100;

/// 连接器配置。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Options {
    /// 驱动（.so 文件）的绝对路径。
    pub driver: PathBuf,
    /// 驱动的入口函数；不写则按文件名推断。
    #[serde(default)]
    pub entrypoint: Option<String>,
    /// 交给驱动的选项，如 uri；不含口令。
    #[serde(default)]
    pub database: BTreeMap<String, String>,
    /// 口令类选项：选项名称 = `[connector.secrets]` 中的名称。
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// 查询之前执行的语句，如只读会话、时区。
    #[serde(default)]
    pub session: Vec<String>,
    /// 数据库的参数写法：`?`（默认）、`$1`、`$1::numeric` 等。
    #[serde(default = "parameter")]
    pub parameter: String,
    /// 数据库给列名加的引号：`"`（默认）或 `` ` ``。
    #[serde(default = "quote")]
    pub quote: String,
    /// 一次读取最长多少秒，默认 3600。
    #[serde(default = "total_seconds")]
    pub total_seconds: u64,
    /// 最长多少秒没有任何数据到来，默认 600。
    #[serde(default = "silent_seconds")]
    pub silent_seconds: u64,
    /// 数据流。
    pub stream: Vec<StreamDef>,
}

/// 一个数据流。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct StreamDef {
    /// 名称：小写字母、数字、下划线。
    pub name: String,
    /// 一条 SELECT 语句，按该数据库的写法。
    pub query: String,
    /// 游标列：只读取大于上次读到的值的行；该列应只增不减。不填则每次全量读取。
    #[serde(default)]
    pub cursor: Option<String>,
    /// 一行是什么。
    #[serde(default)]
    pub row: String,
    /// 用途：为什么需要这些列。
    #[serde(default)]
    pub purpose: String,
    /// 依据：法规或文件。
    #[serde(default)]
    pub basis: String,
    /// 列：查询结果的列名，或 [名称, 列名, …]；不写则读取全部列。
    #[serde(default)]
    pub columns: Vec<ColumnDef>,
    /// 在来源中标识一行的列。
    #[serde(default)]
    pub key: Vec<String>,
    /// 映射 SQL；也可写在 mappings 目录中。
    #[serde(default)]
    pub mapping: Option<String>,
}

fn parameter() -> String {
    "?".to_owned()
}

fn quote() -> String {
    "\"".to_owned()
}

const fn total_seconds() -> u64 {
    3_600
}

const fn silent_seconds() -> u64 {
    600
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if !self.driver.is_absolute() {
            let now = self.driver.display();
            return Err(refused("driver", format!("应为绝对路径，现为 {now}")));
        }
        if self.session.len() > STATEMENTS_MAX {
            return Err(refused("session", format!("超过 {STATEMENTS_MAX} 条")));
        }
        if self.database.len() > OPTIONS_MAX {
            return Err(refused("database", format!("超过 {OPTIONS_MAX} 项")));
        }
        if let Some(key) = self.database.keys().find(|key| key.contains("password")) {
            return Err(refused(
                format_args!("database.{key}"),
                format!(
                    "口令不能写在配置文件里：请写 secrets = {{ \"{key}\" = \"名称\" }}，并在 [connector] 的 secrets 中给出该名称的来源"
                ),
            ));
        }
        if !["\"", "`"].contains(&self.quote.as_str()) {
            return Err(refused("quote", "应为 \" 或 `"));
        }
        for (name, seconds) in [
            ("total_seconds", self.total_seconds),
            ("silent_seconds", self.silent_seconds),
        ] {
            if !(1..=SECONDS_MAX).contains(&seconds) {
                return Err(refused(name, format!("应在 1 到 {SECONDS_MAX} 之间")));
            }
        }
        if self.stream.is_empty() {
            return Err(refused(
                "stream",
                "没有定义数据流，请写 [[connector.options.stream]]",
            ));
        }
        offered::check_names(self.stream.iter().map(|stream| stream.name.as_str()))?;
        for stream in &self.stream {
            let at = format!("stream.{}", stream.name);
            offered::check(&stream.columns, &stream.key, &at)?;
            if select(&stream.query).is_none() {
                return Err(refused(
                    format_args!("{at}.query"),
                    "应为一条 SELECT 语句，不含分号",
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn patience(&self) -> Patience {
        Patience {
            total: Duration::from_secs(self.total_seconds),
            silent: Duration::from_secs(self.silent_seconds),
        }
    }

    /// The stream's statement; the parameter stands for the last value of the cursor.
    pub(crate) fn sql(&self, stream: &StreamDef, goes_on: bool) -> String {
        let query = select(&stream.query).unwrap_or_default();
        let Some(cursor) = &stream.cursor else {
            return query.to_owned();
        };
        let quote = &self.quote;
        let column = format!("q.{quote}{}{quote}", cursor.replace(quote, &quote.repeat(2)));
        let after = if goes_on {
            format!(" WHERE {column} > {}", self.parameter)
        } else {
            String::new()
        };
        format!("SELECT * FROM ({query}) q{after} ORDER BY {column}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn options(more: Value) -> Options {
        let mut options = json!({"driver": "/opt/d.so", "stream": [{"name": "s", "query": "SELECT 1;"}]});
        for (key, value) in more.as_object().unwrap() {
            options[key] = value.clone();
        }
        serde_json::from_value(options).unwrap()
    }

    #[test]
    fn mistakes_are_named() {
        options(json!({})).check().unwrap();
        for (more, path) in [
            (json!({"driver": "d.so"}), "driver："),
            (
                json!({"database": {"adbc.x.password": "p"}}),
                "database.adbc.x.password：",
            ),
            (json!({"quote": "'"}), "quote："),
            (json!({"total_seconds": 0}), "total_seconds："),
            (json!({"stream": []}), "stream："),
            (
                json!({"stream": [{"name": "s", "query": "DELETE FROM t"}]}),
                "stream.s.query：",
            ),
            (
                json!({"stream": [{"name": "s", "query": "SELECT 1; DROP TABLE t"}]}),
                "stream.s.query：",
            ),
        ] {
            let error = options(more).check().unwrap_err();
            assert!(error.message().starts_with(path), "{error}");
        }
    }

    #[test]
    fn a_cursor_is_a_parameter_and_never_part_of_the_statement() {
        let options = options(json!({"parameter": "$1", "quote": "`"}));
        let mut stream = options.stream[0].clone();
        assert_eq!(options.sql(&stream, false), "SELECT 1");
        stream.cursor = Some("a`b".into());
        assert_eq!(
            options.sql(&stream, false),
            "SELECT * FROM (SELECT 1) q ORDER BY q.`a``b`"
        );
        assert_eq!(
            options.sql(&stream, true),
            "SELECT * FROM (SELECT 1) q WHERE q.`a``b` > $1 ORDER BY q.`a``b`"
        );
    }
}
