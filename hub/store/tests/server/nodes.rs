//! Of the nodes that share a server, one works.
//! Here because two of them would do everything twice.
//! In: leases taken, given up, lost. Out: who may write.
//! Not here: whole services (the end-to-end tests kill them).

use hub_store::{Access, Error, Home, LEASE_HOLDS, Lease, Store};

use crate::place::Place;

/// Another node's home on the same server.
fn beside(place: &Place) -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let mut home = Home::from(dir.path());
    home.server = place.home().server;
    (dir, home)
}

#[tokio::test]
async fn a_second_node_is_told_of_the_first_and_follows_it_at_once_when_it_ends() {
    let place = Place::new().await;
    let first = Lease::take(place.home(), "甲").await.unwrap();
    let (_dir, other) = beside(&place);
    let refused = Lease::take(&other, "乙").await.unwrap_err();
    assert!(
        matches!(&refused, Error::HeldByNode { node, .. } if node == "甲"),
        "{refused}"
    );
    assert!(!refused.to_string().contains("postgres@"), "{refused}");
    tokio::task::spawn_blocking(|| drop(first)).await.unwrap();
    Lease::take(&other, "乙").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_lease_another_has_writes_nothing_more_and_hears_of_it() {
    let place = Place::new().await;
    let lease = Lease::take(place.home(), "甲").await.unwrap();
    let store = Store::open(place.home(), Access::Write)
        .await
        .unwrap()
        .under(&lease);
    store.record(&[], 1).await.unwrap();
    // As if it had not been heard of for long.
    place
        .run("UPDATE node_lease SET until = now() - interval '1 second'")
        .await;
    let (_dir, other) = beside(&place);
    let _second = Lease::take(&other, "乙").await.unwrap();
    let refused = store.record(&[], 2).await.unwrap_err();
    assert!(matches!(refused, Error::LeaseLost), "{refused}");
    let mut lost = lease.lost().unwrap();
    let heard = tokio::time::timeout(LEASE_HOLDS, lost.wait_for(|lost| *lost)).await;
    assert!(*heard.unwrap().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_prolonged_while_its_node_lives() {
    let place = Place::new().await;
    let _lease = Lease::take(place.home(), "甲").await.unwrap();
    tokio::time::sleep(LEASE_HOLDS + std::time::Duration::from_secs(2)).await;
    let (_dir, other) = beside(&place);
    assert!(Lease::take(&other, "乙").await.is_err());
}

#[tokio::test]
async fn two_write_one_after_the_other_and_no_number_of_the_log_is_given_twice() {
    let place = Place::new().await;
    let entry = hub_store::AuditEntry {
        actor: "a".to_owned(),
        action: "b".to_owned(),
        subject: "c".to_owned(),
        detail: "{}".to_owned(),
    };
    let one = Store::open(place.home(), Access::Write).await.unwrap();
    let other = Store::open(place.home(), Access::Write).await.unwrap();
    let write = |store: Store, entry: hub_store::AuditEntry| async move {
        for at_ms in 0..50 {
            store.record(std::slice::from_ref(&entry), at_ms).await.unwrap();
        }
    };
    tokio::join!(write(one.clone(), entry.clone()), write(other, entry));
    let verified = one.verify_audit(None).await.unwrap();
    assert!(
        matches!(verified, hub_store::Verified::Whole { entries: 100, .. }),
        "{verified:?}"
    );
}

#[test]
fn what_is_no_address_is_refused_and_a_password_is_not_repeated() {
    for address in [
        "mysql://u:geheim@h/d",
        "postgres://u:geheim@h",
        "postgres://u:geheim@h:x/d",
    ] {
        let refused = hub_store::Server::parse(address).unwrap_err().to_string();
        assert!(!refused.contains("geheim"), "{refused}");
        assert!(refused.contains("postgres://用户:密码@主机"), "{refused}");
    }
    for (address, says) in [
        ("postgres://u:p@h/d", true),
        ("postgres://u@h:5432/d", false),
        ("postgres://h/d?password=p", true),
    ] {
        assert_eq!(hub_store::Server::says_password(address), says, "{address}");
    }
    let server = hub_store::Server::parse("postgres://u:geheim@h:5433/d").unwrap();
    assert_eq!(
        format!("{server} {server:?}"),
        "postgres://h:5433/d postgres://h:5433/d"
    );
}
