//! Receiver: a simulated monitoring platform that takes the hub's pushes, checks them and can be told to fail.
//! Here because delivery is proved at the far end: signatures, duplicates and order are judged by somebody who is not the hub.
//! In: `POST /hook` (CloudEvents 1.0 structured, Standard Webhooks v1), `PUT /control`. Out: receipts, `GET /stats`, a JSON-lines log.
//! Not here: feedback to the hub, any storage of event data.

mod ledger;
mod verify;

use std::fs::OpenOptions;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde_json::{Value, json};

pub use ledger::{Control, DELAY_MS_MAX, EVENTS_MAX, SUBJECTS_LISTED_MAX, Stats, TYPES_MAX};
pub use verify::{TEXT_BYTES_MAX, TOLERANCE_SECONDS, sign};

use crate::Error;
use crate::secret::Secret;
use crate::server::Server;
use ledger::Ledger;

/// Largest request body taken.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Milliseconds since 1970; a test gives its own.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How a receiver is set up.
pub struct ReceiverOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The key shared with the sender.
    pub secret: Secret,
    /// Where to write one JSON line per request, appended; none for no log.
    pub log: Option<PathBuf>,
    /// The time; `system_clock` outside tests.
    pub clock: Clock,
}

/// A running receiver; dropping it ends it at once, `shutdown` after the requests under way.
pub struct Receiver {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    secret: Secret,
    ledger: Mutex<Ledger>,
    clock: Clock,
}

impl Shared {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // A panic while counting leaves counters behind, not broken invariants.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The host's clock.
pub fn system_clock() -> Clock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the receiver stands for another machine: it has its own clock"
    )]
    let now_ms = || chrono::Utc::now().timestamp_millis();
    Arc::new(now_ms)
}

impl Receiver {
    /// Starts a receiver without a log on the runtime of the caller.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub async fn start(listen: SocketAddr, secret: Secret) -> Result<Self, Error> {
        Self::start_with(ReceiverOptions {
            listen,
            secret,
            log: None,
            clock: system_clock(),
        })
        .await
    }

    /// Starts a receiver on the runtime of the caller.
    ///
    /// # Errors
    /// When the address cannot be listened on or the log cannot be opened.
    pub async fn start_with(options: ReceiverOptions) -> Result<Self, Error> {
        let open = |path: &PathBuf| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.map_err(|source| Error::io(path, source))
        };
        let log = options.log.as_ref().map(open).transpose()?;
        let ledger = Mutex::new(Ledger::new(log));
        let shared = Arc::new(Shared {
            secret: options.secret,
            ledger,
            clock: options.clock,
        });
        let app = Router::new()
            .route("/hook", post(hook))
            .route("/control", put(set_control).get(show_control))
            .route("/stats", get(show_stats))
            .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
            .with_state(Arc::clone(&shared));
        Ok(Self {
            server: Server::start(options.listen, app).await?,
            shared,
        })
    }

    /// The address to push to.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.server.address())
    }

    /// The port listened on.
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// What was received so far.
    pub fn stats(&self) -> Stats {
        self.shared.ledger().stats.clone()
    }

    /// Tells the receiver how to behave from the next request on.
    pub fn control(&self, control: Control) {
        self.shared.ledger().control = control;
    }

    /// Ends the receiver once the requests under way are answered, and returns what was received.
    pub async fn shutdown(self) -> Stats {
        self.server.stop().await;
        self.shared.ledger().stats.clone()
    }
}

async fn hook(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let now_ms = (shared.clock)();
    let request = verify::verify(&shared.secret, &headers, &body, now_ms);
    let receipt = request
        .as_ref()
        .ok()
        .map(|event| hex::encode(verify::key(&[&event.id])));
    let answer = shared.ledger().take(request, now_ms);
    let Ok(answer) = answer else {
        return (
            StatusCode::INTERNAL_SERVER_ERROR,
            Json(json!({ "error": "接收日志无法写入" })),
        );
    };
    if !answer.delay.is_zero() {
        tokio::time::sleep(answer.delay).await;
    }
    let body = match receipt {
        Some(receipt) if answer.status.is_success() => json!({ "receipt": receipt }),
        Some(_) | None => json!({ "error": answer.text }),
    };
    (answer.status, Json(body))
}

async fn set_control(State(shared): State<Arc<Shared>>, Json(control): Json<Control>) -> Json<Control> {
    shared.ledger().control = control;
    Json(control)
}

async fn show_control(State(shared): State<Arc<Shared>>) -> Json<Control> {
    Json(shared.ledger().control)
}

async fn show_stats(State(shared): State<Arc<Shared>>) -> Json<Stats> {
    Json(shared.ledger().stats.clone())
}
