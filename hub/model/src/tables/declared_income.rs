//! `declared_income`: what a household's yearly income is said to be (clause 34's income statistics).
//! Here because rules compare it with lines and with what departments really paid.
//! In: nothing. Out: the table's specification.
//! Not here: dated income events (income_event), from which both income windows are computed.

use super::{History, Table};

/// One row is one household's declared income of one accounting year (1 October to 30 September).
pub(super) const TABLE: Table = Table {
    name: "declared_income",
    row: "a household's declared income of one accounting year",
    history: History::EachPart,
    columns: columns! {
        household_id:            Id   LinkHousehold "the household, dense id";
        household_no:            Text Required      "户编号 of the row";
        year:                    Int  Required      "年度: the accounting year that ends on 30 September of it";
        net_income_fen:          Int  Required      "纯收入, fen a year, may be negative";
        wage_fen:                Int  Optional      "工资性收入, fen a year";
        business_fen:            Int  Optional      "生产经营性收入, fen a year, before costs";
        business_cost_fen:       Int  Optional      "生产经营性支出, fen a year";
        property_fen:            Int  Optional      "财产性收入, fen a year";
        transfer_fen:            Int  Optional      "转移性收入, fen a year";
        people_year:             Int  Required      "年度家庭人口数, people, > 0: the divisor of the yearly figure";
        people_now:              Int  Optional      "当前家庭人口数, people, > 0";
        per_capita_declared_fen: Int  Optional      "人均纯收入 as declared, fen a year and person";
        public_post_fen:         Int  Optional      "公益性岗位收入, fen a year, part of wage_fen (clauses 7 and 10)";
        industry_award_fen:      Int  Optional      "产业奖励, fen a year (clause 22)";
        cost_subsidy_fen:        Int  Optional      "专项用于减少生产经营性支出的补贴, fen a year, nets against the costs";
        asset_dividend_fen:      Int  Optional      "资产收益扶贫分红, fen a year, part of property_fen (clauses 17–19)";
        family_planning_fen:     Int  Optional      "计划生育金, fen a year, part of transfer_fen (clause 23)";
        low_income_benefit_fen:  Int  Optional      "最低生活保障金, fen a year, part of transfer_fen (clause 21)";
        destitute_support_fen:   Int  Optional      "特困人员救助供养金, fen a year, part of transfer_fen (clause 21)";
        pension_fen:             Int  Optional      "养老金或离退休金, fen a year, part of transfer_fen (clause 23)";
        ecology_fen:             Int  Optional      "生态补偿金, fen a year, part of transfer_fen (clause 22)";
        other_transfer_fen:      Int  Optional      "其他转移性收入, fen a year, part of transfer_fen";
    },
};
