//! MariaDB, and so MySQL's protocol: types, rights and the read-only session as the server keeps them.
//! Here because this driver turns bits into bytes, moments into another zone and a long number into a double when let.
//! In: a server of our own. Out: rows and refusals.
//! Not here: starting a server in general (servers).

use std::path::{Path, PathBuf};

use plugin_api::Category;
use plugin_api::testing::Recorder;
use serde_json::json;
use sqlx::{Connection, Executor};

use crate::servers::{Server, as_user, block, done, free_port, open_folder, skipped};
use crate::{column, last_state, read, source};

/// A MariaDB of our own. The server is stopped before its folder goes.
struct MariaDb {
    port: u16,
    socket: PathBuf,
    _server: Server,
    _folder: tempfile::TempDir,
}

fn mariadb() -> Option<MariaDb> {
    let (install, server) = (
        Path::new("/usr/bin/mariadb-install-db"),
        Path::new("/usr/sbin/mariadbd"),
    );
    if !install.is_file() || !server.is_file() {
        skipped("MariaDB");
        return None;
    }
    let folder = open_folder();
    let data = format!("--datadir={}", folder.path().join("data").display());
    let made = [
        "--no-defaults",
        &data,
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ];
    // A server that starts removes temporary tables it finds, also those of one that starts beside it in another test.
    let as_user = |program: &Path, args: &[&str]| {
        let mut command = as_user("mysql", program, args);
        command.env("TMPDIR", folder.path());
        command
    };
    done(as_user(install, &made));
    let (port, socket) = (free_port(), folder.path().join("socket"));
    let (at, on) = (format!("--socket={}", socket.display()), format!("--port={port}"));
    let options = [
        "--no-defaults",
        &data,
        &at,
        &on,
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
    ];
    // A server whose clock is not ours: what is read must not depend on it.
    let options = [
        &options[..],
        &["--default-time-zone=-05:00", "--innodb-flush-log-at-trx-commit=0"],
    ]
    .concat();
    let server = Server::start(as_user(server, &options), "-KILL", || does(&socket, "SELECT 1"));
    Some(MariaDb {
        port,
        socket,
        _server: server,
        _folder: folder,
    })
}

/// Whether the server does all of this, asked by its owner over its socket.
fn does(socket: &Path, sql: &'static str) -> bool {
    block(async {
        let options = sqlx::mysql::MySqlConnectOptions::new()
            .socket(socket)
            .username("root");
        match sqlx::mysql::MySqlConnection::connect_with(&options).await {
            Ok(mut connection) => connection.execute(sql).await.is_ok(),
            Err(_) => false,
        }
    })
}

impl MariaDb {
    fn url(&self, user: &str) -> String {
        format!(
            "mysql://{user}@127.0.0.1:{}/exchange?ssl-mode=disabled",
            self.port
        )
    }

    fn sql(&self, sql: &'static str) -> bool {
        does(&self.socket, sql)
    }
}

