//! The receiver of the bench, a process of its own: takes events, deduplicates, judges order; fails when it is a storm.
//! Here because what the hub costs must not be mixed with what its receiver costs, and a judge must outlive the hub's kills.
//! In: POSTs on connections that stay open. Out: its address on stdout; `GET` answers what it has seen.
//! Not here: signatures.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// One in so many events fails its first attempt in each of three quick ways.
const OFTEN: u64 = 40;
/// One in so many is answered too late: that costs a place for a second.
const SELDOM: u64 = 400;
/// One in so many is asked for patience: that costs everybody a second.
const RARELY: u64 = 2_000;

#[derive(Default)]
struct Seen {
    requests: u64,
    failed: u64,
    tried: HashSet<String>,
    taken: HashSet<String>,
    last: HashMap<String, String>,
    repeated: u64,
    out_of_order: u64,
}

enum Way {
    Take,
    Reset,
    Status(&'static str),
    Lost,
    Slow,
}

pub(crate) fn run(storm: bool) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    println!("http://{}/hook", listener.local_addr().unwrap());
    let seen: Arc<Mutex<Seen>> = Arc::default();
    for stream in listener.incoming().flatten() {
        let seen = Arc::clone(&seen);
        std::thread::spawn(move || {
            let _ = stream.set_nodelay(true);
            let mut reader = BufReader::new(stream);
            while serve(&mut reader, &seen, storm).unwrap_or(false) {}
        });
    }
}

/// What the receiver at `url` has seen, as JSON.
pub(crate) fn ask(url: &str) -> String {
    let address = url.split('/').nth(2).unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /seen HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n")
        .unwrap();
    let mut reader = BufReader::new(stream);
    let (_, body) = message(&mut reader).unwrap();
    body
}

/// Answers one request; whether another may follow.
fn serve(reader: &mut BufReader<TcpStream>, seen: &Mutex<Seen>, storm: bool) -> io::Result<bool> {
    let (head, body) = message(reader)?;
    let mut seen = seen.lock().unwrap();
    if head.starts_with("GET") {
        let said = format!(
            r#"{{"requests": {}, "unique": {}, "repeated_with_the_same_id": {}, "failed_on_purpose": {}, "out_of_order": {}}}"#,
            seen.requests,
            seen.taken.len(),
            seen.repeated,
            seen.failed,
            seen.out_of_order
        );
        drop(seen);
        return answer(reader.get_mut(), "200 OK", &said);
    }
    seen.requests += 1;
    let [id, subject, sequence] = ["id", "subject", "sequence"].map(|name| field(&body, name));
    let way = if storm {
        way(&mut seen, &id, &sequence)
    } else {
        Way::Take
    };
    if matches!(way, Way::Take | Way::Lost | Way::Slow) {
        take(&mut seen, id, subject, sequence);
    }
    drop(seen);
    match way {
        Way::Take => answer(reader.get_mut(), "200 OK", "{}"),
        Way::Status(status) => answer(reader.get_mut(), status, "{}"),
        Way::Lost => {
            reader
                .get_mut()
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{")?;
            Ok(false)
        }
        Way::Slow => {
            std::thread::sleep(Duration::from_millis(1_300));
            Ok(false)
        }
        Way::Reset => Ok(false),
    }
}

fn way(seen: &mut Seen, id: &str, sequence: &str) -> Way {
    if !seen.tried.insert(id.to_owned()) {
        return Way::Take;
    }
    let number: u64 = sequence.parse().unwrap_or_default();
    let way = match (number % OFTEN, number % SELDOM, number % RARELY) {
        (3, _, _) => Way::Reset,
        (19, _, _) => Way::Status("503 Service Unavailable"),
        (27, _, _) => Way::Lost,
        (_, 35, _) => Way::Slow,
        (_, _, 11) => Way::Status("429 Too Many Requests\r\nretry-after: 1"),
        _ => return Way::Take,
    };
    seen.failed += 1;
    way
}

fn take(seen: &mut Seen, id: String, subject: String, sequence: String) {
    if !seen.taken.insert(id) {
        seen.repeated += 1;
        return;
    }
    let before = seen.last.insert(subject, sequence.clone());
    if before.is_some_and(|before| before >= sequence) {
        seen.out_of_order += 1;
    }
}

/// The text of a key of the event's envelope, which stands before its data.
fn field(body: &str, name: &str) -> String {
    let mark = format!("\"{name}\":\"");
    let found = body
        .split_once(&mark)
        .and_then(|(_, rest)| rest.split('"').next());
    found.unwrap_or_default().to_owned()
}

fn message(reader: &mut BufReader<TcpStream>) -> io::Result<(String, String)> {
    let (mut head, mut length, mut line) = (String::new(), 0, String::new());
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok((head, String::from_utf8(body).map_err(io::Error::other)?))
}

fn answer(stream: &mut TcpStream, status: &str, body: &str) -> io::Result<bool> {
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(text.as_bytes())?;
    Ok(true)
}
