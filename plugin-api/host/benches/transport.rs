//! What the child process costs over a call in this process: 5 million rows of twelve columns, both ways.
//! Here because "children by default" rests on this number staying small.
//! In: the SDK's example `rows`, this crate's example `connector_host`, both built on the spot.
//! Out: rows/s (divan), then CPU seconds of both processes, µs a row, and the time to the first batch.
//! Not here: producing rows; the plugin repeats prepared batches.

use divan::Bencher;
use divan::counter::ItemsCount;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use plugin_host::{Host, Isolation, Launch, Limits, PluginFile, ReadRequest, Trust, discard_logs};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

const ROWS: u64 = 5_000_000;
const SAMPLES: usize = 5;

fn main() {
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    // Builds what is missing, so that no sample does.
    setting();
    divan::main();
    let mut out = std::io::stdout();
    let in_process = measure(Isolation::InProcess);
    let child = measure(Isolation::Child);
    for (name, run) in [("in-process", &in_process), ("child", &child)] {
        let line = format!(
            "{name:<11} wall {:.3} s  cpu {:.3} s  {:.1} M rows/s  first batch {:.1} ms",
            run.wall.as_secs_f64(),
            run.cpu.as_secs_f64(),
            rows() / run.wall.as_secs_f64() / 1e6,
            run.first.as_secs_f64() * 1e3,
        );
        writeln!(out, "{line}").expect("standard output");
    }
    let more = (child.cpu.as_secs_f64() - in_process.cpu.as_secs_f64()) / rows() * 1e6;
    writeln!(out, "a child costs {more:.3} µs of CPU a row more (budget 0.1)").expect("standard output");
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn in_process(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(ROWS))
        .bench_local(|| read(Isolation::InProcess).0);
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn child(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(ROWS))
        .bench_local(|| read(Isolation::Child).0);
}

struct Run {
    wall: Duration,
    cpu: Duration,
    first: Duration,
}

/// Medians of a few runs. A session is dropped, and its child reaped, before the children's time is read.
fn measure(isolation: Isolation) -> Run {
    let (mut walls, mut cpus, mut firsts) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..SAMPLES {
        let (before, began) = (cpu(), Instant::now());
        let (_, first) = read(isolation);
        walls.push(began.elapsed());
        cpus.push(cpu() - before);
        firsts.push(first);
    }
    let median = |mut values: Vec<Duration>| {
        values.sort();
        values[SAMPLES / 2]
    };
    Run {
        wall: median(walls),
        cpu: median(cpus),
        first: median(firsts),
    }
}

/// User and system time of this process and of its reaped children.
fn cpu() -> Duration {
    let micros = |usage: Usage| usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    let used = [UsageWho::RUSAGE_SELF, UsageWho::RUSAGE_CHILDREN].map(|who| getrusage(who).map(micros));
    let total: i64 = used.into_iter().map(|used| used.expect("getrusage")).sum();
    Duration::from_micros(u64::try_from(total).unwrap_or_default())
}

/// Rows and the time to the first batch.
fn read(isolation: Isolation) -> (u64, Duration) {
    let (host, launch) = setting();
    let launch = Launch {
        isolation,
        ..launch.clone()
    };
    let began = Instant::now();
    let mut session = host.read(&launch, ReadRequest::new("rows")).expect("a session");
    let (mut rows, mut first) = (0, None);
    while let Some(batch) = session.next().expect("a batch") {
        first.get_or_insert_with(|| began.elapsed());
        rows += batch.num_rows() as u64;
    }
    assert_eq!(rows, ROWS);
    (rows, first.unwrap_or_default())
}

#[allow(clippy::cast_precision_loss, reason = "five million is exact")]
fn rows() -> f64 {
    ROWS as f64
}

fn setting() -> &'static (Host, Launch) {
    static SETTING: OnceLock<(Host, Launch)> = OnceLock::new();
    SETTING.get_or_init(|| {
        let profile = profile_dir();
        for (package, example) in [("plugin-host", "connector_host"), ("plugin-api", "rows")] {
            let built = Command::new(env!("CARGO"))
                .args([
                    "build",
                    "--quiet",
                    "--release",
                    "-p",
                    package,
                    "--example",
                    example,
                    "--target-dir",
                ])
                .arg(profile.parent().expect("a target folder"))
                .status();
            assert!(
                built.is_ok_and(|status| status.success()),
                "{example} was not built"
            );
        }
        let examples = profile.join("examples");
        let plugin = PluginFile::open(&examples.join("librows.so")).expect("the plugin");
        let launch = Launch {
            plugin: Arc::new(plugin.verify(&Trust::default()).expect("unaltered")),
            config: serde_json::json!({ "rows": ROWS }),
            secrets: Default::default(),
            isolation: Isolation::Child,
            limits: Limits::default(),
            access: None,
            log: discard_logs(),
        };
        (
            Host {
                exe: examples.join("connector_host"),
                args: Vec::new(),
            },
            launch,
        )
    })
}

fn profile_dir() -> PathBuf {
    let bench = std::env::current_exe().expect("this bench's path");
    bench
        .parent()
        .and_then(Path::parent)
        .expect("the profile's folder")
        .to_owned()
}
