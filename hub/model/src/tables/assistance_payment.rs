//! `assistance_payment`: who stands on which assistance roll in which month.
//! Here because leaving a roll, standing on two, or missing from one are the signs clause 21 asks to watch.
//! In: nothing. Out: the table's specification.
//! Not here: the unit as a whole (assistance_unit) and the standards (assistance_standard).

use super::{History, Table};

/// One row is one person on one roll in one month.
pub(super) const TABLE: Table = Table {
    name: "assistance_payment",
    row: "a person on a roll in a month",
    history: History::EachPart,
    columns: columns! {
        person_id:      Id    LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:          Text  Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:        Text  Optional   "证件号码 as it came; personal";
        name:           Text  Optional   "姓名 as it came; personal";
        unit_no:        Text  Optional   "家庭编号 of the unit";
        month:          Month Required   "发放月份 of the roll";
        category:       Text  Required   "农村低保, 城市低保, 特困供养, 低保边缘, 刚性支出困难 or 临时救助 (clause 21)";
        class:          Text  Optional   "分类 as the source writes it";
        care:           Text  Optional   "供养方式: 集中 or 分散";
        covered_people: Int   Optional   "保障人数 of the unit, people";
        amount_fen:     Int   Optional   "fen a month; when amount_basis is 户 once per unit, on the head's row (D25)";
        amount_basis:   Text  Optional   "户 or 人: for whom the amount is";
        since:          Month Optional   "享受起始年月";
        stopped_on:     Date  Optional   "停发时间; NULL while paid";
        stop_reason:    Text  Optional   "停保原因: 死亡, 收入超标, 户籍迁出, 主动退出";
        county:         Text  Optional   "县(市、区) as the source writes it";
        town:           Text  Optional   "乡(镇、街道) as the source writes it";
        village:        Text  Optional   "村(社区) as the source writes it";
    },
};
