//! Who is whom, as the store keeps it: links with their history, verdicts that can be undone, the identity key.
//! Here because a snapshot of last month must be read with the links of last month.
//! In: hand-made links. Out: assertions over what is read back.
//! Not here: how links are found.

use crate::place::Place;
use hub_model::{Link, LinkReport, Links, Oddity, Says, Standing, Verdict, Whose};
use hub_store::{Access, Commit, Error, KeptWeights, Linking, Store};

fn link(from: u64, to: u64) -> Link {
    Link {
        from,
        to,
        standing: Standing::Linked,
        permille: 998,
        oddity: Some(Oddity::NumberOfAnother),
        weights: "w1".to_owned(),
    }
}

async fn commit(store: &Store, people: Vec<Link>, at_ms: i64) {
    let links = Links {
        people,
        households: vec![link(90, 9)],
    };
    let commit = Commit {
        linking: Some(Linking {
            links,
            weights: None,
            report: LinkReport {
                list: 7,
                ..LinkReport::default()
            },
        }),
        ..Commit::default()
    };
    store.commit(&commit, at_ms).await.unwrap();
}

#[tokio::test]
async fn a_link_that_changes_ends_and_the_past_keeps_its_own() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    commit(&store, vec![link(1, 5), link(2, 6)], 1_000).await;
    let newer = Link {
        weights: "w2".to_owned(),
        ..link(1, 5)
    };
    commit(&store, vec![newer, link(3, 6)], 2_000).await;
    let present = store.active_data().await.unwrap().links;
    assert_eq!(
        present.people,
        [link(1, 5), link(3, 6)],
        "newer weights that say the same change nothing"
    );
    assert_eq!(present.households, [link(90, 9)]);
    let past = store.links_at(1_500).await.unwrap();
    assert_eq!(past.people, [link(1, 5), link(2, 6)]);
    assert_eq!(store.links_at(500).await.unwrap(), Links::default());
    let (at_ms, report) = store.link_report().await.unwrap().unwrap();
    assert_eq!((at_ms, report.list), (2_000, 7));
}

#[tokio::test]
async fn a_verdict_stands_until_it_is_undone_or_another_is_given() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    let verdict = |says| Verdict {
        whose: Whose::Person,
        from: 7,
        to: 3,
        says,
    };
    store
        .judge(&verdict(Says::Same), "户口簿核对", "account/li", 1)
        .await
        .unwrap();
    let second = store
        .judge(&verdict(Says::Not), "是其堂弟", "account/wang", 2)
        .await
        .unwrap();
    assert_eq!(store.verdicts().await.unwrap(), [verdict(Says::Not)]);
    assert!(
        store
            .undo_verdict(second, "入户核实", "account/li", 3)
            .await
            .unwrap()
    );
    assert!(
        !store
            .undo_verdict(second, "再来一次", "account/li", 4)
            .await
            .unwrap()
    );
    assert!(store.verdicts().await.unwrap().is_empty());
    let history = store.verdict_history(10).await.unwrap();
    let told: Vec<_> = history
        .iter()
        .map(|row| (row.verdict.says, row.undone_ms))
        .collect();
    assert_eq!(told, [(Says::Not, Some(3)), (Says::Same, Some(2))]);
}

#[tokio::test]
async fn another_identity_key_is_refused_and_weights_are_kept() {
    let dir = Place::new().await;
    let store = Store::open(dir.home(), Access::Write).await.unwrap();
    store.adopt_identity("one", 1).await.unwrap();
    store.adopt_identity("one", 2).await.unwrap();
    let refused = store.adopt_identity("two", 3).await.unwrap_err();
    assert!(
        matches!(refused, Error::IdentityKey { older: false }),
        "{refused}"
    );
    assert_eq!(store.frozen_weights().await.unwrap(), None);
    for (version, at_ms) in [("w1", 1), ("w2", 2)] {
        let weights = KeptWeights {
            version: version.to_owned(),
            body: "{}".to_owned(),
        };
        store.freeze(&weights, at_ms).await.unwrap();
    }
    assert_eq!(store.frozen_weights().await.unwrap().unwrap().version, "w2");
}
