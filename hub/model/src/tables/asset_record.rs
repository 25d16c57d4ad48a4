//! `asset_record`: what other registers say a person owns.
//! Here because a car, a second house or a company beside a benefit wants a second look (clauses 21 and 34).
//! In: nothing. Out: the table's specification.
//! Not here: what a family declared itself, and any verdict: a human decides.
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one entry of one register.
pub(super) const TABLE: Table = Table {
    name: "asset_record",
    row: "property registered to a person",
    history: History::EachPart,
    columns: columns! {
        person_id:     Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:         Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:       Text Optional   "证件号码 as it came; personal";
        name:          Text Optional   "姓名 as it came; personal";
        kind:          Text Required   "车辆, 房产, 工商登记 or 公积金";
        detail:        Text Optional   "what it is, as the register writes it; personal";
        registered_on: Date Optional   "登记日期";
        value_fen:     Int  Optional   "价值 or 余额, fen, where the register has it";
    },
};
