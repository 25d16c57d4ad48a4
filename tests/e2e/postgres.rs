//! A PostgreSQL of the test's own, filled as a department's exchange machine is.
//! Here because a connector to a database is only proved by one that runs.
//! In: the installed server. Out: its port; `psql` to fill it. It ends with the test.
//! Not here: what is read of it.

use crate::harness::{PATIENCE, poll, run, say, setting};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The database departments exchange through.
pub(crate) const DATABASE: &str = "exchange";

pub(crate) struct Postgres {
    pub(crate) port: u16,
    programs: PathBuf,
    server: Child,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// Starts one; `None` when it is not installed.
    ///
    /// # Panics
    /// When it is not installed and `HUB_REQUIRE_EXTERNAL=1`.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            missing("PostgreSQL is not installed");
            return None;
        };
        let folder = tempfile::tempdir().expect("a folder");
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).expect("opened");
        let data = folder.path().join("data");
        let data = data.to_str().expect("a plain path");
        let init = [
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ];
        run(&mut unprivileged(&programs.join("initdb"), &init), PATIENCE).good();
        let port = crate::http::free_address().port();
        let server = serve(&programs, folder.path(), port);
        let postgres = Self {
            port,
            programs,
            server,
            folder,
        };
        postgres.answers();
        postgres
            .psql("postgres", &format!("CREATE DATABASE {DATABASE}"))
            .good();
        Some(postgres)
    }

    /// Runs statements.
    pub(crate) fn does(&self, sql: &str) {
        self.psql(DATABASE, sql).good();
    }

    /// What it answers: a line for each row, columns separated by `|`.
    pub(crate) fn asks(&self, sql: &str) -> String {
        self.psql(DATABASE, sql).good().stdout
    }

    /// A client that reads statements from its input, with a session of its own.
    pub(crate) fn client(&self) -> Command {
        self.command(DATABASE)
    }

    /// Wants the password of `user` from now on.
    pub(crate) fn asks_password_of(&mut self, user: &str) {
        let rules = self.folder.path().join("data/pg_hba.conf");
        let known = std::fs::read_to_string(&rules).expect("its rules");
        let own = format!("host all {user} 127.0.0.1/32 scram-sha-256\n");
        std::fs::write(&rules, own + &known).expect("written");
        self.stop();
        self.start_again();
    }

    /// Stops it; clients find nobody.
    pub(crate) fn stop(&mut self) {
        // A fast shutdown: clients are sent away, what was committed stays.
        let id = self.server.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        let _ = self.server.wait();
    }

    /// Holds every process of it, as a machine does that is frozen.
    pub(crate) fn freeze(&self) {
        self.all("-STOP");
    }

    /// Lets them go on.
    pub(crate) fn thaw(&self) {
        self.all("-CONT");
    }

    fn all(&self, signal: &str) {
        let id = self.server.id();
        let children =
            std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("its children");
        let ids = children
            .split_whitespace()
            .map(str::to_owned)
            .chain([id.to_string()]);
        for id in ids {
            // One that ended meanwhile needs no signal.
            let _ = Command::new("kill")
                .args([signal, &id])
                .stderr(Stdio::null())
                .status();
        }
    }

    /// Makes a database; its address.
    pub(crate) fn database(&self, name: &str) -> String {
        self.psql("postgres", &format!("CREATE DATABASE {name}")).good();
        format!(
            "postgres://postgres@127.0.0.1:{}/{name}?sslmode=disable",
            self.port
        )
    }

    /// Runs statements in `database`.
    pub(crate) fn does_in(&self, database: &str, sql: &str) {
        self.psql(database, sql).good();
    }

    /// Starts it again where it was.
    pub(crate) fn start_again(&mut self) {
        self.server = serve(&self.programs, self.folder.path(), self.port);
        self.answers();
    }

    fn answers(&self) {
        let answers = || {
            let asked = self.psql("postgres", "SELECT 1");
            asked.code.filter(|code| *code == 0)
        };
        poll(PATIENCE, answers).expect("the server answers");
    }

    fn command(&self, database: &str) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "127.0.0.1",
            "-U",
            "postgres",
        ])
        .args(["-p", &self.port.to_string(), "-d", database]);
        psql
    }

    fn psql(&self, database: &str, sql: &str) -> crate::harness::Outcome {
        run(self.command(database).args(["-c", sql]), PATIENCE)
    }
}

/// Starts the server of `folder`.
fn serve(programs: &Path, folder: &Path, port: u16) -> Child {
    let data = folder.join("data");
    let (data, socket) = (
        data.to_str().expect("a plain path"),
        folder.to_str().expect("a plain path"),
    );
    let listen = port.to_string();
    let serve = ["-D", data, "-h", "127.0.0.1", "-p", &listen, "-k", socket, "-F"];
    unprivileged(&programs.join("postgres"), &serve)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("a server")
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // An immediate shutdown: nothing of it is wanted any more.
        let id = self.server.id().to_string();
        let _ = Command::new("kill").args(["-QUIT", &id]).status();
        let _ = self.server.wait();
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders = versions.flatten().map(|entry| entry.path().join("bin"));
    folders.find(|bin| bin.join("initdb").is_file())
}

/// `program`, as somebody without rights when we are root, as whom the server refuses to run.
fn unprivileged(program: &Path, arguments: &[&str]) -> Command {
    as_user("postgres", program, arguments)
}

/// The same as `user`.
pub(crate) fn as_user(user: &str, program: &Path, arguments: &[&str]) -> Command {
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let mut command = if root {
        Command::new("setpriv")
    } else {
        Command::new(program)
    };
    if root {
        command
            .args([
                &format!("--reuid={user}"),
                &format!("--regid={user}"),
                "--clear-groups",
            ])
            .arg(program);
    }
    command.args(arguments).current_dir("/");
    command
}

/// Says that a test is skipped; fails where that is not allowed.
pub(crate) fn missing(what: &str) {
    assert!(
        setting("HUB_REQUIRE_EXTERNAL").as_deref() != Some("1"),
        "HUB_REQUIRE_EXTERNAL=1, but {what}"
    );
    say(&format!("skipped: {what}"));
}
