//! `public_post`: who held a public-welfare post (公益性岗位), and what was paid for the month.
//! Here because posts are set by need, paid while held and left in order; their number stays stable (clause 10).
//! In: nothing. Out: the table's specification.
//! Not here: what a village paid out of its stations (pv_distribution).

use super::{History, Table};

/// One row is one month of one post.
pub(super) const TABLE: Table = Table {
    name: "public_post",
    row: "a post-month of a public-welfare post",
    history: History::EachPart,
    columns: columns! {
        person_id:            Id    LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:                Text  Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:              Text  Optional   "证件号码 as it came; personal";
        name:                 Text  Optional   "姓名 as it came; personal";
        post_name:            Text  Optional   "岗位名称";
        post_kind:            Text  Optional   "岗位类别: 保洁, 护路, 护林, 护水, 光伏运维, …";
        employer:             Text  Optional   "聘用单位";
        starts_on:            Date  Optional   "上岗时间";
        agreement_ends_on:    Date  Optional   "协议到期, inclusive";
        monthly_standard_fen: Int   Optional   "月补贴标准, fen a month";
        fund_source:          Text  Optional   "资金来源: 衔接资金, 就业资金, 光伏收益, 村集体";
        month:                Month Required   "发放月份: the month paid for";
        paid_fen:             Int   Optional   "实发金额 for the month, fen; NULL when nothing was said, 0 when nothing was paid";
    },
};
