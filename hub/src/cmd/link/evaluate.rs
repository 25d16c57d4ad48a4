//! `hub link evaluate`: record linkage, tried and judged.
//! Here because a method that decides who somebody is must be tried on data whose answers are known.
//! In: two lists, their right answers, a schema. Out: precision and recall by threshold.
//! Not here: how rows are compared (engine).

use std::process::ExitCode;

use hub_engine::Judged;

use crate::cli::{Evaluate, Output};
use crate::{lang, out};

/// Points of the curve a person is shown.
const SHOWN: usize = 10;

pub(super) fn run(lists: &Evaluate, output: Output) -> anyhow::Result<ExitCode> {
    let Evaluate {
        left,
        right,
        truth,
        schema,
    } = lists;
    let judged = tokio::task::block_in_place(|| hub_engine::evaluate_linkage(left, right, truth, schema))?;
    out::show(output, &judged, text)?;
    Ok(ExitCode::SUCCESS)
}

fn text(judged: &Judged) -> String {
    let every = judged.thresholds.len().div_ceil(SHOWN).max(1);
    let number = |value: f64| format!("{value:.4}");
    let shown = judged.thresholds.iter().step_by(every).chain([&judged.best]);
    let rows = shown.map(|at| {
        vec![
            format!("{:.2}", at.odds),
            number(at.precision),
            number(at.recall),
            number(at.f1),
        ]
    });
    let table = out::table(
        &["阈值 log-odds", "准确率 precision", "召回率 recall", "F1"],
        rows,
    );
    let mut text = format!(
        "{left} {}{rows}{right} {}{rows}{answers} {}{comma}{pairs} {}\n{table}\n{best}\n{at}: {}",
        judged.left,
        judged.right,
        judged.answers,
        judged.pairs,
        number(judged.recall_at_precision_999),
        left = lang::pair("左表 left"),
        rows = lang::either(" 行，", ", "),
        right = lang::pair("右表 right"),
        answers = lang::pair("已知答案 answers"),
        comma = lang::mark("，"),
        pairs = lang::pair("比较 pairs"),
        best = lang::both("最后一行为最佳 F1", "the last line is the best F1"),
        at = lang::both("准确率不低于 0.999 时的召回率", "recall at precision 0.999")
    );
    for (key, times) in judged.skipped.iter().filter(|(_, times)| *times > 0) {
        let skipped = lang::pair("过大的分组已略过 blocks skipped");
        text.push_str(&format!("\n{skipped}: {key} ×{times}"));
    }
    text
}
