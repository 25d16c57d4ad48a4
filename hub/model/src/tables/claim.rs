//! `claim`: claims under the anti-poverty insurance (防贫保).
//! Here because clause 25 wants more claims paid, and sooner.
//! In: nothing. Out: the table's specification.
//! Not here: medical reimbursements (expense_event).
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one claim.
pub(super) const TABLE: Table = Table {
    name: "claim",
    row: "an anti-poverty insurance claim",
    history: History::EachPart,
    columns: columns! {
        person_id:    Id   LinkPerson    "the person, dense id; NULL when nobody was found";
        id_no:        Text Optional      "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:      Text Optional      "证件号码 as it came; personal";
        name:         Text Optional      "姓名 as it came; personal";
        household_id: Id   LinkHousehold "the household, dense id; NULL when none was found";
        household_no: Text Optional      "户编号 of the national system, only where the source has it";
        claim_no:     Text Required      "报案号 or 赔案号";
        reported_on:  Date Optional      "报案日期: starts the clock (clause 25)";
        cause:        Text Optional      "出险原因: 因病, 因学, 因灾, …";
        paid_fen:     Int  Optional      "赔付金额, fen; NULL while undecided";
        paid_on:      Date Optional      "赔付日期";
        status:       Text Optional      "状态 as the source writes it";
    },
};
