//! Services: the departments' interfaces simulated: human resources and the insurance office (pages), the 832 platform (cursors), the grid (zips).
//! Here because connectors are tried against real sockets, and against services that misbehave.
//! In: requests of a connector, `PUT /control`. Out: the same synthetic county as in the files, `GET /stats`.
//! Not here: the platform warnings are pushed to (receiver/).

mod data;
mod faults;
mod market;
mod pages;
mod sign;
mod solar;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{Response, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::IntoResponse;
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;

pub use data::PEOPLE_SERVED_MAX;
pub use faults::{Control, DRIP_MS_MAX, Fault, PATHS_MAX, Stats};
pub use market::LIMIT_MAX;
pub use pages::PAGE_ROWS_MAX;
pub use sign::{WINDOW_MS, hr_sign, insurance_sign, market_sign};

use crate::Error;
use crate::county::Options;
use crate::departments::{DepartmentOptions, Dirt, Month, Stream, TRUTH_FILE};
use crate::receiver::Clock;
use crate::server::Server;
use crate::sources::{AppSecret, secret_file};
use data::{Data, Rows};
use faults::Behaviour;

/// Largest body of a control request.
const CONTROL_BYTES_MAX: usize = 64 * 1024;
/// Largest answer that is spoilt on its way.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;

/// How the services are set up.
pub struct ServeOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The county that is served; `PEOPLE_SERVED_MAX` people at most.
    pub departments: DepartmentOptions,
    /// The secret of human resources.
    pub hr_secret: AppSecret,
    /// The secret of the 832 platform.
    pub market_secret: AppSecret,
    /// The secret of the medical insurance office.
    pub insurance_secret: AppSecret,
    /// The time; `receiver::system_clock` outside tests.
    pub clock: Clock,
}

impl ServeOptions {
    /// The county whose department files lie below `dir`, with its secrets.
    ///
    /// # Errors
    /// When no department files were made there, or secrets can neither be read nor made.
    pub fn of(dir: &Path, listen: SocketAddr, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            listen,
            departments: made(dir)?,
            hr_secret: AppSecret::ensure(&secret_file(dir, Stream::Employment.connector()))?,
            market_secret: AppSecret::ensure(&secret_file(dir, Stream::Orders.connector()))?,
            insurance_secret: AppSecret::ensure(&secret_file(dir, Stream::MedicalExpenses.connector()))?,
            clock,
        })
    }
}

/// The options the department files below `dir` were made with.
fn made(dir: &Path) -> Result<DepartmentOptions, Error> {
    #[derive(Deserialize)]
    struct Made {
        people: u64,
        seed: u64,
        months: String,
        dirt_percent: u32,
        useless_files: bool,
    }
    let path = dir.join(TRUTH_FILE);
    let text = std::fs::read(&path).map_err(|source| Error::io(&path, source))?;
    let made: Made = serde_json::from_slice(&text).map_err(|error| Error::io(&path, error.into()))?;
    Ok(DepartmentOptions {
        county: Options {
            people: made.people,
            seed: made.seed,
        },
        months: made.months.parse()?,
        dirt: Dirt {
            percent: made.dirt_percent,
            useless_files: made.useless_files,
        },
    })
}

/// Running services; dropping them ends them at once, `shutdown` after the requests under way.
pub struct Services {
    server: Server,
    shared: Arc<Shared>,
}

struct Shared {
    data: Data,
    behaviour: Mutex<Behaviour>,
    hr_secret: AppSecret,
    market_secret: AppSecret,
    insurance_secret: AppSecret,
    clock: Clock,
}

impl Shared {
    fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        // A panic while counting leaves counters behind, not broken invariants.
        self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rows, made off the threads that serve.
    async fn rows(self: &Arc<Self>, stream: Stream, month: Option<Month>) -> Option<Rows> {
        let shared = Arc::clone(self);
        let made = tokio::task::spawn_blocking(move || shared.data.rows(stream, month)).await;
        made.ok()?.ok()
    }
}

