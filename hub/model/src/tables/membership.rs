//! `membership`: who belongs to which household.
//! Here because belonging changes (分户, marriage, death) while the person and the household remain.
//! In: nothing. Out: the table's specification.
//! Not here: names and numbers of people (person).

use super::{History, Table};

/// One row is one person's membership in one household at the latest month of the national system's export.
pub(super) const TABLE: Table = Table {
    name: "membership",
    row: "a person's membership in a household at the latest month of the national system's export",
    history: History::Latest,
    columns: columns! {
        household_id: Id    LinkHousehold "the household, dense id";
        person_id:    Id    LinkPerson    "the person, dense id";
        household_no: Text  Required      "户编号 of the row";
        person_no:    Text  Optional      "人编号 of the row";
        id_no:        Text  Optional      "证件号码, valid 18 characters or NULL; personal";
        name:         Text  Optional      "姓名 as it came; personal";
        relation:     Text  Optional      "与户主关系 as the national system writes it";
        is_head:      Bool  Optional      "whether the person is 户主";
        since:        Month Optional      "人员识别时间: month since which the person belongs to the household";
    },
};
