//! `hub serve`: the service. Holds the lease, does what is scheduled, relays, takes answers, answers health, departments' programs and
//! the shell; reads its configuration anew on SIGHUP; stops in order on SIGTERM.
//! Here because one process must be the writer, for years.
//! In: settings, signals. Out: exit 0 after an orderly stop within 30 seconds.
//! Not here: when what is due (runtime).

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use hub_runtime::reload::{ReloadAsked, Reloads, Running};
use hub_runtime::remote;
use hub_web::{Answered, Doors, Listener, Readiness};
use tokio::net::{TcpListener, UnixListener};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{serve_told, standby};
use crate::app::{self, App, Local};
use crate::cmd::actor;
use crate::exit;
use crate::reload::Reloader;

/// How long open work may take after SIGTERM.
const DRAIN: Duration = Duration::from_secs(28);
/// How much longer open requests may, at the least.
const LAST: Duration = Duration::from_millis(500);

pub(super) async fn run(app: &App) -> anyhow::Result<ExitCode> {
    // The lease first: whoever starts a second service by mistake is told about the first, not about its port.
    let Some(local) = standby::wait(app).await? else {
        return Ok(ExitCode::SUCCESS);
    };
    let listener = listen(app.loaded.listen).await?;
    serve(app, local, listener, CancellationToken::new()).await
}

/// Ends the process when the lease is lost: another node may work by now, and nothing more of this one may reach anybody.
async fn end_when(mut lost: watch::Receiver<bool>, stop: CancellationToken) {
    let is_lost = tokio::select! {
        // A lease that is given up is not lost.
        heard = lost.wait_for(|lost| *lost) => heard.is_ok(),
        () = stop.cancelled() => false,
    };
    if is_lost {
        let error = hub_store::Error::LeaseLost;
        tracing::error!(event = "lease.lost", %error, "this node ends; its service manager starts it anew, and it waits for its turn");
        std::process::exit(exit::LOST.into());
    }
}

pub(super) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("listen on {address}"))
}

/// Serves `local` until SIGTERM, SIGINT or `stop`.
pub(super) async fn serve(
    app: &App,
    local: Local,
    listener: TcpListener,
    stop: CancellationToken,
) -> anyhow::Result<ExitCode> {
    // Before anything is open: whoever asks a service that still plans its rules to stop gets an orderly stop too.
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let hangup = signal(SignalKind::hangup())?;
    let numbers = match app.loaded.metrics {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let path = remote::socket(&app.loaded.settings.home.data_dir);
    // The lease is ours, so a socket that is there belongs to a hub that died.
    let _ = std::fs::remove_file(&path);
    let socket = UnixListener::bind(&path).with_context(|| path.display().to_string())?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))
        .with_context(|| path.display().to_string())?;

    let tasks = TaskTracker::new();
    if let Some(lost) = local.lease.lost() {
        tasks.spawn(end_when(lost, stop.clone()));
    }
    // The doors through which it is asked how things are close last: while it drains, it says so.
    let (doorkeepers, shut) = (TaskTracker::new(), CancellationToken::new());
    let ready = Readiness::of(&app.loaded.settings.home);
    let desk = app.desk(&local, tasks.clone());
    let collector = app.collector(&local, Arc::clone(&desk))?;
    let running = Running {
        hub: Arc::clone(&local.hub),
        relay: Arc::clone(&local.relay),
        collector: Arc::clone(&collector),
        scheduler: Arc::clone(&local.scheduler),
        host: app::host()?,
    };
    let reloads = Reloader::new(app, running, serve_told::reloads(ready.clone()));
    let doors = Doors {
        hub: Arc::clone(&local.hub),
        desk,
        relay: Arc::clone(&local.relay),
        collector: Arc::clone(&collector),
        scheduler: Arc::clone(&local.scheduler),
        reloads: Arc::clone(&reloads) as Arc<dyn Reloads>,
        tasks: tasks.clone(),
        ready: ready.clone(),
        answered: Answered::new()?,
    };
    let address = listener.local_addr()?;
    doorkeepers.spawn(hub_web::serve(
        Listener::Tcp(listener),
        hub_web::public(doors.clone()),
        shut.clone(),
    ));
    if let Some(numbers) = numbers {
        let address = numbers.local_addr()?;
        doorkeepers.spawn(hub_web::serve(
            Listener::Tcp(numbers),
            hub_web::metrics(doors.clone()),
            shut.clone(),
        ));
        tracing::info!(metrics = %address, "numbers are told");
    }
    tasks.spawn(hub_web::serve(
        Listener::Unix(socket),
        hub_web::control(doors),
        stop.clone(),
    ));
    tracing::info!(%address, "listening");
    let relay = Arc::clone(&local.relay);
    let relaying = tasks.spawn({
        let stop = stop.clone();
        async move { relay.serve(stop).await }
    });
    tasks.spawn({
        let stop = stop.clone();
        async move { collector.serve(stop).await }
    });
    tasks.spawn(serve_told::alive(local.hub.store.clone(), stop.clone()));
    let book = app.tried_book().await?;
    ready.planned();
    serve_told::ready(book.rules.len());
    // Only now: what is scheduled is checked by rules that were tried.
    let scheduling = tasks.spawn(Arc::clone(&local.scheduler).serve(tasks.clone(), stop.clone()));
    tasks.spawn({
        let (scheduler, stop) = (Arc::clone(&local.scheduler), stop.clone());
        async move { scheduler.watch(stop).await }
    });
    tasks.spawn(on_signal(hangup, reloads, stop.clone()));
    tracing::info!(rules = book.rules.len(), refused = book.refused.len(), "ready");

    let ended = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        () = stop.cancelled() => None,
        relayed = relaying => Some(relayed.map(Ok)),
        scheduled = scheduling => Some(scheduled),
    };
    ready.stopping();
    serve_told::stopping();
    stop.cancel();
    tasks.close();
    let until = Instant::now() + DRAIN;
    if tokio::time::timeout_at(until, tasks.wait()).await.is_err() {
        tracing::warn!("open work did not end in time; the next start takes it up");
    }
    local.hub.now().tell_lineage(LAST).await;
    shut.cancel();
    doorkeepers.close();
    // Requests that were begun before have what is left of the time.
    let _ = tokio::time::timeout_at(until + LAST, doorkeepers.wait()).await;
    let _ = std::fs::remove_file(&path);
    local.hub.store.clone().close().await;
    if let Some(ended) = ended {
        ended??;
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

/// Reads the configuration anew whenever the signal comes, until `stop`; what came of it stands in the log.
async fn on_signal(mut hangup: Signal, reloads: Arc<Reloader>, stop: CancellationToken) {
    loop {
        tokio::select! {
            _ = hangup.recv() => {}
            () = stop.cancelled() => return,
        }
        let asked = ReloadAsked {
            actor: actor(),
            how: "signal",
        };
        let _told = reloads.reload(asked).await;
    }
}
