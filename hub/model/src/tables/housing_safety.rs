//! `housing_safety`: how safe the house of a household is.
//! Here because clause 24 wants housing watched; grade C or D of a household nobody monitors is a warning.
//! In: nothing. Out: the table's specification.
//! Not here: what the family declared itself (household.unsafe_house).
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one inspection of one dwelling.
pub(super) const TABLE: Table = Table {
    name: "housing_safety",
    row: "a dwelling's safety grade",
    history: History::EachPart,
    columns: columns! {
        household_id:    Id   LinkHousehold "the household, dense id; NULL when none was found";
        household_no:    Text Optional      "户编号 of the national system, only where the source has it";
        person_id:       Id   LinkPerson    "the person, dense id; NULL when nobody was found";
        id_no:           Text Optional      "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:         Text Optional      "证件号码 as it came; personal";
        name:            Text Optional      "姓名 as it came; personal";
        grade:           Text Required      "鉴定等级: A, B, C or D (clause 24)";
        inspected_on:    Date Optional      "鉴定日期";
        repaired_on:     Date Optional      "改造竣工日期; NULL when not repaired";
        address_village: Text Optional      "村 of the dwelling as the source writes it";
    },
};
