//! `membership_month`: who belonged to which household in which month.
//! Here because a family that divides (分户), a marriage, a death are seen only between two months.
//! In: nothing. Out: the table's specification.
//! Not here: the present (membership), and what became of whom between the months (membership_history).

use super::{History, Table};

/// One row is one person's membership in one household in one month's export of the national system.
pub(super) const TABLE: Table = Table {
    name: "membership_month",
    row: "a person's membership in a household in a month's export of the national system",
    history: History::EachPart,
    columns: columns! {
        household_id: Id    LinkHousehold "the household, dense id";
        person_id:    Id    LinkPerson    "the person, dense id";
        household_no: Text  Required      "户编号 of the row";
        person_no:    Text  Optional      "人编号 of the row";
        id_no:        Text  Optional      "证件号码, valid 18 characters or NULL; personal";
        name:         Text  Optional      "姓名 as it came; personal";
        month:        Month Required      "month of the export";
        relation:     Text  Optional      "与户主关系 as the national system writes it";
        is_head:      Bool  Optional      "whether the person is 户主";
    },
};
