//! What the store promises of credentials: what opens, until when, and that every change is in the log.
//! Here because whoever holds one sees people's lives.
//! In: credentials, digests, signed requests. Out: assertions over what is read back.
//! Not here: what a scope shows (scopes), tokens and keys (runtime).

use crate::place::Place;
use hub_model::case::Role;
use hub_model::{Credential, CredentialId, Permission, Scope};
use hub_store::{Access, Seen, SignedRequest, Store};

async fn store() -> (Store, Place) {
    let dir = Place::new().await;
    (Store::open(dir.home(), Access::Write).await.unwrap(), dir)
}

fn credential(id: &str, scope: Scope) -> Credential {
    Credential {
        id: CredentialId::parse(id).unwrap(),
        role: Role::Department,
        scope,
        permissions: [Permission::ReadEvents].into(),
        signed: true,
        created_ms: 100,
        expires_ms: 1_000,
        revoked_ms: None,
    }
}

#[tokio::test]
async fn a_credential_is_made_renewed_and_revoked_and_each_is_in_the_log() {
    let (store, _dir) = store().await;
    let made = credential("civil-1", Scope::of(Some("民政".into()), "3412").unwrap());
    assert!(store.add_credential(&made, "d1", "op").await.unwrap());
    assert!(!store.add_credential(&made, "d2", "op").await.unwrap());
    let (found, generations) = store.credential(&made.id).await.unwrap().unwrap();
    assert_eq!((found, generations.len()), (made.clone(), 1));
    let renewed = store.rotate_credential(&made.id, "d3", (500, 2_000), ("op", 200));
    assert_eq!(renewed.await.unwrap(), Some(2));
    let (found, generations) = store.credential(&made.id).await.unwrap().unwrap();
    assert_eq!(found.expires_ms, 2_000);
    let told: Vec<_> = generations
        .iter()
        .map(|one| (one.number, one.digest.as_str(), one.until_ms))
        .collect();
    assert_eq!(told, [(2, "d3", None), (1, "d1", Some(500))]);
    // A later rotation never gives an old token more time.
    store
        .rotate_credential(&made.id, "d4", (900, 2_000), ("op", 300))
        .await
        .unwrap();
    let (_, generations) = store.credential(&made.id).await.unwrap().unwrap();
    assert_eq!(generations[2].until_ms, Some(500));
    assert!(
        store
            .revoke_credential(&made.id, ("op", "left"), 400)
            .await
            .unwrap()
    );
    assert!(
        !store
            .revoke_credential(&made.id, ("op", "left"), 401)
            .await
            .unwrap()
    );
    let renewed = store.rotate_credential(&made.id, "d5", (500, 2_000), ("op", 402));
    assert_eq!(renewed.await.unwrap(), None);
    let log = store
        .audit_rows(Some("credential/civil-1"), None, None, 10)
        .await
        .unwrap();
    let actions: Vec<&str> = log.iter().map(|row| row.entry.action.as_str()).collect();
    assert_eq!(
        actions,
        [
            "credential.revoked",
            "credential.rotated",
            "credential.rotated",
            "credential.added"
        ]
    );
    assert!(log.iter().all(|row| !row.entry.detail.contains("d1")));
}

#[tokio::test]
async fn a_signed_request_is_taken_once_and_its_id_stands_for_it() {
    let (store, _dir) = store().await;
    let (one, other) = (
        credential("one", Scope::whole()),
        credential("other", Scope::whole()),
    );
    for credential in [&one, &other] {
        let mut credential = credential.clone();
        credential.role = Role::County;
        store.add_credential(&credential, "d", "op").await.unwrap();
    }
    let request = |id: &str, signed_s: i64, digest: &str| SignedRequest {
        id: id.into(),
        signed_s,
        digest: digest.into(),
    };
    let table = [
        (&one, request("a", 10, "x"), 0, Seen::Fresh),
        (&one, request("a", 10, "x"), 0, Seen::Before),
        (&one, request("a", 11, "x"), 0, Seen::Fresh),
        (&one, request("a", 12, "y"), 0, Seen::Other),
        (&other, request("a", 10, "y"), 0, Seen::Fresh),
        // By then nobody could send it again: its time is over.
        (&one, request("a", 500, "y"), 400, Seen::Fresh),
    ];
    for (nth, (of, request, forget, seen)) in table.into_iter().enumerate() {
        let found = store.remember_signed(&of.id, &request, forget).await.unwrap();
        assert_eq!(found, seen, "{nth}");
    }
}
