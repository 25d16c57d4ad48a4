//! Roster: the exports of the national monitoring system (全国防返贫监测信息系统), the spine of the household model.
//! Here because every other source is compared with what the roster says about a household.
//! In: monthly `.xlsx` exports in a drop folder. Out: streams `members` and `incomes` in the export's own columns, with mappings.
//! Not here: reading workbooks (connector-kit), what the columns mean to the hub (mapping/*.sql).

mod columns;

use std::path::PathBuf;
use std::time::Duration;

use connector_kit::{DropFolder, Feed, Pattern};
use plugin_api::arrow::schema::SchemaRef;
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::Deserialize;
use plugin_api::{Batches, Connector, Context, Error, Mode, ReadRequest, Spec, StreamSpec};

/// Most rows of a batch that may be configured.
pub const BATCH_ROWS_MAX: usize = 65_536;
/// Longest wait for a young file to stand still.
pub const SETTLE_MS_MAX: u64 = 60_000;
/// How long a young file must stand still unless configured otherwise.
pub const SETTLE_MS: u64 = 1_000;
/// Most patterns of file names per stream.
pub const PATTERNS_MAX: usize = 20;

/// 连接器配置。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Config {
    /// 投放文件夹的绝对路径：系统导出的 xlsx 放在这里，读后不移动、不删除。
    pub inbox: PathBuf,
    /// 各数据流的文件名模式，`*` 代表任意字符，`?` 代表一个字符。
    #[serde(default)]
    pub patterns: Patterns,
    /// 每批最多行数（1 到 65536）；不填时由平台决定。
    #[serde(default)]
    pub batch_rows: Option<usize>,
    /// 新文件须静止多少毫秒才读取（0 到 60000，默认 1000）。
    #[serde(default = "settle_ms")]
    pub settle_ms: u64,
}

/// 文件名模式。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields, default)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Patterns {
    /// 家庭成员导出文件，默认 `members*`、`*成员*`。
    pub members: Vec<String>,
    /// 家庭收入导出文件，默认 `incomes*`、`*收入*`。
    pub incomes: Vec<String>,
}

impl Default for Patterns {
    fn default() -> Self {
        let texts = |texts: [&str; 2]| texts.map(str::to_owned).to_vec();
        Self {
            members: texts(["members*", "*成员*"]),
            incomes: texts(["incomes*", "*收入*"]),
        }
    }
}

fn settle_ms() -> u64 {
    SETTLE_MS
}

/// The connector.
pub struct Roster {
    members: Feed,
    incomes: Feed,
    batch_rows: Option<usize>,
}

impl Roster {
    fn feed(&self, stream: &str) -> Result<&Feed, Error> {
        match stream {
            "members" => Ok(&self.members),
            "incomes" => Ok(&self.incomes),
            other => Err(Error::not_found(format!(
                "没有名为“{other}”的数据流，可用：members、incomes"
            ))),
        }
    }
}

impl Connector for Roster {
    type Config = Config;

    fn spec() -> Spec {
        Spec::new("roster", env!("CARGO_PKG_VERSION"))
            .title("全国防返贫监测信息系统导出")
            .description("读取投放文件夹中按月导出的家庭成员表和按年导出的家庭收入表（xlsx）。")
            .modes([Mode::Full, Mode::Incremental])
    }

    fn open(config: Config, _: &Context) -> Result<Self, Error> {
        if !config.inbox.is_absolute() {
            return Err(Error::config(format!(
                "inbox 应为绝对路径，现为 {}",
                config.inbox.display()
            )));
        }
        if config
            .batch_rows
            .is_some_and(|rows| !(1..=BATCH_ROWS_MAX).contains(&rows))
        {
            return Err(Error::config(format!(
                "batch_rows 应在 1 到 {BATCH_ROWS_MAX} 之间"
            )));
        }
        if config.settle_ms > SETTLE_MS_MAX {
            return Err(Error::config(format!("settle_ms 应在 0 到 {SETTLE_MS_MAX} 之间")));
        }
        let settle = Duration::from_millis(config.settle_ms);
        let folder = |field: &str, texts: &[String]| -> Result<DropFolder, Error> {
            if texts.is_empty() || texts.len() > PATTERNS_MAX {
                return Err(Error::config(format!(
                    "patterns.{field} 应有 1 到 {PATTERNS_MAX} 个模式"
                )));
            }
            let patterns: Result<_, Error> = texts.iter().map(|text| Pattern::new(text)).collect();
            let patterns = patterns.map_err(|error| error.while_doing(format!("patterns.{field}")))?;
            Ok(DropFolder {
                dir: config.inbox.clone(),
                patterns,
                settle,
            })
        };
        Ok(Self {
            members: Feed::new(
                "members",
                columns::members(),
                folder("members", &config.patterns.members)?,
            ),
            incomes: Feed::new(
                "incomes",
                columns::incomes(),
                folder("incomes", &config.patterns.incomes)?,
            ),
            batch_rows: config.batch_rows,
        })
    }

    fn check(&mut self, _: &Context) -> Result<(), Error> {
        self.members.check()
    }

    fn discover(&mut self, _: &Context) -> Result<Vec<StreamSpec>, Error> {
        let modes = [Mode::Full, Mode::Incremental];
        Ok(vec![
            StreamSpec::new("members")
                .title("家庭成员（每人一行，户信息逐行重复）")
                .primary_key(["户编号", "人编号"])
                .modes(modes)
                .mapping(include_str!("../mapping/members.sql")),
            StreamSpec::new("incomes")
                .title("家庭收入（每户每年一行）")
                .primary_key(["户编号", "年度"])
                .modes(modes)
                .mapping(include_str!("../mapping/incomes.sql")),
        ])
    }

    fn schema(&mut self, stream: &str, _: &Context) -> Result<SchemaRef, Error> {
        self.feed(stream).map(Feed::schema)
    }

    fn read(&mut self, request: &ReadRequest, ctx: &Context) -> Result<Batches, Error> {
        let mut request = request.clone();
        if let Some(rows) = self.batch_rows {
            request.batch_rows = request.batch_rows.min(rows);
        }
        self.feed(&request.stream)?.read(&request, ctx)
    }
}

plugin_api::export_connector!(Roster);
