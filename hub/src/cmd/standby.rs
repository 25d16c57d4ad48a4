//! A node that waits for its turn: another holds the database.
//! Here because two machines share the work of years, and the second must be there before the first one falls.
//! In: the lease another has. Out: the hub, once the lease is ours; health while it is not; nothing when asked to stop.
//! Not here: how a lease is kept (store), what a service does (serve).

use std::time::Duration;

use hub_runtime::checked::{Check, Checked};
use hub_store::Error;
use hub_web::Listener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::serve::listen;
use super::serve_told;
use crate::app::{App, Local};

/// How often the lease is asked for.
const ASK_EVERY: Duration = Duration::from_secs(2);

/// The hub as soon as its lease can be had; `None` when this node is asked to stop before. A folder another process has is told at
/// once: that is a mistake, not a turn. A server that is away is waited for: who begins again and again would be given up.
pub(super) async fn wait(app: &App) -> anyhow::Result<Option<Local>> {
    let first = match turn(app).await? {
        Turn::Ours(local) => return Ok(Some(*local)),
        Turn::Waits(why) => why,
    };
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let (doors, shut) = (TaskTracker::new(), CancellationToken::new());
    let listener = listen(app.loaded.listen).await?;
    tracing::info!(address = %listener.local_addr()?, why = first.found, "this node stands by");
    serve_told::standing_by(&first.found);
    let (tell, found) = watch::channel(first);
    doors.spawn(hub_web::serve(
        Listener::Tcp(listener),
        hub_web::standby(found),
        shut.clone(),
    ));
    doors.close();
    let local = loop {
        tokio::select! {
            _ = terminate.recv() => break None,
            _ = interrupt.recv() => break None,
            () = tokio::time::sleep(ASK_EVERY) => {}
        }
        match turn(app).await? {
            Turn::Ours(local) => break Some(*local),
            Turn::Waits(now) => {
                serve_told::lives();
                tell.send_if_modified(|before| {
                    let differs = before.found != now.found;
                    if differs {
                        tracing::info!(why = now.found, "this node stands by");
                        *before = now;
                    }
                    differs
                });
            }
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
    /// Not ours, and why.
    Waits(Checked),
}

async fn turn(app: &App) -> anyhow::Result<Turn> {
    let check = Check("standby", "待命");
    match app.local().await {
        Ok(local) => Ok(Turn::Ours(Box::new(local))),
        Err(error) => match error.downcast_ref() {
            Some(Error::HeldByNode { node, .. }) => Ok(Turn::Waits(check.wrong(
                format!("节点 {node} 在工作，本节点待命 / node {node} works, this one stands by"),
                "无须处理：那个节点停止后，本节点自动接替 / nothing: this one takes over when that one ends",
            ))),
            Some(away @ Error::Silent { .. }) => Ok(Turn::Waits(check.wrong(
                away.to_string(),
                "启动数据库服务器，核对网络与 [store]；恢复后自动继续 / start the server, look at the network and at [store]: it goes on by itself",
            ))),
            _ => Err(error),
        },
    }
}
