//! A folder as people leave it: lock files, links, pipes, half-copied files, files that vanish.
//! Here because each of these stood in the way of a run once.
//! In: temporary folders. Out: candidates.
//! Not here: what is in the files.

use super::*;
use plugin_api::testing::Recorder;

fn folder(dir: &Path, patterns: &[&str]) -> DropFolder {
    let patterns = patterns
        .iter()
        .map(|pattern| Pattern::new(pattern).unwrap())
        .collect();
    DropFolder {
        dir: dir.to_path_buf(),
        patterns,
        settle: Duration::ZERO,
    }
}

fn context() -> Context {
    Recorder::default().context()
}

#[test]
fn patterns_match_whole_names_without_regard_to_case() {
    for (pattern, name, expect) in [
        ("members*", "Members-202310.xlsx", true),
        ("members*", "my-members.xlsx", false),
        ("*成员*", "2023年10月成员信息.xlsx", true),
        ("*成员*", "收入.xlsx", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("*a*b*c", "xxaxxbxxbxc", true),
        ("*", "", true),
    ] {
        assert_eq!(
            Pattern::new(pattern).unwrap().matches(name),
            expect,
            "{pattern} {name}"
        );
    }
    for pattern in ["", "../*", "a\\b"] {
        assert!(Pattern::new(pattern).is_err());
    }
}

#[test]
fn only_regular_table_files_of_the_stream_are_seen_in_the_order_of_their_names() {
    let dir = tempfile::tempdir().unwrap();
    for name in [
        "members-2.xlsx",
        "members-1.xlsx",
        ".members-3.xlsx",
        "~$members-1.xlsx",
        "members.txt",
        "members.docx",
        "members",
        "x.xlsx",
    ] {
        fs::write(dir.path().join(name), name).unwrap();
    }
    fs::create_dir(dir.path().join("members-dir.xlsx")).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", dir.path().join("members-link.xlsx")).unwrap();
    nix::unistd::mkfifo(
        &dir.path().join("members-pipe.csv"),
        nix::sys::stat::Mode::S_IRWXU,
    )
    .unwrap();
    let names: Vec<_> = folder(dir.path(), &["members*"]).list(&context()).unwrap();
    assert_eq!(
        names.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
        ["members-1.xlsx", "members-2.xlsx", "members.txt"]
    );
}

#[test]
fn a_file_is_its_content_whatever_its_name() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.xlsx"), "same").unwrap();
    fs::write(dir.path().join("b.xlsx"), "same").unwrap();
    fs::write(dir.path().join("c.xlsx"), "other").unwrap();
    let files = folder(dir.path(), &["*"]).list(&context()).unwrap();
    let digests: Vec<_> = files
        .iter()
        .map(|file| file.digest(&context()).unwrap())
        .collect();
    assert_eq!(digests[0], digests[1]);
    assert_ne!(digests[0], digests[2]);
}

#[test]
fn a_file_that_changes_after_it_was_seen_is_not_taken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.xlsx");
    fs::write(&path, "half").unwrap();
    let files = folder(dir.path(), &["*"]).list(&context()).unwrap();
    fs::write(&path, "half and more").unwrap();
    let error = files[0].digest(&context()).unwrap_err();
    assert_eq!(error.category(), plugin_api::Category::Transient);
}

#[test]
fn a_folder_that_is_not_there_is_not_found() {
    let error = folder(Path::new("/nowhere/inbox"), &["*"])
        .list(&context())
        .unwrap_err();
    assert_eq!(error.category(), plugin_api::Category::NotFound);
    assert!(error.message().contains("/nowhere/inbox"));
}

#[test]
fn a_link_or_a_pipe_put_in_a_files_place_is_not_opened() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.csv", "b.csv", "c.csv"] {
        fs::write(dir.path().join(name), name).unwrap();
    }
    let files = folder(dir.path(), &["*"]).list(&context()).unwrap();
    for name in ["a.csv", "b.csv", "c.csv"] {
        fs::remove_file(dir.path().join(name)).unwrap();
    }
    fs::write(dir.path().join("other"), "a.csv").unwrap();
    std::os::unix::fs::symlink(dir.path().join("other"), dir.path().join("a.csv")).unwrap();
    nix::unistd::mkfifo(&dir.path().join("b.csv"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    use plugin_api::Category::{NotFound, Transient};
    let said: Vec<_> = files
        .iter()
        .map(|file| file.open().unwrap_err().category())
        .collect();
    assert_eq!(said, [Transient, Transient, NotFound]);
}

#[test]
fn a_file_that_grows_or_goes_while_it_should_stand_still_is_left_for_the_next_run() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["grows.csv", "goes.csv", "stands.csv"] {
        fs::write(dir.path().join(name), name).unwrap();
    }
    let mut folder = folder(dir.path(), &["*"]);
    folder.settle = Duration::from_millis(300);
    let inside = dir.path().to_path_buf();
    let meddler = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(100));
        fs::write(inside.join("grows.csv"), "grows and grows").unwrap();
        fs::remove_file(inside.join("goes.csv")).unwrap();
    });
    let names: Vec<String> = folder
        .list(&context())
        .unwrap()
        .into_iter()
        .map(|file| file.name)
        .collect();
    meddler.join().unwrap();
    assert_eq!(names, ["stands.csv"]);
}

#[test]
fn an_archive_gives_back_what_was_put_into_it() {
    let dir = tempfile::tempdir().unwrap();
    let archive = dir.path().join("archive/here");
    fs::write(dir.path().join("成员.csv"), "same").unwrap();
    let folder = folder(dir.path(), &["*成员*"]);
    assert!(folder.archived(&archive).unwrap().is_empty());
    let file = folder.list(&context()).unwrap().remove(0);
    let digest = file.digest(&context()).unwrap();
    file.archive(&archive, &digest).unwrap();
    assert!(folder.list(&context()).unwrap().is_empty());
    let back = folder.archived(&archive).unwrap().remove(0);
    assert_eq!(
        (back.name.as_str(), back.digest(&context()).unwrap()),
        ("成员.csv", digest.clone())
    );
    assert!(archived(&archive, "成员.csv", &digest).unwrap().is_some());
    assert!(archived(&archive, "别的.csv", &digest).unwrap().is_none());
}
