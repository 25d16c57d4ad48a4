//! `measure`: what was planned and done for a household (帮扶措施).
//! Here because clause 2 gives ten days to plan, until 30 September for income measures, until 30 November for all.
//! In: nothing. Out: the table's specification.
//! Not here: what the measure paid (income_event, subsidy).

use super::{History, Table};

/// One row is one measure of one household, as the latest export lists it.
pub(super) const TABLE: Table = Table {
    name: "measure",
    row: "a support measure of a household",
    history: History::Latest,
    columns: columns! {
        household_id: Id   LinkHousehold "the household, dense id; NULL when none was found";
        household_no: Text Optional      "户编号 of the national system, only where the source has it";
        group:        Text Required      "产业, 就业, 公益性岗位, 金融, 住房, 饮水, 健康, 教育, 义务教育, 搬迁, 综合保障 or 社会";
        measure_name: Text Optional      "措施名称 within the group";
        planned_on:   Date Optional      "制定时间: within 10 days of recognition (clause 2)";
        applied_on:   Date Optional      "申报时间 (clause 2)";
        done_on:      Date Optional      "落实时间: by 30 September or 30 November (clause 2)";
        done:         Bool Optional      "是否落实; NULL when not said";
        responsible:  Text Optional      "责任人; personal";
    },
};
