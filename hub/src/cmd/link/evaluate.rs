//! `hub link evaluate`: record linkage, tried and judged.
//! Here because a method that decides who somebody is must be tried on data whose answers are known.
//! In: two lists, their right answers, a schema. Out: precision and recall by threshold.
//! Not here: how rows are compared (engine).

use std::process::ExitCode;

use hub_engine::Judged;

use crate::cli::{Evaluate, Output};
use crate::out;

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
        "左表 left {} 行，右表 right {} 行，已知答案 answers {}，比较 pairs {}\n{table}\n最后一行为最佳 F1 the last line is the best F1\n准确率不低于 0.999 时的召回率 recall at precision 0.999: {}",
        judged.left,
        judged.right,
        judged.answers,
        judged.pairs,
        number(judged.recall_at_precision_999)
    );
    for (key, times) in judged.skipped.iter().filter(|(_, times)| *times > 0) {
        text.push_str(&format!("\n过大的分组已略过 blocks skipped: {key} ×{times}"));
    }
    text
}
