//! PostgreSQL: types, rights and the read-only session as the server keeps them.
//! Here because casts and rights are promises of a server, not of a driver.
//! In: a server of our own. Out: rows and refusals.
//! Not here: starting a server in general (servers).

use std::path::PathBuf;

use plugin_api::Category;
use plugin_api::testing::Recorder;
use serde_json::json;
use sqlx::{Connection, Executor};

use crate::servers::{Server, as_user, block, done, free_port, open_folder, skipped};
use crate::{column, last_state, read, source};

/// A PostgreSQL of our own, on a socket in its folder. The server is stopped before its folder goes.
struct Postgres {
    port: u16,
    _server: Server,
    _folder: tempfile::TempDir,
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .find(|bin| bin.join("initdb").is_file())
}

fn postgres() -> Option<Postgres> {
    let Some(bin) = programs() else {
        skipped("PostgreSQL");
        return None;
    };
    let folder = open_folder();
    let path = folder.path().to_str().unwrap();
    let data = format!("{path}/data");
    let init = format!("-D {data} -U postgres -A trust -E UTF8 --no-sync");
    let init: Vec<&str> = init.split(' ').collect();
    done(as_user("postgres", &bin.join("initdb"), &init));
    let port = free_port();
    let options = format!("-D {data} -h 127.0.0.1 -p {port} -k {path} -F");
    let options: Vec<&str> = options.split(' ').collect();
    let server = as_user("postgres", &bin.join("postgres"), &options);
    let server = Server::start(server, "-QUIT", || postgres_does(port, "SELECT 1"));
    Some(Postgres {
        port,
        _server: server,
        _folder: folder,
    })
}

fn postgres_url(user: &str, port: u16) -> String {
    format!("postgres://{user}@127.0.0.1:{port}/postgres?sslmode=disable")
}

fn postgres_does(port: u16, sql: &'static str) -> bool {
    block(async {
        let url = postgres_url("postgres", port);
        match sqlx::postgres::PgConnection::connect(&url).await {
            Ok(mut connection) => connection.execute(sql).await.is_ok(),
            Err(_) => false,
        }
    })
}

impl Postgres {
    fn url(&self, user: &str) -> String {
        postgres_url(user, self.port)
    }

    fn sql(&self, sql: &'static str) -> bool {
        postgres_does(self.port, sql)
    }
}

#[test]
fn postgresql_types_arrive_as_their_texts_and_rights_are_the_servers() {
    let Some(postgres) = postgres() else { return };
    assert!(postgres.sql(
        "CREATE TABLE t (id_no text, self_paid numeric(12,2), settled_on date, at timestamp DEFAULT '2023-09-01 10:00', n bigserial);
         INSERT INTO t (id_no, self_paid, settled_on) VALUES ('341202196507041013', 1234.50, '2023-09-01'), ('甲', 0.1, NULL);
         CREATE VIEW v AS SELECT * FROM t; CREATE ROLE reader LOGIN; GRANT SELECT ON v TO reader; CREATE TABLE secret (x int)"
    ));
    let recorder = Recorder::default();
    let view = source(
        &postgres.url("reader"),
        json!({"database": {"view": "public.v", "cursor": "n"}}),
    )
    .unwrap();
    let batches = read(&view, &recorder, None).unwrap();
    assert_eq!(
        column(&batches, "自付金额"),
        [Some("1234.50".to_owned()), Some("0.10".to_owned())]
    );
    assert_eq!(
        column(&batches, "结算日期"),
        [Some("2023-09-01".to_owned()), None]
    );
    assert!(postgres.sql("INSERT INTO t (id_no) VALUES ('乙')"));
    let more = read(&view, &recorder, last_state(&recorder)).unwrap();
    assert_eq!(column(&more, "证件号码"), [Some("乙".to_owned())]);
    let denied = source(&postgres.url("reader"), json!({"database": {"view": "secret"}})).unwrap();
    assert_eq!(
        read(&denied, &recorder, None).unwrap_err().category(),
        Category::Permission
    );
    let absent = source(&postgres.url("reader"), json!({"database": {"view": "nothing"}})).unwrap();
    assert_eq!(
        read(&absent, &recorder, None).unwrap_err().category(),
        Category::NotFound
    );
    // Half past seven in the county is the day before in UTC, in which the driver would speak.
    let moment = json!({"database": {"query": "SELECT 'x' AS id_no, timestamptz '2023-09-01 07:30+08' AS settled_on, true AS self_paid"}});
    let moment = source(&postgres.url("reader"), moment).unwrap();
    let batches = read(&moment, &recorder, None).unwrap();
    assert_eq!(
        column(&batches, "结算日期"),
        [Some("2023-09-01 07:30:00+08".to_owned())]
    );
    assert_eq!(column(&batches, "自付金额"), [Some("true".to_owned())]);
    // A function that writes is stopped by the session, not by our reading of the text.
    let writing = json!({"database": {"query": "SELECT nextval('t_n_seq') AS id_no"}});
    let writing = source(&postgres.url("postgres"), writing).unwrap();
    assert_eq!(
        read(&writing, &recorder, None).unwrap_err().category(),
        Category::Permission
    );
}
