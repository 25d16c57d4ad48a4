//! A node that waits for its turn: another holds the database.
//! Here because two machines share the work of years, and the second must be there before the first one falls.
//! In: the lease another has. Out: the hub, once the lease is ours; health while it is not; nothing when asked to stop.
//! Not here: how a lease is kept (store), what a service does (serve).

use std::time::Duration;

use hub_store::Error;
use hub_web::Listener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::serve::listen;
use super::serve_told;
use crate::app::{App, Local};

/// How often the lease is asked for.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// The hub as soon as its lease can be had; `None` when this node is asked to stop before. A folder another process has is told at
/// once: that is a mistake, not a turn.
pub(super) async fn wait(app: &App) -> anyhow::Result<Option<Local>> {
    let holder = match turn(app).await? {
        Turn::Ours(local) => return Ok(Some(*local)),
        Turn::Another(node) => node,
    };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (doors, shut) = (TaskTracker::new(), CancellationToken::new());
    let listener = listen(app.loaded.listen).await?;
    tracing::info!(address = %listener.local_addr()?, node = holder, "another node works; this one stands by");
    serve_told::standing_by(&holder);
    doors.spawn(hub_web::serve(
        Listener::Tcp(listener),
        hub_web::standby(&holder),
        shut.clone(),
    ));
    doors.close();
    let local = loop {
        tokio::select! {
            _ = terminate.recv() => break None,
            _ = interrupt.recv() => break None,
            () = tokio::time::sleep(ASK_EVERY) => {}
        }
        match turn(app).await {
            Ok(Turn::Ours(local)) => break Some(*local),
            Ok(Turn::Another(_)) => serve_told::lives(),
            // A server that restarts is waited for.
            Err(error) if is_away(&error) => {
                tracing::warn!(error = %error, "the database does not answer; this node stands by");
                serve_told::lives();
            }
            Err(error) => return Err(error),
        }
    };
    shut.cancel();
    doors.wait().await;
    if local.is_some() {
        tracing::info!(event = "lease.taken", "this node works now");
    }
    Ok(local)
}

/// Whose turn it is.
enum Turn {
    Ours(Box<Local>),
    Another(String),
}

async fn turn(app: &App) -> anyhow::Result<Turn> {
    match app.local().await {
        Ok(local) => Ok(Turn::Ours(Box::new(local))),
        Err(error) => match error.downcast_ref() {
            Some(Error::HeldByNode { node, .. }) => Ok(Turn::Another(node.clone())),
            _ => Err(error),
        },
    }
}

fn is_away(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(Error::Silent { .. } | Error::Sql(_)))
}
