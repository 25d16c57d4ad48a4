//! `household_registration`: who stands in which household register of the police (户籍).
//! Here because a family as it lives, as it is assisted and as it is registered are three things that differ (D31).
//! In: nothing. Out: the table's specification.
//! Not here: who belongs to a household (membership). A register neither opens a household nor moves anybody.
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one person's entry in one household register.
pub(super) const TABLE: Table = Table {
    name: "household_registration",
    row: "a person's entry in a household register (居民户口簿)",
    history: History::Latest,
    columns: columns! {
        person_id:   Id   LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:       Text Optional   "公民身份号码, first 18 characters when valid, else NULL; personal";
        id_text:     Text Optional   "公民身份号码 as it came; personal";
        name:        Text Optional   "姓名 as it came; personal";
        register_no: Text Required   "户号 of the household register; not the 户编号 of the monitoring system";
        relation:    Text Optional   "与户主关系 in the register, one of the national system's 28 words";
        nature:      Text Optional   "户口性质 as it came: 农业, 非农业, 居民; or 家庭户, 集体户";
        address:     Text Optional   "户籍地址; personal";
        closed_on:   Date Optional   "day the entry was closed; NULL while it holds";
        closed_for:  Text Optional   "why: 死亡, 迁出 or another word of the source";
    },
};
