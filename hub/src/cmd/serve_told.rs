//! What systemd is told: that the service is ready, that it still lives, reads its configuration anew, stops.
//! Here because a service manager that is told nothing restarts what works and keeps what hangs.
//! In: the store. Out: messages on the socket systemd named; nothing where it named none.
//! Not here: health over HTTP (web).

use std::time::Duration;

use hub_store::Store;
use hub_web::Readiness;
use sd_notify::{NotifyState, notify, watchdog_enabled};
use tokio_util::sync::CancellationToken;

use crate::reload::Stage;

/// Tells that the service answers and has planned its rules.
pub(super) fn ready(rules: usize) {
    let status = format!("{rules} 条规则，就绪 / ready");
    tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// Tells that the service is started, and why it does not work yet.
pub(super) fn standing_by(why: &str) {
    let status = format!("待命 standing by: {why}");
    tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
}

/// Tells that the service still lives.
pub(super) fn lives() {
    tell(&[NotifyState::Watchdog]);
}

/// Tells of reloads, once the service was ready.
pub(super) fn reloads(service: Readiness) -> Box<dyn Fn(Stage) + Send + Sync> {
    Box::new(move |stage| {
        if !service.is_serving() {
            return;
        }
        match stage {
            // Since when, systemd wants to know, so that it tells this reload from an earlier one.
            Stage::Begins => match NotifyState::monotonic_usec_now() {
                Ok(now) => tell(&[NotifyState::Reloading, now]),
                Err(error) => tracing::warn!(%error, "systemd could not be told"),
            },
            Stage::Over(rules) => ready(rules),
        }
    })
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
