//! Civil affairs: civil affairs' assistance rolls, disability subsidies and standards.
//! Here because who is on assistance, with how much, is the first thing a roster is checked against.
//! In: streams.toml (columns, their other names, how they are fetched), the site's options. Out: 3 streams with their mappings.
//! Not here: reading and fetching (connector-kit), what a column means to the hub (mapping/*.sql).

use connector_kit::{Definition, Transport};

/// What this connector is made of.
pub const DEFINITION: Definition = Definition {
    id: "civil-affairs",
    version: env!("CARGO_PKG_VERSION"),
    title: "民政社会救助",
    description: "读取低保、特困、低保边缘等保障名册，残疾人两项补贴名册和救助标准。",
    streams: include_str!("../streams.toml"),
    mappings: connector_kit::mappings!["benefit_rolls", "disability_subsidies", "standards"],
    transport: Transport::Files,
};

connector_kit::connector!(CivilAffairs, DEFINITION);
