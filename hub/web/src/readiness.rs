//! Whether the hub may be relied on at this moment, cause by cause.
//! Here because a service that answers is not yet one that works, and whoever is called at night wants the cause by name.
//! In: the running hub, its folder. Out: a finding for each cause; what costs something is looked at once a second at most.
//! Not here: how it is answered (health), whether last night went well (`hub status`), what can be mended by day (`hub doctor`).

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

use hub_runtime::checked::{Check, Checked, Mark};
use hub_runtime::{clock, pinned};
use hub_store::{Home, Probed, Store};
use tokio::sync::Mutex;

use crate::Doors;

/// What was looked at stands so long: a write to the disk is among it, and anybody may ask.
const STANDS: Duration = Duration::from_secs(1);
/// Longest look; a disk that does not answer in time does not answer.
const LOOK: Duration = Duration::from_secs(10);
/// Room without which nothing more can be landed or committed, bytes.
const ROOM_MIN: u64 = 64 << 20;
/// Longest write of ours, milliseconds: the month of the largest city takes less.
const WRITE_MAX_MS: i64 = 30 * 60 * 1_000;

/// Whether the hub may be relied on.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    planned: AtomicBool,
    stopping: AtomicBool,
    /// The files whose places this hub must keep: name, Chinese name, file, what to do.
    stood: Vec<Stood>,
    data_dir: PathBuf,
    /// When the database was last written for sure, milliseconds since 1970.
    written_ms: AtomicI64,
    looked: Mutex<Option<(Instant, Vec<Checked>)>>,
    plugins: Arc<pinned::Watched>,
}

/// A file that must stay the one it was.
#[derive(Debug)]
struct Stood {
    check: Check,
    path: PathBuf,
    /// Its device and number.
    was: Option<(u64, u64)>,
    todo: &'static str,
}

impl Readiness {
    /// Of the hub whose database, lease and socket lie in `home` by now.
    #[must_use]
    pub fn of(home: &Home) -> Self {
        let data_dir = &home.data_dir;
        let stood = |check, name: &str, todo| {
            let path = data_dir.join(name);
            Stood {
                check,
                was: number(&path),
                path,
                todo,
            }
        };
        // A server's database is no file of ours.
        let file = home.server.is_none();
        Self(Arc::new(Inner {
            planned: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            stood: [
                file.then(|| stood(
                    Check("database", "数据库文件"),
                    "hub.db",
                    "放回原来的文件；放不回则立即停止服务，从备份恢复（hub restore）：此刻写入的内容重启后将丢失 / put it back, or stop the service and restore a backup: what is written now will be lost",
                )),
                Some(stood(
                    Check("lease", "独占锁"),
                    "hub.lock",
                    "放回原来的文件，否则会有第二个中枢写同一个库；放不回则重启服务 / put it back, or restart: a second hub could write to the same data",
                )),
                Some(stood(
                    Check("control", "命令通道"),
                    "hub.sock",
                    "重启服务（systemctl restart hub）：此刻命令行无法交给服务 / restart the service: commands cannot reach it",
                )),
            ]
            .into_iter()
            .flatten()
            .collect(),
            data_dir: data_dir.to_owned(),
            written_ms: AtomicI64::new(clock::now_ms()),
            looked: Mutex::new(None),
            plugins: Arc::default(),
        }))
    }

    /// Rules and examples have been checked.
    pub fn planned(&self) {
        self.0.planned.store(true, Ordering::Release);
    }

    /// The hub is draining.
    pub fn stopping(&self) {
        self.0.stopping.store(true, Ordering::Release);
    }

    /// Whether its rules were planned and nobody asked it to stop.
    #[must_use]
    pub fn is_serving(&self) -> bool {
        self.0.planned.load(Ordering::Acquire) && !self.is_stopping()
    }

