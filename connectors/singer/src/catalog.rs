//! The tap's catalogue: which streams it has, of what types, and the same with one stream selected.
//! Here because a tap reads what its catalogue selects, and says types in a dialect of JSON Schema.
//! In: the catalogue of `--discover` or of a file, the streams a site asks for. Out: `Stream`s; a catalogue to hand back.
//! Not here: running the tap (process), values (columns).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::io::Read;

use connector_kit::offered::{self, refused};
use plugin_api::{Context, Error, columns as special};
use serde_json::{Map, Value, json};

use crate::columns::{Column, Kind};
use crate::options::{Options, Replication, StreamDef};
use crate::process;

/// Longest catalogue.
pub(crate) const CATALOG_BYTES_MAX: u64 = 64 << 20;
/// Streams named in an error.
const NAMED_MAX: usize = 30;
/// Deepest nesting of alternatives looked at for a type.
const DEPTH_MAX: usize = 8;

/// How a stream is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    FullTable,
    Incremental,
}

/// A stream as it is read here.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) name: String,
    pub(crate) row: String,
    pub(crate) mapping: Option<String>,
    pub(crate) columns: Vec<Column>,
    pub(crate) key: Vec<String>,
    pub(crate) method: Method,
    pub(crate) replication_key: Option<String>,
    /// Its `tap_stream_id`.
    pub(crate) id: String,
    /// What its messages may call it.
    pub(crate) called: Vec<String>,
    entry: Map<String, Value>,
}

/// What a tap offers.
#[derive(Debug)]
pub(crate) struct Catalog(Vec<Map<String, Value>>);

