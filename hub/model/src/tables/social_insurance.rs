//! `social_insurance`: for whom contributions were paid, month by month.
//! Here because it proves work that nobody declared and ends when work ends (clauses 15 and 16).
//! In: nothing. Out: the table's specification.
//! Not here: who is insured as a resident (insurance_cover).

use super::{History, Table};

/// One row is one person, one insurance, one month.
pub(super) const TABLE: Table = Table {
    name: "social_insurance",
    row: "a person-month of contribution",
    history: History::EachPart,
    columns: columns! {
        person_id:     Id    LinkPerson "the person, dense id; NULL when nobody was found";
        id_no:         Text  Optional   "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:       Text  Optional   "证件号码 as it came; personal";
        name:          Text  Optional   "姓名 as it came; personal";
        insurance:     Text  Required   "险种: 养老, 失业, 工伤, …";
        base_fen:      Int   Optional   "缴费基数, fen a month";
        month:         Month Required   "费款所属期: the month contributed for";
        status:        Text  Optional   "参保状态 as the source writes it";
        employer_uscc: Text  Optional   "统一社会信用代码 of the employer, valid or NULL";
    },
};
