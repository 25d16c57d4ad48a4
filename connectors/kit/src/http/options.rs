//! What can be configured about an HTTP source: the server once, each stream's requests on top.
//! Here because a gateway's dialect (paging, envelope, signature) is configuration, never code.
//! In: the connector's options as JSON. Out: `Server`, `Endpoint`, checked.
//! Not here: signing (signing.rs), sending (client.rs).

use std::collections::BTreeMap;
use std::path::PathBuf;

use plugin_api::Error;
use plugin_api::schemars::JsonSchema;
use plugin_api::serde::{Deserialize, Serialize};
use reqwest::header::{HeaderName, HeaderValue};
use serde_json::{Map, Value};
use url::Url;

use super::addresses::Reach;
use super::fetch::COMBINATIONS_MAX;
use super::signing::Signing;
use super::{civil, plan};
use crate::options::refused;
use crate::record::json::Pointer;

/// Largest page that may be configured, records.
pub const PAGE_SIZE_MAX: u64 = 100_000;
/// Most months a stream looks back.
pub const MONTHS_MAX: u32 = 120;

/// 接口服务器。
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Server {
    /// 接口地址，如 `https://10.1.2.3:8443/gateway`，不含各数据流的路径。
    pub base: String,
    /// 重定向可以去往的其他主机（`主机` 或 `主机:端口`）；默认只允许 base 的主机。
    #[serde(default)]
    pub allow_hosts: Vec<String>,
    /// 主机名可以解析到的本单位网段，如 `["10.1.0.0/16"]`。base 和 allow_hosts 中直接写明的地址（及 localhost）不必列出；
    /// 其余内网、本机、链路本地和保留地址一律不连接。
    #[serde(default)]
    pub allow_networks: Vec<String>,
    /// 每个请求都带的请求头。
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// 令牌：`[connector.secrets]` 中的名称，以 `Authorization: Bearer` 发送。
    #[serde(default)]
    pub bearer: Option<String>,
    /// 请求签名。
    #[serde(default)]
    pub signing: Option<Signing>,
    /// 每秒最多请求数，默认 10。
    #[serde(default = "per_second")]
    pub per_second: u32,
    /// 每天（北京时间）最多请求数，由各数据流平分（可在数据流的 http.per_day 中另定）；不填则不限。
    #[serde(default)]
    pub per_day: Option<u64>,
    /// 失败后最多重试几次，默认 3。
    #[serde(default = "retries")]
    pub retries: u32,
    /// 一个请求最长总时间（秒），默认 300。
    #[serde(default = "total_seconds")]
    pub total_seconds: u64,
    /// 多久收不到任何数据就中断（秒），默认 30。
    #[serde(default = "idle_seconds")]
    pub idle_seconds: u64,
    /// 平均速度低于每秒多少字节即中断，默认 1024。
    #[serde(default = "floor_bytes")]
    pub floor_bytes: u64,
    /// 收到响应多少秒后开始检查平均速度，默认 30。
    #[serde(default = "floor_after_seconds")]
    pub floor_after_seconds: u64,
    /// 一个响应最多多少 MB（解压后），默认 64。
    #[serde(default = "body_mb")]
    pub body_mb: u64,
    /// 内网 CA 证书（PEM），填写后只信任它。
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
}

const fn per_second() -> u32 {
    10
}
const fn retries() -> u32 {
    3
}
const fn total_seconds() -> u64 {
    300
}
const fn idle_seconds() -> u64 {
    30
}
const fn floor_bytes() -> u64 {
    1024
}
const fn floor_after_seconds() -> u64 {
    30
}
const fn body_mb() -> u64 {
    64
}

impl Server {
    pub(crate) fn check(&self) -> Result<(), Error> {
        Reach::of(self)?;
        for (name, value) in &self.headers {
            if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(value).is_err() {
                return Err(refused(format_args!("http.headers.{name}"), "不是有效的请求头"));
            }
        }
        let within = |name: &str, value: u64, low: u64, high: u64| {
            if (low..=high).contains(&value) {
                return Ok(());
            }
            Err(refused(
                format_args!("http.{name}"),
                format!("应在 {low} 到 {high} 之间"),
            ))
        };
        within("per_second", u64::from(self.per_second), 1, 1_000)?;
        within("retries", u64::from(self.retries), 0, 10)?;
        within("total_seconds", self.total_seconds, 1, 86_400)?;
        within("idle_seconds", self.idle_seconds, 1, 3_600)?;
        within("floor_after_seconds", self.floor_after_seconds, 1, 3_600)?;
        within("body_mb", self.body_mb, 1, 4_096)?;
        within("per_day", self.per_day.unwrap_or(1), 1, u64::MAX)?;
        self.signing.as_ref().map_or(Ok(()), Signing::check)
    }

    /// The address every request begins with.
    pub(crate) fn base(&self) -> Result<Url, Error> {
        let usable = |url: &Url| ["http", "https"].contains(&url.scheme()) && url.host().is_some();
        let base = Url::parse(&self.base).ok().filter(usable);
        base.ok_or_else(|| refused("http.base", "应形如 https://主机:端口/前缀"))
    }
}

