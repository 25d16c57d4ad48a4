//! What is written and read on the way to a server is nobody else's, and the server is the one that was named.
//! Here because a city's database stands in another room, and its network is everybody's.
//! In: a server with a certificate of an authority. Out: who is spoken to, and who is refused.
//! Not here: who may log in, which is the server's to say.

use hub_store::{Access, Home, Server, Store};

use crate::place::Place;
use crate::postgres::server;

fn home(place: &Place, host: &str, how: &str) -> Home {
    let server = server().unwrap();
    let database = place.url.rsplit('/').next().unwrap();
    let database = database.split('?').next().unwrap();
    let folder = server.folder.to_str().unwrap();
    let address = server.address(host, database, &how.replace("DIR", folder));
    let mut home = place.home();
    home.server = Some(Server::parse(&address).unwrap());
    home
}

#[tokio::test]
async fn a_server_is_known_by_its_authority_and_its_name() {
    let place = Place::new().await;
    let known = home(&place, "localhost", "sslmode=verify-full&sslrootcert=DIR/ca.pem");
    let store = Store::open(&known, Access::Write).await.unwrap();
    store
        .adopt_endpoints(&hub_model::route::Routes::to_all(["county"]), 1)
        .await
        .unwrap();
    let secure = place.list(
        "SELECT DISTINCT s.ssl::text FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
         WHERE a.datname = current_database() AND a.application_name = 'hub'",
    );
    assert_eq!(secure.await, ["true"], "everything goes by TLS");
    for (host, how, why) in [
        (
            "localhost",
            "sslmode=verify-full&sslrootcert=DIR/other.pem",
            "another authority",
        ),
        (
            "127.0.0.1",
            "sslmode=verify-full&sslrootcert=DIR/ca.pem",
            "another name",
        ),
        (
            "localhost",
            "sslmode=verify-ca&sslrootcert=DIR/other.pem",
            "another authority",
        ),
        (
            "localhost",
            "sslmode=verify-full",
            "an authority nobody here knows",
        ),
    ] {
        let refused = Store::open(home(&place, host, how), Access::Write).await;
        let refused = refused
            .err()
            .unwrap_or_else(|| panic!("{host} {how}: {why}"))
            .to_string();
        assert!(refused.contains("postgres://"), "{refused}");
        assert!(!refused.contains("postgres@"), "{refused}");
    }
    // Who only asks for a secret way is given one.
    Store::open(home(&place, "127.0.0.1", "sslmode=require"), Access::Read)
        .await
        .unwrap();
}
