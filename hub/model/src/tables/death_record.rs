//! `death_record`: deaths, as registered.
//! Here because a benefit paid to somebody who died, or a head who died, is seen only with it (clauses 21 and 34).
//! In: nothing. Out: the table's specification.
//! Not here: whether a benefit was paid afterwards; a rule finds that.
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one death of one register.
pub(super) const TABLE: Table = Table {
    name: "death_record",
    row: "a death",
    history: History::EachPart,
    columns: columns! {
        person_id:   Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:       Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:     Text Optional   "证件号码 as it came; personal";
        name:        Text Optional   "姓名 as it came; personal";
        died_on:     Date Required   "死亡日期";
        reported_on: Date Optional   "登记日期";
        source:      Text Optional   "who registered it: 公安, 殡葬, 卫健";
    },
};
