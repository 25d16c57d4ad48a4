//! `supplier_beneficiary`: the households on a supplier's list (带贫名单).
//! Here because it is the only bridge from sales to households; without it a sale helps nobody by name (clause 34).
//! In: nothing. Out: the table's specification.
//! Not here: the sales (procurement_order).

use super::{History, Table};

/// One row is one household on one list.
pub(super) const TABLE: Table = Table {
    name: "supplier_beneficiary",
    row: "a household a supplier says it serves",
    history: History::EachPart,
    columns: columns! {
        household_id:    Id   LinkHousehold "the household, dense id; NULL when none was found";
        household_no:    Text Optional      "户编号 of the national system, only where the source has it";
        person_id:       Id   LinkPerson    "the person, dense id; NULL when nobody was found";
        id_no:           Text Optional      "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:         Text Optional      "证件号码 as it came; personal";
        name:            Text Optional      "姓名 as it came; personal";
        supplier_uscc:   Text Required      "统一社会信用代码 of the supplier";
        link_kind:       Text Optional      "联结方式: 订单, 务工, 土地流转, 分红";
        year:            Int  Optional      "年度 of the list";
        yearly_gain_fen: Int  Optional      "年增收金额 as the supplier claims it, fen a year";
    },
};
