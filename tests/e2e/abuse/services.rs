//! Services that are slow, cut off, lie about lengths, answer without end, or lead elsewhere.
//! Here because a gateway is a program somebody else wrote, seen through a network nobody owns.
//! In: nothing. Out: cases, each over a socket of its own, as long as the test runs.
//! Not here: verdicts and pages (the kit's own tests), certificates (there too).

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::OnceLock;
use std::thread::sleep;
use std::time::Duration;

use nix::sys::socket::{setsockopt, sockopt::Linger};

use super::case::{Expect, Refused, Rows, gzip};

const GOOD: &str =
    "[{\"户编号\":\"1\",\"姓名\":\"张三\",\"金额\":5},{\"户编号\":\"2\",\"姓名\":\"李四\",\"金额\":6}]";
const CSV: &str = "户编号,姓名,金额\n1,张三,5\n2,李四,6\n";
/// Nobody waits for more than this.
const LONG: Duration = Duration::from_secs(120);

/// A gigabyte of blanks in a megabyte, made before anybody asks.
static GIGABYTE: OnceLock<Vec<u8>> = OnceLock::new();

fn packed() -> Vec<u8> {
    gzip(&vec![b' '; 1 << 30])
}

type Answer = fn(&mut TcpStream) -> std::io::Result<()>;

/// One service.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) expect: Expect,
    /// Whether its answers are files.
    pub(crate) file: bool,
    answer: Answer,
}

impl Service {
    /// Answers every connection from now on; the port.
    pub(crate) fn start(&self) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let answer = self.answer;
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    // A client that has had enough closes first; that is what is being tested.
                    let _gone = heard(&stream).and_then(|()| answer(&mut stream));
                });
            }
        });
        port
    }
}

/// Reads the request's head.
fn heard(stream: &TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 0 && line != "\r\n" {
        line.clear();
    }
    Ok(())
}

fn say(stream: &mut TcpStream, head: &str, body: &[u8]) -> std::io::Result<()> {
    stream.write_all(format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes())?;
    stream.write_all(body)
}

/// Says `piece` for ever.
fn forever(stream: &mut TcpStream, piece: &[u8], pause: Duration) -> std::io::Result<()> {
    loop {
        stream.write_all(piece)?;
        sleep(pause);
    }
}

