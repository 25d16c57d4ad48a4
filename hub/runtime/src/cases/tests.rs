//! What changed warnings mean for cases: new, the one that stands, one that comes back, one nobody is told of.
//! Here apart from the code to keep it short to read.
//! In: findings of one day after the other, what people do between. Out: assertions on cases and events.
//! Not here: storage; what the diff does (model).

use std::sync::Arc;

use chrono::NaiveDate;
use hub_model::case::{Action, Deed, Role, Rules, Terms};
use hub_model::quiet::Quiets;
use hub_model::{
    Calendar, Case, CaseState, Category, Evidence, Finding, Life, Period, RuleHeader, RuleId, RuleOutcome,
    RuleState, Severity, Subject, SubjectKind, Tracked, Value, WarningDiff,
};

use super::{Books, Consequences, consequences, hushed, news};

mod quiet;

fn rule(id: &str, life: Life) -> RuleHeader {
    RuleHeader {
        id: RuleId::parse(id).unwrap(),
        version: 1,
        title: "t".into(),
        category: Category::Income,
        clause: "2".into(),
        aliases: vec![],
        department: "民政".into(),
        subject: SubjectKind::Household,
        clears_when: "c".into(),
        period: Period::None,
        life,
        ledger: None,
        kpi: None,
    }
}

