//! A service of pages: records that were made before, a thousand to a page, in the envelope of human resources.
//! Here because the server's CPU must not be counted as the hub's: it runs in a process of its own and only copies.
//! In: a file of records, one JSON object a line. Out: its port on standard output, then pages until it is killed.
//! Not here: signatures and faults, which the seeds' own services have.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Records of a page.
const PAGE: usize = 1_000;

/// The service in its process, which ends with this.
pub(crate) struct Pages {
    process: Child,
    /// Where its paths begin.
    pub(crate) base: String,
}

impl Pages {
    /// Serves `records`.
    pub(crate) fn start(records: &Path) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg(crate::SERVE)
            .arg(records)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut port)
            .unwrap();
        Self {
            process,
            base: format!("http://127.0.0.1:{}", port.trim()),
        }
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // Not waited for: a reaped child's CPU time would count as that of whatever is measured next.
        let _gone_already = self.process.kill();
    }
}

/// Serves the records of a file; never returns.
pub(crate) fn serve(records: &Path) -> ! {
    let text = std::fs::read_to_string(records).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let total = lines.len();
    let page = |records: &[&str]| {
        let list = records.join(",");
        format!("{{\"code\":0,\"msg\":\"ok\",\"data\":{{\"total\":{total},\"list\":[{list}]}}}}")
    };
    let pages: Vec<String> = lines.chunks(PAGE).map(page).collect();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    std::thread::scope(|scope| {
        loop {
            let (stream, _) = listener.accept().unwrap();
            scope.spawn(|| answer(stream, &pages, &page(&[])));
        }
    })
}

/// Answers one connection's requests until its client goes.
fn answer(mut stream: TcpStream, pages: &[String], beyond: &str) {
    let mut requests = BufReader::new(stream.try_clone().unwrap());
    let mut asked: Option<usize> = None;
    let mut line = String::new();
    while requests.read_line(&mut line).is_ok_and(|read| read > 0) {
        if let Some((_, after)) = line.split_once("pageNo=") {
            let number = after.split(['&', ' ']).next();
            asked = number.and_then(|number| number.parse().ok());
        }
        if line == "\r\n" {
            let page = asked.and_then(|number| pages.get(number.wrapping_sub(1)));
            let body = page.map_or(beyond, String::as_str);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            let sent = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(body.as_bytes()));
            if sent.is_err() {
                return;
            }
        }
        line.clear();
    }
}
