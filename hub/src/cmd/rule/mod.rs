//! `hub rule …`: the rules of a site, and whether their examples hold.
//! Here because whoever changes a rule wants to know in a second what it says now, before it warns anybody.
//! In: ids. Out: a list; examples passed and failed, exit 1 when one failed.
//! Not here: evaluation that warns (check).

mod compare;
mod coverage;
mod eval;
mod stats;

use std::process::ExitCode;

pub(super) use compare::Difference;

use hub_engine::{Band, Parameters, Rule as RuleFile, Test};
use hub_model::nearest;
use serde::Serialize;

use crate::app::App;
use crate::cli::{Output, Rule, Sets};
use crate::exit::{ConfigError, NotFound, UsageError};
use crate::{lang, out};

pub(super) async fn run(rule: Rule, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    match rule {
        Rule::List => list(app, output),
        Rule::Test { rules } => test(app, &rules, output).await,
        Rule::Coverage => coverage::run(app, output),
        Rule::Eval(asked) => eval::run(asked, app, output).await,
        Rule::Backtest(asked) => compare::backtest(asked, app, output).await,
        Rule::Diff(asked) => compare::diff(asked, app, output).await,
        Rule::Stats(asked) => stats::run(asked, app, output).await,
    }
}

#[derive(Debug, Serialize)]
struct Listed<'a> {
    id: &'a str,
    version: u32,
    title: &'a str,
    clause: &'a str,
    department: &'a str,
    subject: &'static str,
    bands: Vec<Listing<'a>>,
    tables: &'a [String],
    examples: usize,
}

#[derive(Debug, Serialize)]
struct Listing<'a> {
    name: &'a str,
    severity: &'static str,
    #[serde(skip)]
    chinese: &'static str,
    /// The line's parameter, or what is true.
    of: &'a str,
}

impl<'a> Listed<'a> {
    fn of(rule: &'a RuleFile) -> Self {
        let header = &rule.header;
        Self {
            id: header.id.as_str(),
            version: header.version,
            title: &header.title,
            clause: &header.clause,
            department: &header.department,
            subject: header.subject.as_str(),
            bands: rule.bands.iter().map(Listing::of).collect(),
            tables: &rule.tables,
            examples: rule.examples().count(),
        }
    }
}

impl<'a> Listing<'a> {
    fn of(band: &'a Band) -> Self {
        Self {
            name: &band.name,
            severity: band.severity.as_str(),
            chinese: band.severity.chinese(),
            of: match &band.test {
                Test::Below(line) | Test::Above(line) => line,
                Test::When { says, .. } => says,
            },
        }
    }
}

fn list(app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let listed: Vec<Listed<'_>> = app.book.rules.iter().map(Listed::of).collect();
    for refused in &app.book.refused {
        tracing::error!(rule = refused.rule, why = refused.why, "a rule file is not used");
    }
    out::show(output, &listed, |listed| {
        let rows = listed.iter().map(|rule| {
            let bands = rule
                .bands
                .iter()
                .map(|band| format!("{} {}", band.chinese, band.of));
            vec![
                rule.id.to_owned(),
                rule.title.to_owned(),
                rule.clause.to_owned(),
                rule.department.to_owned(),
                bands.collect::<Vec<_>>().join("；"),
                rule.tables.join(" "),
                rule.examples.to_string(),
            ]
        });
        let header = [
            "规则 rule",
            "名称 title",
            "条款 clause",
            "责任部门 department",
            "分档 bands",
            "所需表 tables",
            "示例 examples",
        ];
        out::table(&header, rows)
    })?;
    Ok(ExitCode::SUCCESS)
}

#[derive(Debug, Serialize)]
struct Tried {
    rule: String,
    example: String,
    /// What is wrong; none when it holds.
    wrong: Option<String>,
}

async fn test(app: &App, wanted: &[String], output: Output) -> anyhow::Result<ExitCode> {
    let mut tried = Vec::new();
    if wanted.is_empty() {
        tried.extend(app.book.refused.iter().map(|refused| Tried {
            rule: refused.rule.clone(),
            example: String::new(),
            wrong: Some(refused.why.clone()),
        }));
    }
    for rule in chosen(app, wanted)? {
        let (engine, rule) = (app.engine.clone(), rule.clone());
        let work = async move {
            let outcome = engine.try_rule(&rule).await;
            (rule.header.id.to_string(), outcome)
        };
        let (id, outcome) = app.threads.spawn(work).await?;
        match outcome {
            // It does not plan: that is its only result, and the other rules are tried all the same.
            Err(error) => tried.push(Tried {
                rule: id,
                example: String::new(),
                wrong: Some(error.to_string()),
            }),
            Ok(examples) => tried.extend(examples.into_iter().map(|(example, wrong)| Tried {
                rule: id.clone(),
                example,
                wrong: wrong.map(|error| error.to_string()),
            })),
        }
    }
    let failed = tried.iter().filter(|tried| tried.wrong.is_some()).count();
    out::show(output, &tried, |tried| {
        let lines = tried.iter().map(|tried| match &tried.wrong {
            None => format!("ok    {}：{}", tried.rule, tried.example),
            Some(wrong) => format!(
                "FAIL  {}：{}\n      {}",
                tried.rule,
                tried.example,
                lang::said(wrong)
            ),
        });
        let all = tried.len();
        let count = lang::said(&format!(
            "{all} 个示例，{failed} 个不符 / {all} examples, {failed} failed"
        ));
        lines.chain([count]).collect::<Vec<_>>().join("\n")
    })?;
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The rules of these ids, or all.
fn chosen<'a>(app: &'a App, wanted: &[String]) -> anyhow::Result<Vec<&'a RuleFile>> {
    let all = &app.book.rules;
    if wanted.is_empty() {
        return Ok(all.iter().collect());
    }
    let find = |id: &String| {
        if let Some(refused) = app.book.refused.iter().find(|refused| refused.rule == *id) {
            return Err(ConfigError(refused.why.clone()).into());
        }
        let found = all.iter().find(|rule| rule.header.id.as_str() == id);
        found.ok_or_else(|| {
            let near = nearest(id, all.iter().map(|rule| rule.header.id.as_str()));
            let hint = near.map_or_else(
                || "；见 / see hub rule list".to_owned(),
                |near| format!("；是否应为 / did you mean {near:?}?"),
            );
            NotFound(format!("没有规则 / no rule {id:?}{hint}")).into()
        })
    };
    wanted.iter().map(find).collect()
}

/// The site's parameters with other values, for a trial.
fn with_sets(app: &App, sets: &Sets) -> anyhow::Result<Parameters> {
    let mut parameters = app.book.parameters.clone();
    for (name, value) in &sets.sets {
        parameters = parameters
            .with(name, value)
            .map_err(|message| UsageError(format!("--set {name}: {message}")))?;
    }
    Ok(parameters)
}
