//! PostgreSQL: one writer at a time, of one node, in one order.
//! Here because everything in this crate relies on nobody writing between what it reads and what it writes.
//! In: a server. Out: connections that write and such that read; the database brought up.
//! Not here: which node writes (node).

use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{READERS_MAX, WRITERS};
use crate::db::{Pool, Tx};
use crate::home::Server;
use crate::node::{self, DUTY, unanswered};
use crate::{Error, Result, form};

/// The oldest server that has all that is asked of it.
const VERSION_MIN: i32 = 130_000;
/// How long a connection that reads is waited for.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long the one that writes is, which others of ours may have.
const WRITER_WITHIN: Duration = Duration::from_secs(30);
/// How long another writer is waited for: the longest commit, several times over.
const WRITER_WAITS: &str = "120s";
/// How long a transaction may do nothing before the server ends it: a node that froze lets go.
const IDLE_MAX: &str = "60s";

fn options(server: &Server) -> PgConnectOptions {
    server.options.clone().options([
        ("timezone", "UTC"),
        ("lock_timeout", WRITER_WAITS),
        ("idle_in_transaction_session_timeout", IDLE_MAX),
        ("synchronous_commit", "on"),
        // Many rows, easy expressions: compiling them takes longer than they do.
        ("jit", "off"),
        // The same in every server, and what this crate's texts are compared by.
        ("standard_conforming_strings", "on"),
    ])
}

async fn readers(server: &Server) -> Result<Pool> {
    let options = options(server).options([("default_transaction_read_only", "on")]);
    let pool = PgPoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(CONNECT_WITHIN);
    let pool = pool.connect_with(options).await;
    Ok(Pool::Postgres(pool.map_err(|error| unanswered(server, error))?))
}

/// Connections that read, twice.
pub(super) async fn reading(server: &Server) -> Result<(Pool, Pool)> {
    let reader = readers(server).await?;
    Ok((reader.clone(), reader))
}

/// Connections that write and such that read.
pub(super) async fn writing(server: &Server) -> Result<(Pool, Pool)> {
    let writer = PgPoolOptions::new()
        .max_connections(WRITERS)
        .acquire_timeout(WRITER_WITHIN)
        .connect_with(options(server))
        .await
        .map_err(|error| unanswered(server, error))?;
    refuse_old(&writer).await?;
    form::bring_up_server(&writer, server).await?;
    Ok((Pool::Postgres(writer), readers(server).await?))
}

async fn refuse_old(pool: &PgPool) -> Result<()> {
    let (number, found, encoding): (i32, String, String) = sqlx::query_as(
        "SELECT current_setting('server_version_num')::int, current_setting('server_version'),
             current_setting('server_encoding')",
    )
    .fetch_one(pool)
    .await?;
    if number < VERSION_MIN {
        return Err(Error::OldPostgres { found });
    }
    if encoding == "UTF8" {
        Ok(())
    } else {
        Err(Error::Encoding { found: encoding })
    }
}

/// Begins a write: waits for the writer before, and makes sure that the lease is still the one of this number.
pub(super) async fn begin(pool: &PgPool, epoch: Option<i64>) -> Result<Tx> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(node::WRITES)
        .execute(&mut *tx)
        .await?;
    if let Some(epoch) = epoch {
        let now: Option<i64> = sqlx::query_scalar("SELECT epoch FROM node_lease WHERE duty = $1")
            .bind(DUTY)
            .fetch_optional(&mut *tx)
            .await?;
        if now != Some(epoch) {
            return Err(Error::LeaseLost);
        }
    }
    Ok(Tx::Postgres(tx))
}
