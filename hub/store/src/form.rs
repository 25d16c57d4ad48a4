//! Which form a database has: the one this program writes, an older or a newer one.
//! Here because a program must neither write nor misread what a newer one wrote, and whoever upgrades must have a way back.
//! In: a database. Out: nothing, or why it is left alone; when it is brought up, a copy of it as it was beside it.
//! Not here: what a form consists of (the migrations), and backups (runtime).

use std::path::{Path, PathBuf};

use sqlx::SqlitePool;
use sqlx::migrate::Migrator;

use crate::{Access, Error, Result, copy};

/// What brings a database up, step by step.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// The form this program writes.
fn known() -> i64 {
    MIGRATIONS.iter().map(|one| one.version).max().unwrap_or_default()
}

/// The form of the database; none before it has its first table.
async fn found(pool: &SqlitePool) -> Result<Option<i64>> {
    let was_made: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE name = '_sqlx_migrations')")
            .fetch_one(pool)
            .await?;
    if !was_made {
        return Ok(None);
    }
    Ok(sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
        .fetch_one(pool)
        .await?)
}

/// Whether `reader`, with this access, finds what this program knows in the database `path`.
pub(crate) async fn check(reader: &SqlitePool, path: &Path, access: Access) -> Result<()> {
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

/// Brings the database `path` to this program's form; one of an older form is copied first, as it is.
pub(crate) async fn bring_up(writer: &SqlitePool, path: &Path) -> Result<()> {
    let known = known();
    match found(writer).await? {
        Some(found) if found > known => {
            let path = path.to_owned();
            return Err(Error::Newer { path, found, known });
        }
        Some(found) if found < known => keep(writer, path, found).await?,
        Some(_) | None => {}
    }
    Ok(MIGRATIONS.run(writer).await?)
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
