//! PV grid: the grid company's settlements and the villages' distributions of PV income.
//! Here because money that a station earned and nobody received is what this source exists to show.
//! In: streams.toml (columns, their other names, how they are fetched), the site's options. Out: 4 streams with their mappings.
//! Not here: reading and fetching (connector-kit), what a column means to the hub (mapping/*.sql).

use connector_kit::{Definition, Transport};

/// What this connector is made of.
pub const DEFINITION: Definition = Definition {
    id: "pv-grid",
    version: env!("CARGO_PKG_VERSION"),
    title: "光伏结算与收益分配",
    description: "读取电站档案、电网月度结算、村级收益分配和发放到人。",
    streams: include_str!("../streams.toml"),
    mappings: connector_kit::mappings!["stations", "settlements", "village_accounts", "distributions"],
    transport: Transport::Files,
};

connector_kit::connector!(PvGrid, DEFINITION);
