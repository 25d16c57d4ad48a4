//! `declaration`: what families asked for themselves (自主申报).
//! Here because clause 1 wants self-declaration used; 2 working days to visit and 20 to finish run from it.
//! In: nothing. Out: the table's specification.
//! Not here: what was found when the family was visited (the case of a warning).

use super::{History, Table};

/// One row is one request.
pub(super) const TABLE: Table = Table {
    name: "declaration",
    row: "a request a family made itself",
    history: History::EachPart,
    columns: columns! {
        person_id:   Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:       Text Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:     Text Optional   "证件号码 as it came; personal";
        name:        Text Optional   "姓名 as it came; personal";
        request_no:  Text Required   "申报编号";
        phone:       Text Optional   "联系电话, 11 digits; personal";
        county:      Text Optional   "县(市、区) as the source writes it";
        town:        Text Optional   "乡(镇、街道) as the source writes it";
        village:     Text Optional   "村(社区) as the source writes it";
        matter:      Text Optional   "申报事由, several joined by 、";
        filed_on:    Date Optional   "申报时间: starts the clocks (clause 1)";
        accepted_on: Date Optional   "受理时间";
        finished_on: Date Optional   "办结时间";
        result:      Text Optional   "结果 as the source writes it";
    },
};
