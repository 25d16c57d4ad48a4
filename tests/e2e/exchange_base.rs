//! A department's database, whichever it is: PostgreSQL or MariaDB, with the tables that the manual tells its owner to make.
//! Here because both must behave the same, and are asked the same questions.
//! In: a running server. Out: statements done, rows, a row that is held.
//! Not here: starting servers (postgres, mariadb), what is exchanged (exchange_tables).

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::harness::wait_until;
use crate::mariadb::MariaDb;
use crate::postgres::{DATABASE, Postgres};

/// A department's database.
pub(crate) enum Base {
    Postgres(Postgres),
    MariaDb(MariaDb),
}

impl Base {
    pub(crate) fn does(&self, sql: &str) {
        match self {
            Self::Postgres(base) => base.does(sql),
            Self::MariaDb(base) => base.does(sql),
        }
    }

    pub(crate) fn asks(&self, sql: &str) -> String {
        let told = match self {
            Self::Postgres(base) => base.asks(sql),
            Self::MariaDb(base) => base.asks(sql),
        };
        told.trim().to_owned()
    }

    fn client(&self) -> Command {
        match self {
            Self::Postgres(base) => base.client(),
            Self::MariaDb(base) => base.client(),
        }
    }

    pub(crate) fn stop(&mut self) {
        match self {
            Self::Postgres(base) => base.stop(),
            Self::MariaDb(base) => base.stop(),
        }
    }

    pub(crate) fn start_again(&mut self) {
        match self {
            Self::Postgres(base) => base.start_again(),
            Self::MariaDb(base) => base.start_again(),
        }
    }

    /// A user `hub` whose password is `right`.
    pub(crate) fn knows_hub(&mut self) {
        match self {
            Self::Postgres(base) => {
                base.does("CREATE ROLE hub LOGIN PASSWORD 'right'");
                base.asks_password_of("hub");
            }
            Self::MariaDb(base) => base.does("CREATE USER hub@'%' IDENTIFIED BY 'right'"),
        }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Postgres(base) => format!(
                "postgres://hub@127.0.0.1:{}/{DATABASE}?sslmode=disable",
                base.port
            ),
            Self::MariaDb(base) => {
                format!("mysql://hub@127.0.0.1:{}/{DATABASE}?ssl-mode=disabled", base.port)
            }
        }
    }

    /// The tables as the manual has them made.
    pub(crate) fn ddl(&self) -> String {
        let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../hub/docs/push.md");
        let manual = fs::read_to_string(manual).expect("the manual");
        let nth = match self {
            Self::Postgres(_) => 1,
            Self::MariaDb(_) => 2,
        };
        let block = manual.split("```sql").nth(nth).expect("its DDL");
        block.split("```").next().expect("the end of it").to_owned()
    }

    /// Milliseconds since 1970 UTC of the first event's `time`.
    pub(crate) fn first_ms(&self) -> String {
        self.asks(match self {
            Self::Postgres(_) => {
                "SELECT round(extract(epoch FROM time) * 1000)::bigint FROM hub_event ORDER BY sequence LIMIT 1"
            }
            Self::MariaDb(_) => {
                "SELECT CAST(UNIX_TIMESTAMP(CONVERT_TZ(time, '+08:00', @@session.time_zone)) * 1000 AS INT)
                 FROM hub_event ORDER BY sequence LIMIT 1"
            }
        })
    }

    pub(crate) fn count(&self) -> u64 {
        let told = self.asks("SELECT count(*) FROM hub_event");
        told.parse().expect("a number")
    }

    /// Somebody's answer: columns with their values as SQL has them.
    pub(crate) fn answer(&self, id: &str, (case, version, action): (&str, u64, &str), more: &[(&str, &str)]) {
        let mut columns = "id, case_id, version, action".to_owned();
        let mut values = format!("'{id}', '{case}', {version}, '{action}'");
        for (column, value) in more {
            columns.push_str(&format!(", {column}"));
            values.push_str(&format!(", '{value}'"));
        }
        self.does(&format!("INSERT INTO hub_answer ({columns}) VALUES ({values})"));
    }

    /// `result` and `message` of an answer.
    pub(crate) fn result(&self, id: &str) -> (String, String) {
        let told = self.asks(&format!(
            "SELECT coalesce(result, ''), coalesce(message, '') FROM hub_answer WHERE id = '{id}'"
        ));
        let (result, message) = told.split_once('|').expect("two columns");
        (result.to_owned(), message.to_owned())
    }

    /// A session that holds the row `id` of the answers until it is let go.
    pub(crate) fn holds(&self, id: &str) -> Held {
        let mut client = self.client();
        let client = client
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut client = client.spawn().expect("a client");
        let lock = format!("SELECT id FROM hub_answer WHERE id = '{id}' FOR UPDATE");
        let input = client.stdin.as_mut().expect("its input");
        input
            .write_all(format!("START TRANSACTION;\n{lock};\n").as_bytes())
            .expect("written");
        input.flush().expect("written");
        wait_until("the row is held", || {
            let mut other = self.client();
            let other = other.args(["-q", option(self), &format!("{lock} NOWAIT")]);
            let other = other
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            !other.status().expect("a client").success()
        });
        Held(client)
    }
}

/// How a client is given a statement.
const fn option(base: &Base) -> &'static str {
    match base {
        Base::Postgres(_) => "-c",
        Base::MariaDb(_) => "-e",
    }
}

/// A session that holds something.
pub(crate) struct Held(Child);

impl Held {
    /// Its input ends, so it undoes what it had begun and goes.
    pub(crate) fn let_go(mut self) {
        drop(self.0.stdin.take());
        self.0.wait().expect("an end");
    }
}