impl Catalog {
    /// The catalogue of the site's file, or what the tap says when it is asked.
    pub(crate) fn of(options: &Options, ctx: &Context) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        match &options.catalog {
            Some(path) => {
                let file = std::fs::File::open(path).map_err(|error| {
                    Error::from(error).while_doing(format!("catalog：{}", path.display()))
                })?;
                file.take(CATALOG_BYTES_MAX + 1).read_to_end(&mut bytes)?;
            }
            None => bytes = process::discovered(options, ctx)?,
        }
        if bytes.len() as u64 > CATALOG_BYTES_MAX {
            return Err(Error::data(format!(
                "tap 的目录超过 {} MB，请在 tap 的配置中限定范围（如 filter_schemas）",
                CATALOG_BYTES_MAX >> 20
            )));
        }
        Self::parsed(&bytes)
    }

    fn parsed(bytes: &[u8]) -> Result<Self, Error> {
        let wrong = || {
            Error::schema(
                "tap 的目录不是 {\"streams\": [...]} 形式的 JSON；请在命令行用 --discover 核对，或确认该程序是 Singer tap",
            )
        };
        let catalog: Value = serde_json::from_slice(bytes).map_err(|_| wrong())?;
        let streams = catalog
            .get("streams")
            .and_then(Value::as_array)
            .ok_or_else(wrong)?;
        let entries = streams
            .iter()
            .filter_map(|entry| Some(entry.as_object()?.clone()));
        let entries: Vec<_> = entries.filter(|entry| id(entry).is_some()).collect();
        if entries.is_empty() {
            return Err(Error::not_found(
                "tap 的目录中没有数据流，请核对 config 中的库名、范围与权限",
            ));
        }
        Ok(Self(entries))
    }

    /// The streams a site asks for; all of them when it asks for none.
    pub(crate) fn streams(&self, options: &Options) -> Result<Vec<Stream>, Error> {
        if !options.stream.is_empty() {
            return options.stream.iter().map(|def| self.stream(def)).collect();
        }
        let all = self.0.iter().filter_map(|entry| {
            let def = StreamDef {
                name: id(entry)?.to_owned(),
                ..StreamDef::default()
            };
            // A stream nobody asked for may have no columns at all.
            self.stream(&def).ok()
        });
        Ok(all.collect())
    }

    fn stream(&self, def: &StreamDef) -> Result<Stream, Error> {
        let at = format!("stream.{}", def.name);
        let wanted = def.tap_stream.as_ref().unwrap_or(&def.name);
        let entry = self
            .0
            .iter()
            .find(|entry| id(entry) == Some(wanted))
            .ok_or_else(|| {
                refused(
                    format_args!("{at}.tap_stream"),
                    format!("tap 没有名为“{wanted}”的数据流，可用：{}", self.names()),
                )
            })?;
        let properties = entry.get("schema").and_then(|schema| schema.get("properties"));
        let properties = properties.and_then(Value::as_object).cloned().unwrap_or_default();
        let offered: Vec<&str> = properties
            .keys()
            .map(String::as_str)
            .filter(|name| !special::ALL.contains(name))
            .collect();
        let columns: Vec<Column> = offered::asked(&def.columns, &offered, &at)?
            .into_iter()
            .map(|asked| Column {
                kind: properties.get(&asked.source).map_or(Kind::Any, kind),
                name: asked.name,
                property: asked.source,
            })
            .collect();
        let method = method(def, entry);
        let replication_key = def.replication_key.clone().or_else(|| replication_key(entry));
        let replication_key = replication_key.filter(|_| method == Method::Incremental);
        if let Some(key) = replication_key
            .as_ref()
            .filter(|key| !properties.contains_key(*key))
        {
            return Err(refused(
                format_args!("{at}.replication_key"),
                format!("数据流没有字段“{key}”"),
            ));
        }
        let key = if def.key.is_empty() {
            own_key(entry, &columns)
        } else {
            def.key.clone()
        };
        let called = ["tap_stream_id", "stream"]
            .iter()
            .filter_map(|name| entry.get(*name)?.as_str());
        Ok(Stream {
            name: def.name.clone(),
            row: def.row.clone(),
            mapping: def.mapping.clone(),
            columns,
            key,
            method,
            replication_key,
            id: wanted.clone(),
            called: called.map(str::to_owned).collect(),
            entry: entry.clone(),
        })
    }

    fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().filter_map(id).take(NAMED_MAX).collect();
        let rest = self.0.len().saturating_sub(names.len());
        let rest = if rest > 0 {
            format!(" 等 {} 个", self.0.len())
        } else {
            String::new()
        };
        format!("{}{rest}", names.join("、"))
    }
}

fn id(entry: &Map<String, Value>) -> Option<&str> {
    entry
        .get("tap_stream_id")
        .or_else(|| entry.get("stream"))?
        .as_str()
}

/// What the catalogue says of the stream itself.
fn metadata<'e>(entry: &'e Map<String, Value>, key: &str) -> Option<&'e Value> {
    let list = entry.get("metadata")?.as_array()?;
    let own = list
        .iter()
        .find(|one| one["breadcrumb"].as_array().is_some_and(Vec::is_empty))?;
    own.get("metadata")?.get(key)
}

fn method(def: &StreamDef, entry: &Map<String, Value>) -> Method {
    match def.replication {
        Some(Replication::Full) => return Method::FullTable,
        Some(Replication::Incremental) => return Method::Incremental,
        None if def.replication_key.is_some() => return Method::Incremental,
        None => {}
    }
    let said = ["forced-replication-method", "replication-method"]
        .iter()
        .find_map(|key| metadata(entry, key))
        .or_else(|| entry.get("replication_method"));
    match said.and_then(Value::as_str) {
        Some("INCREMENTAL") => Method::Incremental,
        Some(_) | None => Method::FullTable,
    }
}

fn replication_key(entry: &Map<String, Value>) -> Option<String> {
    let said = metadata(entry, "replication-key").or_else(|| entry.get("replication_key"));
    let valid = || metadata(entry, "valid-replication-keys")?.as_array()?.first();
    let said = said.filter(|said| said.is_string()).or_else(valid)?;
    Some(said.as_str()?.to_owned())
}

