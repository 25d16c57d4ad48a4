//! A server of a simulator: listens, answers, and ends once the requests under way are answered.
//! Here because the platform and the departments' services are both servers, and only their routes differ.
//! In: an address, a router. Out: `Server`.
//! Not here: any route.

use std::net::SocketAddr;
use std::path::Path;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::Error;

/// A running server; dropping it ends it at once, `stop` after the requests under way.
pub(crate) struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Server {
    /// Serves `app` on the runtime of the caller; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub(crate) async fn start(listen: SocketAddr, app: Router) -> Result<Self, Error> {
        let listening = |source| Error::io(Path::new(&listen.to_string()), source);
        let listener = TcpListener::bind(listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let (stop, mut stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let until = async move {
                // An error means the handle is gone, which is an end as well.
                let _gone = stopped.wait_for(|stop| *stop).await;
            };
            let _never_fails = axum::serve(listener, app).with_graceful_shutdown(until).await;
        });
        Ok(Self { address, stop, tasks })
    }

    /// What is listened on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it once the requests under way are answered.
    pub(crate) async fn stop(mut self) {
        // Nobody listening any more is fine: the server has ended already.
        let _ended = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
    }
}
