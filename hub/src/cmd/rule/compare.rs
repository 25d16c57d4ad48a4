//! `hub rule backtest` and `hub rule diff`: what a rule found then, and what another version of it would find.
//! Here because a changed line is tried on real history before it can warn anybody.
//! In: a rule, months, other values of parameters, another file. Out: counts by month and town, who comes and who goes.
//! Not here: warnings; nothing is stored.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::process::ExitCode;
use std::sync::Arc;

use chrono::{Days, Months, NaiveDate};
use hub_engine::{Parameters, Rule, RuleBook};
use hub_model::{ActiveData, Finding, RuleOutcome, RuleState, SubjectKey, Value};
use hub_runtime::clock;
use serde::Serialize;

use super::{chosen, with_sets};
use crate::app::App;
use crate::cli::{Backtest, Diff, Output};
use crate::cmd::past;
use crate::exit::UsageError;
use crate::{lang, out, progress};

/// Most months of a backtest.
const MONTHS_MAX: usize = 60;
/// Most subjects a difference lists.
const LISTED_MAX: usize = 200;
/// Where a finding names no town.
const NO_TOWN: &str = "未注明";

/// A month of a backtest.
#[derive(Debug, Serialize)]
struct Month {
    month: String,
    /// Why nothing can be said, if so.
    not_computable: Option<String>,
    found: usize,
    new: usize,
    cleared: usize,
    by_severity: BTreeMap<&'static str, usize>,
    by_town: BTreeMap<String, usize>,
    /// Of those found: verified and rejected by people, whenever that was.
    verified: usize,
    rejected: usize,
    /// Verified of a thousand answered; none without answers.
    precision_permille: Option<usize>,
}

pub(super) async fn backtest(asked: Backtest, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let rule = chosen(app, std::slice::from_ref(&asked.rule))?.remove(0).clone();
    let parameters = with_sets(app, &asked.sets)?;
    let store = app.reader().await?;
    let mut answers: HashMap<SubjectKey, bool> = HashMap::new();
    // The newest come first: the last word about a subject counts.
    for answer in store.answered(&[rule.header.id.as_str()], 0, i64::MAX).await? {
        let is_true = answer.rejected.is_none();
        answers.entry(answer.subject.key).or_insert(is_true);
    }
    let mut months = Vec::new();
    let mut before: Option<BTreeSet<SubjectKey>> = None;
    let mut first = asked.from;
    while first <= asked.to {
        if months.len() == MONTHS_MAX {
            let message = format!("最多 {MONTHS_MAX} 个月 / months at most");
            return Err(UsageError(message).into());
        }
        let next = first
            .checked_add_months(Months::new(1))
            .ok_or_else(|| UsageError("没有这个月 / no such month".to_owned()))?;
        let last_day = next.checked_sub_days(Days::new(1)).unwrap_or(first);
        let mut month = Month {
            month: first.format("%Y-%m").to_string(),
            not_computable: None,
            found: 0,
            new: 0,
            cleared: 0,
            by_severity: BTreeMap::new(),
            by_town: BTreeMap::new(),
            verified: 0,
            rejected: 0,
            precision_permille: None,
        };
        match store.past_data(clock::end_of_day_ms(last_day)).await? {
            None => {
                month.not_computable =
                    Some("当月底之前没有提交过数据 / nothing had been committed by then".to_owned());
            }
            Some(data) => {
                let named = last_day.format("%Y-%m");
                let what = format!("试算 {named} / trying {named}");
                let work = found(app, Arc::new(data), rule.clone(), parameters.clone(), last_day);
                let outcome = progress::during(&what, progress::unknown, work).await?;
                match outcome.state {
                    RuleState::NotComputable { reason } => month.not_computable = Some(reason),
                    RuleState::Evaluated => month.count(&outcome.findings, &mut before, &answers),
                }
            }
        }
        months.push(month);
        first = next;
    }
    out::show(output, &months, |months| {
        let rows = months.iter().map(Month::row);
        let header = [
            "月 month",
            "命中 found",
            "新增 new",
            "消除 cleared",
            "属实/不属实 true/rejected",
            "按级 by severity",
            "按乡镇 by town",
        ];
        out::table(&header, rows)
    })?;
    Ok(ExitCode::SUCCESS)
}

