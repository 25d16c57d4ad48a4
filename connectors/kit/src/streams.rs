//! The definition of a stream as connectors ship it and sites write it: columns with their other names, where it comes from.
//! Here because a department's table is described, not programmed: the same words serve five connectors and any new feed.
//! In: `streams.toml` of a connector, or `[[connector.options.stream]]` of a site. Out: `StreamDef`, checked.
//! Not here: the site's transport (options.rs), reading (feed, remote).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use plugin_api::Error;
use plugin_api::schemars::{JsonSchema, Schema, SchemaGenerator};
use plugin_api::serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};

use crate::database::Query;
use crate::files::Pattern;
use crate::header::{Column, Members};
use crate::http::options::Endpoint;
use crate::options::refused;
use crate::record::json::Pointer;
use crate::record::xml::RowPath;

/// Most streams of a connector.
pub const STREAMS_MAX: usize = 100;
/// Most columns of a stream.
pub const COLUMNS_MAX: usize = 500;
/// Most names of a column.
pub const NAMES_MAX: usize = 50;
/// Units a column's own name may end in, in brackets.
const UNITS: [&str; 10] = [
    "万元", "千元", "百元", "亿元", "元", "角", "天", "kW", "kWh", "元/kWh",
];
/// Most patterns of file names of a stream.
pub const PATTERNS_MAX: usize = 50;

/// 一个数据流的定义。
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct StreamDef {
    /// 名称：小写字母、数字、下划线。
    pub name: String,
    /// 一行是什么。
    #[serde(default)]
    pub row: String,
    /// 用途：为什么需要这些列。
    #[serde(default)]
    pub purpose: String,
    /// 依据：法规或文件。
    #[serde(default)]
    pub basis: String,
    /// 文件名模式，`*` 代表任意字符，`?` 代表一个字符。
    #[serde(default)]
    pub files: Vec<String>,
    /// 必需列：缺少即退回原表。
    #[serde(default)]
    pub required: Vec<String>,
    /// 在来源中标识一行的列。
    #[serde(default)]
    pub key: Vec<String>,
    /// 写明数据期次的列。数据库：每行归入该列所写的期次，各期整体替换。文件：文件名中没有期次时，以该列所写的期次为准（同一文件
    /// 只能有一期）；文件名中有期次时以文件名为准，因为当月名册中可以有补发往月的行，不能因此替换往月的整期数据。
    #[serde(default)]
    pub period: Option<String>,
    /// 文件名中没有期次也可以：数据整体替换，不分期。
    #[serde(default)]
    pub whole: bool,
    /// 合并单元格需要向下填充的列，最外层在前。
    #[serde(default)]
    pub fill: Vec<String>,
    /// 成员横排的列组。
    #[serde(default)]
    pub members: Option<MembersDef>,
    /// 以其他单位填报的列，如 `{ "采购总额" = "万元" }`。
    #[serde(default)]
    pub units: BTreeMap<String, String>,
    /// 列：名称，或 [名称, 其他表头或字段名, …]。
    pub columns: Vec<ColumnDef>,
    /// 映射 SQL；部门连接器自带，零代码连接器写在这里或 mappings 目录中。
    #[serde(default)]
    pub mapping: Option<String>,
    /// XML 记录的元素路径，如 `settlements/settlement`。
    #[serde(default)]
    pub xml: Option<String>,
    /// JSON 记录数组的指针，如 `/data/list`；文件本身是数组时为空。
    #[serde(default)]
    pub json: Option<String>,
    /// 通过接口读取时的请求。
    #[serde(default)]
    pub http: Option<Endpoint>,
    /// 从数据库读取时的查询。
    #[serde(default)]
    pub database: Option<Query>,
}

/// 成员横排的列组：`成员1姓名`、`成员1身份证号`、`成员2姓名` ……
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
#[schemars(crate = "plugin_api::schemars")]
pub struct MembersDef {
    /// 序号之前的字：`成员`。
    pub prefix: String,
    /// 每个成员有哪些列。
    pub columns: Vec<String>,
}

