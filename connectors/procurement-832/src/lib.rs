//! Procurement 832: the 832 platform's reserves, orders, suppliers and the households they serve.
//! Here because sales become household evidence only by way of the list of beneficiaries.
//! In: streams.toml (columns, their other names, how they are fetched), the site's options. Out: 4 streams with their mappings.
//! Not here: reading and fetching (connector-kit), what a column means to the hub (mapping/*.sql).

use connector_kit::{Definition, Transport};

/// What this connector is made of.
pub const DEFINITION: Definition = Definition {
    id: "procurement-832",
    version: env!("CARGO_PKG_VERSION"),
    title: "832 平台采购",
    description: "读取预留份额、订单、供应商和带贫名单。",
    streams: include_str!("../streams.toml"),
    mappings: connector_kit::mappings!["reserves", "orders", "suppliers", "beneficiaries"],
    transport: Transport::Http,
};

connector_kit::connector!(Procurement832, DEFINITION);