#[test]
fn mariadb_types_arrive_as_their_texts_and_rights_are_the_servers() {
    let Some(mariadb) = mariadb() else { return };
    assert!(mariadb.sql(
        "CREATE DATABASE exchange CHARACTER SET utf8mb4; USE exchange;
         CREATE TABLE t (id_no varchar(18), self_paid decimal(12,2), settled_on datetime, n bigint unsigned PRIMARY KEY);
         INSERT INTO t VALUES ('341202196507041013', 1234.50, '2023-09-01 10:00:00', 9007199254740993), ('甲', 0.1, NULL, 9007199254740994);
         CREATE VIEW v AS SELECT * FROM t; CREATE TABLE secret (id_no int);
         CREATE SEQUENCE numbers;
         CREATE USER reader@'127.0.0.1'; GRANT SELECT ON exchange.v TO reader@'127.0.0.1';
         CREATE USER writer@'127.0.0.1'; GRANT ALL ON exchange.* TO writer@'127.0.0.1'"
    ));
    let recorder = Recorder::default();
    let view = json!({"database": {"view": "exchange.v", "cursor": "n"}});
    let view = source(&mariadb.url("reader"), view).unwrap();
    view.check(&recorder.context()).unwrap();
    let batches = read(&view, &recorder, None).unwrap();
    assert_eq!(
        column(&batches, "证件号码"),
        [Some("341202196507041013".to_owned()), Some("甲".to_owned())]
    );
    assert_eq!(
        column(&batches, "自付金额"),
        [Some("1234.50".to_owned()), Some("0.10".to_owned())]
    );
    assert_eq!(
        column(&batches, "结算日期"),
        [Some("2023-09-01 10:00:00".to_owned()), None]
    );
    // The cursor is beyond what a double holds: the next number is told from it all the same.
    assert!(read(&view, &recorder, last_state(&recorder)).unwrap().is_empty());
    assert!(mariadb.sql("INSERT INTO exchange.t (id_no, n) VALUES ('乙', 9007199254740995)"));
    let more = read(&view, &recorder, last_state(&recorder)).unwrap();
    assert_eq!(column(&more, "证件号码"), [Some("乙".to_owned())]);
    let refused = |user: &str, stream: serde_json::Value| {
        let source = source(&mariadb.url(user), stream).unwrap();
        read(&source, &recorder, None).unwrap_err()
    };
    for (user, stream, category) in [
        (
            "reader",
            json!({"database": {"view": "secret"}}),
            Category::Permission,
        ),
        (
            "writer",
            json!({"database": {"view": "nothing"}}),
            Category::NotFound,
        ),
        (
            "writer",
            json!({"database": {"query": "SELECT nowhere FROM t"}}),
            Category::Config,
        ),
        (
            "writer",
            json!({"database": {"query": "SELECT FROM WHERE"}}),
            Category::Config,
        ),
        ("nobody", json!({"database": {"view": "v"}}), Category::Auth),
        // What writes is stopped by the session, not by our reading of the text.
        (
            "writer",
            json!({"database": {"query": "SELECT nextval(numbers) AS id_no"}}),
            Category::Permission,
        ),
    ] {
        let error = refused(user, stream.clone());
        assert_eq!(error.category(), category, "{user} {stream}: {error}");
        assert!(!error.message().contains("nowhere"), "{error}");
    }
}

#[test]
fn mariadb_bits_moments_other_character_sets_and_many_rows_arrive_as_they_are() {
    let Some(mariadb) = mariadb() else { return };
    assert!(mariadb.sql(
        "CREATE DATABASE exchange; USE exchange;
         CREATE TABLE t (yes bit(1), at timestamp NULL, note text CHARACTER SET gbk, n int);
         SET time_zone = '+08:00';
         INSERT INTO t VALUES (b'1', '2023-09-01 07:30:00', '医疗', 1), (b'0', NULL, '', 2);
         CREATE VIEW bits AS SELECT yes AS id_no, at AS settled_on, note AS self_paid FROM t ORDER BY n;
         CREATE VIEW many AS SELECT seq AS id_no FROM seq_1_to_2500;
         CREATE USER reader@'127.0.0.1'; GRANT SELECT ON exchange.* TO reader@'127.0.0.1'"
    ));
    let recorder = Recorder::default();
    let bits = source(&mariadb.url("reader"), json!({"database": {"view": "bits"}})).unwrap();
    let batches = read(&bits, &recorder, None).unwrap();
    assert_eq!(
        column(&batches, "证件号码"),
        [Some("1".to_owned()), Some("0".to_owned())]
    );
    assert_eq!(column(&batches, "自付金额"), [Some("医疗".to_owned()), None]);
    // Half past seven in the county is the day before in UTC, and earlier still by the server's clock.
    assert_eq!(
        column(&batches, "结算日期"),
        [Some("2023-09-01 07:30:00".to_owned()), None]
    );
    let many = source(&mariadb.url("reader"), json!({"database": {"view": "many"}})).unwrap();
    let batches = read(&many, &recorder, None).unwrap();
    let numbers = column(&batches, "证件号码");
    assert_eq!(numbers.len(), 2_500);
    assert_eq!(numbers.last(), Some(&Some("2500".to_owned())));
    assert_eq!(
        column(&batches, "_locator").last(),
        Some(&Some("visits?page=3#500".to_owned()))
    );
}
