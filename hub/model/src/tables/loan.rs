//! `loan`: small loans to lifted households (脱贫人口小额信贷).
//! Here because clause 25 wants everybody who should have one to have one, with its interest paid.
//! In: nothing. Out: the table's specification.
//! Not here: other debts of a household.
//! No shipped connector feeds it; a city connects its own source by configuration and a mapping.

use super::{History, Table};

/// One row is one contract at the date of its part.
pub(super) const TABLE: Table = Table {
    name: "loan",
    row: "a small loan",
    history: History::EachPart,
    columns: columns! {
        person_id:            Id   LinkPerson    "the person, dense id; NULL when nobody was found";
        id_no:                Text Optional      "证件号码, first 18 characters when valid, else NULL; personal";
        id_text:              Text Optional      "证件号码 as it came; personal";
        name:                 Text Optional      "姓名 as it came; personal";
        household_id:         Id   LinkHousehold "the household, dense id; NULL when none was found";
        household_no:         Text Optional      "户编号 of the national system, only where the source has it";
        contract_no:          Text Required      "合同编号";
        amount_fen:           Int  Optional      "贷款金额, fen";
        balance_fen:          Int  Optional      "贷款余额, fen";
        lent_on:              Date Optional      "放款日期";
        due_on:               Date Optional      "到期日期";
        overdue_days:         Int  Optional      "逾期天数, days; 0 when not overdue";
        interest_subsidy_fen: Int  Optional      "贴息金额 paid so far, fen (clause 25)";
        status:               Text Optional      "状态 as the source writes it";
    },
};
