//! What changed rules and parameters would do to warnings, on the data there is.
//! Here because a line that moves by five hundred yuan may mean a thousand visits, and a department must know before.
//! In: the rules as they were and as they would be. Out: what would open, clear and stay, by rule and by department.
//! Not here: holding back a storm, clearing only after several checks: an estimate is of one check, as if all data were fresh.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hub_engine::{Rule, RuleBook};
use hub_model::{ActiveData, RuleOutcome};
use hub_store::Store;
use serde::Serialize;

use super::Change;
use super::objects::Kind;
use crate::app::App;
use crate::cli::Past;
use crate::cmd::past;
use crate::cmd::rule::Difference;
use crate::lang;

/// What would happen.
#[derive(Debug, Default, Serialize)]
pub(super) struct Effects {
    /// Why nothing can be said, if so.
    untold: Option<String>,
    rules: Vec<OfRule>,
    by_department: BTreeMap<String, Counts>,
}

/// What one rule would do.
#[derive(Debug, Serialize)]
struct OfRule {
    rule: String,
    department: String,
    /// Why it cannot be computed, by what held or by what would.
    not_computable: Option<String>,
    #[serde(flatten)]
    counts: Counts,
}

/// Subjects.
#[derive(Debug, Default, Clone, Copy, Serialize)]
struct Counts {
    /// Found only then.
    open: usize,
    /// Found no more.
    clear: usize,
    /// Found by both.
    keep: usize,
    /// Of those, in another band or of another severity.
    moved: usize,
}

/// Rules that `changes` concern: their own files, or a parameter they name; by files that were and that are.
pub(super) fn concerned(
    changes: &[Change],
    (was, is): (&BTreeMap<String, String>, &BTreeMap<String, String>),
) -> BTreeSet<String> {
    let mut concerned: BTreeSet<String> = changes
        .iter()
        .filter(|change| change.kind == Kind::Rule)
        .map(|change| change.id.clone())
        .collect();
    let parameters: BTreeSet<&str> = changes
        .iter()
        .filter(|change| change.kind == Kind::Parameter)
        .filter_map(|change| change.id.split(' ').next())
        .collect();
    for (path, text) in was.iter().chain(is) {
        let rule = path
            .strip_prefix("rules/")
            .and_then(|name| name.strip_suffix(".toml"));
        if let Some(rule) = rule.filter(|_| parameters.iter().any(|name| names(text, name))) {
            concerned.insert(rule.to_owned());
        }
    }
    concerned
}

/// Whether `text` has the word `name`.
fn names(text: &str, name: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .any(|word| word == name)
}

/// What `rules` would do, who did what `before` says.
pub(super) async fn of(
    app: &App,
    store: &Store,
    before: &RuleBook,
    rules: &BTreeSet<String>,
) -> anyhow::Result<Effects> {
    let mut effects = Effects::default();
    if store.checked_ms().await?.is_none() {
        effects.untold = Some("还没有比对过，无从估计 / nothing was ever checked".to_owned());
        return Ok(effects);
    }
    let (data, day) = past::snapshot(app, &Past { as_of: None }).await?;
    let data = Arc::new(data);
    let after = app.tried_book().await?;
    let was = found(app, Arc::clone(&data), chosen(before, rules), day).await?;
    let is = found(app, data, chosen(&after, rules), day).await?;
    for rule in rules {
        let (was, is) = (was.get(rule), is.get(rule));
        let Some(header) = is.or(was).map(|outcome| &outcome.rule) else {
            continue;
        };
        let nothing = |other: &RuleOutcome| RuleOutcome {
            findings: Vec::new(),
            ..other.clone()
        };
        let difference = match (was, is) {
            (Some(was), Some(is)) => Difference::between(rule, was, is),
            (None, Some(is)) => Difference::between(rule, &nothing(is), is),
            // A rule that is gone decides nobody: what it opened stays.
            (Some(was), None) => Difference::between(rule, was, was),
            (None, None) => continue,
        };
        let [open, clear, keep, moved] = difference.counts();
        let counts = match &difference.not_computable {
            None => Counts {
                open,
                clear,
                keep,
                moved,
            },
            // What cannot be computed opens and clears nothing.
            Some(_) => Counts {
                keep: clear + keep,
                ..Counts::default()
            },
        };
        let all = effects
            .by_department
            .entry(header.department.clone())
            .or_default();
        all.open += counts.open;
        all.clear += counts.clear;
        all.keep += counts.keep;
        all.moved += counts.moved;
        effects.rules.push(OfRule {
            rule: rule.clone(),
            department: header.department.clone(),
            not_computable: difference.not_computable,
            counts,
        });
    }
    Ok(effects)
}

