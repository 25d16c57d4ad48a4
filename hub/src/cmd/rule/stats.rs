//! `hub rule stats`: what rules opened, how it was answered, and which line the answers would suggest.
//! Here because a rule that is often wrong costs cadres their evenings, and only answers tell which rule that is.
//! In: rules, days. Out: by rule and by source: fired, true, rejected with reasons, days; a line for a person to weigh.
//! Not here: changing a line: that is a parameter's value, with its document (parameters.local.toml).

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use chrono::NaiveDate;
use hub_engine::{Band, Rule, Test};
use hub_model::case::Reason;
use hub_model::{Answers, Measured, Side, SuggestedLine, Value, median};
use hub_runtime::clock;
use hub_store::{Answered, Fired};
use serde::Serialize;

use super::chosen;
use crate::app::App;
use crate::cli::{Output, Stats};
use crate::{lang, out};

const MS_PER_DAY: i64 = 86_400_000;

/// What is printed.
#[derive(Debug, Serialize)]
struct Page {
    from: Option<NaiveDate>,
    to: NaiveDate,
    rules: Vec<Line>,
    /// By source, over the rules above.
    sources: Vec<Source>,
}

#[derive(Debug, Serialize)]
struct Line {
    rule: String,
    title: String,
    /// Warnings opened in the time, and those of them that still stand.
    fired: u64,
    subjects: u64,
    standing: u64,
    #[serde(flatten)]
    answers: Answers,
    /// True ones of a thousand answered.
    precision_permille: Option<u32>,
    /// Days from the finding to the answer, and to the closing; the middle ones.
    median_days_to_answer: Option<i64>,
    median_days_to_close: Option<i64>,
    suggestion: Option<Suggestion>,
}

/// Another line, for a person to weigh; nothing changes by itself.
#[derive(Debug, Serialize)]
struct Suggestion {
    parameter: String,
    title: String,
    /// As it stands, with its document.
    now: String,
    /// In the parameter's unit, as `--set` takes it.
    suggested: String,
    #[serde(flatten)]
    effect: SuggestedLine,
    /// How to try it.
    try_it: String,
}

#[derive(Debug, Serialize)]
struct Source {
    /// `connector/stream` of cells that answered warnings cite.
    stream: String,
    #[serde(flatten)]
    answers: Answers,
    precision_permille: Option<u32>,
    /// Rejected because the source was wrong or behind.
    blamed: u64,
}

pub(super) async fn run(asked: Stats, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    let rules = chosen(app, &asked.rules)?;
    // Answers are dated by the clock, whatever day a trial site is set to.
    let to = asked.to.unwrap_or_else(|| clock::day(clock::now_ms()));
    let to_ms = clock::end_of_day_ms(to) + 1;
    let from_ms = asked
        .from
        .map_or(0, |day| clock::end_of_day_ms(day) + 1 - MS_PER_DAY);
    let store = app.reader().await?;
    let fired = store.fired(from_ms, to_ms).await?;
    let ids: Vec<&str> = match asked.rules.is_empty() {
        true => Vec::new(),
        false => rules.iter().map(|rule| rule.header.id.as_str()).collect(),
    };
    let answered = store.answered(&ids, from_ms, to_ms).await?;
    let mut by_rule: BTreeMap<&str, Vec<&Answered>> = BTreeMap::new();
    for answer in &answered {
        by_rule.entry(answer.rule.as_str()).or_default().push(answer);
    }
    let line = |rule: &&Rule| {
        let id = rule.header.id.as_str();
        let answered = by_rule.get(id).map_or(&[][..], Vec::as_slice);
        let fired = fired.get(id).copied().unwrap_or_default();
        Line::of(rule, fired, answered, app)
    };
    let mut lines: Vec<Line> = rules.iter().map(line).collect();
    if asked.rules.is_empty() {
        lines.retain(|line| line.fired > 0 || line.answers.total() > 0);
    }
    // The rules that were wrong most often stand first.
    lines.sort_by_key(|line| std::cmp::Reverse((line.answers.rejected, line.fired)));
    let page = Page {
        from: asked.from,
        to,
        rules: lines,
        sources: sources(&answered),
    };
    out::show(output, &page, text)?;
    Ok(ExitCode::SUCCESS)
}

impl Line {
    fn of(rule: &Rule, fired: Fired, answered: &[&Answered], app: &App) -> Self {
        let mut answers = Answers::default();
        for answer in answered {
            answers.count(answer.rejected);
        }
        let days = |ms: i64| ms.div_euclid(MS_PER_DAY);
        let to_answer: Vec<i64> = answered.iter().map(|a| days(a.at_ms - a.found_ms)).collect();
        let closed = answered
            .iter()
            .filter_map(|a| Some(days(a.closed_ms? - a.found_ms)));
        Self {
            rule: rule.header.id.to_string(),
            title: rule.header.title.clone(),
            fired: fired.warnings,
            subjects: fired.subjects,
            standing: fired.standing,
            precision_permille: answers.precision_permille(),
            answers,
            median_days_to_answer: median(&to_answer),
            median_days_to_close: median(&closed.collect::<Vec<_>>()),
            suggestion: Suggestion::of(rule, answered, app),
        }
    }

