//! `training`: who was trained in which class.
//! Here because training is paid at 50 yuan per person and day (clause 14), so days and money must agree.
//! In: nothing. Out: the table's specification.
//! Not here: the standard itself; it is a parameter with an effective date.

use super::{History, Table};

/// One row is one person in one class.
pub(super) const TABLE: Table = Table {
    name: "training",
    row: "a person in a class",
    history: History::EachPart,
    columns: columns! {
        person_id:      Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:          Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:        Text Optional   "证件号码 as it came; personal";
        name:           Text Optional   "姓名 as it came; personal";
        provider:       Text Optional   "培训机构";
        occupation:     Text Optional   "工种 trained for";
        class_no:       Text Optional   "期次 of the provider";
        starts_on:      Date Optional   "开班日期";
        ends_on:        Date Optional   "结业日期, inclusive";
        days:           Int  Optional   "培训天数, days attended";
        subsidy_fen:    Int  Optional   "补贴金额, fen for the whole class (clause 14)";
        certificate_no: Text Optional   "证书编号";
    },
};
