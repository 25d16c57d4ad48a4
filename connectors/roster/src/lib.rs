//! Roster: the exports of the national monitoring system (全国防返贫监测信息系统), the spine of the household model.
//! Here because every other source is compared with what the roster says about a household.
//! In: streams.toml (columns, their other names, how they are fetched), the site's options. Out: 5 streams with their mappings.
//! Not here: reading and fetching (connector-kit), what a column means to the hub (mapping/*.sql).

use connector_kit::{Definition, Transport};

/// What this connector is made of.
pub const DEFINITION: Definition = Definition {
    id: "roster",
    version: env!("CARGO_PKG_VERSION"),
    title: "全国防返贫监测信息系统导出",
    description: "读取系统导出的家庭成员、家庭收入、帮扶措施、务工月监测和自主申报（xlsx、csv 等）。",
    streams: include_str!("../streams.toml"),
    mappings: connector_kit::mappings!["members", "incomes", "measures", "migrant_work", "declarations"],
    transport: Transport::Files,
};

connector_kit::connector!(Roster, DEFINITION);
