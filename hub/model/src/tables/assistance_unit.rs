//! `assistance_unit`: the household civil affairs assists, which is not the registered one.
//! Here because one person of a family may be covered alone (D31), and an amount may be for the unit (D25).
//! In: nothing. Out: the table's specification.
//! Not here: who received what (assistance_payment).

use super::{History, Table};

/// One row is one unit in one month and category.
pub(super) const TABLE: Table = Table {
    name: "assistance_unit",
    row: "a civil affairs assistance household in a month",
    history: History::EachPart,
    columns: columns! {
        household_id:   Id    LinkUnit "the register's household its people belong to; without one a household of its own";
        unit_no:        Text  Required "家庭编号, 低保证号 or 救助证编号 of the source";
        month:          Month Required "发放月份 of the roll";
        category:       Text  Required "农村低保, 城市低保, 特困供养, 低保边缘, 刚性支出困难 or 临时救助 (clause 21)";
        class:          Text  Optional "分类: A, B, C or 一类 … as the source writes it";
        head_name:      Text  Optional "户主姓名 as it came; personal";
        head_id_no:     Text  Optional "户主身份证号, first 18 characters when valid, else NULL; personal";
        covered_people: Int   Optional "保障人数 as the source states it, people";
        people_listed:  Int   Optional "people of the unit that stand on the roll";
        amount_fen:     Int   Optional "月保障金额 of the unit, fen a month";
        county:         Text  Optional "县(市、区) as the source writes it";
        town:           Text  Optional "乡(镇、街道) as the source writes it";
        village:        Text  Optional "村(社区) as the source writes it";
    },
};
