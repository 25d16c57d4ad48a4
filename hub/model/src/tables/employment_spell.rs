//! `employment_spell`: who worked where, from when to when.
//! Here because a spell that ends is the first sign of an income that ends (clauses 9 and 16).
//! In: nothing. Out: the table's specification.
//! Not here: public-welfare posts (public_post) and contributions (social_insurance).

use super::{History, Table};

/// One row is one spell with one employer, or one month of a spell that is watched monthly.
pub(super) const TABLE: Table = Table {
    name: "employment_spell",
    row: "an employment spell",
    history: History::EachPart,
    columns: columns! {
        person_id:             Id   LinkPerson    "the person, dense id; NULL when nobody was found";
        id_no:                 Text Optional      "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:               Text Optional      "证件号码 as it came; personal";
        name:                  Text Optional      "姓名 as it came; personal";
        household_id:          Id   LinkHousehold "the household, dense id; NULL when none was found";
        household_no:          Text Optional      "户编号 of the national system, only where the source has it";
        employer:              Text Optional      "单位名称 or 务工企业名称";
        employer_uscc:         Text Optional      "统一社会信用代码 of the employer, valid or NULL";
        industry:              Text Optional      "所属行业 as the source writes it";
        occupation:            Text Optional      "工种 as the source writes it";
        status:                Text Optional      "就业状态 or 是否外出务工 as the source writes it";
        work_place:            Text Optional      "务工所在地: a division code or the name of a place";
        out_of_province:       Bool Optional      "whether the place is in another province (clause 9: transport subsidy)";
        starts_on:             Date Optional      "first day of work or of the contract";
        ends_on:               Date Optional      "last day of the contract, inclusive; NULL when open";
        left_on:               Date Optional      "退工时间; NULL while working";
        left_reason:           Text Optional      "退工原因 as the source writes it";
        monthly_wage_fen:      Int  Optional      "月收入, fen a month";
        channel:               Text Optional      "就业渠道 as the source writes it";
        transport_subsidy_fen: Int  Optional      "年度交通费补助, fen a year (clause 9)";
        valid:                 Bool Optional      "有效标志: false when the source withdrew the row";
    },
};
