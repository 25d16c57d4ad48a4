//! `hub demo`: a synthetic county, a receiver, and everything once.
//! Here because the product must show itself in a minute, and because it is the fixture of the end-to-end tests.
//! In: a folder, how many people, a seed. Out: one JSON object; later versions add keys and never rename them.
//! Not here: which sources there are: the seeds write their files, serve their interfaces and configure them.

mod verdict;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use hub_runtime::Which;
use hub_runtime::report::Report;
use plugin_host::{Lock, Trust};
use seeds::county::{self, Options};
use seeds::departments::{self, DepartmentOptions, Dirt, Months};
use seeds::receiver::{Receiver, system_clock};
use seeds::secret::Secret;
use seeds::serve::{PEOPLE_SERVED_MAX, ServeOptions, Services};
use serde::Serialize;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use super::{connector, init, report, run as runs, serve};
use crate::app::App;
use crate::cli::{Demo, Output};
use crate::{lang, out, progress, settings};

/// How long the demo waits for its own receiver.
const PUSH_SECONDS: u64 = 60;

/// What the demo prints.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    report: Report,
    truth: verdict::Verdict,
    peak_memory_mb: PeakMemory,
}

#[derive(Serialize)]
struct PeakMemory {
    hub: f64,
    child: f64,
}

pub(super) async fn run(demo: Demo, output: Output, threads: Handle) -> anyhow::Result<ExitCode> {
    let started = Instant::now();
    let dir = prepare(&demo)?;
    let config = dir.join("config");
    let secret = Secret::ensure(&seeds::config::paths(&dir).secret_file)?;
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    let receiver = Receiver::start(any_port, secret).await?;
    seeds::demo_config(&dir, &receiver.url())?;
    // Beyond what the simulators hold, departments send files.
    let services = match demo.people <= PEOPLE_SERVED_MAX {
        true => Some(Services::start(ServeOptions::of(&dir, any_port, system_clock())?).await?),
        false => None,
    };
    seeds::departments_config(&dir, services.as_ref().map(Services::url).as_deref())?;
    pin_plugins(&config, &demo)?;

    let app = App::open(&config, threads)?;
    let local = app.local().await?;
    let far = async || Some(progress::read(&local.hub.under_way()));
    let work = runs::run_here(&local, Which::All, Some(PUSH_SECONDS));
    let report = progress::during("运行全流程 / running everything", far, work).await?;
    let truth = verdict::of(&dir, &app, &local.hub.store, &report.streams).await?;
    let peak_memory_mb = PeakMemory {
        hub: peak_memory_mb()?,
        child: report.peak_child_mb,
    };
    let shown = Shown {
        report: Report {
            seconds: started.elapsed().as_secs_f64(),
            ..report
        },
        truth,
        peak_memory_mb,
    };
    out::show(output, &shown, text)?;
    let code = runs::code(&shown.report);
    if demo.once {
        end(services, receiver).await;
        return Ok(code);
    }
    let listener = TcpListener::bind(app.loaded.listen)
        .await
        .with_context(|| format!("listen on {}", app.loaded.listen))?;
    eprintln!(
        "{} http://{} (Ctrl-C {})",
        lang::pair("服务中 serving on"),
        listener.local_addr()?,
        lang::pair("结束 to stop")
    );
    let code = serve::serve(&app, local, listener, CancellationToken::new()).await?;
    end(services, receiver).await;
    Ok(code)
}

async fn end(services: Option<Services>, receiver: Receiver) {
    if let Some(services) = services {
        services.shutdown().await;
    }
    receiver.shutdown().await;
}

/// Makes the county and the shipped configuration below the demo's folder.
fn prepare(demo: &Demo) -> anyhow::Result<PathBuf> {
    fs::create_dir_all(&demo.dir).with_context(|| demo.dir.display().to_string())?;
    let dir = fs::canonicalize(&demo.dir)?;
    let options = Options {
        people: demo.people,
        seed: demo.seed,
    };
    // The demo's departments send files that can be read; what a useless one does is shown by the tests.
    let departments = DepartmentOptions {
        county: options,
        months: Months::DEFAULT,
        dirt: Dirt::READABLE,
    };
    tokio::task::block_in_place(|| {
        county::generate(&dir, options)?;
        departments::generate(&dir, departments)
    })?;
    let config = dir.join("config");
    init::prepare(&config)?;
    fs::create_dir_all(config.join("conf.d"))?;
    Ok(dir)
}

/// Writes the demo's own places and its own lock: whatever plugins lie in the plugins folder.
fn pin_plugins(config: &Path, demo: &Demo) -> anyhow::Result<()> {
    let folder = demo
        .plugins_dir
        .clone()
        .map_or_else(settings::beside_the_executable, Ok)?;
    let folder = fs::canonicalize(&folder).with_context(|| folder.display().to_string())?;
    let data = config.with_file_name("data");
    let text = format!(
        "# The demo's own places, and the day its data was sent.\n[hub]\ndata_dir = {:?}\nplugins_dir = {:?}\nas_of = {:?}\n",
        data.to_string_lossy(),
        folder.to_string_lossy(),
        seeds::AS_OF
    );
    fs::write(config.join("conf.d/demo.toml"), text)?;
    let path = config.join("plugins.lock");
    let _ = fs::remove_file(&path);
    let mut lock = Lock::load(&path)?;
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    files.sort();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "so"))
    {
        if plugin_host::PluginFile::open(file).is_ok() {
            // A plugin that cannot say who it is stays unpinned, and with that unusable.
            if let Err(error) =
                tokio::task::block_in_place(|| connector::pin(file, &mut lock, &Trust::default()))
            {
                tracing::warn!(%error, "plugin not pinned");
            }
        }
    }
    Ok(lock.save()?)
}

/// The most memory this process held, MB.
fn peak_memory_mb() -> anyhow::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("VmHWM")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes / 1000.0)
}

fn text(shown: &Shown) -> String {
    let truth = &shown.truth;
    let rows = &truth.rows;
    let found = report::counted(
        "核对 truth",
        &[
            (truth.planted, "应有 planted"),
            (truth.found, "找到 found"),
            (truth.false_alarms, "误报 false"),
            (truth.undecidable, "无法判定 undecidable"),
        ],
    );
    let rows = report::counted(
        "行数 rows",
        &[
            (rows.streams, "条流 streams"),
            (rows.written, "写出 written"),
            (rows.arrived, "到达 arrived"),
            (rows.spoilt, "应退 spoilt"),
            (rows.refused, "退回 refused"),
        ],
    );
    format!(
        "{}{found}{rows}\n{}: hub {:.0} MB, child {:.0} MB",
        report::text(&shown.report),
        lang::pair("内存峰值 peak memory"),
        shown.peak_memory_mb.hub,
        shown.peak_memory_mb.child
    )
}
