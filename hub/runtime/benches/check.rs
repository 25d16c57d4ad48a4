//! What a check costs when a hundred thousand warnings open, stay, change and clear: seconds and memory of each.
//! Here because after a bad month a city's findings become true in one transaction, while everybody waits.
//! In: `--findings N` (100,000), `--dir DIR` (a temporary folder when left out), `--server postgres://…` for a database there.
//! Out: a line for each check.
//! Not here: evaluating rules (the engine's bench of them); an engine that knows the answers stands in for it.
//!
//! `cargo bench -p hub-runtime --bench check`; a budget of 2 s for each of opened, unchanged and cleared.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a bench prints, and stops at the first thing that does not work"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use arrow_schema::SchemaRef;
use chrono::NaiveDate;
use futures::FutureExt;
use futures::future::BoxFuture;
use hub_model::route::Routes;
use hub_model::{
    ActiveData, Calendar, Category, CitedCell, Evidence, FileRef, Finding, Kpi, Life, Matching, NewFile,
    Period, Registries, RuleHeader, RuleId, RuleOutcome, RuleState, RunId, Severity, StreamId, Subject,
    SubjectKind, Value, Watched, Whom,
};
use hub_runtime::channels::{Channel, FileDrop, Kind, Schemes};
use hub_runtime::port::{CrossChecked, Engine, EngineError, Landed, Landing, LinkJob, Linked, Outcome};
use hub_runtime::settings::Settings;
use hub_runtime::worksheet::Seal;
use hub_runtime::{Hub, Sources, Which};
use hub_store::{Access, Home, Server, Store};
use plugin_host::{Host, Trust};

/// The hub's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const FINDINGS: u64 = 100_000;
/// Rules the findings are of; a household is found by one.
const RULES: u64 = 20;
/// Rows cited for a finding, two cells each.
const ROWS_CITED: u64 = 3;

/// What a check finds.
const FOUND: u64 = 0;
/// The same households with other amounts.
const CHANGED: u64 = 1;
/// Nobody: all are clean.
const CLEAN: u64 = 2;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1).cloned()
    };
    let findings = given("--findings").map_or(FINDINGS, |findings| findings.parse().unwrap());
    let temporary = tempfile::tempdir().unwrap();
    let dir = given("--dir").map_or_else(|| temporary.path().to_owned(), Into::into);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut home = Home::from(dir.as_path());
    home.server = given("--server").map(|address| Server::parse(&address).unwrap());
    runtime.block_on(checks(&home, findings));
}

async fn checks(home: &Home, findings: u64) {
    let dir = home.data_dir.as_path();
    let engine = Arc::new(Knowing {
        findings,
        outcomes: Mutex::default(),
    });
    let host = Host {
        exe: std::env::current_exe().unwrap(),
        args: vec![],
    };
    let sources = Sources::new(
        Arc::new(settings(dir)),
        Arc::clone(&engine) as Arc<dyn Engine>,
        host,
    );
    let store = Store::open(home, Access::Write).await.unwrap();
    let hub = Hub::start(sources, store).await.unwrap();
    for (name, finds) in [
        ("opened", FOUND),
        ("unchanged", FOUND),
        ("changed", CHANGED),
        ("unchanged", CHANGED),
        ("cleared", CLEAN),
        ("nothing left", CLEAN),
    ] {
        engine.knows(finds);
        let began = Instant::now();
        let report = hub.run(Which::CheckOnly).await.unwrap();
        let seconds = began.elapsed().as_secs_f64();
        let warnings = &report.warnings;
        println!(
            "{name}: {seconds:.2} s; opened {}, cleared {}, cases closed {}; database {} MB",
            warnings.opened,
            warnings.cleared,
            report.cases.closed,
            megabytes(dir)
        );
    }
    let began = Instant::now();
    let verified = hub.store.verify_audit(None).await.unwrap();
    println!(
        "audit log: {verified:?}; verified in {:.2} s",
        began.elapsed().as_secs_f64()
    );
}

fn megabytes(dir: &Path) -> u64 {
    let sizes =
        ["hub.db", "hub.db-wal"].map(|file| std::fs::metadata(dir.join(file)).map_or(0, |file| file.len()));
    sizes.iter().sum::<u64>() >> 20
}

fn settings(dir: &Path) -> Settings {
    Settings {
        configuration: String::new(),
        site: "341200".into(),
        home: dir.into(),
        node: String::new(),
        plugins_dir: dir.to_owned(),
        plugins_lock: dir.join("plugins.lock"),
        trust: Trust::default(),
        as_of: NaiveDate::from_ymd_opt(2023, 11, 6),
        calendar: Arc::new(Calendar::default()),
        four_eyes: true,
        worksheet_plugin: None,
        seal: Seal::new(&[7; 32]),
        reads_at_once: 1,
        connectors: vec![],
        channels: vec![Channel {
            id: "county".into(),
            rate_per_minute: None,
            kind: Kind::File(FileDrop {
                folder: dir.to_owned(),
                schemes: Schemes::default(),
                window: std::time::Duration::from_secs(1),
                events_max: 1,
                files_max: 2,
                answers: None,
            }),
        }],
        routes: Arc::new(Routes::to_all(["county"])),
        schedules: Arc::default(),
        retention: hub_runtime::settings::Retention::default(),
        schemas: None,
        lineage: hub_runtime::Told::default(),
    }
}

