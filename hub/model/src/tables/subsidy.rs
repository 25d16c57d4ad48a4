//! `subsidy`: one-off subsidies for work and education.
//! Here because clauses 9, 13 and 15 promise them, and each is checked against who was entitled.
//! In: nothing. Out: the table's specification.
//! Not here: monthly benefits (assistance_payment) and payments for posts (public_post).

use super::{History, Table};

/// One row is one payment.
pub(super) const TABLE: Table = Table {
    name: "subsidy",
    row: "a one-off employment or education subsidy paid",
    history: History::EachPart,
    columns: columns! {
        person_id:  Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:      Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:    Text Optional   "证件号码 as it came; personal";
        name:       Text Optional   "姓名 as it came; personal";
        kind:       Text Required   "跨省交通 (clause 9), 一次性创业 (13), 高校毕业生就业 (15), 稳岗, 雨露计划 (15)";
        amount_fen: Int  Required   "金额, fen";
        paid_on:    Date Optional   "发放日期";
        basis:      Text Optional   "依据: the document it was paid under";
    },
};
