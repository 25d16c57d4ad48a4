//! Drop folders: links, pipes, devices, folders and sockets named like tables, names of every kind, files under way.
//! Here because whoever may drop a file may drop something that is none, and a reader that opens it hangs or betrays.
//! In: nothing. Out: cases.
//! Not here: what changes while it is read (the kit's own tests, which can hold the reader still).

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::mkfifo;

use super::case::{Case, Refused, Rows, case, put};

const CSV: &str = "户编号,姓名,金额\n1,张三,5\n2,李四,6\n";
/// Of a table that lies outside the folder, where nobody may be led.
const SECRET: &str = "户编号,姓名,金额\n9,不可读,9\n";

/// Beside the drop folder.
fn outside(folder: &Path) -> std::path::PathBuf {
    let path = folder.with_extension("outside.csv");
    fs::write(&path, SECRET).expect("written");
    path
}

fn csv(folder: &Path, name: &str) {
    put(folder, name, CSV.as_bytes());
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        case("a link to a table outside", Rows(0, 0), |folder| {
            symlink(outside(folder), folder.join("表.csv")).expect("a link");
        }),
        case("a link to the machine's list of users", Rows(0, 0), |folder| {
            symlink("/etc/passwd", folder.join("表.csv")).expect("a link");
        }),
        case("a link to itself", Rows(0, 0), |folder| {
            symlink("表.csv", folder.join("表.csv")).expect("a link");
        }),
        case(
            "a link to a device that never ends, beside a table",
            Rows(2, 0),
            |folder| {
                symlink("/dev/zero", folder.join("甲.csv")).expect("a link");
                csv(folder, "乙.csv");
            },
        ),
        case("a second name of a table outside", Rows(1, 0), |folder| {
            fs::hard_link(outside(folder), folder.join("表.csv")).expect("a name");
        }),
        case("a pipe nobody writes to, beside a table", Rows(2, 0), |folder| {
            mkfifo(&folder.join("甲.csv"), Mode::S_IRWXU).expect("a pipe");
            csv(folder, "乙.csv");
        }),
        case("a device, beside a table", Rows(2, 0), |folder| {
            // Only the superuser may make one; for others there is nothing to abuse.
            let _ = mknod(
                &folder.join("甲.csv"),
                SFlag::S_IFCHR,
                Mode::S_IRWXU,
                makedev(1, 5),
            );
            csv(folder, "乙.csv");
        }),
        case("a socket and a folder, beside a table", Rows(2, 0), |folder| {
            drop(UnixListener::bind(folder.join("甲.csv")).expect("a socket"));
            fs::create_dir(folder.join("丙.csv")).expect("a folder");
            csv(&folder.join("丙.csv"), "丁.csv");
            csv(folder, "乙.csv");
        }),
        case("names of every kind", Rows(8, 0), |folder| {
            let csv = |name: &str, row: u32| {
                put(folder, name, format!("户编号,姓名,金额\n{row},甲,1\n").as_bytes())
            };
            csv(&format!("{}.csv", "x".repeat(251)), 1);
            csv("a..%2f..%2fetc%2fpasswd.csv", 2);
            csv("\u{202E}vsc.表.csv", 3);
            csv("表\n二.csv", 4);
            csv("表!一!二.csv", 5);
            csv("-rf.csv", 6);
            csv("$(reboot)`reboot`;.csv", 7);
            csv("表.CSV", 8);
        }),
        case("what is hidden and what is under way", Rows(2, 0), |folder| {
            for name in [
                ".表.csv",
                "~$表.xlsx",
                "表.csv.part",
                "表.csv.tmp",
                "表.crdownload",
                "表",
            ] {
                put(folder, name, SECRET.as_bytes());
            }
            csv(folder, "表.csv");
        }),
        case("an empty file", Refused("data", "空文件"), |folder| {
            put(folder, "表.csv", b"")
        }),
        case("the same file under two names", Rows(2, 0), |folder| {
            csv(folder, "表.csv");
            csv(folder, "表（副本）.csv");
        }),
        case(
            "ten thousand and one files",
            Refused("data", "文件超过 10000 个"),
            |folder| {
                for number in 0..10_001 {
                    put(folder, &format!("{number}.csv"), b"");
                }
            },
        ),
    ]
}
