//! `graduate`: graduates of the 雨露计划 and whether they found work.
//! Here because clause 15 wants at least 90 % of them employed, and the others helped one by one.
//! In: nothing. Out: the table's specification.
//! Not here: the subsidy paid while at school (subsidy).

use super::{History, Table};

/// One row is one person graduating in one year.
pub(super) const TABLE: Table = Table {
    name: "graduate",
    row: "a 雨露计划 graduate",
    history: History::EachPart,
    columns: columns! {
        person_id:   Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:       Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:     Text Optional   "证件号码 as it came; personal";
        name:        Text Optional   "姓名 as it came; personal";
        year:        Int  Required   "毕业年度";
        level:       Text Optional   "学历层次: 中职, 高职, …";
        employed:    Bool Optional   "是否就业 (clause 15); NULL when not said";
        employer:    Text Optional   "就业单位";
        employed_on: Date Optional   "就业时间";
    },
};
