//! `collective_asset`: what a village owns together, and what it brings in.
//! Here because clauses 17 to 19 want assets used, and rents and dividends paid in full and on time.
//! In: nothing. Out: the table's specification.
//! Not here: dividends paid to people (income_event).
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one asset at the date of its part.
pub(super) const TABLE: Table = Table {
    name: "collective_asset",
    row: "a village-collective asset and its use",
    history: History::EachPart,
    columns: columns! {
        asset_no:        Text Required "资产编号";
        name:            Text Optional "资产名称";
        village:         Text Optional "村 as the source writes it";
        owner_uscc:      Text Optional "统一社会信用代码 of the owner, valid or NULL";
        original_fen:    Int  Optional "资产原值, fen";
        lessee:          Text Optional "承租方";
        yearly_rent_fen: Int  Optional "年租金 of the contract, fen a year (clause 18)";
        rent_due_on:     Date Optional "租金应付日期 (clause 18)";
        rent_paid_fen:   Int  Optional "租金实付金额, fen (clause 18)";
        rent_paid_on:    Date Optional "租金实付日期 (clause 18)";
        in_use:          Bool Optional "是否在用; false is idle (clauses 17 and 18)";
    },
};
