//! The lease of a database server: of the nodes that share it, one works.
//! Here because two nodes would run every schedule twice and send every warning twice.
//! In: a server. Out: a numbered lease, prolonged while the node lives; the number is asked for by every write.
//! Not here: the lock of a folder (lease); what a node does that has none (serve).

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection, PgExecutor};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::db::{self, Pool};
use crate::home::Server;
use crate::{Error, Result, Store};

/// What there is one of: the node that runs schedules and checks, relays and takes answers.
pub(crate) const DUTY: &str = "hub";
/// The number every write of ours waits by.
pub(crate) const WRITES: i64 = 0x6875_6200;
/// How long a lease holds without being prolonged; after it another node takes over.
pub const LEASE_HOLDS: Duration = Duration::from_secs(20);
/// How often it is prolonged.
const PROLONG_EVERY: Duration = Duration::from_secs(3);
/// How long after it was last prolonged a node takes it for lost: before any other may take it.
const LOST_AFTER: Duration = Duration::from_secs(16);
/// How long an answer of the server is waited for.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

const TABLE: &str = "CREATE TABLE IF NOT EXISTS node_lease (
    duty TEXT PRIMARY KEY, node TEXT NOT NULL, epoch BIGINT NOT NULL, until TIMESTAMPTZ NOT NULL)";

/// Makes the table of leases, which is there before all others.
pub(crate) async fn make_table(on: impl PgExecutor<'_>) -> Result<()> {
    match sqlx::query(TABLE).execute(on).await {
        Ok(_) => Ok(()),
        // Two nodes may make it at the same moment; then one of them hears that it is there.
        Err(error)
            if error
                .as_database_error()
                .is_some_and(|told| told.is_unique_violation()) =>
        {
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

impl Store {
    /// The node that works on the server; `None` when none does, and where the database is a file.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn working_node(&self) -> Result<Option<String>> {
        match self.reader {
            Pool::Sqlite(_) => Ok(None),
            Pool::Postgres(_) => Ok(db::query_scalar(
                "SELECT node FROM node_lease WHERE duty = ? AND until > clock_timestamp()",
            )
            .bind(DUTY)
            .fetch_optional(&self.reader)
            .await?),
        }
    }
}

/// This node's lease; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct NodeLease {
    pub(crate) epoch: i64,
    lost: watch::Receiver<bool>,
    end: Option<Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl NodeLease {
    /// Takes the lease of `server` for `node`.
    pub(crate) async fn take(server: &Server, node: &str) -> Result<Self> {
        let taken = Instant::now();
        let mut connection = connect(server).await?;
        make_table(&mut connection).await?;
        let epoch: Option<i64> = sqlx::query_scalar(
            "INSERT INTO node_lease (duty, node, epoch, until) VALUES ($1, $2, 1, clock_timestamp() + make_interval(secs => $3))
             ON CONFLICT (duty) DO UPDATE SET node = excluded.node, epoch = node_lease.epoch + 1, until = excluded.until
             WHERE node_lease.until < clock_timestamp() RETURNING epoch",
        )
        .bind(DUTY)
        .bind(node)
        .bind(LEASE_HOLDS.as_secs_f64())
        .fetch_optional(&mut connection)
        .await?;
        let Some(epoch) = epoch else {
            let holder: Option<String> = sqlx::query_scalar("SELECT node FROM node_lease WHERE duty = $1")
                .bind(DUTY)
                .fetch_optional(&mut connection)
                .await?;
            return Err(Error::HeldByNode {
                database: server.to_string(),
                node: holder.unwrap_or_default(),
            });
        };
        connection.close().await?;
        let (tell, lost) = watch::channel(false);
        let (end, ended) = mpsc::channel();
        let server = server.clone();
        // A thread of its own: however busy the others are, the lease is prolonged.
        let keeper = std::thread::Builder::new().name("lease".to_owned());
        let keeper = keeper.spawn(move || keep(&server, epoch, taken, &ended, &tell));
        Ok(Self {
            epoch,
            lost,
            end: Some(end),
            keeper: Some(keeper.map_err(|source| Error::Io {
                path: "lease".into(),
                source,
            })?),
        })
    }

    /// Tells when it is lost.
    pub(crate) fn lost(&self) -> watch::Receiver<bool> {
        self.lost.clone()
    }
}

impl Drop for NodeLease {
    fn drop(&mut self) {
        drop(self.end.take());
        // It ends within the time an answer is waited for.
        if let Some(keeper) = self.keeper.take() {
            let _ended = keeper.join();
        }
    }
}

async fn connect(server: &Server) -> Result<PgConnection> {
    let connected = timeout(ANSWER_WITHIN, PgConnection::connect_with(&server.options));
    match connected.await {
        Ok(connected) => connected.map_err(|error| unanswered(server, error)),
        Err(_) => Err(Error::Silent {
            database: server.to_string(),
        }),
    }
}

/// What it means that a connection failed: nobody there is another matter than a refusal.
pub(crate) fn unanswered(server: &Server, error: sqlx::Error) -> Error {
    if matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut) {
        Error::Silent {
            database: server.to_string(),
        }
    } else {
        error.into()
    }
}

/// Prolongs the lease until it is to end, or is lost.
fn keep(server: &Server, epoch: i64, taken: Instant, ended: &mpsc::Receiver<()>, tell: &watch::Sender<bool>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        let _heard = tell.send(true);
        return;
    };
    // Of this thread's own, as its runtime is.
    let mut connection = None;
    let mut prolonged = taken;
    loop {
        if ended.recv_timeout(PROLONG_EVERY) != Err(RecvTimeoutError::Timeout) {
            runtime.block_on(give_up(server, connection, epoch));
            return;
        }
        let asked = Instant::now();
        // However slowly the server answers, it is lost by then.
        let left = LOST_AFTER.saturating_sub(prolonged.elapsed());
        let answer = async { timeout(left, prolong(server, &mut connection, epoch)).await };
        match runtime.block_on(answer) {
            Ok(Some(true)) => prolonged = asked,
            // Another node has it, or may soon.
            Ok(Some(false)) | Err(_) => break,
            Ok(None) => connection = None,
        }
    }
    let _heard = tell.send(true);
}

/// Whether it is still ours; `None` when the server does not say.
async fn prolong(server: &Server, connection: &mut Option<PgConnection>, epoch: i64) -> Option<bool> {
    if connection.is_none() {
        *connection = connect(server).await.ok();
    }
    let prolonged = sqlx::query(
        "UPDATE node_lease SET until = clock_timestamp() + make_interval(secs => $3) WHERE duty = $1 AND epoch = $2",
    )
    .bind(DUTY)
    .bind(epoch)
    .bind(LEASE_HOLDS.as_secs_f64())
    .execute(connection.as_mut()?);
    let prolonged = timeout(ANSWER_WITHIN, prolonged).await.ok()?.ok()?;
    Some(prolonged.rows_affected() > 0)
}

/// Lets another node have it at once.
async fn give_up(server: &Server, connection: Option<PgConnection>, epoch: i64) {
    let given = async {
        let mut connection = match connection {
            Some(connection) => connection,
            None => connect(server).await.ok()?,
        };
        let over =
            sqlx::query("UPDATE node_lease SET until = clock_timestamp() WHERE duty = $1 AND epoch = $2");
        over.bind(DUTY).bind(epoch).execute(&mut connection).await.ok()?;
        connection.close().await.ok()
    };
    // A lease nobody could give up ends by itself.
    let _given = timeout(ANSWER_WITHIN, given).await;
}