/// The tap's own key, when all of it is read.
fn own_key(entry: &Map<String, Value>, columns: &[Column]) -> Vec<String> {
    let said = ["table-key-properties", "view-key-properties"]
        .iter()
        .find_map(|key| metadata(entry, key))
        .or_else(|| entry.get("key_properties"));
    let said = said.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let of = |property: &Value| {
        let column = columns
            .iter()
            .find(|column| Some(column.property.as_str()) == property.as_str())?;
        Some(column.name.clone())
    };
    said.iter()
        .map(of)
        .collect::<Option<Vec<String>>>()
        .unwrap_or_default()
}

/// The kind of a property, by its JSON Schema.
fn kind(schema: &Value) -> Kind {
    let mut types = BTreeSet::new();
    collect(schema, &mut types, 0);
    types.remove("null");
    let types: Vec<&str> = types.into_iter().collect();
    match types.as_slice() {
        ["integer"] => Kind::Integer,
        ["boolean"] => Kind::Boolean,
        ["number"] | ["integer", "number"] => Kind::Number,
        ["string"] => Kind::Text,
        _ => Kind::Any,
    }
}

fn collect<'s>(schema: &'s Value, types: &mut BTreeSet<&'s str>, depth: usize) {
    if depth > DEPTH_MAX {
        return;
    }
    match schema.get("type") {
        Some(Value::String(name)) => _ = types.insert(name),
        Some(Value::Array(names)) => types.extend(names.iter().filter_map(Value::as_str)),
        Some(_) | None => {}
    }
    for key in ["anyOf", "oneOf"] {
        for one in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
            collect(one, types, depth + 1);
        }
    }
    if schema.get("$ref").is_some() {
        types.insert("reference");
    }
}

impl Stream {
    /// The catalogue with this stream and its columns selected, and nothing else in it.
    pub(crate) fn selected(&self) -> Value {
        let mut entry = self.entry.clone();
        let (method, incremental) = match self.method {
            Method::FullTable => ("FULL_TABLE", false),
            Method::Incremental => ("INCREMENTAL", true),
        };
        let mut list = match entry.remove("metadata") {
            Some(Value::Array(list)) => list,
            Some(_) | None => Vec::new(),
        };
        set(&mut list, &json!([]), "selected", json!(true));
        set(&mut list, &json!([]), "replication-method", json!(method));
        if let Some(key) = &self.replication_key {
            set(&mut list, &json!([]), "replication-key", json!(key));
            entry.insert("replication_key".into(), json!(key));
        }
        let own = |property: &str| self.columns.iter().any(|column| column.property == property);
        let key = |property: &str| incremental && self.replication_key.as_deref() == Some(property);
        let properties = entry.get("schema").and_then(|schema| schema.get("properties"));
        let names: Vec<String> = properties
            .and_then(Value::as_object)
            .map(|properties| properties.keys().cloned().collect())
            .unwrap_or_default();
        for name in names {
            let wanted = own(&name) || key(&name);
            set(&mut list, &json!(["properties", name]), "selected", json!(wanted));
        }
        entry.insert("metadata".into(), Value::Array(list));
        entry.insert("replication_method".into(), json!(method));
        // Taps older than metadata look here.
        entry.insert("selected".into(), json!(true));
        if let Some(Value::Object(schema)) = entry.get_mut("schema") {
            schema.insert("selected".into(), json!(true));
        }
        json!({ "streams": [entry] })
    }
}

/// Sets a key of the metadata at a breadcrumb.
fn set(list: &mut Vec<Value>, breadcrumb: &Value, key: &str, value: Value) {
    let found = list.iter_mut().find(|one| one["breadcrumb"] == *breadcrumb);
    match found.and_then(|one| one.get_mut("metadata")?.as_object_mut()) {
        Some(metadata) => _ = metadata.insert(key.to_owned(), value),
        None => list.push(json!({ "breadcrumb": breadcrumb, "metadata": { key: value } })),
    }
}