impl Month {
    fn count(
        &mut self,
        findings: &[Finding],
        before: &mut Option<BTreeSet<SubjectKey>>,
        answers: &HashMap<SubjectKey, bool>,
    ) {
        let now: BTreeSet<SubjectKey> = findings.iter().map(|f| f.subject.key.clone()).collect();
        self.found = now.len();
        if let Some(before) = before.as_ref() {
            self.new = now.difference(before).count();
            self.cleared = before.difference(&now).count();
        } else {
            self.new = now.len();
        }
        for finding in findings {
            *self.by_severity.entry(finding.severity.as_str()).or_default() += 1;
            *self.by_town.entry(town(finding)).or_default() += 1;
        }
        let answered = now.iter().filter_map(|subject| answers.get(subject));
        let (verified, rejected): (Vec<&bool>, Vec<&bool>) = answered.partition(|is_true| **is_true);
        (self.verified, self.rejected) = (verified.len(), rejected.len());
        self.precision_permille = (self.verified * 1000).checked_div(self.verified + self.rejected);
        *before = Some(now);
    }

    fn row(&self) -> Vec<String> {
        let said = |counts: Vec<String>| counts.join(" ");
        let by_severity = self.by_severity.iter().map(|(name, n)| format!("{name} {n}"));
        let by_town = self.by_town.iter().map(|(name, n)| format!("{name} {n}"));
        let last = match &self.not_computable {
            Some(reason) => format!(
                "{}{}{}",
                lang::either("无法评估", "not computable"),
                lang::mark("："),
                lang::said(reason)
            ),
            None => said(by_town.collect()),
        };
        vec![
            self.month.clone(),
            self.found.to_string(),
            self.new.to_string(),
            self.cleared.to_string(),
            format!("{}/{}", self.verified, self.rejected),
            said(by_severity.collect()),
            last,
        ]
    }
}

/// What differs.
#[derive(Debug, Default, Serialize)]
pub(in crate::cmd) struct Difference {
    rule: String,
    /// Why one of the two cannot be computed, if so.
    pub(in crate::cmd) not_computable: Option<String>,
    found_now: usize,
    found_then: usize,
    /// Found only by the present version.
    gone: Vec<Listed>,
    /// Found only by the other.
    new: Vec<Listed>,
    /// Found by both, in another band or severity.
    moved: usize,
    new_by_town: BTreeMap<String, usize>,
    gone_by_town: BTreeMap<String, usize>,
    /// Whether lists were cut.
    truncated: bool,
}

#[derive(Debug, Serialize)]
struct Listed {
    subject: String,
    severity: &'static str,
    sentence: String,
}

pub(super) async fn diff(asked: Diff, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let now = chosen(app, std::slice::from_ref(&asked.rule))?.remove(0).clone();
    if asked.against.is_none() && asked.sets.sets.is_empty() {
        let message = "请给出 --set 或 --against / --set or --against: something must differ";
        return Err(UsageError(message.to_owned()).into());
    }
    let parameters = with_sets(app, &asked.sets)?;
    let then = match &asked.against {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|error| UsageError(format!("{}: {error}", file.display())))?;
            Rule::parse(&text, &file.display().to_string(), &parameters)?
        }
        None => now.clone(),
    };
    let (data, day) = past::snapshot(app, &asked.past).await?;
    let data = Arc::new(data);
    let present = found(app, Arc::clone(&data), now, app.book.parameters.clone(), day).await?;
    let other = found(app, data, then, parameters, day).await?;
    let difference = Difference::between(&asked.rule, &present, &other);
    out::show(output, &difference, text)?;
    Ok(ExitCode::SUCCESS)
}

