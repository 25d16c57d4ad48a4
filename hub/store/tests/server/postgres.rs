//! A PostgreSQL of the tests' own.
//! Here because promises of a server are proved on one.
//! In: the installed programs, `openssl`. Out: its port, its authority. It ends with the process that started it, however that ends.
//! Not here: what is in it.

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};

/// How long it may take to begin.
const PATIENCE: Duration = Duration::from_secs(60);

static SERVER: OnceLock<Option<Server>> = OnceLock::new();

/// The server; `None` when none is installed.
pub(crate) fn server() -> Option<&'static Server> {
    let server = SERVER.get_or_init(Server::start).as_ref();
    let wanted = std::env::var_os("HUB_REQUIRE_EXTERNAL").is_some_and(|one| one == "1");
    assert!(
        server.is_some() || !wanted,
        "PostgreSQL is not installed, and HUB_REQUIRE_EXTERNAL=1"
    );
    server
}

pub(crate) struct Server {
    pub(crate) port: u16,
    /// Where its authority's certificate lies, `ca.pem`, and that of another authority, `other.pem`.
    pub(crate) folder: PathBuf,
    _child: Child,
}

/// An authority, one that has nothing to do with it, and a certificate of the first for `localhost` and no other name.
const CERTIFICATES: &str = "new='openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
for authority in ca other; do
    $new -x509 -days 2 -subj /CN=$authority -addext keyUsage=keyCertSign -keyout $authority.key -out $authority.pem
done
echo subjectAltName=DNS:localhost >names
$new -subj /CN=database -keyout server.key -out server.csr
openssl x509 -req -days 2 -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -out server.pem
chmod 600 server.key";

impl Server {
    fn start() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
        let mut folders = versions.flatten().map(|entry| entry.path().join("bin"));
        let programs: PathBuf = folders.find(|bin| bin.join("initdb").is_file())?;
        let folder = tempfile::tempdir().unwrap().keep();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o777)).unwrap();
        let path = folder.to_str().unwrap();
        let data = format!("{path}/data");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let init = format!(
            "{}/initdb -D {data} -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync",
            programs.display()
        );
        let serve = format!(
            "{}/postgres -D {data} -h 127.0.0.1 -p {port} -k {path} -F -c max_connections=300 -c ssl=on
                 -c ssl_cert_file={path}/server.pem -c ssl_key_file={path}/server.key",
            programs.display()
        )
        .replace('\n', " ");
        // Nobody drops what is static: it looks after the process that started it by itself.
        let watch = format!(
            "{init} >/dev/null || exit 1; {CERTIFICATES}; {serve} & server=$!; while [ -d /proc/{} ]; do sleep 1; done; kill -QUIT $server; wait $server; rm -rf {path}/*",
            std::process::id()
        );
        let root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
        let mut command = if root {
            let mut command = Command::new("setpriv");
            command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
            command
        } else {
            Command::new("sh")
        };
        let output = || Stdio::null();
        let child = command.args(["-c", &watch]).current_dir(path);
        let child = child
            .stdin(output())
            .stdout(output())
            .stderr(output())
            .spawn()
            .unwrap();
        let server = Self {
            port,
            folder,
            _child: child,
        };
        let began = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() || !server.answers() {
            assert!(began.elapsed() < PATIENCE, "the server does not begin");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(server)
    }

    fn answers(&self) -> bool {
        let url = self.url("postgres");
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async { PgConnection::connect(&url).await.is_ok() })
        })
        .join()
        .unwrap()
    }

    pub(crate) fn url(&self, database: &str) -> String {
        self.address("127.0.0.1", database, "sslmode=disable")
    }

    pub(crate) fn address(&self, host: &str, database: &str, how: &str) -> String {
        format!("postgres://postgres@{host}:{}/{database}?{how}", self.port)
    }
}
