//! The breaker: a plugin that keeps breaking is left alone for a while, and somebody is told.
//! Here because a plugin that crashes every quarter of an hour fills the log that would tell of another one.
//! In: a connector's last runs, the time. Out: why it is not run now; `None` when it may.
//! Not here: sources that are down or refuse (`auth`, `transient` …): those are asked again as ever.

use hub_model::RunFault;
use hub_store::RunRow;

use crate::clock;

/// After so many faults of the plugin's own in a row it is left alone.
pub(crate) const FAULTS: u32 = 3;
/// For so long; then it is tried once.
const PAUSE_MS: i64 = 60 * 60 * 1000;
/// The cause of a run that did not begin.
pub(crate) const CAUSE: &str = "breaker";
/// Faults of the plugin itself: it crashed, hung, ran out of memory or broke the protocol.
const CATEGORY: &str = "internal";

/// Why the connector with these last runs, the newest first and none of them prevented, is not run at `now_ms`.
pub(crate) fn tripped(last: &[RunRow], now_ms: i64) -> Option<RunFault> {
    let faults: Vec<&RunFault> = last
        .iter()
        .map_while(|run| run.fault.as_ref().filter(|fault| fault.category == CATEGORY))
        .take(FAULTS as usize)
        .collect();
    let (newest, fault) = (last.first()?, faults.first()?);
    let until = newest.ended_ms?.saturating_add(PAUSE_MS);
    if faults.len() < FAULTS as usize || now_ms >= until {
        return None;
    }
    Some(RunFault {
        category: CATEGORY.to_owned(),
        cause: CAUSE.to_owned(),
        message: format!(
            "插件自身连续 {FAULTS} 次故障，暂停自动运行至 {}；最近一次（{}）：{}。修复后用 hub run start {} 立即重试 / \
             the plugin broke {FAULTS} times in a row and is left alone until then; start it by hand once it is mended",
            clock::rfc3339(until),
            fault.cause,
            fault.message,
            newest.connector
        ),
        log_tail: fault.log_tail.clone(),
    })
}

#[cfg(test)]
mod tests {
    use hub_model::RunState;

    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn run(category: Option<&str>, minutes_ago: i64) -> RunRow {
        RunRow {
            run_id: String::new(),
            connector: "register".to_owned(),
            state: category.map_or(RunState::Committed, |_| RunState::Failed),
            started_ms: 0,
            ended_ms: Some(NOW - minutes_ago * 60_000),
            fault: category.map(|category| RunFault {
                category: category.to_owned(),
                cause: "signal 11".to_owned(),
                message: "died".to_owned(),
                log_tail: Vec::new(),
            }),
            remarks: Vec::new(),
            configuration: None,
        }
    }

    #[test]
    fn three_faults_of_its_own_in_a_row_stop_it_for_an_hour() {
        let crash = || run(Some("internal"), 10);
        let told = tripped(&[crash(), crash(), crash()], NOW).expect("tripped");
        assert_eq!(told.cause, CAUSE);
        assert!(told.message.contains("hub run start register") && told.message.contains("died"));
        assert_eq!(tripped(&[crash(), crash()], NOW), None, "two are not three");
        assert_eq!(tripped(&[], NOW), None);
    }

    #[test]
    fn a_success_a_fault_of_the_source_or_an_hour_let_it_run() {
        let crash = |minutes| run(Some("internal"), minutes);
        assert_eq!(tripped(&[crash(1), run(None, 2), crash(3), crash(4)], NOW), None);
        assert_eq!(
            tripped(&[run(Some("transient"), 1), crash(2), crash(3), crash(4)], NOW),
            None
        );
        assert_eq!(
            tripped(&[crash(60), crash(61), crash(62)], NOW),
            None,
            "tried once"
        );
        assert!(
            tripped(&[crash(1), crash(61), crash(62), crash(63)], NOW).is_some(),
            "and left alone again"
        );
    }
}
