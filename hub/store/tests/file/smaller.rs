//! A file gives back what is free in it.
//! Here because disks are small and a county's database grows for years.
//! In: many rows, removed. Out: a smaller file, also of one made before it could be.
//! Not here: what is removed when (suite).

use crate::place::Place;
use hub_store::{Access, AuditEntry, Store};

#[tokio::test]
async fn the_database_becomes_smaller_and_an_older_one_learns_to() {
    let place = Place::new().await;
    let store = Store::open(place.home(), Access::Write).await.unwrap();
    let entries: Vec<AuditEntry> = (0..2_000)
        .map(|number| AuditEntry {
            actor: "a".to_owned(),
            action: "b".to_owned(),
            subject: number.to_string(),
            detail: "x".repeat(2_000),
        })
        .collect();
    store.record(&entries, 1).await.unwrap();
    place.run("DELETE FROM audit").await;
    let given = store.give_back().await.unwrap();
    assert!(given > 1 << 20, "{given}");
    let free = || async {
        place
            .list("SELECT CAST(freelist_count AS TEXT) FROM pragma_freelist_count")
            .await
    };
    assert_eq!(free().await, ["0"]);
    // As databases were made before.
    place.run("PRAGMA auto_vacuum = NONE; VACUUM").await;
    store.record(&entries, 1).await.unwrap();
    place.run("DELETE FROM audit").await;
    assert_eq!(store.give_back().await.unwrap(), 0);
    let (before, after) = store.vacuum().await.unwrap();
    assert!(after < before, "{before} {after}");
    store.record(&entries, 1).await.unwrap();
    place.run("DELETE FROM audit").await;
    assert!(store.give_back().await.unwrap() > 1 << 20);
}
