//! `household`: a family (户) as the national system knows it.
//! Here because it is the spine: every other table joins it by `household_id`.
//! In: nothing. Out: the table's specification.
//! Not here: its members (membership), its money (declared_income), its support (measure).

use super::{History, Table};

/// One row is a household at the latest month of the national system's export.
pub(super) const TABLE: Table = Table {
    name: "household",
    row: "a household at the latest month of the national system's export",
    history: History::Latest,
    columns: columns! {
        household_id:        Id    LinkHousehold "dense id, stable over runs";
        household_no:        Text  Required      "户编号 of the national system, opaque text";
        county:              Text  Optional      "县(市、区) as the national system writes it";
        town:                Text  Optional      "乡(镇) as the national system writes it";
        village:             Text  Optional      "行政村 as the national system writes it";
        village_group:       Text  Optional      "组 or 自然村 within the village";
        household_type:      Text  Optional      "户类型: 脱贫户, 一般农户, …";
        monitored_kind:      Text  Optional      "监测对象类别; NULL when not monitored";
        risk_removed:        Bool  Optional      "风险是否已消除; NULL when not monitored";
        no_labour:           Bool  Optional      "整户无劳动力兜底保障户: covered by support, nobody can work";
        natural_village:     Text  Optional      "自然村, where it stands beside 组";
        first_identified_on: Date  Optional      "首次识别时间: first day of what is said";
        identified_month:    Month Optional      "识别监测时间: starts the 10 days for measures (clause 2)";
        removed_month:       Month Optional      "消除监测时间; NULL while the risk stands";
        risk_1:              Text  Optional      "致贫/返贫风险1: 因病, 因学, 因残, 因务工就业不稳, 缺劳动力, …";
        risk_2:              Text  Optional      "致贫/返贫风险2, same words";
        risk_3:              Text  Optional      "致贫/返贫风险3, same words";
        risk_4:              Text  Optional      "致贫/返贫风险4, same words";
        risk_5:              Text  Optional      "致贫/返贫风险5, same words";
        unsafe_house:        Bool  Optional      "是否危房户 (clause 24)";
        safe_water:          Bool  Optional      "是否解决安全饮用水 (clause 24)";
        people_now:          Int   Optional      "当前家庭人口数, people, > 0";
        phone:               Text  Optional      "户联系电话, 11 digits; personal";
        data_date:           Date  Optional      "数据日期 of the export";
    },
};
