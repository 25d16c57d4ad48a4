//! `hub rule coverage`: what answers each clause of the policy.
//! Here because a clause nobody checks must be seen to be unchecked, not be forgotten.
//! In: the clauses, the site's rules. Out: a line a clause; exit 1 when one that asks something is answered by nothing.
//! Not here: what the rules find.

use std::process::ExitCode;

use hub_engine::Rule;
use hub_model::from_toml;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::cli::Output;
use crate::{lang, out};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    clause: Vec<Clause>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clause {
    id: String,
    text: String,
    checks: String,
    rules: Vec<String>,
    kpis: Vec<String>,
    #[serde(default)]
    clocks: Vec<String>,
    connectors: Vec<String>,
    /// Why data has nothing to check here.
    #[serde(default)]
    no_data_duty: Option<String>,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Coverage {
    clauses: Vec<Covered>,
    rules: usize,
    /// Clauses that ask something and are answered by nothing.
    unmapped: Vec<String>,
    /// Names the clauses give that no rule has.
    missing: Vec<String>,
    /// Rules whose clause is none of these.
    stray: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Covered {
    clause: String,
    text: String,
    checks: String,
    rules: Vec<String>,
    kpis: Vec<String>,
    clocks: Vec<String>,
    connectors: Vec<String>,
    no_data_duty: Option<String>,
    mapped: bool,
}

pub(super) fn run(app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let file: File = from_toml(seeds::tables::CLAUSES, "clauses.toml")?;
    let coverage = of(file.clause, &app.book.rules);
    out::show(output, &coverage, text)?;
    let whole = coverage.unmapped.is_empty() && coverage.missing.is_empty() && coverage.stray.is_empty();
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn of(clauses: Vec<Clause>, rules: &[Rule]) -> Coverage {
    let mut coverage = Coverage {
        clauses: Vec::with_capacity(clauses.len()),
        rules: rules.len(),
        unmapped: Vec::new(),
        missing: Vec::new(),
        stray: Vec::new(),
    };
    let ids: Vec<&str> = rules.iter().map(|rule| rule.header.id.as_str()).collect();
    for rule in rules {
        let clause = &rule.header.clause;
        if !clauses.iter().any(|known| known.id == *clause) {
            coverage.stray.push(format!("{} ({clause})", rule.header.id));
        }
    }
    for clause in clauses {
        let mut found = |names: &[String]| -> Vec<String> {
            let mut found = Vec::new();
            for name in names {
                let of_it: Vec<_> = ids.iter().filter(|id| is_part(id, name)).collect();
                if of_it.is_empty() {
                    coverage.missing.push(format!("{name} ({})", clause.id));
                }
                found.extend(of_it.into_iter().map(|id| (*id).to_owned()));
            }
            found
        };
        let mut own = found(&clause.rules);
        let kpis = found(&clause.kpis);
        let of_clause = rules.iter().filter(|rule| rule.header.clause == clause.id);
        own.extend(of_clause.map(|rule| rule.header.id.to_string()));
        own.retain(|id| !kpis.contains(id));
        own.sort();
        own.dedup();
        let answered =
            !(own.is_empty() && kpis.is_empty() && clause.clocks.is_empty() && clause.connectors.is_empty());
        let mapped = answered || clause.no_data_duty.is_some();
        if !mapped {
            coverage.unmapped.push(clause.id.clone());
        }
        coverage.clauses.push(Covered {
            clause: clause.id,
            text: clause.text,
            checks: clause.checks,
            rules: own,
            kpis,
            clocks: clause.clocks,
            connectors: clause.connectors,
            no_data_duty: clause.no_data_duty,
            mapped,
        });
    }
    coverage
}

/// Whether the rule `id` is `name` or a part of it: `C04-age` of `C04`, `H-head-two` of `H`.
fn is_part(id: &str, name: &str) -> bool {
    id.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn text(coverage: &Coverage) -> String {
    let rows = coverage.clauses.iter().map(|clause| {
        let duty = clause.no_data_duty.as_deref();
        vec![
            clause.clause.clone(),
            duty.map_or_else(|| clause.checks.clone(), |why| format!("无数据任务：{why}")),
            clause.rules.join(" "),
            clause.kpis.join(" "),
            clause.clocks.join("；"),
            clause.connectors.join(" "),
            match clause.mapped {
                true => lang::either("是", "yes"),
                false => lang::either("否", "no"),
            }
            .to_owned(),
        ]
    });
    let header = [
        "条款 clause",
        "核对 checks",
        "规则 rules",
        "指标 kpis",
        "时限 clocks",
        "来源 connectors",
        "已对应 mapped",
    ];
    let mut text = out::table(&header, rows);
    text.push_str(&format!(
        "\n{rules} {}{of_rules}{semicolon}{unmapped} {}",
        coverage.rules,
        coverage.unmapped.len(),
        rules = lang::either("规则", "rules"),
        of_rules = lang::either(" 条", ""),
        semicolon = lang::mark("；"),
        unmapped = lang::pair("未对应 unmapped")
    ));
    for (title, names) in [
        ("条款所列而没有的规则 missing", &coverage.missing),
        ("条款不存在的规则 stray", &coverage.stray),
    ] {
        if !names.is_empty() {
            text.push_str(&format!("\n{}: {}", lang::pair(title), names.join(", ")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_not_another_rule() {
        assert!(is_part("C04", "C04") && is_part("C04-age", "C04") && is_part("H-head-two", "H"));
        assert!(!is_part("C041", "C04") && !is_part("H-head", "H-h"));
    }
}