/// A column: its name and the other names it goes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDef(pub Vec<String>);

impl<'de> Deserialize<'de> for ColumnDef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = ColumnDef;
            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("列名，或 [列名, 其他表头, …]")
            }
            fn visit_str<E>(self, text: &str) -> Result<ColumnDef, E> {
                Ok(ColumnDef(vec![text.to_owned()]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ColumnDef, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = seq.next_element()? {
                    names.push(name);
                }
                Ok(ColumnDef(names))
            }
        }
        deserializer.deserialize_any(Names)
    }
}

impl JsonSchema for ColumnDef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ColumnDef".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let text = serde_json::json!({"type": "string"});
        let schema = serde_json::json!({"anyOf": [text, {"type": "array", "items": text, "minItems": 1}]});
        schema.try_into().unwrap_or_default()
    }
}

#[derive(Debug, Deserialize)]
#[serde(crate = "plugin_api::serde", deny_unknown_fields)]
struct File {
    stream: Vec<StreamDef>,
}

/// Reads the `streams.toml` a connector ships.
///
/// # Errors
/// `internal`: what is shipped is the connector's own, and its tests read it.
pub fn shipped(text: &str) -> Result<Vec<StreamDef>, Error> {
    let file: File =
        toml::from_str(text).map_err(|error| Error::internal(format!("streams.toml: {error}")))?;
    checked(file.stream, "streams")
}

/// Checks definitions that stand under `path`.
///
/// # Errors
/// `config`, naming the option by its path.
pub(crate) fn checked(streams: Vec<StreamDef>, path: &str) -> Result<Vec<StreamDef>, Error> {
    let mut names = BTreeSet::new();
    if streams.len() > STREAMS_MAX {
        return Err(refused(path, format!("数据流超过 {STREAMS_MAX} 个")));
    }
    for stream in &streams {
        let shaped = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if stream.name.is_empty() || stream.name.len() > 64 || !stream.name.chars().all(shaped) {
            return Err(refused(
                format_args!("{path}.name"),
                format!("“{}”应为 1 到 64 个小写字母、数字或下划线", stream.name),
            ));
        }
        if !names.insert(&stream.name) {
            return Err(refused(format_args!("{path}.{}", stream.name), "定义了两次"));
        }
        stream.check(&format!("{path}.{}", stream.name))?;
    }
    Ok(streams)
}

impl StreamDef {
    /// Checks the definition that stands at `at`.
    pub(crate) fn check(&self, at: &str) -> Result<(), Error> {
        self.check_columns(at)?;
        self.check_files(at)?;
        if let Some(endpoint) = &self.http {
            endpoint.check(&format!("{at}.http"))?;
        }
        if let Some(query) = &self.database {
            query.check(&format!("{at}.database"))?;
            if query.cursor.is_some() && self.period.is_some() {
                let said = "不能与 period 同时填写：增量读到的几行会整体替换掉那一期已有的数据";
                return Err(refused(format_args!("{at}.database.cursor"), said));
            }
        }
        if let Some(path) = &self.xml {
            RowPath::parse(path).map_err(|error| refused(format_args!("{at}.xml"), error.message()))?;
        }
        if let Some(pointer) = &self.json {
            Pointer::parse(pointer).map_err(|error| refused(format_args!("{at}.json"), error.message()))?;
        }
        Ok(())
    }

    fn check_files(&self, at: &str) -> Result<(), Error> {
        let wrong = |said: &str| refused(format_args!("{at}.files"), said);
        if self.files.len() > PATTERNS_MAX {
            return Err(wrong(&format!("超过 {PATTERNS_MAX} 个")));
        }
        for text in &self.files {
            Pattern::new(text).map_err(|error| wrong(error.message()))?;
        }
        Ok(())
    }

