//! Database: any view of a database, by configuration alone.
//! Here because a shared table on a front-end machine is how many departments share anything.
//! In: stream definitions in the site's options. Out: those streams, with the mappings written beside them.
//! Not here: reading and fetching (connector-kit), what a column means to the hub (mapping/*.sql).

use connector_kit::{Definition, Transport};

/// What this connector is made of.
pub const DEFINITION: Definition = Definition {
    id: "database",
    version: env!("CARGO_PKG_VERSION"),
    title: "数据库视图（零代码）",
    description: "按配置读取 PostgreSQL、MySQL 或 SQLite 中的视图或查询，只读；另供平台的推送通道做库表交换。",
    streams: "",
    mappings: &[],
    transport: Transport::Database,
};

connector_kit::connector!(DatabaseView, DEFINITION);
