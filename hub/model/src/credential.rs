//! Who asks from outside, what for, and about which cases: credentials, permissions, scopes.
//! Here because a department must see its own cases and no other's, whichever way it asks.
//! In: words typed by operators. Out: checked values; a `Scope` that every question of an outsider carries.
//! Not here: tokens and signatures (runtime), where they are kept (store).

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::InvalidId;
use crate::case::Role;

/// Shortest and longest id of a credential, characters.
const ID_CHARS: std::ops::RangeInclusive<usize> = 2..=40;
/// Shortest and longest part of a division code that a credential can be limited to, digits.
const DIVISION_DIGITS: std::ops::RangeInclusive<usize> = 2..=12;

/// The name of a credential, chosen by the operator; not secret.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CredentialId(String);

impl CredentialId {
    /// Reads an id: 2 to 40 small letters, digits or `-`, a letter first.
    ///
    /// # Errors
    /// When the text has another shape.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        let shaped = ID_CHARS.contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if shaped {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId {
                kind: "credential id",
                expected: "2 to 40 small letters, digits or '-', a letter first",
            })
        }
    }

    /// The id as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CredentialId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        Self::parse(&text)
    }
}

impl From<CredentialId> for String {
    fn from(id: CredentialId) -> Self {
        id.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Something a credential may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Permission {
    /// 查看事项: read cases, without personal data.
    #[serde(rename = "cases:read")]
    ReadCases,
    /// 办理: act on cases.
    #[serde(rename = "cases:act")]
    Act,
    /// 拉取事件: read events and acknowledge them.
    #[serde(rename = "events:read")]
    ReadEvents,
    /// 查看个人信息: read cases with names and numbers; every look is recorded.
    #[serde(rename = "cases:full")]
    ReadFull,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 4] = [Self::ReadCases, Self::Act, Self::ReadEvents, Self::ReadFull];

    /// The word typed and stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ReadCases => "cases:read",
            Self::Act => "cases:act",
            Self::ReadEvents => "events:read",
            Self::ReadFull => "cases:full",
        }
    }

    /// The permission a word stands for.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// Which cases somebody may know of: those of one department, in divisions whose code begins with a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scope {
    department: Option<String>,
    division: String,
}

impl Scope {
    /// Every case: for the operator, and for the hub itself.
    #[must_use]
    pub const fn whole() -> Self {
        Self {
            department: None,
            division: String::new(),
        }
    }

    /// The cases of `department`, of every one when there is none, where the division's code begins with `division`.
    ///
    /// # Errors
    /// When `division` is neither empty nor 2 to 12 digits.
    pub fn of(department: Option<String>, division: &str) -> Result<Self, InvalidId> {
        let is_prefix =
            DIVISION_DIGITS.contains(&division.len()) && division.bytes().all(|byte| byte.is_ascii_digit());
        if division.is_empty() || is_prefix {
            Ok(Self {
                department,
                division: division.to_owned(),
            })
        } else {
            Err(InvalidId {
                kind: "division",
                expected: "the first 2 to 12 digits of a division code, such as 3412 or 341221",
            })
        }
    }

    /// The department; none when every one is meant.
    #[must_use]
    pub fn department(&self) -> Option<&str> {
        self.department.as_deref()
    }

    /// What the division's code begins with; empty when every one is meant.
    #[must_use]
    pub fn division(&self) -> &str {
        &self.division
    }

    /// Whether a case of `department` in `division` is among them. One whose division is not known is nobody's but theirs
    /// who are not limited to one.
    #[must_use]
    pub fn holds(&self, department: &str, division: &str) -> bool {
        self.department.as_deref().is_none_or(|ours| ours == department)
            && division.starts_with(&self.division)
    }
}

/// A credential as it stands; what proves it is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credential {
    /// Its name.
    pub id: CredentialId,
    /// As whom its holder acts.
    pub role: Role,
    /// Which cases it is about.
    pub scope: Scope,
    /// What it allows.
    pub permissions: BTreeSet<Permission>,
    /// Whether what is changed with it must be signed.
    pub signed: bool,
    /// When it was made, milliseconds since 1970 UTC.
    pub created_ms: i64,
    /// From when on it is worth nothing.
    pub expires_ms: i64,
    /// When it was revoked.
    pub revoked_ms: Option<i64>,
}

impl Credential {
    /// Whether it opens anything at `now_ms`.
    #[must_use]
    pub const fn stands(&self, now_ms: i64) -> bool {
        self.revoked_ms.is_none() && now_ms < self.expires_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_word_that_can_stand_in_a_token() {
        for right in ["office-one", "a1", "town-7"] {
            assert!(CredentialId::parse(right).is_ok(), "{right}");
        }
        for wrong in ["", "a", "A1", "民政", "1a", "a_b", "a.b", &"a".repeat(41)] {
            assert!(CredentialId::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_scope_holds_its_own_and_nothing_else() {
        let table = [
            (None, "", "民政", "341202", true),
            (None, "", "民政", "", true),
            (Some("民政"), "", "民政", "", true),
            (Some("民政"), "", "人社", "341202", false),
            (Some("民政"), "3412", "民政", "341202", true),
            (Some("民政"), "341202", "民政", "341221", false),
            (Some("民政"), "34", "民政", "", false),
            (Some("民政"), "", "民政局", "341202", false),
        ];
        for (ours, prefix, department, division, held) in table {
            let scope = Scope::of(ours.map(str::to_owned), prefix).unwrap();
            assert_eq!(
                scope.holds(department, division),
                held,
                "{scope:?} {department} {division}"
            );
        }
        for wrong in ["3", "34a", "颍州区", "3412020000001"] {
            assert!(Scope::of(None, wrong).is_err(), "{wrong}");
        }
    }
}
