//! What a site configures about a source: which transport, and what is different here.
//! Here because transport and format are independent: any stream can be dropped, fetched or queried.
//! In: `[connector.options]`. Out: `Options`, checked against the connector's streams.
//! Not here: reading (source.rs).

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use plugin_api::Error;
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::Deserialize;
use serde_json::{Map, Value};

use crate::database::{Database, Exchange, Query};
use crate::http::options::Server;
use crate::streams::{ColumnDef, StreamDef};

/// Most rows of a batch that may be configured.
pub const BATCH_ROWS_MAX: usize = 65_536;
/// Longest wait for a young file to stand still.
pub const SETTLE_MS_MAX: u64 = 60_000;
/// How long a young file must stand still unless configured otherwise.
pub const SETTLE_MS: u64 = 1_000;

/// 连接器配置。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Options {
    /// 传输方式：`files` 投放文件夹，`http` 接口，`database` 数据库。
    #[serde(default)]
    pub transport: Option<Transport>,
    /// 投放文件夹的绝对路径；读后不移动、不删除（见 archive）。
    #[serde(default)]
    pub inbox: Option<PathBuf>,
    /// 已读文件在下一次运行时移入此文件夹（绝对路径）；不填则留在原处。
    #[serde(default)]
    pub archive: Option<PathBuf>,
    /// 新文件须静止多少毫秒才读取（0 到 60000，默认 1000）。
    #[serde(default = "settle_ms")]
    pub settle_ms: u64,
    /// 每批最多行数（1 到 65536）；不填时由平台决定。
    #[serde(default)]
    pub batch_rows: Option<usize>,
    /// 接口服务器。
    #[serde(default)]
    pub http: Option<Server>,
    /// 数据库。
    #[serde(default)]
    pub database: Option<Database>,
    /// 库表交换（仅 database 连接器）：由平台的 table 推送通道填写，此时没有数据流。
    #[serde(default)]
    pub exchange: Option<Exchange>,
    /// 各数据流在本地的不同之处，按名称。
    #[serde(default)]
    pub streams: BTreeMap<String, Local>,
    /// 数据流定义（仅零代码连接器）。
    #[serde(default)]
    pub stream: Vec<StreamDef>,
}

/// 一个数据流在本地的不同之处。
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields, default)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Local {
    /// 不读取这个数据流。
    pub skip: bool,
    /// 文件名模式，代替自带的。
    pub files: Option<Vec<String>>,
    /// 本地另有的表头或字段名：`{ "身份证号" = ["证件号"] }`。
    pub names: BTreeMap<String, Vec<String>>,
    /// XML 记录的元素路径，代替自带的。
    pub xml: Option<String>,
    /// JSON 记录数组的指针，代替自带的。
    pub json: Option<String>,
    /// 请求，逐项代替自带的。
    pub http: Map<String, Value>,
    /// 查询，代替自带的。
    pub database: Option<Query>,
}

/// 传输方式。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
#[schemars(crate = "plugin_api::schemars")]
pub enum Transport {
    /// 投放文件夹。
    Files,
    /// 接口。
    Http,
    /// 数据库。
    Database,
}

/// A refusal of an option, by the path under which it stands in the site's file.
pub(crate) fn refused(path: impl Display, said: impl Display) -> Error {
    Error::config(format!("{path}：{said}"))
}

const fn settle_ms() -> u64 {
    SETTLE_MS
}

impl Options {
    pub(crate) fn settle(&self) -> Duration {
        Duration::from_millis(self.settle_ms)
    }

    /// Checks what does not depend on a stream, and says which transport it is.
    pub(crate) fn check(&self, default: Transport) -> Result<Transport, Error> {
        let transport = self.transport.unwrap_or(default);
        for (name, path) in [("inbox", &self.inbox), ("archive", &self.archive)] {
            if let Some(path) = path.as_ref().filter(|path| !path.is_absolute()) {
                let now = path.display();
                return Err(refused(name, format!("应为绝对路径，现为 {now}")));
            }
        }
        if self
            .batch_rows
            .is_some_and(|rows| !(1..=BATCH_ROWS_MAX).contains(&rows))
        {
            return Err(refused("batch_rows", format!("应在 1 到 {BATCH_ROWS_MAX} 之间")));
        }
        if self.settle_ms > SETTLE_MS_MAX {
            return Err(refused("settle_ms", format!("应在 0 到 {SETTLE_MS_MAX} 之间")));
        }
        let (name, given) = match transport {
            Transport::Files => ("inbox", self.inbox.is_some()),
            Transport::Http => ("http.base", self.http.is_some()),
            Transport::Database => ("database.url", self.database.is_some()),
        };
        if !given {
            let transport = transport.name();
            return Err(refused(name, format!("transport = \"{transport}\" 时应填写")));
        }
        self.http.as_ref().map_or(Ok(()), Server::check)?;
        self.database.as_ref().map_or(Ok(()), Database::check)?;
        Ok(transport)
    }
}

impl Transport {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Http => "http",
            Self::Database => "database",
        }
    }
}

impl Local {
    /// The stream as it is here.
    pub(crate) fn applied(&self, mut stream: StreamDef) -> Result<StreamDef, Error> {
        let at = format!("streams.{}", stream.name);
        if let Some(files) = &self.files {
            if files.is_empty() {
                return Err(refused(
                    format_args!("{at}.files"),
                    "不能为空；不读取这个数据流请写 skip = true",
                ));
            }
            stream.files.clone_from(files);
        }
        for (column, names) in &self.names {
            let known = stream
                .columns
                .iter_mut()
                .find(|ColumnDef(known)| known.first() == Some(column));
            let known =
                known.ok_or_else(|| refused(format_args!("{at}.names.{column}"), "不是这个数据流的列"))?;
            known.0.extend(names.iter().cloned());
        }
        if self.xml.is_some() {
            stream.xml.clone_from(&self.xml);
        }
        if self.json.is_some() {
            stream.json.clone_from(&self.json);
        }
        if self.database.is_some() {
            stream.database.clone_from(&self.database);
        }
        if !self.http.is_empty() {
            let base = stream.http.take().unwrap_or_default();
            stream.http = Some(base.overridden(&self.http, &format!("{at}.http"))?);
        }
        Ok(stream)
    }
}
