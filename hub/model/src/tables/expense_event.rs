//! `expense_event`: what a person had to pay, and how much of it came back.
//! Here because an expense that rises makes a family poor as surely as an income that falls (clauses 1 and 24).
//! In: nothing. Out: the table's specification.
//! Not here: income (income_event); reimbursements are no income.
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one settled expense.
pub(super) const TABLE: Table = Table {
    name: "expense_event",
    row: "an expense of a person",
    history: History::EachPart,
    columns: columns! {
        person_id:      Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:          Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:        Text Optional   "证件号码 as it came; personal";
        name:           Text Optional   "姓名 as it came; personal";
        kind:           Text Required   "医疗, 教育, 残疾照护, 灾害, …";
        item:           Text Optional   "what it was paid for: 住院, 门诊特病, 学费, …";
        total_fen:      Int  Optional   "the whole expense, fen";
        reimbursed_fen: Int  Optional   "what insurance and assistance paid of it, fen";
        self_paid_fen:  Int  Required   "what the person paid, fen, ≥ 0";
        happened_on:    Date Optional   "day of the expense or of the settlement";
        period_from:    Date Optional   "first day it is for";
        period_to:      Date Optional   "last day it is for, inclusive";
    },
};
