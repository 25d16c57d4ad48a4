//! What the machine says: secrets' modes, room, descriptors, the clock, the calendar, the service.
//! Here because most calls at night are about these, not about the hub.
//! In: paths, settings. Out: findings.
//! Not here: what the database says (data).

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use chrono::Datelike;
use hub_runtime::checked::{Check, Checked};
use hub_runtime::settings::Settings;
use hub_runtime::{clock as time, remote};
use hub_store::{Error, Home, Store};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::statvfs::statvfs;
use nix::unistd::{AccessFlags, access};

use crate::settings::TOO_OPEN;
use crate::{lang, out};

/// Descriptors the service wants.
const DESCRIPTORS_MIN: u64 = 1_024;
/// Room that must be left whatever is held, bytes.
const ROOM_MIN: u64 = 1 << 30;
/// Room that must be left: this part of what is held.
const ROOM_PART: u64 = 10;
/// What to do about a clock.
const SET_CLOCK: &str = "校准时钟：timedatectl set-ntp true，或 date -s / set the clock";
/// Folders within folders that are looked through.
const DEPTH_MAX: usize = 8;

/// Whether only their owner, and its group, can read the secrets.
pub(super) fn secrets(config: &Path) -> Checked {
    let check = Check("secrets", "密钥权限");
    let folder = config.join("secrets");
    let mut open = Vec::new();
    let mut count = 0_u64;
    walk(&folder, DEPTH_MAX, &mut |path, about| {
        count += 1;
        let mode = about.permissions().mode() & 0o777;
        if mode & TOO_OPEN != 0 {
            open.push(format!("{} ({mode:o})", path.display()));
        }
    });
    if open.is_empty() {
        check.good(format!(
            "{}{}{count} {}",
            folder.display(),
            lang::mark("："),
            lang::pair("个文件 files")
        ))
    } else {
        let others = lang::said("别人也能读写 / others may read or write");
        check.wrong(
            format!("{others}: {}", open.join(lang::mark("；"))),
            lang::said(
                "chmod 600 这些文件；若曾被别人读到，请更换密钥 / chmod 600 them; change what somebody may have read",
            ),
        )
    }
}

/// Whether the data directory can be written.
pub(super) fn directory(data_dir: &Path) -> Checked {
    let check = Check("directory", "数据目录");
    let told = data_dir.display();
    if !data_dir.exists() {
        return check.unknown(
            format!(
                "{told}{}{}",
                lang::mark("："),
                lang::said("尚未建立 / is not there yet")
            ),
            lang::said("首次运行时建立：hub run start --all / the first run makes it"),
        );
    }
    match access(data_dir, AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) => check.good(told.to_string()),
        Err(error) => check.wrong(
            format!(
                "{told}{}{}: {error}",
                lang::mark("："),
                lang::said("不可写 / cannot be written")
            ),
            lang::said(
                "用运行服务的账号执行，或把目录的属主改为该账号（chown）/ use the service's account, or give it the directory",
            ),
        ),
    }
}

/// Room on the disk, against what the data directory holds.
pub(super) fn space(data_dir: &Path) -> Checked {
    let check = Check("space", "剩余空间");
    // Where it will be, when it is not there yet.
    let there = data_dir
        .ancestors()
        .find(|path| path.exists())
        .unwrap_or(data_dir);
    let room = match statvfs(there) {
        Ok(room) => room,
        Err(error) => {
            return check.unknown(format!("{}: {error}", there.display()), "df -h");
        }
    };
    let free = room.blocks_available().saturating_mul(room.fragment_size());
    let mut held = 0_u64;
    walk(data_dir, DEPTH_MAX, &mut |_, about| held += about.len());
    let found = format!(
        "{} {}{}{} {}",
        lang::pair("剩余 free"),
        out::bytes(free),
        lang::mark("，"),
        lang::pair("已用 held"),
        out::bytes(held)
    );
    if free < ROOM_MIN.max(held / ROOM_PART) {
        check.wrong(
            found,
            lang::said(
                "hub retention 看可清除什么；或扩充磁盘 / see what hub retention lists, or make the disk larger",
            ),
        )
    } else {
        check.good(found)
    }
}

/// Whether enough files and connections can be open.
pub(super) fn descriptors() -> Checked {
    let check = Check("descriptors", "文件句柄");
    match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((now, _)) if now < DESCRIPTORS_MIN => check.wrong(
            format!(
                "{now}{}{} {DESCRIPTORS_MIN}",
                lang::mark("，"),
                lang::pair("至少应为 at least")
            ),
            lang::said(
                "服务：在 hub.service 中设 LimitNOFILE=65536；命令行：ulimit -n 4096 / raise the limit",
            ),
        ),
        Ok((now, _)) => check.good(now.to_string()),
        Err(error) => check.unknown(error.to_string(), "ulimit -n"),
    }
}

/// Whether the clock is plausible, and not behind what it once was.
pub(super) fn clock(settings: &Settings, last_ms: Option<i64>) -> Checked {
    let check = Check("clock", "时钟");
    let now_ms = time::now_ms();
    if let Some(doubt) = time::doubt(now_ms, last_ms) {
        return check.wrong(lang::said(&doubt), lang::said(SET_CLOCK));
    }
    let mut found = out::time(now_ms);
    if let Some(day) = settings.as_of {
        let as_of = format!("按 {day} 比对（as_of，仅供演示演练）/ checks as of that day");
        found.push_str(&format!("{}{}", lang::mark("；"), lang::said(&as_of)));
    }
    check.good(found)
}

