//! `supplier`: who may sell on the platform, and how it helps households.
//! Here because a supplier qualifies by its county and by the households it is tied to (clauses 8 and 19).
//! In: nothing. Out: the table's specification.
//! Not here: the households themselves (supplier_beneficiary).

use super::{History, Table};

/// One row is one supplier, as the latest list has it.
pub(super) const TABLE: Table = Table {
    name: "supplier",
    row: "a supplier",
    history: History::Latest,
    columns: columns! {
        name:              Text Required "企业名称";
        uscc:              Text Optional "统一社会信用代码, valid or NULL";
        county:            Text Optional "所在县 as the source writes it";
        legal_person:      Text Optional "法人; personal";
        products:          Text Optional "主营产品, several joined by 、";
        households_helped: Int  Optional "带动脱贫户数, households";
        link_kind:         Text Optional "联结方式: 订单, 务工, 土地流转, 分红; several joined by 、";
        valid_until:       Date Optional "资质有效期, inclusive";
        status:            Text Optional "状态 as the source writes it";
    },
};
