//! Receivers of our own: HTTP servers that answer each request as a test says, and keep it.
//! Here because what a push is worth shows at receivers that misbehave in every way there is.
//! In: what to answer to a request. Out: every request as it came.
//! Not here: signatures, and the simulated platform, which is a program of the seeds.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TIMEOUT: Duration = Duration::from_secs(60);

/// A request as it came; header names in lower case.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| &**value)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// What a receiver does with a request.
pub(crate) enum Reply {
    /// A status, headers, a body.
    Status(u16, String, String),
    /// 200, and half of the promised body.
    Half,
    /// Nothing, for so long; then the connection is closed.
    Silence(Duration),
    /// The connection is reset.
    Reset,
}

impl Reply {
    pub(crate) fn of(status: u16) -> Self {
        Self::Status(status, String::new(), "{}".to_owned())
    }

    pub(crate) fn saying(body: &str) -> Self {
        Self::Status(200, String::new(), body.to_owned())
    }
}

/// A running receiver; it lives as long as the test.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Receiver {
    pub(crate) fn start(answers: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let requests: Arc<Mutex<Vec<Request>>> = Arc::default();
        let (kept, answers) = (Arc::clone(&requests), Arc::new(answers));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, answers) = (Arc::clone(&kept), Arc::clone(&answers));
                // Whoever goes away in the middle has been seen all the same.
                std::thread::spawn(move || serve(stream, &kept, &*answers));
            }
        });
        Self { address, requests }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("requests").clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.requests.lock().expect("requests").len()
    }
}

fn serve(stream: TcpStream, kept: &Mutex<Vec<Request>>, answers: &dyn Fn(&Request) -> Reply) {
    let _ = stream.set_read_timeout(Some(TIMEOUT));
    let mut reader = BufReader::new(stream);
    while let Ok(Some(request)) = read(&mut reader) {
        kept.lock().expect("requests").push(request.clone());
        if !answer(reader.get_mut(), answers(&request)).unwrap_or(false) {
            break;
        }
    }
}

/// Whether another request may follow.
fn answer(stream: &mut TcpStream, reply: Reply) -> io::Result<bool> {
    match reply {
        Reply::Status(status, headers, body) => {
            write!(
                stream,
                "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}",
                body.len()
            )?;
            return Ok(true);
        }
        Reply::Half => write!(
            stream,
            "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{{\"receipt\""
        )?,
        Reply::Silence(wait) => std::thread::sleep(wait),
        Reply::Reset => {
            // Closed with something unread in it, a connection is reset.
            nix::sys::socket::setsockopt(
                stream,
                nix::sys::socket::sockopt::Linger,
                &nix::libc::linger {
                    l_onoff: 1,
                    l_linger: 0,
                },
            )?;
        }
    }
    Ok(false)
}

fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Request {
        path,
        headers,
        body: String::from_utf8(body).map_err(io::Error::other)?,
        at: Instant::now(),
    }))
}