/// Whether the working days of this year are known, and from December on those of the next.
pub(super) fn calendar(settings: &Settings) -> Checked {
    let check = Check("calendar", "工作日历");
    let day = settings.day(time::now_ms());
    let last = if day.month() == 12 {
        day.year() + 1
    } else {
        day.year()
    };
    let missing: Vec<String> = (day.year()..=last)
        .filter(|year| settings.calendar.is_assumed_year(*year))
        .map(|year| year.to_string())
        .collect();
    if missing.is_empty() {
        return check.good(format!("{}—{last}", day.year()));
    }
    check.wrong(
        lang::said(&format!(
            "缺 {} 年，暂按周一至周五算 / {} is missing, taken as Monday to Friday",
            missing.join("、"),
            missing.join(", ")
        )),
        lang::said(
            "把国务院办公厅公布的放假安排补进 calendars/cn-workday.csv / enter the State Council's notice in calendars/cn-workday.csv",
        ),
    )
}

/// Whether a service works on the data, or what does.
pub(super) fn service(data_dir: &Path) -> Checked {
    let check = Check("service", "服务");
    let socket = remote::socket(data_dir);
    let lease = data_dir.join("hub.lock");
    let pid = fs::read_to_string(&lease).unwrap_or_default().trim().to_owned();
    if std::os::unix::net::UnixStream::connect(&socket).is_ok() {
        return check.good(format!(
            "{at} {} {answers}{comma}{process} {pid}",
            socket.display(),
            at = lang::either("在", "at"),
            answers = lang::pair("应答 answers"),
            comma = lang::mark("，"),
            process = lang::pair("进程 process")
        ));
    }
    match is_locked(&lease) {
        Some(true) => check.unknown(
            lang::said(&format!(
                "进程 {pid} 占用数据目录，但没有服务应答 / process {pid} holds the data, and no service answers"
            )),
            lang::said(
                "可能是一条命令正在运行，或服务正在启动；稍后再查 / a command, or a service that starts; look again",
            ),
        ),
        _ if socket.exists() => {
            let died = lang::said("上一个服务异常结束 / the last service died");
            check.wrong(
                format!("{died}: {}", socket.display()),
                lang::said("journalctl -u hub 看原因，systemctl start hub 启动 / see why, start it"),
            )
        }
        Some(false) | None => check.unknown(
            lang::said("未运行 / not running"),
            lang::said("需要推送和接口时：systemctl start hub / start it where warnings are pushed"),
        ),
    }
}

/// That nobody works on the data of `home`, which `store` is; without the lease being taken, which somebody may want at this moment.
pub(in crate::cmd) async fn idle(home: &Home, store: Option<&Store>) -> hub_store::Result<()> {
    let path = home.data_dir.join("hub.lock");
    if is_locked(&path) == Some(true) {
        let holder = fs::read_to_string(&path).unwrap_or_default().trim().to_owned();
        return Err(Error::Held { path, holder });
    }
    let node = match store {
        Some(store) => store.working_node().await?,
        None => None,
    };
    node.map_or(Ok(()), |node| {
        let database = home.database().display().to_string();
        Err(Error::HeldByNode { database, node })
    })
}

/// Whether somebody has the lock `file`, as the kernel lists it: to try it would be to take it. `None` where it is not listed.
fn is_locked(file: &Path) -> Option<bool> {
    let inode = fs::metadata(file).ok()?.ino().to_string();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    Some(locks.lines().any(|line| {
        let mut words = line.split_whitespace();
        words.any(|word| word == "FLOCK") && words.any(|word| word.rsplit(':').next() == Some(&inode))
    }))
}

/// Shows `see` every file below `folder`, `depth` folders deep. What cannot be read is passed over.
fn walk(folder: &Path, depth: usize, see: &mut impl FnMut(&PathBuf, &fs::Metadata)) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(about) = fs::symlink_metadata(&path) else {
            continue;
        };
        if about.is_dir() && depth > 0 {
            walk(&path, depth - 1, see);
        } else if about.is_file() {
            see(&path, &about);
        }
    }
}

#[cfg(test)]
mod tests {
    use hub_runtime::checked::Mark;

    use super::*;

    #[test]
    fn a_lock_is_seen_without_being_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.lock");
        let file = fs::File::create(&path).unwrap();
        assert_eq!(is_locked(&path), Some(false));
        file.lock().unwrap();
        assert_eq!(is_locked(&path), Some(true));
        drop(file);
        assert_eq!(is_locked(&path), Some(false));
    }

    #[test]
    fn a_secret_others_may_read_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("secrets/more");
        fs::create_dir_all(&below).unwrap();
        let path = below.join("a.key");
        fs::write(&path, "x").unwrap();
        for (mode, mark) in [(0o600, Mark::Good), (0o604, Mark::Wrong)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(secrets(folder.path()).mark, mark, "{mode:o}");
        }
    }
}
