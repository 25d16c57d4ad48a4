//! A MariaDB of the test's own, and so MySQL's protocol.
//! Here because what is written to a department's table is only proved by a server that keeps it.
//! In: the installed server. Out: its port; statements done and answered by its own client. It ends with the test.
//! Not here: what is written.

use crate::harness::{Outcome, PATIENCE, poll, run};
use crate::postgres::{DATABASE, as_user, missing};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const INSTALL: &str = "/usr/bin/mariadb-install-db";
const SERVER: &str = "/usr/sbin/mariadbd";
const CLIENT: &str = "/usr/bin/mariadb";

pub(crate) struct MariaDb {
    pub(crate) port: u16,
    server: Child,
    folder: tempfile::TempDir,
}

impl MariaDb {
    /// Starts one; `None` when it is not installed.
    ///
    /// # Panics
    /// When it is not installed and `HUB_REQUIRE_EXTERNAL=1`.
    pub(crate) fn start() -> Option<Self> {
        if [INSTALL, SERVER, CLIENT]
            .iter()
            .any(|path| !Path::new(path).is_file())
        {
            missing("MariaDB is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).expect("opened");
        let data = format!("--datadir={}", folder.path().join("data").display());
        let made = [
            "--no-defaults",
            &data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ];
        run(&mut in_folder(INSTALL, &made, folder.path()), PATIENCE).good();
        let port = crate::http::free_address().port();
        let server = serve(folder.path(), port);
        let mariadb = Self { port, server, folder };
        mariadb.answers();
        let sql = format!("CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4");
        mariadb.ask("mysql", &sql).good();
        Some(mariadb)
    }

    /// Runs statements.
    pub(crate) fn does(&self, sql: &str) {
        self.ask(DATABASE, sql).good();
    }

    /// What it answers: a line for each row, columns separated by `|`.
    pub(crate) fn asks(&self, sql: &str) -> String {
        self.ask(DATABASE, sql).good().stdout.replace('\t', "|")
    }

    /// A client that reads statements from its input, with a session of its own.
    pub(crate) fn client(&self) -> Command {
        self.command(DATABASE)
    }

    /// Stops it; clients find nobody.
    pub(crate) fn stop(&mut self) {
        let id = self.server.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.server.wait();
    }

    /// Starts it again where it was.
    pub(crate) fn start_again(&mut self) {
        self.server = serve(self.folder.path(), self.port);
        self.answers();
    }

    fn answers(&self) {
        let answers = || {
            let asked = self.ask("mysql", "SELECT 1");
            asked.code.filter(|code| *code == 0)
        };
        poll(PATIENCE, answers).expect("the server answers");
    }

    fn command(&self, database: &str) -> Command {
        let mut client = Command::new(CLIENT);
        client
            .args(["--no-defaults", "-N", "-B", "-r", "-u", "root"])
            .args(["--default-character-set=utf8mb4", "-D", database])
            .arg(format!("--socket={}", socket(self.folder.path()).display()));
        client
    }

    fn ask(&self, database: &str, sql: &str) -> Outcome {
        run(self.command(database).args(["-e", sql]), PATIENCE)
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn socket(folder: &Path) -> PathBuf {
    folder.join("socket")
}

/// A server that starts removes temporary tables it finds, also those of one that starts beside it in another test.
fn in_folder(program: &str, arguments: &[&str], folder: &Path) -> Command {
    let mut command = as_user("mysql", Path::new(program), arguments);
    command.env("TMPDIR", folder);
    command
}

fn serve(folder: &Path, port: u16) -> Child {
    let arguments = [
        "--no-defaults".to_owned(),
        format!("--datadir={}", folder.join("data").display()),
        format!("--socket={}", socket(folder).display()),
        format!("--port={port}"),
        "--bind-address=127.0.0.1".to_owned(),
        "--skip-name-resolve".to_owned(),
        // A server whose clock is not ours: what is written must not depend on it.
        "--default-time-zone=-05:00".to_owned(),
        "--innodb-flush-log-at-trx-commit=0".to_owned(),
    ];
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    in_folder(SERVER, &arguments, folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a server")
}
