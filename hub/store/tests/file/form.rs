//! A database and a program of different versions: the older one is kept and brought up, the newer one is left alone.
//! Here because an upgrade in a county office happens once a year, and its way back must be there that night.
//! In: a database made by the first migrations alone; one that names a migration nobody has. Out: errors, a copy.
//! Not here: what each migration changes.

use std::path::Path;

use hub_store::{Access, Error, Store};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool};

/// The form of the older database.
const OLDER: i64 = 11;

async fn pool(path: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal);
    SqlitePool::connect_with(options).await.unwrap()
}

/// A database as an older program left it, with an entry in its audit log.
async fn older(path: &Path) {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let few = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(all).unwrap() {
        let (name, from) = entry.map(|entry| (entry.file_name(), entry.path())).unwrap();
        // The steps of a server have a folder of their own.
        if from.is_dir() {
            continue;
        }
        let number: i64 = name.to_string_lossy().split('_').next().unwrap().parse().unwrap();
        if number <= OLDER {
            std::fs::copy(from, few.path().join(name)).unwrap();
        }
    }
    let database = pool(path).await;
    Migrator::new(few.path())
        .await
        .unwrap()
        .run(&database)
        .await
        .unwrap();
    sqlx::query("INSERT INTO audit VALUES (1, 5, 'operator', 'query.revealed', 'query', '{}', 'aa')")
        .execute(&database)
        .await
        .unwrap();
    database.close().await;
}

async fn form_and_entries(path: &Path) -> (i64, i64) {
    let database = pool(path).await;
    let both =
        sqlx::query_as("SELECT (SELECT max(version) FROM _sqlx_migrations), (SELECT count(*) FROM audit)");
    let both = both.fetch_one(&database).await.unwrap();
    database.close().await;
    both
}

#[tokio::test]
async fn an_older_database_is_copied_before_it_is_brought_up_and_never_misread() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hub.db");
    older(&path).await;
    let refused = Store::open(dir.path(), Access::Read).await.unwrap_err();
    assert!(matches!(refused, Error::Older { found: OLDER, .. }), "{refused}");
    assert!(refused.to_string().contains("hub serve"), "{refused}");
    // A backup of it can be made and looked at all the same.
    let inspected = Store::open(dir.path(), Access::Inspect).await.unwrap();
    assert_eq!(inspected.sound().await.unwrap(), None);
    assert_eq!(inspected.catalogued_paths().await.unwrap(), Vec::<String>::new());
    assert_eq!(inspected.held_paths().await.unwrap(), Vec::<String>::new());
    inspected.close().await;
    // What a try that was cut short left behind is in nobody's way.
    std::fs::write(dir.path().join("hub.db.part"), "half a copy").unwrap();
    Store::open(dir.path(), Access::Write)
        .await
        .unwrap()
        .close()
        .await;
    let (form, entries) = form_and_entries(&path).await;
    assert!(form > OLDER && entries == 1, "form {form}, {entries} entries");
    let copy = dir.path().join(format!("hub.db.form-{OLDER}"));
    assert_eq!(form_and_entries(&copy).await, (OLDER, 1));
    // Brought up once; the next start has nothing to copy.
    std::fs::remove_file(&copy).unwrap();
    Store::open(dir.path(), Access::Write)
        .await
        .unwrap()
        .close()
        .await;
    assert!(!copy.exists());
    Store::open(dir.path(), Access::Read).await.unwrap().close().await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hub.db");
    Store::open(dir.path(), Access::Write)
        .await
        .unwrap()
        .close()
        .await;
    let database = pool(&path).await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9999, 'x', 1, x'00', 0)",
    )
    .execute(&database)
    .await
    .unwrap();
    database.close().await;
    for access in [Access::Read, Access::Inspect, Access::Write] {
        let refused = Store::open(dir.path(), access).await.unwrap_err();
        assert!(matches!(refused, Error::Newer { found: 9999, .. }), "{refused}");
        assert!(refused.to_string().contains("新版程序"), "{refused}");
    }
    let left: Vec<_> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    let is_copy = |name: &std::ffi::OsString| name.to_string_lossy().contains("form");
    assert!(!left.iter().any(is_copy), "{left:?}");
}
