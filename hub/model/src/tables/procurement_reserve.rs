//! `procurement_reserve`: what a budget unit sets aside of its canteen purchases.
//! Here because clause 8 wants at least 10 % of the yearly canteen share reserved.
//! In: nothing. Out: the table's specification.
//! Not here: what was bought (procurement_order).

use super::{History, Table};

/// One row is one unit in one year.
pub(super) const TABLE: Table = Table {
    name: "procurement_reserve",
    row: "a budget unit's yearly declaration",
    history: History::EachPart,
    columns: columns! {
        unit_name:            Text Required "单位名称";
        unit_uscc:            Text Optional "统一社会信用代码 of the unit, valid or NULL";
        division:             Text Optional "区划: division code or name";
        authority:            Text Optional "主管部门";
        has_canteen:          Bool Optional "有无食堂: without one the unit is exempt";
        year:                 Int  Required "年度";
        canteen_total_fen:    Int  Optional "食堂采购总额, fen a year";
        reserve_basis_points: Int  Optional "预留比例, hundredths of a percent: 10 % = 1000 (clause 8)";
        reserve_fen:          Int  Optional "预留份额, fen a year";
        status:               Text Optional "填报状态: 未填, 待审, 退回, 通过";
        filed_on:             Date Optional "填报日期";
    },
};
