//! A refused row on its way back: the number it goes by, why it was refused, what became of it.
//! Here because engine, store and workbook must mean the same row, also after its file was read again.
//! In: digits of a keyed digest, a stream and a part. Out: the number, as commands and as workbooks write it.
//! Not here: how the digest is made (engine) and where the list is kept (store).

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::InvalidId;

/// What the sheets of a workbook of refused rows are called, before what tells them apart.
pub const RETURNED_SHEET: &str = "退回";
/// Header of the column with a row's number.
pub const RETURNED_NUMBER: &str = "退回编号";
/// Header of the column that says why.
pub const RETURNED_REASON: &str = "退回原因";
/// Header of the column with a value that may have been meant.
pub const RETURNED_SUGGESTION: &str = "建议值";
/// Header of the column with the row's first place, `file!sheet!row`.
pub const RETURNED_PLACE: &str = "原位置";
/// Digits that check a number in a workbook.
const CHECK_DIGITS: usize = 4;

/// The number of a refused row: what it says, its stream and part, digested with the site's key. The same row of a file
/// that is read or sent again has the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct RowKey(u64);

impl RowKey {
    /// The number with these bits.
    #[must_use]
    pub const fn new(bits: u64) -> Self {
        Self(bits)
    }

    /// Reads sixteen hexadecimal digits.
    ///
    /// # Errors
    /// When the text is anything else.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let digits = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
        let bits = u64::from_str_radix(text, 16).ok().filter(|_| digits);
        bits.map(Self).ok_or(InvalidId {
            kind: "number of a refused row",
            expected: "16 hexadecimal digits",
        })
    }

    /// As it stands in a workbook: with what it belongs to, and digits that show when any of it was changed.
    #[must_use]
    pub fn written(self, stream: &str, part: &str) -> String {
        let text = format!("{stream}/{part}/{self}");
        let sum = hex::encode(Sha256::digest(&text));
        format!("{text}{}", sum.get(..CHECK_DIGITS).unwrap_or_default())
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl From<RowKey> for String {
    fn from(key: RowKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for RowKey {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

/// Why a row was refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RefusalReason {
    /// Stable reason code (`D01` …).
    pub code: String,
    /// The offending column's name in the source, when one is to blame.
    pub column: Option<String>,
    /// The reason in a clerk's words, Chinese.
    pub reason: String,
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its number; of a row that was sent back and is refused again, that of the row it corrects.
    pub key: RowKey,
    /// `_row` within the run's stream.
    pub row: i64,
    /// Why, each reason once.
    pub reasons: Vec<Arc<RefusalReason>>,
}

/// What became of a part, as far as rows of it were refused, now or before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartRefusals {
    /// The part.
    pub part: String,
    /// Rows refused in it, all there are.
    pub refused: Vec<Refusal>,
    /// Numbers of refused rows whose corrections are used in their place.
    pub corrected: Vec<RowKey>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_it_is_written() {
        let key = RowKey::new(0x0123_4567_89ab_cdef);
        assert_eq!(RowKey::parse(&key.to_string()), Ok(key));
        let written = key.written("rolls", "202310");
        assert!(written.starts_with("rolls/202310/0123456789abcdef"), "{written}");
        assert_eq!(written.len(), "rolls/202310/".len() + 20);
        assert_ne!(written, key.written("rolls", "202311"));
        for wrong in [
            "",
            "12",
            "0123456789abcdeg",
            "0123456789abcdef0",
            "+123456789abcdef",
        ] {
            assert!(RowKey::parse(wrong).is_err(), "{wrong}");
        }
        let json = serde_json::to_string(&key).unwrap();
        assert_eq!(json, "\"0123456789abcdef\"");
        assert_eq!(serde_json::from_str::<RowKey>(&json).unwrap(), key);
    }
}