    fn check_columns(&self, at: &str) -> Result<(), Error> {
        let wrong = |said: String| refused(format_args!("{at}.columns"), said);
        if self.columns.is_empty() || self.columns.len() > COLUMNS_MAX {
            return Err(wrong(format!("应有 1 到 {COLUMNS_MAX} 列")));
        }
        let mut known = BTreeSet::new();
        for ColumnDef(names) in &self.columns {
            let Some(name) = names
                .first()
                .filter(|name| !name.is_empty() && !name.starts_with('_'))
            else {
                return Err(wrong("列名不能为空，也不能以下划线开头".to_owned()));
            };
            if names.len() > NAMES_MAX {
                return Err(wrong(format!("列“{name}”的名称超过 {NAMES_MAX} 个")));
            }
            if !known.insert(name.as_str()) {
                return Err(wrong(format!("列“{name}”定义了两次")));
            }
        }
        let members = self.members.iter().flat_map(|members| &members.columns);
        let listed = [
            ("required", Vec::from_iter(&self.required)),
            ("key", Vec::from_iter(&self.key)),
            ("fill", Vec::from_iter(&self.fill)),
            ("period", Vec::from_iter(&self.period)),
            ("units", Vec::from_iter(self.units.keys())),
            ("members.columns", Vec::from_iter(members)),
        ];
        for (field, columns) in listed {
            if let Some(column) = columns.iter().find(|column| !known.contains(column.as_str())) {
                return Err(refused(
                    format_args!("{at}.{field}"),
                    format!("“{column}”不在 columns 中"),
                ));
            }
        }
        Ok(())
    }

    /// The columns as the kit reads them.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let column = |names: &'_ ColumnDef| {
            let (name, others) = names.0.split_first()?;
            let mut column = Column::new(name).also(others.iter().cloned());
            if self.required.contains(name) {
                column = column.required();
            }
            // A column that carries its unit in its name (采购总额(万元)) is expected in that unit.
            let named = UNITS.iter().find(|unit| name.ends_with(&format!("({unit})")));
            if let Some(unit) = self
                .units
                .get(name)
                .map(String::as_str)
                .or_else(|| named.copied())
            {
                column = column.unit(unit);
            }
            Some(column)
        };
        let mut columns: Vec<Column> = self.columns.iter().filter_map(column).collect();
        // The outermost merged column comes first, as the reader expects it.
        columns.sort_by_key(|column| {
            let fills = self.fill.iter().position(|fill| *fill == column.name);
            fills.unwrap_or(usize::MAX)
        });
        let filled = |column: Column| {
            if self.fill.contains(&column.name) {
                column.fill()
            } else {
                column
            }
        };
        columns.into_iter().map(filled).collect()
    }

    pub(crate) fn members(&self) -> Option<Members> {
        let members = self.members.as_ref()?;
        Some(Members::new(&members.prefix, members.columns.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [[stream]]
        name = "rolls"
        required = ["姓名"]
        fill = ["户主"]
        members = { prefix = "成员", columns = ["姓名"] }
        columns = ["姓名", ["户主", "户主姓名"], ["金额(万元)"]]
        units = { "金额(万元)" = "万元" }
        [stream.http]
        path = "/x"
    "#;

    #[test]
    fn a_definition_becomes_columns() {
        let streams = shipped(GOOD).unwrap();
        let columns = streams[0].columns();
        assert_eq!(columns[0].name, "户主");
        assert!(columns[0].fill && columns[1].required);
        assert_eq!(columns[2].units, ["万元"]);
    }

    #[test]
    fn mistakes_are_named() {
        for (from, to, said) in [
            ("required = [\"姓名\"]", "required = [\"性别\"]", "性别"),
            ("\"姓名\", [", "\"姓名\", \"姓名\", [", "两次"),
            ("name = \"rolls\"", "name = \"Rolls\"", "小写"),
            ("path = \"/x\"", "path = \"x\"", "path"),
            (
                "path = \"/x\"",
                "path = \"/x\"\npaging = \"page\"",
                "streams.rolls.http.page_param",
            ),
        ] {
            let error = shipped(&GOOD.replace(from, to)).unwrap_err();
            assert!(error.message().contains(said), "{said}: {error}");
        }
    }
}
