//! A refusal of a deed: its code, what is meant by it, and the sentence a clerk reads.
//! Here because by HTTP, by file and in a table a department must be told the same, each in its form.
//! In: what was wrong, errors of the hub. Out: a code with fields, moves, roles; Chinese.
//! Not here: `application/problem+json` (web). No value that was sent is repeated: it may be somebody's number.

use hub_model::CaseState;
use hub_model::case::{Action, Field, Refused, Role, TRANSITIONS};

use super::Code;
use crate::Error;

/// Why something that a department asked for is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What programs branch on.
    pub code: Code,
    /// What it is in this case, English; the code's own words without.
    pub detail: Option<String>,
    /// What the case allows the one who asks.
    pub allowed: Option<Vec<Action>>,
    /// Which fields are meant, as the API calls them.
    pub fields: Vec<&'static str>,
    /// Who may do it.
    pub roles: Vec<Role>,
    /// The case's present version.
    pub version: Option<u64>,
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self {
            code,
            detail: None,
            allowed: None,
            fields: Vec::new(),
            roles: Vec::new(),
            version: None,
        }
    }
}

impl Refusal {
    /// The refusal `code`, because of `detail`.
    pub(super) fn because(code: Code, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..Self::from(code)
        }
    }

    /// Something that was said in `field` cannot be taken, because of `why`.
    #[must_use]
    pub fn unfit(field: &'static str, why: &str) -> Self {
        Self {
            fields: vec![field],
            ..Self::because(Code::ActionUnfit, format!("{field}: {why}"))
        }
    }

    /// The refusal of a deed that somebody in `role` asked for.
    ///
    /// # Errors
    /// The error itself, when it says nothing about the deed: something of ours failed.
    pub fn of_deed(error: Error, role: Role) -> Result<Self, Error> {
        if let Error::Stale { version, .. } = error {
            return Ok(Self {
                version: Some(version),
                ..Self::from(Code::VersionStale)
            });
        }
        if let Error::Case(refused) = error {
            return Ok(of_refused(refused, role));
        }
        let known = [
            (matches!(error, Error::NoCase { .. }), Code::CaseNotFound),
            (matches!(error, Error::KeyReused { .. }), Code::KeyReused),
            (matches!(error, Error::OtherCase { .. }), Code::OpenCaseExists),
        ];
        let known = known.into_iter().find(|(is_it, _)| *is_it);
        known.map_or(Err(error), |(_, code)| Ok(Self::from(code)))
    }

    /// What a clerk reads: what is wrong, and what would be right.
    #[must_use]
    pub fn chinese(&self) -> String {
        let mut said = self.code.meaning().title.to_owned();
        let mut add = |what: &str, words: Vec<String>| {
            said.push_str(&format!("；{what}：{}", words.join("、")));
        };
        if !self.fields.is_empty() {
            add("所指", self.fields.iter().map(|field| named(field)).collect());
        }
        if let Some(allowed) = &self.allowed {
            let words: Vec<String> = allowed
                .iter()
                .map(|action| format!("{}（{}）", action.chinese(), action.as_str()))
                .collect();
            add(
                "现在可以",
                if words.is_empty() {
                    vec!["须等他方办理".to_owned()]
                } else {
                    words
                },
            );
        }
        if !self.roles.is_empty() {
            add(
                "由谁办理",
                self.roles
                    .iter()
                    .map(|role| role_named(*role).to_owned())
                    .collect(),
            );
        }
        if let Some(version) = self.version {
            add("现为版本", vec![version.to_string()]);
        }
        said
    }
}

/// What people in `role` may do in `state`.
#[must_use]
pub fn allowed(state: CaseState, role: Role) -> Vec<Action> {
    let lines = TRANSITIONS
        .iter()
        .filter(|line| line.from == state && line.roles.contains(&role));
    lines.map(|line| line.action).collect()
}

fn of_refused(refused: Refused, role: Role) -> Refusal {
    match refused {
        Refused::NotAllowed { state, action, .. } => {
            let detail = format!(
                "{} is not possible while the case is {}.",
                action.as_str(),
                state.as_str()
            );
            Refusal {
                allowed: Some(allowed(state, role)),
                ..Refusal::because(Code::ActionNotAllowed, detail)
            }
        }
        Refused::Role { action, roles, .. } => {
            let detail = format!("{} is done by somebody else.", action.as_str());
            Refusal {
                roles: roles.to_vec(),
                ..Refusal::because(Code::RoleNotAllowed, detail)
            }
        }
        Refused::Missing { action, fields } => {
            let fields: Vec<&'static str> = fields.into_iter().map(name_of).collect();
            let detail = format!("{} wants {}.", action.as_str(), fields.join(", "));
            Refusal {
                fields,
                ..Refusal::because(Code::ActionIncomplete, detail)
            }
        }
        Refused::Unfit { field, why } => Refusal::unfit(name_of(field), &why),
        Refused::Actor => {
            let detail =
                "operator: name, department and credential or channel together have at most 60 characters.";
            Refusal {
                fields: vec!["operator"],
                ..Refusal::because(Code::ActionUnfit, detail)
            }
        }
        Refused::SameEyes { .. } => Refusal::from(Code::SamePerson),
    }
}

/// A field as the API calls it.
const fn name_of(field: Field) -> &'static str {
    match field {
        Field::Reason => "reason_code",
        Field::Text => "text",
        Field::Measure => "measure",
        Field::Date => "date",
        Field::To => "to",
    }
}

/// The same with what it is for a clerk.
fn named(field: &str) -> String {
    let chinese = match field {
        "action" => "办理动作",
        "reason_code" => "不属实原因",
        "text" => "情况说明",
        "measure" => "采取措施",
        "date" => "办理日期",
        "to" => "转往部门",
        "operator" => "操作人",
        "version" => "事项版本",
        "case" => "事项编号",
        _ => return field.to_owned(),
    };
    format!("{chinese}（{field}）")
}

const fn role_named(role: Role) -> &'static str {
    match role {
        Role::County => "县级（county）",
        Role::Department => "部门（department）",
        Role::Hub => "系统（hub）",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clerk_reads_what_would_be_right_and_an_error_of_ours_is_no_refusal() {
        let refused = Refused::NotAllowed {
            state: CaseState::Dispatched,
            action: Action::Verify,
            allowed: vec![Action::Accept],
        };
        let told = Refusal::of_deed(Error::Case(refused), Role::Department).unwrap();
        assert!(
            told.chinese().contains("现在可以：受理（accept）"),
            "{}",
            told.chinese()
        );
        let stale = Error::Stale { seen: 1, version: 5 };
        let told = Refusal::of_deed(stale, Role::Department).unwrap();
        assert!(told.chinese().ends_with("现为版本：5"), "{}", told.chinese());
        let missing = Refused::Missing {
            action: Action::Verify,
            fields: vec![Field::Text, Field::Date],
        };
        let told = Refusal::of_deed(Error::Case(missing), Role::Department).unwrap();
        assert!(told.chinese().contains("情况说明（text）、办理日期（date）"));
        let ours = Error::Unfit("a disk is full".to_owned());
        assert!(Refusal::of_deed(ours, Role::Department).is_err());
    }
}
