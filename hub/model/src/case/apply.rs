//! The only way a case moves: one deed applied to it, or refused with what would be right.
//! Here because whatever lets a case move must ask the same questions.
//! In: a case, a deed, the rules of the day. Out: the case after it, its version raised by one; or why not.
//! Not here: storage, events, whether somebody else was faster (the version is compared by whoever holds the case).

use std::fmt::Write as _;

use chrono::NaiveDate;

use super::{Action, Case, CaseState, ClockKind, Deed, Field, Role, Target, Terms, Transition};
use crate::Calendar;

/// Shortest and longest text of a deed, characters.
const TEXT_CHARS: std::ops::RangeInclusive<usize> = 2..=500;
/// Longest name of a department or of whoever acts, characters.
const NAME_CHARS_MAX: usize = 60;

/// What a move goes by besides the table.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// Whether whoever said what came of it may not close it.
    pub four_eyes: bool,
    /// The day of the deed.
    pub today: NaiveDate,
    /// Working days.
    pub calendar: &'a Calendar,
    /// Terms of a new round.
    pub terms: &'a Terms,
}

/// Why a deed is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The state does not allow it.
    #[error(
        "事项处于“{}”，不能{}；可以: {} / a case that is {} cannot be {}: allowed are {}",
        state.chinese(), action.chinese(), chinese(allowed), state.as_str(), action.as_str(), english(allowed)
    )]
    NotAllowed {
        /// Where the case stands.
        state: CaseState,
        /// What was asked.
        action: Action,
        /// What people may do.
        allowed: Vec<Action>,
    },
    /// Somebody else does this.
    #[error(
        "{}不由 {} 做，由 {} 做 / {} is done by {}",
        action.chinese(), role.as_str(), roles_of(roles), action.as_str(), roles_of(roles)
    )]
    Role {
        /// What was asked.
        action: Action,
        /// By whom.
        role: Role,
        /// Who may.
        roles: &'static [Role],
    },
    /// Something must be said with it.
    #[error(
        "{}须写明 {} / {} wants {}",
        action.chinese(), arguments(fields), action.as_str(), arguments(fields)
    )]
    Missing {
        /// What was asked.
        action: Action,
        /// What is missing.
        fields: Vec<Field>,
    },
    /// Something that was said cannot be taken.
    #[error("{}: {why}", field.argument())]
    Unfit {
        /// What.
        field: Field,
        /// Why, and what would be right.
        why: String,
    },
    /// Whoever acts has no name that can be kept.
    #[error(
        "操作人须为 1 至 {NAME_CHARS_MAX} 个字 / whoever acts is named in 1 to {NAME_CHARS_MAX} characters"
    )]
    Actor,
    /// Whoever said what came of it may not close it.
    #[error("{actor} 已作出结论，须由另一人办结 / {actor} said what came of it: somebody else closes it")]
    SameEyes {
        /// Who.
        actor: String,
    },
}

impl Case {
    /// The case after `deed`.
    ///
    /// # Errors
    /// [`Refused`], and then nothing is changed.
    pub fn apply(&self, deed: &Deed, rules: &Rules<'_>) -> Result<Self, Refused> {
        let line = Transition::find(self.state, deed.action).filter(|line| {
            // What only the hub does is not offered to people.
            deed.role == Role::Hub || line.roles.iter().any(|role| *role != Role::Hub)
        });
        let line = line.ok_or_else(|| Refused::NotAllowed {
            state: self.state,
            action: deed.action,
            allowed: Transition::allowed(self.state),
        })?;
        if !line.roles.contains(&deed.role) {
            return Err(Refused::Role {
                action: deed.action,
                role: deed.role,
                roles: line.roles,
            });
        }
        self.complete(line, deed)?;
        fit(deed, rules.today)?;
        let same_eyes = self.concluded_by.as_deref() == Some(deed.actor.as_str());
        if deed.action == Action::Close && deed.role != Role::Hub && rules.four_eyes && same_eyes {
            return Err(Refused::SameEyes {
                actor: deed.actor.clone(),
            });
        }
        let mut after = self.clone();
        after.version += 1;
        after.state = match line.to {
            Target::State(state) => state,
            Target::Before => self.suspended_from.unwrap_or(CaseState::Dispatched),
        };
        after.suspended_from = (after.state == CaseState::Suspended).then_some(self.state);
        if let Some(to) = &deed.to {
            after.department.clone_from(to);
        }
        after.follow(self.state, deed, rules);
        Ok(after)
    }

