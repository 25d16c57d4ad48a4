//! What the database says: whether it is sound, the audit log whole, and pushes go out.
//! Here because a damaged file works for weeks before somebody notices.
//! In: a store that is read. Out: findings.
//! Not here: the machine below it (machine).

use hub_model::push::Standing;
use hub_runtime::checked::{Check, Checked};
use hub_runtime::clock;
use hub_runtime::settings::Settings;
use hub_store::{EndpointRow, Error, Flaw, Store, Verified};

use crate::{lang, out};

/// Working days an event may wait: what is held back over a holiday has not waited long.
const WAITS_MAX_DAYS: u32 = 2;
/// What to do about a damaged database.
const RESTORE: &str = "停止服务，另存整个数据目录，再从备份恢复：hub restore / stop the service, keep the directory as it is, restore a backup";
/// What to do about a server that is not there.
const AWAY: &str = "启动数据库服务器，核对网络与 hub.toml 的 [store] / start the server, look at the network and at [store] in hub.toml";
/// What to do when the program and its database are of different versions.
const UPGRADE: &str = "核对安装的程序版本：hub --version / see which version is installed";

/// Whether it is sound, and which node works on it.
pub(super) async fn database(store: &hub_store::Result<Store>) -> Checked {
    let check = Check("database", "数据库");
    let store = match store {
        Ok(store) => store,
        Err(Error::Missing { path }) => {
            return check.unknown(
                format!(
                    "{}{}{}",
                    path.display(),
                    lang::mark("："),
                    lang::said("尚未建立 / is not there yet")
                ),
                lang::said("首次运行时建立：hub run start --all / the first run makes it"),
            );
        }
        Err(error @ (Error::Newer { .. } | Error::Older { .. })) => {
            return check.wrong(told(error), lang::said(UPGRADE));
        }
        Err(error @ Error::Silent { .. }) => return check.wrong(told(error), lang::said(AWAY)),
        Err(error) => return check.wrong(told(error), lang::said(RESTORE)),
    };
    match store.sound().await {
        Ok(None) => match store.working_node().await {
            Ok(Some(node)) => check.good(lang::said(&format!(
                "应答，节点 {node} 在工作 / answers, node {node} works"
            ))),
            Ok(None) => check.good(lang::said("完好 / sound")),
            Err(error) => check.wrong(told(&error), lang::said(AWAY)),
        },
        Ok(Some(wrong)) => check.wrong(wrong, lang::said(RESTORE)),
        Err(error) => check.wrong(told(&error), lang::said(RESTORE)),
    }
}

fn told(error: &Error) -> String {
    lang::said(&error.to_string())
}

/// When the audit log's last entry was written.
pub(super) async fn last_entry_ms(store: Option<&Store>) -> Option<i64> {
    store?.last_entry_ms().await.ok()?
}

/// Whether every entry follows from the one before.
pub(super) async fn audit(store: &Store) -> Checked {
    let check = Check("audit", "审计日志");
    match store.verify_audit(None).await {
        Ok(Verified::Whole { entries, .. }) => {
            check.good(format!("{entries} {}", lang::said("条，完整 / entries, whole")))
        }
        Ok(Verified::Broken { seq, why }) => {
            let why = match why {
                Flaw::Missing => lang::pair("缺失 missing"),
                Flaw::Altered => lang::pair("被改动 altered"),
            };
            let entry = lang::both(&format!("第 {seq} 条"), &format!("entry {seq}"));
            check.wrong(
                format!("{entry} {why}"),
                lang::said(
                    "有人改过数据库：保存现场，与备份比对（hub audit verify）/ somebody changed it: keep it, compare with backups",
                ),
            )
        }
        Err(error) => check.wrong(told(&error), lang::said(RESTORE)),
    }
}

/// Whether endpoints are in service, and how long events wait.
pub(super) async fn push(store: &Store, settings: &Settings) -> Vec<Checked> {
    let (of_endpoints, of_pending) = (Check("endpoints", "推送端点"), Check("pending", "待推送"));
    let rows = match store.endpoints().await {
        Ok(rows) => rows,
        Err(error) => return vec![of_endpoints.wrong(told(&error), lang::said(RESTORE))],
    };
    let out_of_service: Vec<String> = rows
        .iter()
        .filter(|row| row.endpoint.standing != Standing::Active)
        .map(|row| {
            let standing = row.endpoint.standing;
            format!(
                "{} {}{open}{since} {}{close}{}",
                row.endpoint.id,
                lang::either(standing.chinese(), standing.as_str()),
                out::time(row.endpoint.since_ms),
                lang::said(row.endpoint.reason.as_deref().unwrap_or_default()),
                open = lang::mark("（"),
                since = lang::pair("自 since"),
                close = lang::mark("）")
            )
        })
        .collect();
    let endpoints = if out_of_service.is_empty() {
        let all = lang::said("个，均在用 / all in service");
        of_endpoints.good(format!("{} {all}", rows.len()))
    } else {
        of_endpoints.wrong(
            out_of_service.join(lang::mark("；")),
            lang::said(
                "hub push endpoints 看原因；修复后 hub push ping ID，暂停的用 hub push resume ID / see why; ping or resume it",
            ),
        )
    };
    let oldest = rows
        .iter()
        .filter_map(|row| row.oldest_ms.map(|at_ms| (at_ms, row)))
        .min_by_key(|(at_ms, _)| *at_ms);
    let pending = match oldest {
        None => of_pending.good(lang::said("没有 / none")),
        Some((at_ms, row)) => waits(of_pending, at_ms, row, settings),
    };
    vec![endpoints, pending]
}

fn waits(check: Check, at_ms: i64, row: &EndpointRow, settings: &Settings) -> Checked {
    let found = format!(
        "{}: {} → {}",
        lang::pair("最早一条 the oldest"),
        out::time(at_ms),
        row.endpoint.id
    );
    let days = settings
        .calendar
        .between(clock::day(at_ms), clock::day(clock::now_ms()));
    if days > WAITS_MAX_DAYS {
        check.wrong(
            format!(
                "{found}{}{}",
                lang::mark("，"),
                lang::said(&format!(
                    "已等 {days} 个工作日 / has waited for {days} working days"
                ))
            ),
            lang::said(
                "hub push endpoints、hub push attempts 看原因；服务须在运行 / see why; the service must run",
            ),
        )
    } else {
        check.good(found)
    }
}