pub(crate) fn all() -> Vec<Service> {
    GIGABYTE.get_or_init(packed);
    let records = |name, expect, answer: Answer| Service {
        name,
        expect,
        file: false,
        answer,
    };
    let file = |name, expect, answer: Answer| Service {
        name,
        expect,
        file: true,
        answer,
    };
    let transient = |words| Refused("transient", words);
    let mut all = vec![
        records("plain", Rows(2, 0), |stream| {
            say(
                stream,
                &format!("200 OK\r\nContent-Length: {}", GOOD.len()),
                GOOD.as_bytes(),
            )
        }),
        records("gzip", Rows(2, 0), |stream| {
            let body = gzip(GOOD.as_bytes());
            say(
                stream,
                &format!(
                    "200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}",
                    body.len()
                ),
                &body,
            )
        }),
        records("silence", transient("没有数据"), |_| {
            sleep(LONG);
            Ok(())
        }),
        records(
            "a byte at a time",
            transient("传输速度低于每秒 1024 字节"),
            |stream| {
                say(stream, "200 OK\r\nContent-Length: 1000000", b"[")?;
                forever(stream, b" ", Duration::from_millis(300))
            },
        ),
        records(
            "just fast enough, for ever",
            transient("5 秒未完成"),
            |stream| {
                say(stream, "200 OK\r\nContent-Length: 100000000", b"[")?;
                forever(stream, &[b' '; 2_000], Duration::from_millis(300))
            },
        ),
        records("headers a byte at a time", transient(""), |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX: ")?;
            forever(stream, b"x", Duration::from_millis(300))
        }),
        records("headers without end", transient(""), |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\n")?;
            forever(
                stream,
                &b"X-Filler: 0123456789abcdef\r\n".repeat(1_000),
                Duration::ZERO,
            )
        }),
        records("one header without end", transient(""), |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nX: ")?;
            forever(stream, &[b'x'; 64 << 10], Duration::ZERO)
        }),
        records("please wait, for ever", transient(""), |stream| {
            forever(
                stream,
                &b"HTTP/1.1 100 Continue\r\n\r\n".repeat(1_000),
                Duration::ZERO,
            )
        }),
        records("a body without end", Refused("data", "超过 8 MB"), |stream| {
            say(stream, "200 OK", b"[")?;
            forever(stream, &b"1,".repeat(32 << 10), Duration::ZERO)
        }),
        records("a body of one exabyte, it says", transient(""), |stream| {
            say(
                stream,
                "200 OK\r\nContent-Length: 1152921504606846976",
                GOOD.as_bytes(),
            )
        }),
        records("a chunk of one exabyte, it says", transient(""), |stream| {
            say(
                stream,
                "200 OK\r\nTransfer-Encoding: chunked",
                b"0FFFFFFFFFFFFFFF\r\n[",
            )
        }),
        records("two lengths that differ", transient(""), |stream| {
            say(
                stream,
                "200 OK\r\nContent-Length: 3\r\nContent-Length: 5",
                b"[1]  ",
            )
        }),
        records("a length below zero", transient(""), |stream| {
            say(stream, "200 OK\r\nContent-Length: -1", GOOD.as_bytes())
        }),
        records("a length too short", Refused("data", "中断"), |stream| {
            say(stream, "200 OK\r\nContent-Length: 40", GOOD.as_bytes())
        }),
        records("a length too long", transient("中断"), |stream| {
            say(stream, "200 OK\r\nContent-Length: 5000", GOOD.as_bytes())
        }),
        records("the line torn down in the middle", transient(""), |stream| {
            say(stream, "200 OK\r\nContent-Length: 5000", GOOD.as_bytes())?;
            let at_once = nix::libc::linger {
                l_onoff: 1,
                l_linger: 0,
            };
            setsockopt(stream, Linger, &at_once).map_err(std::io::Error::from)
        }),
        records(
            "a gzip of one gigabyte",
            Refused("data", "超过 8 MB"),
            |stream| {
                let body = GIGABYTE.get_or_init(packed);
                say(
                    stream,
                    &format!(
                        "200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}",
                        body.len()
                    ),
                    body,
                )
            },
        ),
        records(
            "a gzip that is cut",
            transient("压缩的响应不完整"),
            |stream| {
                say(
                    stream,
                    "200 OK\r\nContent-Encoding: gzip",
                    &gzip(GOOD.as_bytes())[..40],
                )
            },
        ),
        records(
            "a gzip that is none",
            transient("压缩的响应不完整"),
            |stream| say(stream, "200 OK\r\nContent-Encoding: gzip", GOOD.as_bytes()),
        ),
        records(
            "a gzip in a gzip",
            Refused("unsupported", "压缩方式"),
            |stream| {
                say(
                    stream,
                    "200 OK\r\nContent-Encoding: gzip, gzip",
                    &gzip(&gzip(GOOD.as_bytes())),
                )
            },
        ),
        records("no HTTP at all", transient(""), |stream| {
            stream.write_all(b"SSH-2.0-OpenSSH_9.9\r\n")
        }),
        records("nothing, and goodbye", transient(""), |_| Ok(())),
        records(
            "come back in ten years",
            Refused("rate_limited", "429"),
            |stream| {
                say(
                    stream,
                    "429 Busy\r\nRetry-After: 315360000\r\nContent-Length: 0",
                    b"",
                )
            },
        ),
        records("round and round", Refused("data", "跳转"), |stream| {
            say(stream, "302 Found\r\nLocation: /s\r\nContent-Length: 0", b"")
        }),
        records(
            "ask the cloud for its credentials",
            Refused("permission", "169.254.169.254"),
            |stream| {
                say(
                    stream,
                    "302 Found\r\nLocation: http://169.254.169.254/latest/meta-data/\r\nContent-Length: 0",
                    b"",
                )
            },
        ),
        records("read a file instead", Refused("permission", ""), |stream| {
            say(
                stream,
                "302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0",
                b"",
            )
        }),
    ];
    all.extend([
        file("a file", Rows(2, 0), |stream| {
            say(
                stream,
                &format!("200 OK\r\nContent-Length: {}", CSV.len()),
                CSV.as_bytes(),
            )
        }),
        file(
            "a file whose end nobody can tell",
            transient("无法确认完整"),
            |stream| say(stream, "200 OK", &CSV.as_bytes()[..CSV.len() * 2 / 5]),
        ),
        file(
            "a file that is a page for logging in",
            Refused("schema", "没有找到表头"),
            |stream| {
                let page = "<html><body><table><tr><td>用户名</td><td>密码</td></tr></table></body></html>";
                say(
                    stream,
                    &format!("200 OK\r\nContent-Length: {}", page.len()),
                    page.as_bytes(),
                )
            },
        ),
        file("a file without end", Refused("data", "超过 8 MB"), |stream| {
            say(stream, "200 OK", CSV.as_bytes())?;
            forever(stream, &"1,张三,5\n".as_bytes().repeat(4_096), Duration::ZERO)
        }),
    ]);
    all
}