/// An engine that knows the answers.
struct Knowing {
    findings: u64,
    outcomes: Mutex<Vec<RuleOutcome>>,
}

impl Knowing {
    /// Works out what the next check finds, before its time begins.
    fn knows(&self, finds: u64) {
        let outcomes = (0..RULES).map(|rule| outcome(rule, self.findings, finds));
        *self.outcomes.lock().unwrap() = outcomes.collect();
    }
}

impl Engine for Knowing {
    fn landing(&self, _: RunId, _: StreamId, _: SchemaRef) -> Box<dyn Landing> {
        unreachable!("a check reads nothing")
    }

    fn check_mapping(&self, _: SchemaRef, _: String, _: String) -> BoxFuture<'_, Result<(), EngineError>> {
        unreachable!("a check reads nothing")
    }

    fn carry(
        &self,
        _: Landed,
        _: BTreeMap<String, Vec<FileRef>>,
    ) -> BoxFuture<'_, Result<Vec<NewFile>, EngineError>> {
        unreachable!("a check reads nothing")
    }

    fn normalise(&self, _: Landed, _: Registries) -> BoxFuture<'_, Result<Outcome, EngineError>> {
        unreachable!("a check reads nothing")
    }

    fn link(&self, _: Arc<ActiveData>, _: LinkJob) -> BoxFuture<'_, Result<Linked, EngineError>> {
        async { Ok(Linked::default()) }.boxed()
    }

    fn parameter(&self, _: &str, _: NaiveDate) -> Option<i64> {
        None
    }

    fn whom(
        &self,
        _: Arc<ActiveData>,
        _: Subject,
        _: NaiveDate,
    ) -> BoxFuture<'_, Result<Option<Whom>, EngineError>> {
        unreachable!("nobody looks")
    }

    fn cross_check(
        &self,
        _: Arc<ActiveData>,
        _: NaiveDate,
        _: Arc<Watched>,
    ) -> BoxFuture<'_, Result<CrossChecked, EngineError>> {
        let checked = CrossChecked {
            outcomes: std::mem::take(&mut *self.outcomes.lock().unwrap()),
            ..CrossChecked::default()
        };
        async { Ok(checked) }.boxed()
    }
}

fn outcome(rule: u64, findings: u64, finds: u64) -> RuleOutcome {
    let households = || (0..findings).filter(move |household| household % RULES == rule);
    RuleOutcome {
        rule: RuleHeader {
            id: RuleId::parse(&format!("A{:02}", rule + 1)).unwrap(),
            version: 1,
            title: "家庭纯收入低于监测线".into(),
            category: Category::Income,
            clause: "2".into(),
            aliases: vec![],
            department: "乡村振兴".into(),
            subject: SubjectKind::Household,
            clears_when: "收入经核实达到监测线，或数据更正。".into(),
            period: Period::None,
            life: Life::default(),
            ledger: None,
            kpi: None::<Kpi>,
        },
        state: RuleState::Evaluated,
        unset_bands: vec![],
        findings: households()
            .filter(|_| finds != CLEAN)
            .map(|household| Finding {
                subject: Subject::household(household + 1),
                period_key: "none".into(),
                band: "below_line".into(),
                severity: Severity::Orange,
                evidence: Arc::new(evidence(household, finds)),
            })
            .collect(),
        decided: households().map(|household| (household + 1).into()).collect(),
    }
}

/// As large as what the shipped rules say.
fn evidence(household: u64, finds: u64) -> Evidence {
    let text = |text: &str| Value::Text(text.into());
    let fen = i64::try_from(600_000 + household % 1_000 * 100 + finds).unwrap();
    let cells = (0..ROWS_CITED).flat_map(|row| {
        [("F", "纯收入"), ("K", "年度家庭人口数")].map(|(column, header)| CitedCell {
            stream: "national/income".into(),
            locator: format!("收入_202310.xlsx!Sheet1!{}", household * ROWS_CITED + row + 2),
            column: column.into(),
            header: header.into(),
            value: fen.to_string(),
        })
    });
    Evidence {
        sentence: format!(
            "颍州区柳河镇双桥村，户编号{household:018}：2023年度家庭纯收入{fen}元，3人人均不足8000元，低于防返贫监测线。\
             请10个工作日内入户核实，符合条件的按程序纳入监测。"
        ),
        values: [
            ("county".to_owned(), text("颍州区")),
            ("town".to_owned(), text("柳河镇")),
            ("village".to_owned(), text("双桥村")),
            ("household_no".to_owned(), text(&format!("{household:018}"))),
            ("year".to_owned(), Value::Int(2023)),
            ("net_income_fen".to_owned(), Value::Int(fen)),
            ("people_year".to_owned(), Value::Int(3)),
            ("per_capita_fen".to_owned(), Value::Int(fen / 3)),
            ("out_of_scope".to_owned(), Value::Bool(false)),
        ]
        .into(),
        beyond_permille: Some(120),
        matching: Some(Matching {
            permille: 1000,
            words: "证件号码与姓名一致".into(),
        }),
        data_age_days: Some(6),
        threshold: "人均8000元（省级监测线）".into(),
        cells: cells.collect(),
        ..Evidence::default()
    }
}
