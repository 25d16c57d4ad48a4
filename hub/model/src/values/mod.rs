//! Values as cells hold them, read: what every SQL function of a mapping does to one cell.
//! Here because the dirt of the field (D01 to D37) is known, finite, and repaired once for all sources.
//! In: one cell's text as it came. Out: a typed value, or none where the text is not one; nothing is ever guessed.
//! Not here: columns of cells and SQL (engine), rows and files, and which source a text came from.
//!
//! Every function is pure, allocates only where it must change the text, and never fails: these run over millions
//! of rows. What cannot be recovered is `None`; the mapping keeps the text beside it where somebody should see it.

mod amount;
mod calendar;
mod chars;
mod codes;
mod date;
mod date_scan;
mod decimal;
mod document;
mod id_number;
mod id_shown;
mod lost_byte;
mod name;
mod phone;
mod pinyin;
mod pinyin_table;
mod place;
mod province;
mod refusal;
mod relation;
mod stand_in;
mod suggestion;
mod text;
mod uscc;
mod variants;
mod yes_no;

pub use amount::{
    milli, money_fen, money_fen_in, money_unit, percent_bp, unit_price, watt_hours, watts, whole_number,
};
pub use calendar::{civil_date, civil_days};
pub use codes::{education, ethnicity, health};
pub use date::{Precision, cn_date, cn_date_end, date_precision, month, year};
pub use document::{
    IdKind, birth_date, disability_grade, disability_kind, excel_cut, id_kind, id_no, id_reason, sex,
};
pub use id_number::IdNumber;
pub use id_shown::{IdShown, id_shown};
pub use lost_byte::{LostByte, lost_byte};
pub use name::{cn_name, cn_name_key};
pub use phone::phone;
pub use pinyin::pinyin_key;
pub use place::{division_code, division_of, village_key};
pub use province::province_code;
pub use refusal::{id_refusal, refusal_reason};
pub use relation::{relation, relation_gb};
pub use stand_in::StandIns;
pub use suggestion::id_suggestions;
pub use text::{blank, is_footer, split_values, text_clean};
pub use uscc::uscc;
pub use yes_no::yes_no;
