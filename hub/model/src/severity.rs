//! How urgent a warning is, in the four colours counties use.
//! Here because rules, warnings, cases and pushes must agree on the words and on their order.
//! In: a word from a rule file. Out: an ordered enum; `Blue` is the mildest, `Red` the gravest.
//! Not here: deadlines per colour (parameters) and who is told (routes).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Severity of a warning, ordered: `Blue < Yellow < Orange < Red`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// 蓝: known and covered, watch only.
    Blue,
    /// 黄: needs a look within the ordinary deadline.
    Yellow,
    /// 橙: urgent.
    Orange,
    /// 红: at once.
    Red,
}

impl Severity {
    /// Every severity, mildest first.
    pub const ALL: [Self; 4] = [Self::Blue, Self::Yellow, Self::Orange, Self::Red];

    /// The word used in files, tables and JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Blue => "blue",
            Self::Yellow => "yellow",
            Self::Orange => "orange",
            Self::Red => "red",
        }
    }

    /// The colour as a clerk reads it.
    #[must_use]
    pub const fn chinese(self) -> &'static str {
        match self {
            Self::Blue => "蓝",
            Self::Yellow => "黄",
            Self::Orange => "橙",
            Self::Red => "红",
        }
    }

    /// The severity a word stands for; `None` for any other word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_red_is_gravest() {
        for severity in Severity::ALL {
            assert_eq!(Severity::parse(severity.as_str()), Some(severity));
        }
        assert_eq!(Severity::ALL.into_iter().max(), Some(Severity::Red));
    }
}
