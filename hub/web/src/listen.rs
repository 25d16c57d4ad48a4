//! The accept loop: time for the header and for taking the answer, a cap on connections, an orderly end.
//! Here because `axum::serve` has none of the first three, and a silent client would hold a connection for ever.
//! In: a listener, a router, a stop signal. Out: nothing; returns when stopped and drained.
//! Not here: routes.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use hyper::server::conn::http1::Builder;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a client may take nothing of its answer.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECTIONS_MAX: usize = 256;
const BODY_BYTES_MAX: usize = 1 << 20;
const DRAIN: Duration = Duration::from_secs(25);

/// Where connections come from.
pub enum Listener {
    /// The network.
    Tcp(TcpListener),
    /// The operator's shell.
    Unix(UnixListener),
}

/// Answers connections of `listener` with `router` until `stop`, then lets the open ones finish, within 25 s.
pub async fn serve(listener: Listener, router: Router, stop: CancellationToken) {
    let router = router.layer(DefaultBodyLimit::max(BODY_BYTES_MAX));
    let slots = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let graceful = GracefulShutdown::new();
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &slots) => accepted,
            () = stop.cancelled() => break,
        };
        let Some((stream, slot)) = accepted else { continue };
        let mut builder = Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT);
        let service = TowerToHyperService::new(router.clone());
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(WRITE_TIMEOUT));
        let connection = builder.serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = graceful.watch(connection);
        tasks.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "connection ended early");
            }
            drop(slot);
        });
    }
    // Whoever comes now is told at once, and does not wait for an end.
    drop(listener);
    tasks.close();
    let _ = tokio::time::timeout(DRAIN, async {
        graceful.shutdown().await;
        tasks.wait().await;
    })
    .await;
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

async fn accept(
    listener: &Listener,
    slots: &Arc<Semaphore>,
) -> Option<(Box<dyn Stream>, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    let accepted: std::io::Result<Box<dyn Stream>> = match listener {
        Listener::Tcp(listener) => listener
            .accept()
            .await
            .map(|(stream, _)| Box::new(stream) as Box<dyn Stream>),
        Listener::Unix(listener) => listener
            .accept()
            .await
            .map(|(stream, _)| Box::new(stream) as Box<dyn Stream>),
    };
    match accepted {
        Ok(stream) => Some((stream, slot)),
        Err(error) => {
            // Out of descriptors, most likely: give others time to close theirs.
            tracing::warn!(%error, "could not accept a connection");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