    /// Whether it was asked to stop.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Acquire)
    }

    /// Every cause, in the order of the manual.
    pub(crate) async fn look(&self, doors: &Doors) -> Vec<Checked> {
        // What costs nothing is of this very moment.
        let mut findings = vec![self.rules(), self.draining()];
        findings.extend(self.remembered(doors).await);
        findings
    }

    async fn remembered(&self, doors: &Doors) -> Vec<Checked> {
        // One looks at a time; whoever comes meanwhile gets what was found.
        let mut looked = self.0.looked.lock().await;
        if let Some((at, findings)) = looked.as_ref()
            && at.elapsed() < STANDS
        {
            return findings.clone();
        }
        let store = &doors.hub.store;
        let mut findings = vec![self.store(store).await, migrations(store).await];
        findings.extend(self.0.stood.iter().map(Stood::look));
        findings.extend([
            self.disk(store),
            self.plugins(doors),
            clock_right(store).await,
            scheduler(doors),
            relay(doors),
        ]);
        *looked = Some((Instant::now(), findings.clone()));
        findings
    }

    fn rules(&self) -> Checked {
        let check = Check("rules", "规则");
        if self.0.planned.load(Ordering::Acquire) {
            check.good("已校验 / planned")
        } else {
            check.wrong(
                "正在校验 / are still being planned",
                "稍候：启动后几秒内完成 / wait, it takes seconds after the start",
            )
        }
    }

    fn draining(&self) -> Checked {
        let check = Check("draining", "停止中");
        if self.is_stopping() {
            check.wrong(
                "收到停止信号，正在收尾 / asked to stop, ends what is under way",
                "等它结束；需要时再启动：systemctl start hub / start it again once it has ended",
            )
        } else {
            check.good("未收到停止信号 / was not asked to stop")
        }
    }

    async fn store(&self, store: &Store) -> Checked {
        let check = Check("store", "数据库");
        let todo = "看剩余空间（df -h）、磁盘错误（dmesg），以及是否有别的程序打开了 hub.db / look for room, for errors of the disk, and for another program that has hub.db open";
        let now_ms = clock::now_ms();
        match tokio::time::timeout(LOOK, store.write_probe()).await {
            Ok(Ok(Probed::Written)) => {
                self.0.written_ms.store(now_ms, Ordering::Release);
                check.good("可写 / is written to")
            }
            Ok(Ok(Probed::UnderWay)) => {
                let since_ms = self.0.written_ms.load(Ordering::Acquire);
                if now_ms - since_ms > WRITE_MAX_MS {
                    let found = format!("{} 起没有写完 / a write has not ended", clock::said(since_ms));
                    return check.wrong(found, todo);
                }
                check.good("正在写入 / a write is under way")
            }
            Ok(Err(error)) => {
                tracing::error!(event = "ready.store", %error, "the store cannot be written");
                check.wrong(format!("不可写 / cannot be written: {error}"), todo)
            }
            Err(_) => check.wrong("没有响应 / does not answer", todo),
        }
    }

    fn disk(&self, store: &Store) -> Checked {
        let check = Check("disk", "磁盘空间");
        let mut least = u64::MAX;
        for folder in [self.0.data_dir.as_path(), store.lake_dir()] {
            // A lake nobody wrote to yet lies nowhere.
            if let Some(free) = free_bytes(folder) {
                least = least.min(free);
            }
        }
        let found = format!("剩余 {} MiB / left", least >> 20);
        if least < ROOM_MIN {
            let todo = "hub retention 看可清除什么，或扩充磁盘；腾出后自动恢复 / see what hub retention lists, or make room: it goes on by itself";
            check.wrong(found, todo)
        } else {
            check.good(found)
        }
    }

    fn plugins(&self, doors: &Doors) -> Checked {
        let check = Check("plugins", "插件");
        let amiss = self.0.plugins.amiss(&doors.hub.now().sources.settings);
        if amiss.is_empty() {
            check.good("均已登记，未改动 / pinned, unchanged")
        } else {
            check.wrong(
                amiss.join("；"),
                "核对来源后放回原文件，或重新登记：hub plugin add FILE / put it back, or find out who changed it and pin it again",
            )
        }
    }
}

impl Stood {
    fn look(&self) -> Checked {
        if self.was.is_some() && number(&self.path) == self.was {
            return self.check.good("在原处 / in its place");
        }
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let found = format!("{name} 被移走或替换 / was moved away or replaced");
        self.check.wrong(found, self.todo)
    }
}

/// By what a file is known, whatever it is called.
fn number(path: &Path) -> Option<(u64, u64)> {
    let about = std::fs::symlink_metadata(path).ok()?;
    Some((about.dev(), about.ino()))
}

/// Room left where `folder` lies; `None` where there is no such folder.
pub(crate) fn free_bytes(folder: &Path) -> Option<u64> {
    let room = nix::sys::statvfs::statvfs(folder).ok()?;
    Some(room.blocks_available().saturating_mul(room.fragment_size()))
}

async fn migrations(store: &Store) -> Checked {
    let check = Check("migrations", "库结构");
    match store.unknown_migrations().await {
        Ok(unlike) if unlike.is_empty() => check.good("与程序一致 / as this version wants it"),
        Ok(unlike) => check.wrong(
            format!("与程序不一致，涉及步骤 / unlike this version, by steps {unlike:?}"),
            "停止服务，换上与数据库相符的程序版本 / stop the service, install the version that fits the database",
        ),
        Err(error) => check.wrong(
            format!("读不出 / cannot be read: {error}"),
            "hub doctor 检查数据库是否完好 / see whether the database is sound",
        ),
    }
}

async fn clock_right(store: &Store) -> Checked {
    let check = Check("clock", "时钟");
    let now_ms = clock::now_ms();
    match store
        .last_entry_ms()
        .await
        .map(|last_ms| clock::doubt(now_ms, last_ms))
    {
        Ok(Some(doubt)) => check.wrong(
            doubt,
            "校准时钟：timedatectl set-ntp true，或 date -s / set the clock",
        ),
        Ok(None) => check.good(clock::said(now_ms)),
        Err(error) => check.unknown(format!("无从比较 / cannot be compared: {error}"), "hub doctor"),
    }
}

fn scheduler(doors: &Doors) -> Checked {
    let check = Check("scheduler", "调度");
    if doors.scheduler.is_silent() {
        return check.wrong(
            "一分钟以上没有轮转 / has not come round for more than a minute",
            "journalctl -u hub 看 schedule.store 的原因；排除后自动恢复 / the log says why at schedule.store; it goes on by itself",
        );
    }
    check.good("在轮转 / comes round")
}

fn relay(doors: &Doors) -> Checked {
    let check = Check("relay", "推送");
    let troubled = doors.relay.troubled();
    if troubled.is_empty() {
        return check.good("在轮转 / comes round");
    }
    check.wrong(
        format!("取不出待推送的消息 / cannot take news out: {}", troubled.join("、")),
        "journalctl -u hub 看 push.store 的原因；排除后自动恢复 / the log says why at push.store; it goes on by itself",
    )
}

/// Whether nothing is wrong.
pub(crate) fn is_ready(findings: &[Checked]) -> bool {
    findings.iter().all(|finding| finding.mark != Mark::Wrong)
}