impl Difference {
    pub(in crate::cmd) fn between(rule: &str, present: &RuleOutcome, other: &RuleOutcome) -> Self {
        let reason = [present, other]
            .into_iter()
            .find_map(|outcome| match &outcome.state {
                RuleState::NotComputable { reason } => Some(reason.clone()),
                RuleState::Evaluated => None,
            });
        let by_subject = |outcome: &RuleOutcome| -> BTreeMap<SubjectKey, Finding> {
            let findings = outcome.findings.iter();
            findings.map(|f| (f.subject.key.clone(), f.clone())).collect()
        };
        let (now, then) = (by_subject(present), by_subject(other));
        let mut difference = Self {
            rule: rule.to_owned(),
            not_computable: reason,
            found_now: now.len(),
            found_then: then.len(),
            ..Self::default()
        };
        for (subject, finding) in &now {
            match then.get(subject) {
                None => difference.note(finding, false),
                Some(other) if (&other.band, other.severity) != (&finding.band, finding.severity) => {
                    difference.moved += 1;
                }
                Some(_) => {}
            }
        }
        for (_, finding) in then.iter().filter(|(subject, _)| !now.contains_key(*subject)) {
            difference.note(finding, true);
        }
        difference
    }

    /// How many only the other finds, only the present one, both; of those, how many otherwise.
    pub(in crate::cmd) fn counts(&self) -> [usize; 4] {
        let [new, gone]: [usize; 2] =
            [&self.new_by_town, &self.gone_by_town].map(|towns| towns.values().sum());
        [new, gone, self.found_now - gone, self.moved]
    }

    fn note(&mut self, finding: &Finding, is_new: bool) {
        let (list, towns) = if is_new {
            (&mut self.new, &mut self.new_by_town)
        } else {
            (&mut self.gone, &mut self.gone_by_town)
        };
        *towns.entry(town(finding)).or_default() += 1;
        if list.len() == LISTED_MAX {
            self.truncated = true;
            return;
        }
        list.push(Listed {
            subject: finding.subject.to_string(),
            severity: finding.severity.as_str(),
            sentence: finding.evidence.sentence.clone(),
        });
    }
}

fn text(difference: &Difference) -> String {
    let mut text = format!(
        "{rule} {}{colon}{now} {}{comma}{then} {}{comma}{moved} {}\n",
        difference.rule,
        difference.found_now,
        difference.found_then,
        difference.moved,
        rule = lang::either("规则", "rule"),
        colon = lang::mark("："),
        now = lang::either("现行命中", "finds now"),
        comma = lang::mark("，"),
        then = lang::either("改后命中", "would find"),
        moved = lang::either("改档", "other band")
    );
    if let Some(reason) = &difference.not_computable {
        let cannot = lang::pair("无法评估 not computable");
        text.push_str(&format!("{cannot}: {}\n", lang::said(reason)));
    }
    for (title, list, towns) in [
        ("改后新增 new", &difference.new, &difference.new_by_town),
        ("改后不再命中 gone", &difference.gone, &difference.gone_by_town),
    ] {
        let total: usize = towns.values().sum();
        let towns = towns.iter().map(|(name, n)| format!("{name} {n}"));
        let towns = towns.collect::<Vec<_>>().join(" ");
        let (title, colon) = (lang::pair(title), lang::mark("："));
        text.push_str(&format!("\n{title} {total}{colon}{towns}\n"));
        for listed in list {
            text.push_str(&format!("  {}  {}\n", listed.subject, listed.sentence));
        }
    }
    text
}

/// What one rule finds.
async fn found(
    app: &App,
    data: Arc<ActiveData>,
    rule: Rule,
    parameters: Parameters,
    day: NaiveDate,
) -> anyhow::Result<RuleOutcome> {
    let engine = app.engine.clone();
    let work = async move {
        let book = Arc::new(RuleBook::of(vec![rule], parameters));
        engine.cross_check(data, book, day, None).await
    };
    let outcomes = app.threads.spawn(work).await??;
    outcomes
        .into_iter()
        .next()
        .ok_or_else(|| anyhow::anyhow!("a rule without an outcome"))
}

fn town(finding: &Finding) -> String {
    match finding.evidence.values.get("town") {
        Some(Value::Text(town)) => town.clone(),
        None | Some(Value::Null | Value::Bool(_) | Value::Int(_)) => NO_TOWN.to_owned(),
    }
}
