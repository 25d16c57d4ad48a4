//! Others at the same work: DuckDB from CSV to Parquet, calamine's bare cell reader over a workbook.
//! Here because a figure alone says little about a machine that others share; a ratio in the same run does.
//! In: files. Out: rows per CPU second, or CPU seconds; none where the peer is not installed.
//! Not here: our own figures. calamine belongs to the connector kit, so the kit's bench reads for us.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::material::setting;
use crate::measure;

/// Every column as text, as landing keeps it, and compressed the same way.
const DUCKDB: &str = r#"
import resource, sys, duckdb
source, target = sys.argv[1:]
con = duckdb.connect()
con.execute("SET threads = 2")
con.execute("SET enable_progress_bar = false")
def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
before = cpu()
con.execute(f"""COPY (SELECT * FROM read_csv('{source}', all_varchar = true, header = true, delim = ',', quote = '"'))
    TO '{target}' (FORMAT parquet, COMPRESSION zstd)""")
print(cpu() - before)
"#;

/// CPU seconds DuckDB needs from `csv` (UTF-8) to Parquet, and the bytes of that; its interpreter's start does not count.
pub(crate) fn duckdb(csv: &Path) -> Option<(f64, u64)> {
    let python = setting("HUB_BENCH_PYTHON").unwrap_or_else(|| "python3".to_owned());
    let target = csv.with_extension("duckdb");
    let said = Command::new(python)
        .args(["-c", DUCKDB])
        .args([csv, &target])
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let bytes = std::fs::metadata(&target).ok()?.len();
    // Beside the CSV it would be one more file of the inbox.
    std::fs::remove_file(&target).ok()?;
    let seconds = String::from_utf8(said.stdout).ok()?.trim().parse().ok()?;
    Some((seconds, bytes))
}

/// The kit's bench, built as cargo builds it: it writes the workbook and reads its bare cells.
pub(crate) struct Kit(PathBuf);

impl Kit {
    /// Builds it, with all of the workspace's features so that nothing else is built again.
    pub(crate) fn new() -> Self {
        let built = Command::new(env!("CARGO"))
            .args([
                "bench",
                "--quiet",
                "--offline",
                "--workspace",
                "--bench",
                "tabular",
                "--no-run",
            ])
            .args(["--message-format", "json"])
            .arg("--manifest-path")
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let said = String::from_utf8(built.stdout).unwrap();
        let messages = said
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let bench = messages.filter(|message| message["target"]["name"] == "tabular");
        let mut executable = bench.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        Self(executable.next_back().expect("the kit's bench"))
    }

    /// Writes a workbook of people with shared strings into `folder`.
    pub(crate) fn workbook(&self, folder: &Path, rows: u64) {
        let mut kit = Command::new(&self.0);
        kit.env("KIT_BENCH_MAKE", folder)
            .env("KIT_BENCH_ROWS", rows.to_string());
        assert!(kit.status().unwrap().success());
    }

    /// CPU seconds of calamine's cell reader over `workbook`, doing nothing with what it reads.
    pub(crate) fn bare_cells(&self, workbook: &Path) -> f64 {
        let mut kit = Command::new(&self.0);
        kit.env("KIT_BENCH_BARE", workbook);
        let (status, cost) = measure::cost(|| kit.status().unwrap());
        assert!(status.success());
        cost.cpu_seconds
    }
}
