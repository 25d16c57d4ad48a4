//! Everything on the server is carried into a file.
//! Here because a backup is a file whatever the hub works on.
//! In: a store with rows of many kinds. Out: the same in the file.
//! Not here: backups themselves (the end-to-end tests make them).

use hub_store::{Access, AuditEntry, Store};

use crate::place::Place;

#[tokio::test]
async fn a_copy_in_a_file_says_what_the_server_says() {
    let place = Place::new().await;
    let store = Store::open(place.home(), Access::Write).await.unwrap();
    let entries: Vec<AuditEntry> = (0..3_000)
        .map(|number| AuditEntry {
            actor: "甲".to_owned(),
            action: "b".to_owned(),
            subject: number.to_string(),
            detail: "{\"a\": \"'\"}".to_owned(),
        })
        .collect();
    store.record(&entries, 5).await.unwrap();
    store
        .adopt_schedules(&[("pull".to_owned(), "d".to_owned())], 7)
        .await
        .unwrap();
    store.adopt_identity("f", 8).await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    store.copy_to(&dir.path().join("hub.db")).await.unwrap();
    let copy = Store::open(dir.path(), Access::Inspect).await.unwrap();
    assert_eq!(
        copy.verify_audit(None).await.unwrap(),
        store.verify_audit(None).await.unwrap()
    );
    assert_eq!(copy.sound().await.unwrap(), None);
    assert_eq!(copy.schedules().await.unwrap(), store.schedules().await.unwrap());
    copy.close().await;
    // And carried to another server, which goes on where the first stood; not to one that holds something.
    let elsewhere = Place::new().await;
    let second = Store::open(elsewhere.home(), Access::Write).await.unwrap();
    let file = Store::open(dir.path(), Access::Inspect).await.unwrap();
    second.take_over(&file).await.unwrap();
    assert_eq!(
        second.verify_audit(None).await.unwrap(),
        store.verify_audit(None).await.unwrap()
    );
    assert_eq!(
        second.schedules().await.unwrap(),
        store.schedules().await.unwrap()
    );
    second.record(&entries, 9).await.unwrap();
    let refused = store.take_over(&file).await.unwrap_err();
    assert!(matches!(refused, hub_store::Error::Filled { .. }), "{refused}");
    file.close().await;
    // It can be worked on, as any file.
    let again = Store::open(dir.path(), Access::Write).await.unwrap();
    again.adopt_identity("f", 9).await.unwrap();
    again.record(&entries, 9).await.unwrap();
}
