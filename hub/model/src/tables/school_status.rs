//! `school_status`: who goes to which school, and what aid was given.
//! Here because clause 24 wants no child out of school, clause 15 aid paid in full.
//! In: nothing. Out: the table's specification.
//! Not here: what the family declared itself (person.schooling).
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one person in one term.
pub(super) const TABLE: Table = Table {
    name: "school_status",
    row: "a person's schooling in a term",
    history: History::EachPart,
    columns: columns! {
        person_id: Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:     Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:   Text Optional   "证件号码 as it came; personal";
        name:      Text Optional   "姓名 as it came; personal";
        term:      Text Required   "学期, e.g. 2023秋";
        stage:     Text Optional   "学段: 小学, 初中, 普通高中, 中职, …";
        school:    Text Optional   "学校";
        status:    Text Optional   "学籍状态: 在读, 休学, 辍学, 毕业, …";
        aid_fen:   Int  Optional   "资助金额 of the term, fen (clause 15)";
    },
};
