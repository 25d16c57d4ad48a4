//! REST: any paged JSON interface, by configuration alone.
//! Here because the next interface a city opens must not wait for a programmer.
//! In: stream definitions in the site's options. Out: those streams, with the mappings written beside them.
//! Not here: reading and fetching (connector-kit), what a column means to the hub (mapping/*.sql).

use connector_kit::{Definition, Transport};

/// What this connector is made of.
pub const DEFINITION: Definition = Definition {
    id: "rest",
    version: env!("CARGO_PKG_VERSION"),
    title: "JSON 接口（零代码）",
    description: "按配置读取任意分页 JSON 接口：翻页、签名、判据均由配置给出。",
    streams: "",
    mappings: &[],
    transport: Transport::Http,
};

connector_kit::connector!(Rest, DEFINITION);
