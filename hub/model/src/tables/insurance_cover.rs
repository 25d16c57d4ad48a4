//! `insurance_cover`: who is insured under which scheme.
//! Here because clause 24 counts on everybody being insured; both or neither of two schemes is an error.
//! In: nothing. Out: the table's specification.
//! Not here: monthly contributions of employees (social_insurance).
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one person, one scheme, one year.
pub(super) const TABLE: Table = Table {
    name: "insurance_cover",
    row: "a person insured in a year",
    history: History::EachPart,
    columns: columns! {
        person_id: Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:     Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:   Text Optional   "证件号码 as it came; personal";
        name:      Text Optional   "姓名 as it came; personal";
        scheme:    Text Required   "居民医保, 职工医保, 大病保险, 居民养老, 职工养老 or 防贫保";
        year:      Int  Optional   "参保年度";
        status:    Text Optional   "参保状态 as the source writes it";
        starts_on: Date Optional   "first day covered";
        ends_on:   Date Optional   "last day covered, inclusive";
    },
};
