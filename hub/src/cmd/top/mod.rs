//! `hub top`: what the service does at this moment, again and again.
//! Here because a run that takes an hour and one that hangs look alike until somebody sees its rows come.
//! In: the service's own numbers over its socket, the store. Out: one screen, or a line of JSON a second; exit 69 without a service.
//! Not here: whether last night went well (status), numbers for Prometheus (metrics).

mod frame;
mod screen;

use std::process::ExitCode;
use std::time::Duration;

use hub_runtime::Error;
use hub_runtime::remote::{self, Remote};
use hub_web::Moment;
use tokio::signal::unix::{SignalKind, signal};

use crate::app::App;
use crate::cli::{Output, Top};
use crate::exit::UsageError;
use crate::out;
use frame::Frame;
use screen::Screen;

pub(super) async fn run(asked: &Top, app: &App, output: Output) -> anyhow::Result<ExitCode> {
    if !asked.once && !matches!(output, Output::Table | Output::Jsonl) {
        let message = "持续输出请用 -o table 或 jsonl；其他格式加 --once / -o json and csv go with --once";
        return Err(UsageError(message.to_owned()).into());
    }
    let data_dir = &app.loaded.settings.home.data_dir;
    let service = Remote::new(remote::socket(data_dir))?;
    // First: where no service was yet, there may be no database.
    let mut moment = now(&service, data_dir).await?;
    let store = app.reader().await?;
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut before: Option<Moment> = None;
    let mut screen: Option<Screen> = None;
    loop {
        let frame = Frame::of(&moment, before.as_ref(), &store, data_dir).await?;
        if asked.once {
            out::show(output, &frame, |frame| frame.lines().join("\n"))?;
            return Ok(ExitCode::SUCCESS);
        }
        let goes_on = match output {
            Output::Jsonl => out::reached(&format!("{}\n", serde_json::to_string(&frame)?))?,
            Output::Table | Output::Json | Output::Csv | Output::Parquet if Screen::is_there() => {
                // Only now: whoever is told that there is no service is told on the screen that was.
                let screen = match &mut screen {
                    Some(screen) => screen,
                    none => none.insert(Screen::enter()?),
                };
                screen.draw(&frame.lines())?
            }
            Output::Table | Output::Json | Output::Csv | Output::Parquet => {
                out::reached(&format!("{}\n\n", frame.lines().join("\n")))?
            }
        };
        // Whoever reads went away, or had enough.
        if !goes_on {
            return Ok(ExitCode::SUCCESS);
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(asked.interval)) => {}
            _ = interrupt.recv() => return Ok(ExitCode::SUCCESS),
            _ = terminate.recv() => return Ok(ExitCode::SUCCESS),
        }
        before = Some(moment);
        moment = now(&service, data_dir).await?;
    }
}

/// What the service says of itself.
async fn now(service: &Remote, data_dir: &std::path::Path) -> anyhow::Result<Moment> {
    let asked: hub_runtime::Result<Moment> = service.post("/v1/top", &()).await;
    asked.map_err(|error| {
        let nobody = matches!(error, Error::Remote { status: None, .. });
        let error = anyhow::Error::from(error);
        if !nobody {
            return error;
        }
        error.context(format!(
            "没有服务在用 {}；hub status 看数据库里的 / no service works on this data directory: see hub status",
            data_dir.display()
        ))
    })
}
