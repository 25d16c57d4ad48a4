//! The worksheet (交办单): a workbook a department fills in, which closes the loop when it comes back.
//! Here because most offices live in spreadsheets, and a pasted row must not land on another family's case.
//! In: cases, a key. Out: columns, the words a clerk may choose, numbers that vouch for themselves.
//! Not here: writing the workbook (write), taking it back (take), which cases (store).

mod line;
mod returns;
mod take;
mod would;
mod write;

use chrono::NaiveDate;
use hmac::{Hmac, KeyInit, Mac};
use hub_model::case::Action;
use hub_model::{CaseId, CaseState};
use sha2::Sha256;

pub use line::{Line, Refusal, Taken};
pub use returns::Returned;
pub use take::{Sheet, write_refused};
pub use write::write;

/// The hidden column that says which case a row is about; it and those below are read back.
pub const NUMBER: &str = "事项编号";
/// The column what came of it is chosen in.
pub const OUTCOME: &str = "办理结果";
pub(crate) const REASON: &str = "不属实原因";
pub(crate) const MEASURE: &str = "采取措施";
pub(crate) const DATE: &str = "办理日期";
pub(crate) const TEXT: &str = "情况说明";
/// Hexadecimal digits that vouch for a number.
const CHECK_DIGITS: usize = 16;
/// What tells this use of the site's key from others; never changed, or sheets that are out would be worth nothing.
const FOR_SHEETS: &[u8] = b"hub worksheet 1 ";

/// What a department has to do.
const TO_DO: [CaseState; 3] = [CaseState::Dispatched, CaseState::Verifying, CaseState::Handling];
/// What the county has to close.
const TO_CLOSE: [CaseState; 2] = [CaseState::Handled, CaseState::Rejected];
/// Characters a file's name cannot have.
const UNFIT: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

/// The states a worksheet lists: what a department has to do, or what the county has to close.
#[must_use]
pub const fn to_do(closes: bool) -> &'static [CaseState] {
    if closes { &TO_CLOSE } else { &TO_DO }
}

/// What the worksheet of `department` and `town` is called; `upto` tells apart those of one day.
#[must_use]
pub fn file_name(department: &str, town: &str, day: NaiveDate, closes: bool, upto: Option<i64>) -> String {
    let of = if closes { "办结" } else { "交办" };
    let day = day.format("%Y%m%d");
    let town = if town.is_empty() {
        "乡镇不详".to_owned()
    } else {
        town.replace('/', "")
    };
    let upto = upto.map(|upto| format!("-{upto}")).unwrap_or_default();
    let name = format!("{of}单-{department}-{town}-{day}{upto}.xlsx");
    let fit = |c: char| {
        if UNFIT.contains(&c) || c.is_control() {
            '_'
        } else {
            c
        }
    };
    name.chars().map(fit).collect()
}

/// What a clerk may say of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// 受理: it was taken up.
    Accepted,
    /// 属实: it is so.
    True,
    /// 不属实: it is not so.
    False,
    /// 已处置: it is so, and something was done.
    Handled,
    /// 退回: it is not this department's.
    Returned,
    /// 办结: the county agrees.
    Closed,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::True,
        Self::False,
        Self::Handled,
        Self::Returned,
        Self::Closed,
    ];

    /// The word in the cell.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accepted => "受理",
            Self::True => "属实",
            Self::False => "不属实",
            Self::Handled => "已处置",
            Self::Returned => "退回",
            Self::Closed => "办结",
        }
    }

    /// The actions that lead there, in order; those a case has behind it are left out by its state.
    #[must_use]
    pub const fn actions(self) -> &'static [Action] {
        match self {
            Self::Accepted => &[Action::Accept],
            Self::True => &[Action::Accept, Action::Verify],
            Self::False => &[Action::Accept, Action::Reject],
            Self::Handled => &[Action::Accept, Action::Verify, Action::Handle],
            Self::Returned => &[Action::Return],
            Self::Closed => &[Action::Close],
        }
    }
}

/// What vouches for the numbers on worksheets of this hub.
#[derive(Clone)]
pub struct Seal(Hmac<Sha256>);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal(***)")
    }
}

impl Seal {
    /// From the hub's key.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| unreachable!("HMAC takes any key length"));
        mac.update(FOR_SHEETS);
        Self(mac)
    }

    /// The number of `case` as whoever fills the row in has seen it: `case.version.check`.
    #[must_use]
    pub fn number(&self, case: CaseId, version: u64) -> String {
        let number = format!("{case}.{version}");
        format!("{number}.{}", self.check(&number))
    }

    /// The case and version of a number; none when a character of it was changed.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<(CaseId, u64)> {
        let (number, check) = text.trim().rsplit_once('.')?;
        let (case, version) = number.split_once('.')?;
        let read = (CaseId::parse(case).ok()?, version.parse().ok()?);
        (self.check(number) == check).then_some(read)
    }

    fn check(&self, number: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(number.as_bytes());
        let digest = hex::encode(mac.finalize().into_bytes());
        digest.chars().take(CHECK_DIGITS).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_vouches_for_case_and_version() {
        let seal = Seal::new(&[7; 32]);
        let (case, other) = (CaseId::new(1, 2), CaseId::new(1, 3));
        let number = seal.number(case, 4);
        assert_eq!(seal.read(&format!(" {number} ")), Some((case, 4)));
        let check = number.rsplit('.').next().unwrap();
        for wrong in [
            format!("{other}.4.{check}"),
            format!("{case}.5.{check}"),
            format!("{case}.4.0000000000000000"),
            format!("{case}.4"),
            Seal::new(&[8; 32]).number(case, 4),
            String::new(),
            "=1+1".to_owned(),
        ] {
            assert_eq!(seal.read(&wrong), None, "{wrong}");
        }
    }
}
