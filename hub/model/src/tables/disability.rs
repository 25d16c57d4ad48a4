//! `disability`: who is disabled, how, and which of the two subsidies was paid.
//! Here because clause 23 wants both subsidies paid in full to those who are due them.
//! In: nothing. Out: the table's specification.
//! Not here: the health a family declared (person).

use super::{History, Table};

/// One row is one person's month on a roll, or one card number seen.
pub(super) const TABLE: Table = Table {
    name: "disability",
    row: "a person's disability known from a subsidy roll or a card number",
    history: History::EachPart,
    columns: columns! {
        person_id:    Id    LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:        Text  Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:      Text  Optional   "证件号码 as it came; personal";
        name:         Text  Optional   "姓名 as it came; personal";
        card_no:      Text  Optional   "残疾证号, 20 or 22 characters, its first 18 the identity number (D07); personal";
        kind:         Text  Optional   "残疾类别: 视力, 听力, 言语, 肢体, 智力, 精神, 多重";
        grade:        Int   Optional   "残疾等级, 1 (heaviest) to 4";
        subsidy_kind: Text  Optional   "困难生活 or 重度护理; NULL when known from a number only (clause 23)";
        amount_fen:   Int   Optional   "金额, fen a month";
        month:        Month Optional   "发放月份";
    },
};
