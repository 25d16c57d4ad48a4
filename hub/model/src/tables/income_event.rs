//! `income_event`: what departments really paid, with its dates.
//! Here because both income windows, the accounting year and the rolling twelve months, are sums over it (clause 34).
//! In: nothing. Out: the table's specification.
//! Not here: what the household declared (declared_income) and what it spent (expense_event).

use super::{History, Table};

/// One row is one amount of one item for one period.
pub(super) const TABLE: Table = Table {
    name: "income_event",
    row: "a dated amount a source paid to or observed for a person or household",
    history: History::EachPart,
    columns: columns! {
        person_id:      Id   LinkPerson    "the person, dense id; NULL when nobody was found";
        id_no:          Text Optional      "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:        Text Optional      "证件号码 as it came; personal";
        name:           Text Optional      "姓名 as it came; personal";
        household_id:   Id   LinkHousehold "the household, dense id; NULL when none was found";
        household_no:   Text Optional      "户编号 of the national system, only where the source has it";
        household_hint: Text Optional      "the source's own household number, e.g. 家庭编号; not the national system's";
        category:       Text Required      "wage, business, property, transfer or business_cost";
        item:           Text Required      "sub-item of the national form, e.g. 最低生活保障金, 公益性岗位收入";
        amount_fen:     Int  Required      "fen for the whole period; negative is a correction";
        period_from:    Date Required      "first day the amount is for";
        period_to:      Date Required      "last day the amount is for, inclusive";
        semantic:       Text Required      "monthly, yearly, cumulative or once: what the source meant by the amount (D24)";
        unit_read:      Text Optional      "the unit it was read in: 元, 万元 (D23)";
        paid_on:        Date Optional      "day of payment, where the source has it";
    },
};
