//! Whichever way the same files come, the hub knows the same: the hash of its snapshot says so.
//! Here because departments send late, twice and in any order, and a replay must change nothing.
//! In: files of the spine and of a department, delivered month by month in orders of chance. Out: hashes.
//! Not here: what the hash covers (engine).

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use crate::site::Site;

const PEOPLE: u64 = 1_000;
const SEED: u64 = 64;
/// Orders tried beside the tidy one; each costs a minute.
const ORDERS: u64 = 1;
/// Connectors whose files are delivered: the spine, which is a picture of its last month, and one that adds month to month.
const SENDERS: [&str; 2] = ["roster", "pv-grid"];
/// Most parts that come at a time.
const AT_A_TIME: usize = 12;

/// A pseudo-random sequence that is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % bound
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// The files of one stream and period: a part comes whole.
type Part = Vec<(PathBuf, Vec<u8>)>;

/// A site whose files have not come yet, and its files. The month before is another county's: it must not matter.
fn site() -> (Site, Vec<Part>) {
    let site = Site::new(PEOPLE, SEED);
    site.departments(PEOPLE, SEED);
    site.connect_departments(None);
    let other = Site::new(PEOPLE, SEED + 1);
    let members = "inbox/roster/members-202310.xlsx";
    fs::copy(other.path(members), site.path("inbox/roster/members-202309.xlsx")).expect("copied");
    let mut parts: BTreeMap<(&str, String), Part> = BTreeMap::new();
    for sender in SENDERS {
        for file in fs::read_dir(site.path("inbox").join(sender)).expect("a folder") {
            let path = file.expect("a file").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let stream_and_period: Vec<&str> = name.split(['-', '.']).take(2).collect();
            let bytes = fs::read(&path).expect("readable");
            fs::remove_file(&path).expect("removed");
            let part = parts.entry((sender, stream_and_period.join("-"))).or_default();
            part.push((path, bytes));
        }
    }
    (site, parts.into_values().collect())
}

fn deliver(parts: &[Part]) {
    for (path, bytes) in parts.iter().flatten() {
        fs::write(path, bytes).expect("written");
    }
}

fn run(site: &Site) {
    for sender in SENDERS {
        // An older month after a newer waits for a person, who takes it.
        site.run_approving(sender);
    }
}

fn hash(site: &Site) -> serde_json::Value {
    site.ask(&["snapshot", "hash"])
}

#[test]
fn replays_duplicates_and_months_out_of_order_leave_the_same_hash() {
    let (tidy, parts) = site();
    assert!(parts.len() > AT_A_TIME, "{} parts", parts.len());
    deliver(&parts);
    run(&tidy);
    let expected = hash(&tidy);
    for table in ["household", "declared_income", "pv_settlement", "income_event"] {
        let rows = expected["tables"].as_array().expect("tables").iter();
        let found = rows.filter(|hashed| hashed["table"] == table && hashed["rows"].as_u64() > Some(0));
        assert_eq!(found.count(), 1, "{table}: {expected}");
    }
    run(&tidy);
    assert_eq!(hash(&tidy), expected, "a replay changes nothing");
    for order in 0..ORDERS {
        let mut dice = Dice(SEED + order);
        let (site, mut parts) = site();
        dice.shuffle(&mut parts);
        let mut rest = parts.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(1 + dice.below(AT_A_TIME)));
            deliver(now);
            // Somebody saves a file that has come, now or before, once more beside it.
            let came = parts.len() - later.len();
            let (path, bytes) = &parts[dice.below(came)][0];
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            fs::write(path.with_file_name(format!("副本-{name}")), bytes).expect("written");
            run(&site);
            rest = later;
        }
        assert_eq!(hash(&site), expected, "order {order}");
    }
}

#[test]
fn the_hash_is_of_a_day_and_tells_one_county_from_another() {
    let site = Site::new(PEOPLE, SEED);
    site.hub(&["snapshot", "hash", "--as-of", "2020-01-01"]).ended(4);
    site.run_all();
    let now = hash(&site);
    assert_eq!(site.ask(&["snapshot", "hash", "--as-of", "2099-12-31"]), now);
    let text = site.hub(&["snapshot", "hash"]).good().stdout;
    assert!(text.contains(now["sha256"].as_str().expect("a hash")), "{text}");
    let other = Site::new(PEOPLE, SEED + 1);
    other.run_all();
    assert_ne!(hash(&other)["sha256"], now["sha256"]);
}
