//! `hub metrics`: the numbers Prometheus would get, from the store.
//! Here because a machine without Prometheus has a node exporter that reads text files, and a person has eyes.
//! In: the store. Out: the text format on stdout, whatever `-o` says.
//! Not here: what only a running service knows (requests it answered); `[server] metrics` tells that too.

use std::process::ExitCode;

use crate::app::App;
use crate::out;

pub(super) async fn run(app: &App) -> anyhow::Result<ExitCode> {
    let gauges = app.reader().await?.gauges().await?;
    let text = hub_web::metrics_text(&gauges, &app.loaded.settings.home.data_dir, None)?;
    out::print(&text)?;
    Ok(ExitCode::SUCCESS)
}
