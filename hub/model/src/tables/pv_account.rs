//! `pv_account`: what a village received for its stations and what it used it for.
//! Here because clause 7 orders the uses: rent, upkeep and insurance first, then posts, small works, awards, industry.
//! In: nothing. Out: the table's specification.
//! Not here: the people paid (pv_distribution).

use super::{History, Table};

/// One row is one village in one year.
pub(super) const TABLE: Table = Table {
    name: "pv_account",
    row: "a village-year of PV income and its use",
    history: History::EachPart,
    columns: columns! {
        village:             Text Required "村 as the source writes it, with county and town where it has them";
        year:                Int  Required "年度";
        received_fen:        Int  Optional "到账金额, fen";
        rent_fen:            Int  Optional "土地租金, fen (clause 7, deducted first)";
        upkeep_fen:          Int  Optional "运维费, fen (clause 7, deducted first)";
        insurance_fen:       Int  Optional "保险费, fen (clause 7, deducted first)";
        distributable_fen:   Int  Optional "可分配金额, fen";
        posts_fen:           Int  Optional "公益岗支出, fen (clause 7)";
        works_fen:           Int  Optional "小型公益支出, fen (clause 7)";
        awards_fen:          Int  Optional "奖补支出, fen (clause 7)";
        industry_fen:        Int  Optional "产业支出, fen (clause 7)";
        balance_fen:         Int  Optional "结余, fen";
        county_received_on:  Date Optional "到县日期";
        town_paid_on:        Date Optional "拨付乡镇日期";
        village_received_on: Date Optional "到村账日期";
        published_from:      Date Optional "公示起";
        published_to:        Date Optional "公示止, inclusive";
    },
};