    fn row(&self) -> Vec<String> {
        let days = |days: Option<i64>| days.map_or_else(|| "—".to_owned(), |days| days.to_string());
        vec![
            self.rule.clone(),
            self.title.clone(),
            format!(
                "{}{}{} {}{}",
                self.fired,
                lang::mark("（"),
                self.standing,
                lang::either("存续", "open"),
                lang::mark("）")
            ),
            self.answers.verified.to_string(),
            rejected(&self.answers),
            percent(self.precision_permille),
            days(self.median_days_to_answer),
            days(self.median_days_to_close),
        ]
    }
}

impl Suggestion {
    /// The outermost line of `rule` moved inwards, as far as the answers carry it.
    fn of(rule: &Rule, answered: &[&Answered], app: &App) -> Option<Self> {
        let column = rule.measure.as_deref()?;
        let lined = |band: &&Band| !matches!(band.test, Test::When { .. });
        let outermost = rule.bands.iter().rfind(lined)?;
        let (side, name) = match &outermost.test {
            Test::Below(name) => (Side::Below, name),
            Test::Above(name) => (Side::Above, name),
            Test::When { .. } => return None,
        };
        let names: BTreeSet<&str> = rule
            .bands
            .iter()
            .filter(lined)
            .map(|band| band.name.as_str())
            .collect();
        let measured = answered
            .iter()
            .filter(|answer| names.contains(answer.band.as_str()));
        let measured = measured.filter_map(|answer| match answer.evidence.values.get(column) {
            Some(Value::Int(measure)) => Some(Measured {
                measure: *measure,
                is_true: answer.rejected.is_none(),
            }),
            Some(Value::Null | Value::Bool(_) | Value::Text(_)) | None => None,
        });
        let parameters = &app.book.parameters;
        let now = parameters.at(name, app.today())?;
        let effect = SuggestedLine::of(side, parameters.step(name), &measured.collect::<Vec<_>>())?;
        let suggested = parameters.written(name, effect.line);
        Some(Self {
            title: parameters.title(name).unwrap_or(name).to_owned(),
            now: parameters.words(now),
            try_it: format!("hub rule diff {} --set {name}={suggested}", rule.header.id),
            parameter: name.clone(),
            suggested,
            effect,
        })
    }

    fn text(&self, rule: &str) -> String {
        let effect = &self.effect;
        format!(
            "\n建议（由人决定，不自动生效）{rule}：{} → {}={}：属实的 {}/{} 仍能发现，不属实的 {}/{} 不再打扰；试算 {}",
            self.now,
            self.parameter,
            self.suggested,
            effect.true_kept,
            effect.true_all,
            effect.false_spared,
            effect.false_all,
            self.try_it
        )
    }
}

/// The answers by the sources whose cells were cited; one that cites two sources counts for both.
fn sources(answered: &[Answered]) -> Vec<Source> {
    let mut by_stream: BTreeMap<&str, Answers> = BTreeMap::new();
    for answer in answered {
        let cells = answer.evidence.cells.iter();
        let streams: BTreeSet<&str> = cells.map(|cell| cell.stream.as_str()).collect();
        for stream in streams {
            by_stream.entry(stream).or_default().count(answer.rejected);
        }
    }
    let source = |(stream, answers): (&str, Answers)| {
        let because = |reason| answers.rejected_because.get(&reason).copied().unwrap_or_default();
        Source {
            stream: stream.to_owned(),
            precision_permille: answers.precision_permille(),
            blamed: because(Reason::DataWrong) + because(Reason::DataLate),
            answers,
        }
    };
    by_stream.into_iter().map(source).collect()
}

fn rejected(answers: &Answers) -> String {
    let reasons = answers.rejected_because.iter();
    let reasons: Vec<String> = reasons
        .map(|(reason, count)| {
            let (english, chinese) = reason.words();
            format!("{} {count}", lang::either(chinese, english))
        })
        .collect();
    match reasons.is_empty() {
        true => answers.rejected.to_string(),
        false => format!(
            "{}{}{}{}",
            answers.rejected,
            lang::mark("（"),
            reasons.join(lang::mark("、")),
            lang::mark("）")
        ),
    }
}

fn percent(permille: Option<u32>) -> String {
    permille.map_or_else(
        || "—".to_owned(),
        |permille| format!("{}.{}%", permille / 10, permille % 10),
    )
}

fn text(page: &Page) -> String {
    let header = [
        "规则 rule",
        "名称 title",
        "新开 fired",
        "属实 true",
        "不属实 rejected",
        "准确率 precision",
        "答复天数 to answer",
        "办结天数 to close",
    ];
    let mut text = out::table(&header, page.rules.iter().map(Line::row));
    if !page.sources.is_empty() {
        let rows = page.sources.iter().map(|source| {
            vec![
                source.stream.clone(),
                source.answers.verified.to_string(),
                rejected(&source.answers),
                source.blamed.to_string(),
                percent(source.precision_permille),
            ]
        });
        let header = [
            "来源 source",
            "属实 true",
            "不属实 rejected",
            "因数据错误或滞后 blamed",
            "准确率 precision",
        ];
        text.push_str(&format!("\n\n{}", out::table(&header, rows)));
    }
    for line in &page.rules {
        if let Some(suggestion) = &line.suggestion {
            text.push_str(&suggestion.text(&line.rule));
        }
    }
    text
}
