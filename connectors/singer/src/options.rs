//! What a site configures: the tap, what it is given, the streams wanted of it.
//! Here because every refusal names the option by its path, before the tap is started.
//! In: `[connector.options]`. Out: `Options`, checked as far as the tap's catalogue is not needed.
//! Not here: the tap's own options, which only the tap can check.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use connector_kit::offered::{self, refused};
use connector_kit::streams::ColumnDef;
use connector_kit::worker::Patience;
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::Deserialize;
use plugin_api::{Context, Error};
use serde_json::{Map, Value};

/// Longest reading, in seconds.
const SECONDS_MAX: u64 = 86_400;
/// Arguments given to the tap before those of the protocol.
const ARGS_MAX: usize = 50;
/// Names under which taps take what must not stand in a file of configuration.
const SECRET_KEYS: [&str; 10] = [
    "password",
    "passwd",
    "secret",
    "client_secret",
    "api_key",
    "api_token",
    "access_token",
    "refresh_token",
    "auth_token",
    "private_key",
];

/// 连接器配置。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Options {
    /// tap 程序的绝对路径。
    pub tap: PathBuf,
    /// 排在协议参数（--config 等）之前的参数。
    #[serde(default)]
    pub args: Vec<String>,
    /// tap 自己的配置，原样写成 JSON 交给它；不含口令。
    #[serde(default)]
    pub config: Map<String, Value>,
    /// 口令类配置项：配置项名称（嵌套的用点连接）= `[connector.secrets]` 中的名称。
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// 目录用哪个参数交给 tap：`catalog`（默认）或旧式的 `properties`。
    #[serde(default)]
    pub catalog_argument: CatalogArgument,
    /// 目录文件的绝对路径；不支持 --discover 的 tap 才需要。
    #[serde(default)]
    pub catalog: Option<PathBuf>,
    /// 一次读取最长多少秒，默认 3600。
    #[serde(default = "total_seconds")]
    pub total_seconds: u64,
    /// 最长多少秒没有任何输出，默认 600。
    #[serde(default = "silent_seconds")]
    pub silent_seconds: u64,
    /// 数据流；不写则列出 tap 的全部数据流（供查看，须有映射才能运行）。
    #[serde(default)]
    pub stream: Vec<StreamDef>,
}

/// 目录用哪个参数交给 tap。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
#[schemars(crate = "plugin_api::schemars")]
pub enum CatalogArgument {
    /// `--catalog`。
    #[default]
    Catalog,
    /// `--properties`。
    Properties,
}

/// 一个数据流。
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct StreamDef {
    /// 名称：小写字母、数字、下划线。
    pub name: String,
    /// tap 目录中的 tap_stream_id；不写则与名称相同。
    #[serde(default)]
    pub tap_stream: Option<String>,
    /// 一行是什么。
    #[serde(default)]
    pub row: String,
    /// 用途：为什么需要这些列。
    #[serde(default)]
    pub purpose: String,
    /// 依据：法规或文件。
    #[serde(default)]
    pub basis: String,
    /// 列：字段名，或 [名称, 字段名, …]；不写则读取全部字段。没有列出的字段不向 tap 要。
    #[serde(default)]
    pub columns: Vec<ColumnDef>,
    /// 在来源中标识一行的列；不写则用 tap 所说的。
    #[serde(default)]
    pub key: Vec<String>,
    /// 读取方式；不写则用 tap 所说的，tap 没有说则全量。
    #[serde(default)]
    pub replication: Option<Replication>,
    /// 增量读取所依据的字段：只增不减，如更新时间。
    #[serde(default)]
    pub replication_key: Option<String>,
    /// 映射 SQL；也可写在 mappings 目录中。
    #[serde(default)]
    pub mapping: Option<String>,
}

/// 读取方式。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
#[schemars(crate = "plugin_api::schemars")]
pub enum Replication {
    /// 每次全部读取。
    Full,
    /// 只读取上次之后的。
    Incremental,
}

const fn total_seconds() -> u64 {
    3_600
}

const fn silent_seconds() -> u64 {
    600
}

impl Options {
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (name, path) in [("tap", Some(&self.tap)), ("catalog", self.catalog.as_ref())] {
            if let Some(path) = path.filter(|path| !path.is_absolute()) {
                return Err(refused(name, format!("应为绝对路径，现为 {}", path.display())));
            }
        }
        if self.args.len() > ARGS_MAX {
            return Err(refused("args", format!("超过 {ARGS_MAX} 个")));
        }
        for (name, seconds) in [
            ("total_seconds", self.total_seconds),
            ("silent_seconds", self.silent_seconds),
        ] {
            if !(1..=SECONDS_MAX).contains(&seconds) {
                return Err(refused(name, format!("应在 1 到 {SECONDS_MAX} 之间")));
            }
        }
        if let Some(key) = SECRET_KEYS.iter().find(|key| self.config.contains_key(**key)) {
            return Err(refused(
                format_args!("config.{key}"),
                format!(
                    "口令不能写在配置文件里：请写 secrets = {{ {key} = \"名称\" }}，并在 [connector] 的 secrets 中给出该名称的来源"
                ),
            ));
        }
        offered::check_names(self.stream.iter().map(|stream| stream.name.as_str()))?;
        for stream in &self.stream {
            let at = format!("stream.{}", stream.name);
            offered::check(&stream.columns, &stream.key, &at)?;
            if stream.replication == Some(Replication::Full) && stream.replication_key.is_some() {
                return Err(refused(
                    format_args!("{at}.replication_key"),
                    "replication = \"full\" 时不需要",
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

    /// The tap's configuration with its secrets in it.
    pub(crate) fn with_secrets(&self, ctx: &Context) -> Result<Value, Error> {
        let mut config = Value::Object(self.config.clone());
        for (path, name) in &self.secrets {
            let mut at = &mut config;
            for step in path.split('.') {
                let Value::Object(fields) = at else {
                    return Err(refused(format_args!("secrets.{path}"), "config 中的上一级不是表"));
                };
                at = fields.entry(step).or_insert_with(|| Value::Object(Map::new()));
            }
            *at = Value::String(ctx.secret(name)?.expose().to_owned());
        }
        Ok(config)
    }
}
