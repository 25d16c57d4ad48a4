//! Human resources: human resources' employment, public posts, training, subsidies, social insurance and graduates.
//! Here because work is what most incomes come from, and losing it what most relapses begin with.
//! In: streams.toml (columns, their other names, how they are fetched), the site's options. Out: 6 streams with their mappings.
//! Not here: reading and fetching (connector-kit), what a column means to the hub (mapping/*.sql).

use connector_kit::{Definition, Transport};

/// What this connector is made of.
pub const DEFINITION: Definition = Definition {
    id: "human-resources",
    version: env!("CARGO_PKG_VERSION"),
    title: "人社就业与社保",
    description: "读取就业、公益性岗位、培训、补贴、社会保险和雨露计划毕业生。",
    streams: include_str!("../streams.toml"),
    mappings: connector_kit::mappings![
        "employment",
        "public_posts",
        "training",
        "subsidies",
        "social_insurance",
        "graduates"
    ],
    transport: Transport::Http,
};

connector_kit::connector!(HumanResources, DEFINITION);
