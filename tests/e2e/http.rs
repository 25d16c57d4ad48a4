//! HTTP by hand: one request per connection, and a server that keeps what it is sent.
//! Here because what goes over the wire is what receivers and watchdogs see, headers included.
//! In: an address, a request. Out: status and body; for the server, headers and body of each request.
//! Not here: TLS, and the simulated platform, which is a program of the seeds.

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(30);

/// Sends one request. An error when nobody answers.
pub(crate) fn request(to: SocketAddr, method: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
    let answer = send(to, method, path, &[("content-type", "application/json")], body)?;
    Ok((answer.status, answer.body))
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Sends one request with `headers`. An error when nobody answers.
pub(crate) fn send(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &(impl AsRef<[u8]> + ?Sized),
) -> io::Result<Answer> {
    let stream = TcpStream::connect_timeout(&to, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    exchange(stream, (method, path), headers, body.as_ref())
}

/// Posts `body` to the socket of a service, as whoever owns it may.
pub(crate) fn command(socket: &Path, path: &str, body: &str) -> Answer {
    let stream = UnixStream::connect(socket).expect("a service");
    stream.set_read_timeout(Some(TIMEOUT)).expect("set");
    let json = [("content-type", "application/json")];
    exchange(stream, ("POST", path), &json, body.as_bytes()).expect("an answer")
}

fn exchange(
    mut stream: impl Read + Write,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    write!(stream, "{request}content-length: {}\r\n\r\n", body.len())?;
    stream.write_all(body)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    Ok(Answer {
        status: status.ok_or_else(|| io::Error::other(format!("no status line: {head}")))?,
        head: head.to_owned(),
        body: body.to_owned(),
    })
}

/// The JSON answer to a request that must succeed.
pub(crate) fn json(to: SocketAddr, method: &str, path: &str, body: &str) -> Value {
    let (status, text) = request(to, method, path, body).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert_eq!(status, 200, "{method} {path}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
}

/// A request as it came: names in lower case.
pub(crate) struct Captured {
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A server that answers 200 to everything, as long as the test runs.
pub(crate) fn capture() -> (SocketAddr, Receiver<Captured>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    let address = listener.local_addr().expect("its address");
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let captured = answer(stream).expect("a request");
            if sender.send(captured).is_err() {
                break;
            }
        }
    });
    (address, receiver)
}

fn answer(stream: TcpStream) -> io::Result<Captured> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut reader = BufReader::new(stream);
    let mut headers = Vec::new();
    let mut line = String::new();
    reader.read_line(&mut line)?;
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
    reader
        .get_mut()
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")?;
    let body = String::from_utf8(body).map_err(io::Error::other)?;
    Ok(Captured { headers, body })
}

/// A port nobody listens on at the moment.
pub(crate) fn free_address() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("its address")
}
