//! Which form a database has: the one this program writes, an older or a newer one.
//! Here because a program must neither write nor misread what a newer one wrote, and whoever upgrades must have a way back.
//! In: a database. Out: nothing, or why it is left alone; when a file is brought up, a copy of it as it was beside it.
//! Not here: what a form consists of (the migrations), and backups (runtime).

use std::path::{Path, PathBuf};

use sqlx::migrate::Migrator;
use sqlx::{PgPool, SqlitePool};

use crate::db::{self, Pool};
use crate::home::Server;
use crate::{Access, Error, Result, copy, node};

/// What brings a file up, step by step.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
/// The same for a server, which had no form before the fourteenth; the last numbers of both are the same.
static OF_SERVER: Migrator = sqlx::migrate!("./migrations/postgres");

/// The steps of this database.
pub(crate) fn migrations(pool: &Pool) -> &'static Migrator {
    match pool {
        Pool::Sqlite(_) => &MIGRATIONS,
        Pool::Postgres(_) => &OF_SERVER,
    }
}

/// The form this program writes.
fn known() -> i64 {
    MIGRATIONS.iter().map(|one| one.version).max().unwrap_or_default()
}

/// The form of the database; none before it has its first table.
async fn found(pool: &Pool) -> Result<Option<i64>> {
    let was_made = match pool {
        Pool::Sqlite(_) => "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations')",
        Pool::Postgres(_) => "SELECT to_regclass('_sqlx_migrations') IS NOT NULL",
    };
    if !db::query_scalar::<bool>(was_made).fetch_one(pool).await? {
        return Ok(None);
    }
    Ok(db::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(pool)
        .await?)
}

/// Whether `reader`, with this access, finds what this program knows in the database `path`.
pub(crate) async fn check(reader: &Pool, path: &Path, access: Access) -> Result<()> {
    let path = path.to_owned();
    match (found(reader).await?, known()) {
        (None, _) => Err(Error::Missing { path }),
        (Some(found), known) if found > known => Err(Error::Newer { path, found, known }),
        (Some(found), known) if found < known && access != Access::Inspect => {
            Err(Error::Older { path, found, known })
        }
        (Some(_), _) => Ok(()),
    }
}

/// The form of a database that is older than this program's, or has none; a newer one is refused.
async fn older(pool: &Pool, path: &Path) -> Result<Option<i64>> {
    let known = known();
    match found(pool).await? {
        Some(found) if found > known => {
            let path = path.to_owned();
            Err(Error::Newer { path, found, known })
        }
        found => Ok(found.filter(|found| *found < known)),
    }
}

/// Brings the file `path` to this program's form; one of an older form is copied first, as it is.
pub(crate) async fn bring_up_file(writer: &SqlitePool, path: &Path) -> Result<()> {
    if let Some(found) = older(&Pool::Sqlite(writer.clone()), path).await? {
        keep(writer, path, found).await?;
    }
    Ok(MIGRATIONS.run(writer).await?)
}

/// Brings the database of `server` to this program's form: each step is whole or not at all.
pub(crate) async fn bring_up_server(writer: &PgPool, server: &Server) -> Result<()> {
    older(&Pool::Postgres(writer.clone()), Path::new(&server.to_string())).await?;
    node::make_table(writer).await?;
    Ok(OF_SERVER.run(writer).await?)
}

/// Where the copy of a database of form `found` stands.
fn copy_of(path: &Path, found: i64) -> PathBuf {
    path.with_extension(format!("db.form-{found}"))
}

async fn keep(writer: &SqlitePool, path: &Path, found: i64) -> Result<()> {
    let kept = copy_of(path, found);
    let part = path.with_extension("db.part");
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Io { path, source }
    };
    // What an earlier try left is no copy, and SQLite writes over nothing.
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(&part)(error)),
        Err(_) | Ok(()) => {}
    }
    copy::copy(writer, &part).await?;
    std::fs::rename(&part, &kept).map_err(io(&kept))
}