/// 一个数据流的请求。
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields, default)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Endpoint {
    /// 路径，可含 `{period}`（数据期次）和 `each` 中的名称。
    pub path: String,
    /// 请求方法，默认 GET。
    pub method: Method,
    /// 查询参数，值中可含 `{period}` 等。
    pub query: BTreeMap<String, String>,
    /// 请求体模板（POST），可含 `{period}`、`{page}`、`{size}`、`{cursor}` 等。
    pub body: Option<String>,
    /// 响应是 JSON 记录，还是一个文件（zip、xml、xlsx、csv，按内容识别）。
    pub response: ResponseKind,
    /// 记录数组的 JSON 指针，响应本身是数组时为空。
    pub records: String,
    /// 总数的 JSON 指针。
    pub total: Option<String>,
    /// 下一页游标或链接的 JSON 指针。
    pub next: Option<String>,
    /// 翻页方式。
    pub paging: Paging,
    /// 页码、起始位置或游标的参数名。
    pub page_param: Option<String>,
    /// 每页条数的参数名。
    pub size_param: Option<String>,
    /// 每页条数，默认 1000。
    pub size: Option<u64>,
    /// 第一页的页码，默认 1。
    pub first_page: Option<u64>,
    /// 成功的判据；不满足即为失败，即使状态码是 200。
    pub success: Option<Success>,
    /// 是否按月取数：`month` 时对每个月各请求一次，`{period}` 为 `202310`。
    pub period: Option<Period>,
    /// 往前取几个月（含本月），默认 3。
    pub months: Option<u32>,
    /// 从哪个月开始取，如 `202211`；填写后不再看 months。
    pub from: Option<String>,
    /// 取到哪个月为止，默认本月。
    pub to: Option<String>,
    /// 这个数据流每天最多请求数；不填则与其他数据流平分 http.per_day。
    pub per_day: Option<u64>,
    /// 逐项请求：如 `{ county = ["341202", "341203"] }`，路径中写 `{county}`。
    pub each: BTreeMap<String, Vec<String>>,
}

/// 请求方法。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "UPPERCASE")]
#[schemars(crate = "plugin_api::schemars")]
pub enum Method {
    /// GET。
    #[default]
    Get,
    /// POST：只用于查询，失败后不自动重试以外的动作。
    Post,
}

/// 响应的内容。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
#[schemars(crate = "plugin_api::schemars")]
pub enum ResponseKind {
    /// JSON 记录。
    #[default]
    Records,
    /// 一个文件。
    File,
}

/// 翻页方式。
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
#[schemars(crate = "plugin_api::schemars")]
pub enum Paging {
    /// 不翻页。
    #[default]
    None,
    /// 页码。
    Page,
    /// 起始位置。
    Offset,
    /// 游标。
    Cursor,
    /// 下一页的链接。
    Link,
}

/// 取数周期。
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", rename_all = "lowercase")]
#[schemars(crate = "plugin_api::schemars")]
pub enum Period {
    /// 按月。
    Month,
}

/// 成功的判据。
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct Success {
    /// 状态字段的 JSON 指针。
    pub pointer: String,
    /// 成功时的值。
    pub equals: String,
    /// 表示凭据或签名被拒的值。
    #[serde(default)]
    pub auth: Vec<String>,
    /// 表示请求过于频繁的值。
    #[serde(default)]
    pub busy: Vec<String>,
}

impl Method {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

impl Endpoint {
    /// This endpoint with a site's own values in the places it names; they stand at `at`.
    pub(crate) fn overridden(&self, by: &Map<String, Value>, at: &str) -> Result<Self, Error> {
        let mut value = serde_json::to_value(self).map_err(|error| refused(at, error))?;
        if let Some(fields) = value.as_object_mut() {
            fields.extend(by.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." {
                String::new()
            } else {
                format!(".{path}")
            };
            refused(format_args!("{at}{path}"), error.inner())
        })
    }

    pub(crate) fn page_size(&self) -> u64 {
        self.size.unwrap_or(1_000)
    }

    /// Checks the endpoint that stands at `at`.
    pub(crate) fn check(&self, at: &str) -> Result<(), Error> {
        let wrong = |field: &str, said: &str| Err(refused(format_args!("{at}.{field}"), said));
        if !self.path.starts_with('/') {
            return wrong("path", "应以 / 开头");
        }
        if !(1..=PAGE_SIZE_MAX).contains(&self.page_size()) {
            return wrong("size", &format!("应在 1 到 {PAGE_SIZE_MAX} 之间"));
        }
        if [Paging::Page, Paging::Offset].contains(&self.paging)
            && self.page_param.is_none()
            && self.body.is_none()
        {
            return wrong("page_param", "按页或按位置翻页（paging）时应填写");
        }
        if [Paging::Cursor, Paging::Link].contains(&self.paging) && self.next.is_none() {
            return wrong("next", "按游标或链接翻页（paging）时应填写");
        }
        if self
            .months
            .is_some_and(|months| !(1..=MONTHS_MAX).contains(&months))
        {
            return wrong("months", &format!("应在 1 到 {MONTHS_MAX} 之间"));
        }
        if self.per_day == Some(0) {
            return wrong("per_day", "应大于 0");
        }
        let pointers = [
            ("records", Some(&self.records)),
            ("total", self.total.as_ref()),
            ("next", self.next.as_ref()),
            (
                "success.pointer",
                self.success.as_ref().map(|success| &success.pointer),
            ),
        ];
        for (field, pointer) in pointers {
            if let Some(Err(error)) = pointer.map(|pointer| Pointer::parse(pointer)) {
                return wrong(field, error.message());
            }
        }
        for (field, month) in [("from", &self.from), ("to", &self.to)] {
            if month
                .as_deref()
                .is_some_and(|month| civil::month(month).is_none())
            {
                return wrong(field, "应形如 202310");
            }
        }
        if plan::combinations(self, "").is_err() {
            return wrong("each", &format!("组合超过 {COMBINATIONS_MAX} 个"));
        }
        Ok(())
    }
}
