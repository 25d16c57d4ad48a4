//! `pv_distribution`: who was paid out of the stations' income, and for what.
//! Here because the money is for posts and works, not for equal shares (clause 7), and must agree with incomes.
//! In: nothing. Out: the table's specification.
//! Not here: the village's account (pv_account).

use super::{History, Table};

/// One row is one payment.
pub(super) const TABLE: Table = Table {
    name: "pv_distribution",
    row: "a payment of PV income to a person",
    history: History::EachPart,
    columns: columns! {
        person_id:  Id    LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:      Text  Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:    Text  Optional   "证件号码 as it came; personal";
        name:       Text  Optional   "姓名 as it came; personal";
        village:    Text  Optional   "村 as the source writes it";
        year:       Int   Optional   "年度 of the income";
        use:        Text  Required   "用途: 公益岗, 公益劳务, 奖补, 其他 (clause 7)";
        post:       Text  Optional   "岗位, when paid for one";
        month:      Month Optional   "月份 paid for";
        amount_fen: Int   Required   "金额, fen";
        paid_on:    Date  Optional   "发放日期";
    },
};
