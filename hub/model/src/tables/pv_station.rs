//! `pv_station`: village photovoltaic stations (村级光伏电站).
//! Here because clause 7 wants them kept running; output is judged by capacity and neighbours.
//! In: nothing. Out: the table's specification.
//! Not here: what they produced (pv_settlement).

use super::{History, Table};

/// One row is one station, as the latest list has it.
pub(super) const TABLE: Table = Table {
    name: "pv_station",
    row: "a station",
    history: History::Latest,
    columns: columns! {
        station_no:      Text Required "发电户号";
        name:            Text Optional "电站名称";
        owner:           Text Optional "产权单位, as a rule the village collective";
        owner_uscc:      Text Optional "统一社会信用代码 of the owner, valid or NULL";
        county:          Text Optional "县(市、区) as the source writes it";
        town:            Text Optional "乡(镇、街道) as the source writes it";
        village:         Text Optional "村(社区) as the source writes it";
        capacity_w:      Int  Optional "装机容量, watts";
        connected_on:    Date Optional "并网日期: decides the tariff";
        catalogue_batch: Text Optional "补贴目录批次";
    },
};
