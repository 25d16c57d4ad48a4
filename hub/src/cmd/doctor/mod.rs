//! `hub doctor`: one screen of checks, each with what to do.
//! Here because whoever is called at night, or set the hub up an hour ago, asks first: is everything as it should be?
//! In: a configuration directory. Out: a line for each check; exit 3 when something is wrong. Nothing is changed.
//! Not here: whether last night went well (status), whether the service works now (`/readyz`).

mod data;
mod machine;

use std::path::Path;
use std::process::ExitCode;

use hub_runtime::checked::{self, Check, Checked, Mark};
use hub_runtime::pinned;
use hub_runtime::settings::Settings;
use hub_store::{Access, Store};
use serde::Serialize;
use tokio::runtime::Handle;

use crate::app::App;
use crate::cli::Output;
use crate::{exit, lang, out, settings};

pub(super) use machine::idle;

/// The whole screen.
#[derive(Debug, Serialize)]
struct Page {
    /// Whether nothing is wrong.
    healthy: bool,
    checks: Vec<Checked>,
}

pub(super) async fn run(config: &Path, threads: Handle, output: Output) -> anyhow::Result<ExitCode> {
    let mut checks = vec![configuration(config, threads), machine::secrets(config)];
    // Told above when it cannot be read.
    let loaded = settings::load(config).ok().map(|loaded| loaded.settings);
    checks.push(machine::descriptors());
    match &loaded {
        Some(settings) => of_site(settings, &mut checks).await,
        None => checks.push(Check("site", "站点").unknown(
            lang::said("配置未通过，其余各项未查 / not looked at: the configuration cannot be read"),
            lang::said("先改正配置，再运行 hub doctor / mend the configuration first"),
        )),
    }
    checks.push(Check("backup", "备份").unknown(
        lang::said(
            "上次备份时间未知：备份存放在别处，中枢不记录 / when the last one was made is not known: they are kept elsewhere",
        ),
        lang::said(
            "hub backup DIR 备份，hub backup --check DIR 检查；每天一次并异地保存 / make one a day, check it, keep it elsewhere",
        ),
    ));
    let page = Page {
        healthy: checks.iter().all(|check| check.mark != Mark::Wrong),
        checks,
    };
    out::show(output, &page, text)?;
    Ok(if page.healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(exit::PARTIAL)
    })
}

async fn of_site(settings: &Settings, checks: &mut Vec<Checked>) {
    checks.push(tokio::task::block_in_place(|| plugins(settings)));
    checks.push(machine::directory(&settings.home.data_dir));
    checks.push(tokio::task::block_in_place(|| {
        machine::space(&settings.home.data_dir)
    }));
    let store = Store::open(&settings.home, Access::Read).await;
    checks.push(data::database(&store).await);
    let store = store.ok();
    checks.push(machine::clock(
        settings,
        data::last_entry_ms(store.as_ref()).await,
    ));
    checks.push(machine::calendar(settings));
    checks.push(machine::service(&settings.home.data_dir));
    if let Some(store) = store {
        checks.push(data::audit(&store).await);
        checks.extend(data::push(&store, settings).await);
        store.close().await;
    }
}

/// Whether everything that is written can be used, rules included.
fn configuration(config: &Path, threads: Handle) -> Checked {
    let check = Check("configuration", "配置");
    match App::open(config, threads) {
        Ok(app) => check.good(format!(
            "{}{colon}{} {sources}{comma}{} {channels}",
            app.loaded.dir.display(),
            app.loaded.settings.connectors.len(),
            app.loaded.settings.channels.len(),
            colon = lang::mark("："),
            comma = lang::mark("，"),
            sources = lang::pair("个数据源 sources"),
            channels = lang::pair("个推送通道 channels")
        )),
        Err(error) => check.wrong(
            exit::told(&error),
            lang::said(
                "按所示位置改正，然后 hub config validate / mend it at that place, then hub config validate",
            ),
        ),
    }
}

/// Whether every plugin that is wanted is pinned, and every pinned one is there and unchanged.
fn plugins(settings: &Settings) -> Checked {
    let check = Check("plugins", "插件");
    let todo = lang::said(
        "核对文件来源后重新登记：hub plugin add FILE / find out who changed it, then pin it again",
    );
    let wrong = match pinned::amiss(settings) {
        Ok(wrong) => wrong,
        Err(told) => return check.wrong(lang::said(&told), todo),
    };
    if wrong.is_empty() {
        check.good(lang::said("均已登记，未改动 / pinned, all unchanged"))
    } else {
        let wrong: Vec<String> = wrong.iter().map(|wrong| lang::said(wrong)).collect();
        check.wrong(wrong.join(lang::mark("；")), todo)
    }
}

fn text(page: &Page) -> String {
    let mut lines = checked::lines(&page.checks, lang::both);
    lines.push(if page.healthy {
        lang::said("没有发现问题 / nothing is wrong")
    } else {
        let wrong = page.checks.iter().filter(|check| check.mark == Mark::Wrong);
        let are = lang::said("项有问题 / things are wrong");
        format!("{} {are}", wrong.count())
    });
    lines.join("\n")
}
