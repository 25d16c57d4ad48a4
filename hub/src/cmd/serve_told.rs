//! What systemd is told: that the service is ready, that it still lives, that it stops.
//! Here because a service manager that is told nothing restarts what works and keeps what hangs.
//! In: the store. Out: messages on the socket systemd named; nothing where it named none.
//! Not here: health over HTTP (web).

use std::time::Duration;

use hub_store::Store;
use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio_util::sync::CancellationToken;

/// Tells that the service answers and has planned its rules.
pub(super) fn ready(rules: usize) {
    let status = format!("{rules} 条规则，就绪 / ready");
    tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// Tells that it stops.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Tells, as often as was asked for, that the service still lives: while its store answers.
pub(super) async fn alive(store: Store, stop: CancellationToken) {
    let Some(every) = watchdog_enabled() else { return };
    // Twice as often as it is expected, as systemd advises.
    let every = (every / 2).max(Duration::from_millis(100));
    while !stop.is_cancelled() {
        match store.outbox_counts().await {
            Ok(_) => tell(&[NotifyState::Watchdog]),
            Err(error) => {
                tracing::error!(%error, "the store does not answer; systemd is not told that all is well")
            }
        }
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            () = stop.cancelled() => {}
        }
    }
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = notify(state) {
        tracing::warn!(%error, "systemd could not be told");
    }
}
