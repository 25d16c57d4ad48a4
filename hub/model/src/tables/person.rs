//! `person`: a human being, once per row of the national system's export.
//! Here because it says who somebody is; the other tables say what happened to somebody.
//! In: nothing. Out: the table's specification.
//! Not here: which household the person belongs to when (membership).

use super::{History, Table};

/// One row is a person at the latest month of the national system's export.
pub(super) const TABLE: Table = Table {
    name: "person",
    row: "a person at the latest month of the national system's export",
    history: History::Latest,
    columns: columns! {
        person_id:    Id   LinkPerson    "dense id behind the keyed blind index";
        household_id: Id   LinkHousehold "household of the row";
        household_no: Text Required      "户编号 of the row";
        person_no:    Text Optional      "人编号 of the national system, opaque text";
        id_no:        Text Optional      "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:      Text Optional      "证件号码 as it came; personal";
        name:         Text Optional      "姓名 as it came; personal";
        relation:     Text Optional      "与户主关系 as the national system writes it";
        phone:        Text Optional      "联系电话; personal";
        id_kind:      Text Optional      "resident, disability_card, masked, truncated, … (D01–D08)";
        birth_date:   Date Optional      "from digits 7–14 of a valid number; personal";
        sex:          Text Optional      "男 or 女, from digit 17 of a valid number";
        ethnicity:    Text Optional      "民族, as GB/T 3304 names it: 汉族, 回族, …";
        education:    Text Optional      "文化程度 of somebody who is not at school";
        schooling:    Text Optional      "在校生状况 of somebody who is at school";
        health:       Text Optional      "健康状况: 健康, 长期慢性病, 患有大病, 残疾; several joined by 、";
        labour:       Text Optional      "劳动技能: 普通劳动力, 技能劳动力, 弱劳动力或半劳动力, 丧失劳动力, 无劳动力";
        work_months:  Int  Optional      "务工时间, months of the year, 0–12";
    },
};