    /// Whether everything that the move needs is said.
    fn complete(&self, line: &Transition, deed: &Deed) -> Result<(), Refused> {
        let mut missing: Vec<Field> = line
            .needs
            .iter()
            .copied()
            .filter(|field| match field {
                Field::Reason => deed.reason.is_none(),
                Field::Text => deed.text.is_none(),
                Field::Measure => deed.measure.is_none(),
                Field::Date => deed.date.is_none(),
                Field::To => deed.to.is_none(),
            })
            .collect();
        // Nobody is told when nobody is named.
        if deed.action == Action::Dispatch && self.department.is_empty() && deed.to.is_none() {
            missing.push(Field::To);
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Refused::Missing {
                action: deed.action,
                fields: missing,
            })
        }
    }

    /// What a move from `was` does besides the state.
    fn follow(&mut self, was: CaseState, deed: &Deed, rules: &Rules<'_>) {
        let today = rules.today;
        for clock in &mut self.clocks {
            if self.state.stands_still() {
                clock.stand(today);
            } else if was.stands_still() {
                clock.go_on(today, rules.calendar);
            }
        }
        match deed.action {
            Action::Verify => self.end_clock(ClockKind::Verify, today),
            Action::Reject => {
                self.end_clock(ClockKind::Verify, today);
                self.end_clock(ClockKind::Handle, today);
                self.concluded_by = Some(deed.actor.clone());
            }
            Action::Handle => {
                self.end_clock(ClockKind::Handle, today);
                self.concluded_by = Some(deed.actor.clone());
            }
            Action::Close => {
                for kind in [ClockKind::Verify, ClockKind::Handle, ClockKind::Whole] {
                    self.end_clock(kind, today);
                }
                self.closed = Some(today);
            }
            Action::Return if was == CaseState::Handled => self.go_back_to(ClockKind::Handle),
            Action::Return if was == CaseState::Rejected => {
                self.go_back_to(ClockKind::Verify);
                self.go_back_to(ClockKind::Handle);
            }
            Action::Reopen => {
                self.round += 1;
                self.closed = None;
                self.concluded_by = None;
                self.set_clocks(today, rules.terms, None, rules.calendar);
            }
            // Another department looks for itself.
            Action::Reassign => self.go_back_to(ClockKind::Verify),
            Action::Dispatch | Action::Accept | Action::Return | Action::Suspend | Action::Resume => {}
        }
    }
}

/// Whether what was said can be taken.
fn fit(deed: &Deed, today: NaiveDate) -> Result<(), Refused> {
    let named = |name: &str| {
        let name_chars = name.chars().count();
        (1..=NAME_CHARS_MAX).contains(&name_chars)
            && name.trim().len() == name.len()
            && !name.contains(char::is_control)
    };
    if !named(&deed.actor) {
        return Err(Refused::Actor);
    }
    if deed.to.as_deref().is_some_and(|to| !named(to)) {
        return Err(Refused::Unfit {
            field: Field::To,
            why: format!(
                "部门须为 1 至 {NAME_CHARS_MAX} 个字 / a department of 1 to {NAME_CHARS_MAX} characters"
            ),
        });
    }
    let chars = deed.text.as_ref().map(|text| text.trim().chars().count());
    if chars.is_some_and(|chars| !TEXT_CHARS.contains(&chars)) {
        let (least, most) = (TEXT_CHARS.start(), TEXT_CHARS.end());
        return Err(Refused::Unfit {
            field: Field::Text,
            why: format!("须为 {least} 至 {most} 个字 / {least} to {most} characters"),
        });
    }
    if let Some(date) = deed.date.filter(|date| *date > today) {
        return Err(Refused::Unfit {
            field: Field::Date,
            why: format!("{date} 晚于今天 {today} / is later than today"),
        });
    }
    Ok(())
}

fn chinese(actions: &[Action]) -> String {
    joined(actions.iter().map(|action| action.chinese()), "、")
}

fn english(actions: &[Action]) -> String {
    joined(actions.iter().map(|action| action.as_str()), ", ")
}

fn roles_of(roles: &[Role]) -> String {
    joined(roles.iter().map(|role| role.as_str()), ", ")
}

fn arguments(fields: &[Field]) -> String {
    joined(fields.iter().map(|field| field.argument()), " ")
}

fn joined<'a>(words: impl Iterator<Item = &'a str>, between: &str) -> String {
    let mut text = String::new();
    for word in words {
        let before = if text.is_empty() { "" } else { between };
        // Writing to a String cannot fail.
        let _ = write!(text, "{before}{word}");
    }
    if text.is_empty() {
        "无 nothing".to_owned()
    } else {
        text
    }
}
