//! Tabular: any table in a drop folder, by configuration alone.
//! Here because the next feed a city asks for must not wait for a programmer.
//! In: stream definitions in the site's options. Out: those streams, with the mappings written beside them.
//! Not here: reading and fetching (connector-kit), what a column means to the hub (mapping/*.sql).

use connector_kit::{Definition, Transport};

/// What this connector is made of.
pub const DEFINITION: Definition = Definition {
    id: "tabular",
    version: env!("CARGO_PKG_VERSION"),
    title: "表格文件（零代码）",
    description: "按配置读取投放文件夹中的任意表格：Excel、CSV、网页表格、XML、JSON，也可在压缩包内。",
    streams: "",
    mappings: &[],
    transport: Transport::Files,
};

connector_kit::connector!(Tabular, DEFINITION);