/// Those of `book` that are among `rules`.
fn chosen(book: &RuleBook, rules: &BTreeSet<String>) -> RuleBook {
    let is_chosen = |rule: &&Rule| rules.contains(rule.header.id.as_str());
    let chosen = book.rules.iter().filter(is_chosen).cloned();
    RuleBook::of(chosen.collect(), book.parameters.clone())
}

/// What the rules of `book` find, by rule.
async fn found(
    app: &App,
    data: Arc<ActiveData>,
    book: RuleBook,
    day: chrono::NaiveDate,
) -> anyhow::Result<BTreeMap<String, RuleOutcome>> {
    let engine = app.engine.clone();
    let work = async move { engine.cross_check(data, Arc::new(book), day, None).await };
    let outcomes = app.threads.spawn(work).await??;
    Ok(outcomes
        .into_iter()
        .map(|outcome| (outcome.rule.id.to_string(), outcome))
        .collect())
}

impl Effects {
    pub(super) fn text(&self) -> String {
        let title = lang::said(
            "对预警的影响（按现有数据估计，一次比对）/ effect on warnings, estimated on the present data, one check",
        );
        let mut text = format!("\n{title}\n");
        if let Some(untold) = &self.untold {
            text.push_str(&format!("  {}\n", lang::said(untold)));
            return text;
        }
        for of in &self.rules {
            let cannot = lang::pair("无法评估 not computable");
            let why = of
                .not_computable
                .as_ref()
                .map(|reason| format!("  {cannot}: {}", lang::said(reason)));
            text.push_str(&format!(
                "  {rule} {}{open}{}{close}{}{}\n",
                of.rule,
                of.department,
                of.counts.text(),
                why.unwrap_or_default(),
                rule = lang::either("规则", "rule"),
                open = lang::mark("（"),
                close = lang::either("）", ") ")
            ));
        }
        for (department, counts) in &self.by_department {
            let of = lang::either("部门", "department");
            text.push_str(&format!("  {of} {department} {}\n", counts.text()));
        }
        text
    }
}

impl Counts {
    fn text(self) -> String {
        format!(
            "{opens} {}{comma}{clears} {}{comma}{keeps} {}{open}{moves} {}{close}",
            self.open,
            self.clear,
            self.keep,
            self.moved,
            opens = lang::pair("新增 open"),
            clears = lang::pair("消除 clear"),
            keeps = lang::pair("保持 keep"),
            moves = lang::pair("改档 moved"),
            comma = lang::mark("，"),
            open = lang::mark("（"),
            close = lang::mark("）")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::How;
    use super::*;

    #[test]
    fn a_parameter_concerns_the_rules_that_name_it_and_no_other() {
        let change = |kind, id: &str| Change {
            kind,
            id: id.to_owned(),
            change: How::Changed,
            keys: Vec::new(),
            truncated: false,
        };
        let files = |files: &[(&str, &str)]| -> BTreeMap<String, String> {
            let files = files.iter();
            files
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect()
        };
        let was = files(&[("rules/B.toml", "below = \"line\"")]);
        let is = files(&[
            ("rules/A.toml", "WHERE x < $line"),
            ("rules/C.toml", "WHERE x < $line_two"),
            ("channels.toml", "line"),
        ]);
        let changes = [
            change(Kind::Parameter, "line 2024-01-01"),
            change(Kind::Rule, "D"),
        ];
        let found: Vec<String> = concerned(&changes, (&was, &is)).into_iter().collect();
        assert_eq!(found, ["A", "B", "D"]);
    }
}
