//! What can be configured about a database: its address once, each stream's view or query.
//! Here because a query is read before it is sent: one SELECT, nothing else.
//! In: the connector's options. Out: `Database`, `Query`, checked.
//! Not here: connecting and reading (database.rs).

use plugin_api::Error;
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::Deserialize;

use super::sql::Kind;
use crate::options::refused;

/// Longest reading, in seconds.
const SECONDS_MAX: u64 = 86_400;
/// Longest query.
const QUERY_BYTES_MAX: usize = 64 << 10;

/// 数据库。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Database {
    /// 地址，不含口令：`postgres://用户@主机/库`、`mysql://用户@主机/库`、`sqlite:/路径`。
    pub url: String,
    /// 口令：`[connector.secrets]` 中的名称。
    #[serde(default)]
    pub password: Option<String>,
    /// 一次读取最长多少秒，默认 3600。
    #[serde(default = "total_seconds")]
    pub total_seconds: u64,
}

impl Database {
    pub(crate) fn check(&self) -> Result<(), Error> {
        Kind::of(&self.url)?;
        if !(1..=SECONDS_MAX).contains(&self.total_seconds) {
            return Err(refused(
                "database.total_seconds",
                format!("应在 1 到 {SECONDS_MAX} 之间"),
            ));
        }
        Ok(())
    }
}

const fn total_seconds() -> u64 {
    3_600
}

/// 一个数据流的查询。
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields, default)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Query {
    /// 视图或表名。与 query 二选一。
    pub view: Option<String>,
    /// 一条 SELECT 语句。与 view 二选一。
    pub query: Option<String>,
    /// 游标列：只读取大于上次读到的值的行；该列应只增不减。不填则每次全量读取。
    pub cursor: Option<String>,
}

impl Query {
    /// The source of rows, as it stands in FROM. The query's options stand at `at`.
    pub(crate) fn check(&self, at: &str) -> Result<String, Error> {
        let wrong = |field: &str, said: &str| refused(format_args!("{at}{field}"), said);
        match (&self.view, &self.query) {
            (Some(view), None) => {
                let plain = |c: char| c.is_alphanumeric() || "_.$".contains(c);
                if view.is_empty() || view.len() > 200 || !view.chars().all(plain) {
                    return Err(wrong(".view", "应为表名或视图名，可带模式名，如 share.v_medical"));
                }
                Ok(format!("SELECT * FROM {view}"))
            }
            (None, Some(query)) => {
                let text = select(query);
                text.map(str::to_owned)
                    .ok_or_else(|| wrong(".query", "应为一条 SELECT 语句，不含分号"))
            }
            (Some(_), Some(_)) => Err(wrong("", "view 与 query 只能填写一个")),
            (None, None) => Err(wrong("", "应填写 view 或 query")),
        }
    }
}

/// One SELECT without the semicolon after it; none when it is anything else or too long.
#[must_use]
pub fn select(query: &str) -> Option<&str> {
    let text = query.trim().trim_end_matches(';').trim_end();
    let begins = text.get(..6).unwrap_or_default().to_ascii_uppercase();
    let reads = begins.starts_with("SELECT") || begins.starts_with("WITH");
    (reads && text.len() <= QUERY_BYTES_MAX && !text.contains(';')).then_some(text)
}
