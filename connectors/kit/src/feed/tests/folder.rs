//! Files of a folder over several runs: versions sent again, parts without a period, an archive behind the folder.
//! Here because a part is replaced as a whole: read with one file too few or too many, the hub believes it.
//! In: files that come and go between runs. Out: which rows were read, what the state remembers.
//! Not here: one file's content.

use std::fs::File;
use std::time::SystemTime;

use super::*;

fn put(dir: &Path, name: &str, household: &str, minute: u64) {
    let path = dir.join(name);
    fs::write(&path, format!("户编号,姓名\n{household},甲\n")).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + minute * 60);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_modified(time)
        .unwrap();
}

/// One incremental run: the households read, and the state after it.
fn run(feed: &Feed, state: Option<Value>) -> (Vec<String>, Option<Value>) {
    let recorder = recorder();
    let (batches, error) = read(feed, &incremental(state.clone()), &recorder);
    assert!(error.is_none(), "{error:?}");
    let state = recorder
        .checkpoints()
        .pop()
        .map(|checkpoint| checkpoint.state)
        .or(state);
    (texts(&batches, "户编号"), state)
}

#[test]
fn a_version_sent_again_takes_the_place_of_the_first_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let feed = feed(dir.path());
    put(dir.path(), "成员202310.csv", "1", 1);
    put(dir.path(), "成员202309.csv", "0", 1);
    let (rows, state) = run(&feed, None);
    assert_eq!(rows, ["0", "1"]);
    put(dir.path(), "成员202310最终版（改）.csv", "2", 2);
    let (rows, state) = run(&feed, state);
    assert_eq!(rows, ["2"]);
    assert_eq!(run(&feed, state.clone()).0, [""; 0]);
    // The later one gone, a third file of the same part: the first must not come back.
    fs::remove_file(dir.path().join("成员202310最终版（改）.csv")).unwrap();
    put(dir.path(), "成员202310乙县.csv", "3", 3);
    assert_eq!(run(&feed, state).0, ["3"]);
}

#[test]
fn versions_that_come_together_are_one_file_and_a_broken_one_blocks_none_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let feed = feed(dir.path());
    put(dir.path(), "成员202310.csv", "1", 9);
    fs::write(dir.path().join("成员202310v2.csv"), "%PDF-1.7").unwrap();
    put(dir.path(), "成员202309.csv", "0", 1);
    let first = recorder();
    let (batches, error) = read(&feed, &incremental(None), &first);
    assert_eq!(texts(&batches, "户编号"), ["0"]);
    assert!(error.unwrap().message().contains("PDF"));
    let state = first.checkpoints().pop().map(|checkpoint| checkpoint.state);
    fs::remove_file(dir.path().join("成员202310v2.csv")).unwrap();
    assert_eq!(run(&feed, state).0, ["1"]);
}

#[test]
fn files_without_a_period_are_of_the_default_part_when_there_is_one() {
    let dir = tempfile::tempdir().unwrap();
    put(dir.path(), "成员.csv", "1", 1);
    let feed = feed(dir.path()).period_default("all");
    let (batches, error) = read(&feed, &ReadRequest::new("members"), &recorder());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(texts(&batches, "_part"), ["all"]);
}

#[test]
fn what_an_earlier_run_took_is_put_away_and_read_again_with_its_part() {
    let dir = tempfile::tempdir().unwrap();
    let (inbox, archive) = (dir.path().join("inbox"), dir.path().join("archive"));
    fs::create_dir(&inbox).unwrap();
    let feed = feed(&inbox).archive(&archive);
    let files = |dir: &Path| fs::read_dir(dir).map_or(0, Iterator::count);
    put(&inbox, "成员202310甲.csv", "1", 1);
    put(&inbox, "成员202309.csv", "0", 1);
    let (rows, state) = run(&feed, None);
    assert_eq!((rows.len(), files(&inbox), files(&archive)), (2, 2, 0));
    let (rows, state) = run(&feed, state);
    assert_eq!((rows.len(), files(&inbox), files(&archive)), (0, 0, 2));
    put(&inbox, "成员202310乙.csv", "2", 2);
    let (rows, state) = run(&feed, state);
    assert_eq!(rows, ["2", "1"]);
    // A later version of what was put away; the first version stays out, here and in a full read.
    put(&inbox, "成员202310甲v2.csv", "5", 3);
    let (rows, state) = run(&feed, state);
    assert_eq!(rows, ["2", "5"]);
    let (rows, _) = run(&feed, state);
    assert_eq!((rows.len(), files(&inbox), files(&archive)), (0, 0, 4));
    let (batches, error) = read(&feed, &ReadRequest::new("members"), &recorder());
    assert!(error.is_none(), "{error:?}");
    assert_eq!(texts(&batches, "户编号"), ["0", "2", "5"]);
    assert_eq!(texts(&batches, "_locator")[1], "成员202310乙.csv!-!2");
}

#[test]
fn the_same_content_is_one_file_of_a_part_and_another_of_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let feed = feed(dir.path());
    put(dir.path(), "成员202309.csv", "1", 1);
    put(dir.path(), "成员202309副本.csv", "1", 1);
    let (rows, state) = run(&feed, None);
    assert_eq!(rows, ["1"]);
    // Nothing changed in October: its rows are October's all the same, and are read once.
    put(dir.path(), "成员202310.csv", "1", 2);
    let (rows, state) = run(&feed, state);
    assert_eq!(rows, ["1"]);
    assert_eq!(run(&feed, state).0, [""; 0]);
}
