//! Bands as a rule file writes them: a line above or below, or a condition.
//! Here because a band has three forms and each has its own mistakes.
//! In: `[[band]]` and `[[severity_override]]` tables. Out: bands that are one form each.
//! Not here: judging a row by them (rule_band).

use hub_model::Severity;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

/// Subjects beyond one line, or of which something is true.
#[derive(Debug, Clone)]
pub struct Band {
    /// Its name.
    pub name: String,
    /// How urgent it is.
    pub severity: Severity,
    /// Who is in it.
    pub test: Test,
}

/// Who is in a band.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Whose measure is smaller than this parameter.
    Below(String),
    /// Whose measure is greater than this parameter.
    Above(String),
    /// Of whom this boolean column of the SELECT is true.
    When {
        /// The column.
        column: String,
        /// What is true then, in words: it stands where a line stands in the others.
        says: String,
    },
}

impl Test {
    /// The parameter that is its line.
    #[must_use]
    pub fn line(&self) -> Option<&str> {
        match self {
            Self::Below(line) | Self::Above(line) => Some(line),
            Self::When { .. } => None,
        }
    }
}

/// A band as it is written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WrittenBand {
    #[schemars(with = "String")]
    name: Spanned<String>,
    severity: Severity,
    below: Option<String>,
    above: Option<String>,
    when: Option<String>,
    says: Option<String>,
}

impl WrittenBand {
    /// The band; what is wrong with it when it is none.
    pub(crate) fn read(self) -> Result<Band, (usize, String)> {
        let at = self.name.span().start;
        let name = self.name.into_inner();
        let test = match (self.below, self.above, self.when, self.says) {
            (Some(line), None, None, None) => Test::Below(line),
            (None, Some(line), None, None) => Test::Above(line),
            (None, None, Some(column), Some(says)) => Test::When { column, says },
            (None, None, Some(_), None) => {
                let message = format!("band {name}: `when` wants `says`, what is true then in Chinese words");
                return Err((at, message));
            }
            (_, _, None, Some(_)) => {
                let message = format!("band {name}: `says` goes with `when`; a line says itself");
                return Err((at, message));
            }
            (_, _, _, _) => {
                let message = format!("band {name}: exactly one of `below`, `above` and `when`");
                return Err((at, message));
            }
        };
        Ok(Band {
            name,
            severity: self.severity,
            test,
        })
    }
}

/// A severity for subjects of which a boolean column is true.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SeverityOverride {
    /// A boolean column of the SELECT.
    pub when: String,
    /// The severity then.
    pub severity: Severity,
}
