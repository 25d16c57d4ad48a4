//! `pv_settlement`: the monthly settlement of a station.
//! Here because no output, low output and late money are seen here first (clause 7).
//! In: nothing. Out: the table's specification.
//! Not here: what the village did with the money (pv_account, pv_distribution).

use super::{History, Table};

/// One row is one station in one month.
pub(super) const TABLE: Table = Table {
    name: "pv_settlement",
    row: "a station-month",
    history: History::EachPart,
    columns: columns! {
        station_no:          Text  Required "发电户号";
        month:               Month Required "结算年月: the month settled, not the month paid";
        reading_before_wh:   Int   Optional "上月示数, watt-hours as the meter shows them";
        reading_after_wh:    Int   Optional "本月示数, watt-hours as the meter shows them";
        multiplier_milli:    Int   Optional "倍率, thousandths: 30 = 30000";
        energy_wh:           Int   Optional "上网电量, watt-hours";
        price_micro:         Int   Optional "上网电价, millionths of a yuan per kWh";
        energy_fee_fen:      Int   Optional "上网电费, fen";
        subsidy_price_micro: Int   Optional "补贴单价, millionths of a yuan per kWh";
        subsidy_energy_wh:   Int   Optional "补贴电量, watt-hours";
        subsidy_fen:         Int   Optional "补贴金额, fen";
        payable_fen:         Int   Optional "应付合计, fen";
        tax_fen:             Int   Optional "税额, fen";
        paid_fen:            Int   Optional "实付金额, fen; subsidies arrive later in batches";
        paid_on:             Date  Optional "付款日期";
    },
};