impl Services {
    /// Starts the services on the runtime of the caller.
    ///
    /// # Errors
    /// When the county is out of bounds or the address cannot be listened on.
    pub async fn start(options: ServeOptions) -> Result<Self, Error> {
        let people = options.departments.county.people;
        if people > PEOPLE_SERVED_MAX {
            return Err(Error::People {
                asked: people,
                min: crate::county::PEOPLE_MIN,
                max: PEOPLE_SERVED_MAX,
            });
        }
        let shared = Arc::new(Shared {
            data: Data::new(options.departments.world()?),
            behaviour: Mutex::default(),
            hr_secret: options.hr_secret,
            market_secret: options.market_secret,
            insurance_secret: options.insurance_secret,
            clock: options.clock,
        });
        let app = router(&shared);
        Ok(Self {
            server: Server::start(options.listen, app).await?,
            shared,
        })
    }

    /// Where the services are; see `sources::sources` for the paths of each.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The port listened on.
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// What was asked for so far.
    pub fn stats(&self) -> Stats {
        self.shared.behaviour().stats.clone()
    }

    /// Tells the services how to behave from the next request on.
    pub fn control(&self, control: Control) {
        self.shared.behaviour().control = control;
    }

    /// Ends the services once the requests under way are answered, and returns what was asked for.
    pub async fn shutdown(self) -> Stats {
        self.server.stop().await;
        self.shared.behaviour().stats.clone()
    }
}

fn router(shared: &Arc<Shared>) -> Router {
    let departments = Router::new()
        .route("/api/hr/v1/{stream}", get(pages::human_resources))
        .route("/api/yb/v1/{stream}", get(pages::insurance))
        .route("/open/832/v1/{stream}", get(market::page))
        .route("/pv/index.json", get(solar::index))
        .route("/pv/{county}/{file}", get(solar::file))
        .layer(from_fn_with_state(Arc::clone(shared), misbehave));
    let control = Router::new()
        .route("/control", put(set_control).get(show_control))
        .route("/stats", get(show_stats))
        .layer(DefaultBodyLimit::max(CONTROL_BYTES_MAX));
    departments.merge(control).with_state(Arc::clone(shared))
}

/// Stands between every request and its service, and shows the fault that was asked for.
async fn misbehave(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let shown = shared.behaviour().next(&path);
    if let Some(answer) = faults::instead(&shown, &path) {
        return answer;
    }
    request.extensions_mut().insert(shown.clone());
    let (parts, body) = next.run(request).await.into_parts();
    match axum::body::to_bytes(body, ANSWER_BYTES_MAX).await {
        Ok(body) => faults::spoilt(&shown, Response::from_parts(parts, Body::empty()), body),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn set_control(State(shared): State<Arc<Shared>>, Json(control): Json<Control>) -> Json<Control> {
    shared.behaviour().control = control.clone();
    Json(control)
}

async fn show_control(State(shared): State<Arc<Shared>>) -> Json<Control> {
    Json(shared.behaviour().control.clone())
}

async fn show_stats(State(shared): State<Arc<Shared>>) -> Json<Stats> {
    Json(shared.behaviour().stats.clone())
}

/// An answer in JSON.
fn json(status: StatusCode, text: String) -> Response<Body> {
    let kind = [("content-type", "application/json; charset=utf-8")];
    (status, kind, text).into_response()
}

/// Some of the rows, from `from` on, with commas between them; from the beginning again when `endless`.
fn push_rows(text: &mut String, rows: &Rows, from: usize, count: usize, endless: bool) {
    let some: Box<dyn Iterator<Item = &Box<str>>> = if endless {
        Box::new(rows.iter().cycle().skip(from % rows.len().max(1)).take(count))
    } else {
        Box::new(rows.iter().skip(from).take(count))
    };
    for (position, row) in some.enumerate() {
        if position > 0 {
            text.push(',');
        }
        text.push_str(row);
    }
}