fn evidence(fen: i64) -> Evidence {
    let text = |text: &str| Value::Text(text.into());
    Evidence {
        sentence: "s".into(),
        values: [
            ("fen".to_owned(), Value::Int(fen)),
            ("county".to_owned(), text("颍州区")),
            ("town".to_owned(), text("柳河镇")),
        ]
        .into(),
        moving: [].into(),
        threshold: String::new(),
        cells: vec![],
        ..Evidence::default()
    }
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A household, its fen, how urgent.
type Found = (u64, i64, Severity);

/// What the store would hold.
#[derive(Default)]
struct World {
    known: Vec<Tracked>,
    cases: Vec<Case>,
    quiets: Quiets,
}

impl World {
    /// A check on `day`: each rule finds these households (with their fen and severity) and finds 1 to 9 else clean.
    fn check(&mut self, on: &str, rules: &[(RuleHeader, &[Found])]) -> Consequences {
        let outcomes: Vec<RuleOutcome> = rules
            .iter()
            .map(|(rule, found)| RuleOutcome {
                rule: rule.clone(),
                state: RuleState::Evaluated,
                unset_bands: vec![],
                findings: found
                    .iter()
                    .map(|(household, fen, severity)| Finding {
                        subject: Subject::household(*household),
                        period_key: "none".into(),
                        band: "b".into(),
                        severity: *severity,
                        evidence: Arc::new(evidence(*fen)),
                    })
                    .collect(),
                decided: (1..10).map(Into::into).collect(),
            })
            .collect();
        let warnings = self.known.iter().map(|tracked| tracked.warning.clone()).collect();
        let diff = WarningDiff::between(warnings, &outcomes, true);
        let known = self.known.clone();
        let (closed, open): (Vec<Case>, Vec<Case>) = self
            .cases
            .iter()
            .cloned()
            .partition(|case| case.state == CaseState::Closed);
        let calendar = Calendar::default();
        let books = |open, closed| Books {
            known: &known,
            open,
            closed,
            quiets: &self.quiets,
            outcomes: &outcomes,
            day: day(on),
            at_ms: 1,
            terms: &Terms {
                verify: [10, 5, 3, 2],
                whole: 20,
            },
            calendar: &calendar,
        };
        let mut out = consequences(books(open.clone(), closed), &diff).unwrap();
        let hushed = hushed(&known, &out.cases);
        news::tell(&books(vec![], vec![]), open, &hushed, &mut out).unwrap();
        self.quiets
            .exemptions
            .retain(|_, exemption| !out.overtaken.contains(&exemption.id));
        for change in &out.cases {
            self.cases.retain(|case| case.id != change.case.id);
            self.cases.push(change.case.clone());
            for round in &change.warnings {
                self.known
                    .retain(|known| known.warning.fingerprint != round.warning.fingerprint);
                self.known.push(Tracked {
                    warning: round.warning.clone(),
                    case: change.case.id,
                    place: round.place.clone(),
                    quiet: round.quiet.clone(),
                    told: round.told,
                });
            }
        }
        out
    }

    fn close(&mut self, nth: usize, on: &str) {
        let calendar = Calendar::default();
        let rules = Rules {
            four_eyes: true,
            today: day(on),
            calendar: &calendar,
            terms: &Terms::default(),
        };
        let deed = Deed::of_hub(Action::Close, "好了");
        self.cases[nth] = self.cases[nth].apply(&deed, &rules).unwrap();
    }
}

/// The events, without what is the same in all of them.
fn told(out: &Consequences) -> Vec<String> {
    let names = out.outbox.iter().map(|message| message.kind.name());
    names
        .map(|name| {
            name.trim_start_matches("cn.gov.hub.")
                .trim_end_matches(".v1")
                .to_owned()
        })
        .collect()
}

#[test]
fn one_household_is_one_case_with_the_gravest_severity_and_rising_versions() {
    let mut world = World::default();
    let (a, b) = (rule("A01", Life::default()), rule("B01", Life::default()));
    let out = world.check(
        "2023-10-09",
        &[
            (a, &[(1, 1, Severity::Yellow), (2, 1, Severity::Blue)]),
            (b, &[(1, 1, Severity::Red)]),
        ],
    );
    assert_eq!(out.cases.len(), 2);
    let case = &out.cases[0].case;
    assert_eq!(
        (case.severity, case.version, case.department.as_str()),
        (Severity::Red, 2, "民政")
    );
    assert_eq!(
        case.due(),
        Some(day("2023-10-11")),
        "a red one is verified within two working days"
    );
    assert_eq!(told(&out), ["warning.opened", "warning.opened", "warning.opened"]);
    let version = |nth: usize| -> serde_json::Value {
        let data: serde_json::Value = serde_json::from_str(&out.outbox[nth].data).unwrap();
        data["version"].clone()
    };
    assert_eq!([version(0), version(1), version(2)], [1, 2, 1]);
}

#[test]
fn a_warning_that_is_back_soon_reopens_its_case_and_later_opens_another_that_names_it() {
    let mut world = World::default();
    let a = || rule("A01", Life::default());
    let found: &[Found] = &[(1, 5, Severity::Yellow)];
    world.check("2023-10-09", &[(a(), found)]);
    world.check("2023-10-10", &[(a(), &[])]);
    world.close(0, "2023-10-11");
    let back = world.check("2023-11-10", &[(a(), found)]);
    assert_eq!(told(&back), ["case.reopened", "warning.reopened"]);
    let case = &world.cases[0];
    assert_eq!(
        (case.round, case.state, world.cases.len()),
        (2, CaseState::Open, 1)
    );

    world.check("2023-11-11", &[(a(), &[])]);
    world.close(0, "2023-11-12");
    let later = world.check("2023-12-13", &[(a(), found)]);
    assert_eq!(told(&later), ["warning.reopened"]);
    assert_eq!(
        (world.cases.len(), world.cases[1].previous),
        (2, Some(world.cases[0].id))
    );
}

#[test]
fn a_closed_case_stays_closed_while_nothing_graver_is_seen() {
    let mut world = World::default();
    let a = || rule("A01", Life::default());
    world.check("2023-10-09", &[(a(), &[(1, 5, Severity::Yellow)])]);
    world.close(0, "2023-10-10");
    assert!(
        world
            .check("2023-10-11", &[(a(), &[(1, 5, Severity::Yellow)])])
            .cases
            .is_empty()
    );
    let changed = world.check("2023-10-12", &[(a(), &[(1, 6, Severity::Yellow)])]);
    assert_eq!(told(&changed), ["warning.updated"]);
    assert_eq!((world.cases.len(), world.cases[0].state), (1, CaseState::Closed));
    let graver = world.check("2023-10-13", &[(a(), &[(1, 6, Severity::Orange)])]);
    assert_eq!(told(&graver), ["case.reopened", "warning.severity_changed"]);
    assert_eq!(world.cases[0].severity, Severity::Orange);
}

#[test]
fn a_case_closes_by_itself_only_when_all_its_rules_say_so_and_all_is_gone() {
    let life = |auto_close| Life {
        auto_close,
        ..Life::default()
    };
    let (a, b) = (|| rule("A01", life(true)), |auto| rule("B01", life(auto)));
    let found: &[Found] = &[(1, 5, Severity::Yellow)];
    for (other_closes, closed) in [(true, CaseState::Closed), (false, CaseState::Open)] {
        let mut world = World::default();
        world.check("2023-10-09", &[(a(), found), (b(other_closes), found)]);
        let one = world.check("2023-10-10", &[(a(), &[]), (b(other_closes), found)]);
        assert_eq!(told(&one), ["warning.cleared"]);
        assert_eq!(world.cases[0].state, CaseState::Open);
        world.check("2023-10-11", &[(a(), &[]), (b(other_closes), &[])]);
        assert_eq!(world.cases[0].state, closed);
    }
}

#[test]
fn clocks_remind_at_the_day_and_say_once_that_it_is_overdue() {
    let mut world = World::default();
    let due = hub_model::Due::Days(40);
    let a = || {
        rule(
            "A01",
            Life {
                due: Some(due),
                ..Life::default()
            },
        )
    };
    let found: &[Found] = &[(1, 5, Severity::Yellow)];
    world.check("2023-10-09", &[(a(), found)]);
    let mut seen = Vec::new();
    for on in day("2023-10-10").iter_days().take(60) {
        let out = world.check(&on.to_string(), &[(a(), found)]);
        seen.extend(told(&out).into_iter().map(|told| format!("{on} {told}")));
    }
    assert_eq!(
        seen,
        [
            "2023-10-12 case.reminded",
            "2023-10-13 case.reminded",
            "2023-10-16 case.reminded",
            "2023-10-17 case.overdue",
            "2023-10-19 case.reminded",
            "2023-10-22 case.reminded",
            "2023-10-23 case.reminded",
            "2023-10-29 case.reminded",
            "2023-10-30 case.reminded",
            "2023-10-31 case.reminded",
            "2023-11-03 case.reminded",
            "2023-11-06 case.reminded",
            "2023-11-07 case.overdue",
            "2023-11-10 case.reminded",
            "2023-11-11 case.reminded",
            "2023-11-18 case.reminded",
            "2023-11-19 case.overdue",
        ]
        .map(str::to_owned)
    );
    assert!(world.cases[0].is_overdue());
    let version = world.cases[0].version;
    let deed = Deed {
        role: Role::County,
        actor: "县局".into(),
        ..Deed::of_hub(Action::Dispatch, "请核实")
    };
    let calendar = Calendar::default();
    let rules = Rules {
        four_eyes: true,
        today: day("2023-12-10"),
        calendar: &calendar,
        terms: &Terms::default(),
    };
    assert_eq!(world.cases[0].apply(&deed, &rules).unwrap().version, version + 1);
}
