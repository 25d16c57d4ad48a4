//! JSON Schemas of the files people write.
//! Here because an editor that knows them tells a mistake while it is typed, at a desk without a hub.
//! In: a kind of file. Out: its schema, draft 2020-12, made from the types the file is read into.
//! Not here: descriptions in both languages (cmd/config), what is wrong among files.

use clap::ValueEnum;
use hub_engine::{Parameters, Rule};
use hub_model::{RenamedPlaces, schema_of};
use serde_json::Value;

use super::channels_file::AnyChannels;
use super::connectors::ConnectorFile;
use super::hub_file::HubFile;
use super::routes;
use super::schedules_file::SchedulesFile;

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileKind {
    /// hub.toml，conf.d/*.toml
    Hub,
    /// connectors/*.toml
    Connector,
    /// schedules.toml
    Schedules,
    /// channels.toml
    Channels,
    /// routes.toml
    Routes,
    /// rules/*.toml
    Rule,
    /// parameters.toml，parameters.local.toml
    Parameters,
    /// places.toml
    Places,
}

impl FileKind {
    /// The word for it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hub => "hub",
            Self::Connector => "connector",
            Self::Schedules => "schedules",
            Self::Channels => "channels",
            Self::Routes => "routes",
            Self::Rule => "rule",
            Self::Parameters => "parameters",
            Self::Places => "places",
        }
    }

    /// Which files are of it, as globs below the configuration directory.
    pub(crate) const fn files(self) -> &'static [&'static str] {
        match self {
            Self::Hub => &["hub.toml", "conf.d/*.toml"],
            Self::Connector => &["connectors/*.toml"],
            Self::Schedules => &["schedules.toml"],
            Self::Channels => &["channels.toml"],
            Self::Routes => &["routes.toml"],
            Self::Rule => &["rules/*.toml"],
            Self::Parameters => &["parameters.toml", "parameters.local.toml"],
            Self::Places => &["places.toml"],
        }
    }

    /// Its schema.
    pub(crate) fn schema(self) -> Value {
        match self {
            Self::Hub => schema_of::<HubFile>(),
            Self::Connector => schema_of::<ConnectorFile>(),
            Self::Schedules => schema_of::<SchedulesFile>(),
            Self::Channels => schema_of::<AnyChannels>(),
            Self::Routes => schema_of::<routes::File>(),
            Self::Rule => Rule::schema(),
            Self::Parameters => Parameters::schema(),
            Self::Places => RenamedPlaces::schema(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use schemars::JsonSchema;
    use serde::de::DeserializeOwned;

    use super::super::hub_file;
    use super::super::schedules_file::{RawRetry, RawSchedule, RawWindow};
    use super::*;

    /// The keys the schema of `T` offers are those its parser takes, as it tells them when it meets another.
    pub(in crate::settings) fn same<T: JsonSchema + DeserializeOwned>() {
        let name = std::any::type_name::<T>();
        let told = toml::from_str::<T>("no_such_key = 1").err().unwrap();
        let (_, expected) = told.message().split_once("expected ").unwrap();
        let read: BTreeSet<&str> = expected.split('`').skip(1).step_by(2).collect();
        let schema = schema_of::<T>();
        let offered = schema["properties"].as_object().unwrap();
        let offered: BTreeSet<&str> = offered.keys().map(String::as_str).collect();
        assert!(!read.is_empty(), "{name}: {told}");
        assert_eq!(offered, read, "{name}");
        assert_eq!(schema["additionalProperties"], false, "{name}");
    }

    #[test]
    fn the_schema_of_every_table_has_the_keys_its_parser_takes() {
        same::<HubFile>();
        same::<hub_file::General>();
        same::<hub_file::Server>();
        same::<hub_file::Plugins>();
        same::<hub_file::Engine>();
        same::<hub_file::Runs>();
        same::<hub_file::Schedules>();
        same::<hub_file::Cases>();
        same::<super::super::retention::Retention>();
        same::<hub_file::Log>();
        same::<hub_file::Lineage>();
        same::<super::super::otel::Otel>();
        same::<ConnectorFile>();
        same::<SchedulesFile>();
        same::<RawSchedule>();
        same::<RawWindow>();
        same::<RawRetry>();
        same::<routes::File>();
    }

    #[test]
    fn every_kind_of_file_has_a_schema_that_closes_its_root() {
        for kind in FileKind::value_variants() {
            let schema = kind.schema();
            assert_eq!(schema["additionalProperties"], false, "{}", kind.as_str());
            assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        }
    }
}
