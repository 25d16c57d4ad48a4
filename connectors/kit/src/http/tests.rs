//! The client against a server that misbehaves on purpose, over real sockets.
//! Here because a part is only believed when everything that can go wrong was seen going wrong.
//! In: a scripted server on 127.0.0.1. Out: assertions on what was fetched, and on the words of what was not.
//! Not here: TLS (the connectors' tests), the simulated gateways (seeds).

mod addresses;

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use plugin_api::testing::Recorder;
use plugin_api::{Category, Error};
use serde_json::{Value, json};

use super::client::{Quota, Session};
use super::fetch;
use super::options::{Endpoint, Server};
use crate::spool::Spool;

/// A server whose answers are written by a function of the request's target.
struct Script {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

type Answer = Box<dyn Fn(&str, usize) -> Vec<u8> + Send + Sync>;

impl Script {
    fn start(answer: impl Fn(&str, usize) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, answer): (_, Answer) = (Arc::clone(&seen), Box::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                serve(stream, &log, &answer);
            }
        });
        Self { port, seen }
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    fn fetch(&self, server: Value, endpoint: Value, part: &str) -> Result<Spool, Error> {
        let mut options =
            json!({"base": format!("http://127.0.0.1:{}", self.port), "retries": 0, "per_second": 1000});
        options
            .as_object_mut()
            .unwrap()
            .extend(server.as_object().unwrap().clone());
        let server: Server = serde_json::from_value(options).unwrap();
        let endpoint: Endpoint = serde_json::from_value(endpoint).unwrap();
        server.check()?;
        endpoint.check("streams.s.http")?;
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let context = Recorder::new([("app", "s3cret")]).context();
        let mut session = Session::open(&server, endpoint.per_day, Quota::default(), &context)?;
        fetch::fetch(&mut session, &endpoint, part, &context)
    }

    fn error(&self, endpoint: Value) -> Error {
        self.fetch(json!({}), endpoint, "all").err().expect("must fail")
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<String>>, answer: &Answer) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let (mut head, mut line) = (String::new(), String::new());
    while reader.read_line(&mut line).is_ok_and(|read| read > 0) && line != "\r\n" {
        head.push_str(&line);
        line.clear();
    }
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let count = {
        let mut log = log.lock().unwrap();
        log.push(head);
        log.len()
    };
    // A client that has given up closes first; then there is nobody to tell.
    let _gone = stream.write_all(&answer(&target, count));
}

fn ok(body: &str) -> Vec<u8> {
    with("200 OK", &format!("Content-Length: {}\r\n", body.len()), body)
}

fn with(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n{body}").into_bytes()
}

fn records(spool: Spool) -> Vec<String> {
    let (_, mut pages) = spool.finish().unwrap();
    let mut all = Vec::new();
    while let Some((locator, records)) = pages.next().unwrap() {
        all.extend(records.map(|(index, record)| format!("{locator}{index} {record}")));
    }
    all
}

fn number(target: &str, name: &str) -> u64 {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let found = query
        .split('&')
        .find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    found.and_then(|value| value.parse().ok()).unwrap_or_default()
}

/// Seven records in pages of three, in whatever envelope.
fn page(target: &str) -> String {
    let page = number(target, "pageNo");
    let ids: Vec<String> = (3 * (page - 1)..7.min(3 * page))
        .map(|id| format!(r#"{{"id":{id}}}"#))
        .collect();
    format!(r#"{{"code":0,"data":{{"total":7,"list":[{}]}}}}"#, ids.join(","))
}

fn numbered() -> Value {
    json!({"path": "/hr", "paging": "page", "page_param": "pageNo", "size_param": "size", "size": 3,
           "records": "/data/list", "total": "/data/total", "success": {"pointer": "/code", "equals": "0", "auth": ["401"]}})
}

#[test]
fn numbered_pages_to_the_last_with_locators_that_name_them() {
    let script = Script::start(|target, _| ok(&page(target)));
    let mut endpoint = numbered();
    endpoint["query"] = json!({"month": "{period}"});
    let all = records(script.fetch(json!({}), endpoint, "202310").unwrap());
    assert_eq!(all.len(), 7);
    assert_eq!(all[6], r#"/hr?month=202310&page=3#0 {"id":6}"#);
    assert_eq!(script.seen().len(), 3);
    assert!(script.seen()[0].starts_with("GET /hr?month=202310&pageNo=1&size=3 "));
}

#[test]
fn offsets_cursors_and_links() {
    let script = Script::start(|target, _| {
        let from = number(target, "from");
        ok(match from {
            0 => "[1,2]",
            2 => "[3]",
            _ => "[]",
        })
    });
    let endpoint = json!({"path": "/o", "paging": "offset", "page_param": "from", "size": 2});
    assert_eq!(
        records(script.fetch(json!({}), endpoint, "all").unwrap()).len(),
        3
    );

    let script = Script::start(|target, _| {
        ok(match number(target, "cursor") {
            0 => r#"{"items":[1],"next":"5"}"#,
            5 => r#"{"items":[],"next":"6"}"#,
            _ => r#"{"items":[2],"next":null}"#,
        })
    });
    let endpoint = json!({"path": "/c", "paging": "cursor", "page_param": "cursor", "records": "/items", "next": "/next"});
    assert_eq!(
        records(script.fetch(json!({}), endpoint, "all").unwrap()).len(),
        2
    );

    let script = Script::start(|target, _| {
        ok(match target {
            "/l" => r#"{"items":[1],"next":"/l?p=2"}"#,
            _ => r#"{"items":[2]}"#,
        })
    });
    let endpoint = json!({"path": "/l", "paging": "link", "records": "/items", "next": "/next"});
    assert_eq!(
        records(script.fetch(json!({}), endpoint, "all").unwrap()).len(),
        2
    );
}

#[test]
fn every_lie_of_a_source_has_its_words() {
    for (answer, category, said) in [
        (ok("<html><body>login</body></html>"), Category::Auth, "登录页"),
        (ok(r#"{"code":500,"msg":"张三"}"#), Category::Transient, "为 500"),
        (ok(r#"{"code":401}"#), Category::Auth, "凭据"),
        (ok(r#"{"data":1}"#), Category::Schema, "/code"),
        (ok(r#"{"code":0,"data":{}}"#), Category::Schema, "记录数组"),
        (
            ok(r#"{"code":0,"data":{"total":9,"list":[]}}"#),
            Category::Transient,
            "共 9 条",
        ),
        (
            ok(r#"{"code":0,"data":{"list":[{"#),
            Category::Transient,
            "不是完整的 JSON",
        ),
        (ok(""), Category::Transient, "为空"),
        (
            with("200 OK", "", r#"{"code":0,"data":{"list":[{"a":1},"#),
            Category::Transient,
            "不是完整的",
        ),
        (
            with("200 OK", "Content-Length: 500\r\n", "{"),
            Category::Transient,
            "中断",
        ),
        (
            with("200 OK", "Transfer-Encoding: chunked\r\n", "5\r\n{\"cod"),
            Category::Transient,
            "中断",
        ),
        (
            with("401 Unauthorized", "Content-Length: 0\r\n", ""),
            Category::Auth,
            "401",
        ),
        (
            with("403 Forbidden", "Content-Length: 0\r\n", ""),
            Category::Permission,
            "403",
        ),
        (
            with("404 Not Found", "Content-Length: 0\r\n", ""),
            Category::NotFound,
            "404",
        ),
        (
            with("429 Busy", "Retry-After: 7\r\nContent-Length: 0\r\n", ""),
            Category::RateLimited,
            "429",
        ),
        (
            with("503 Down", "Content-Length: 0\r\n", ""),
            Category::Transient,
            "503",
        ),
        (
            with(
                "302 Found",
                "Location: http://example.org/x\r\nContent-Length: 0\r\n",
                "",
            ),
            Category::Permission,
            "example.org",
        ),
        (
            with("302 Found", "Location: /hr\r\nContent-Length: 0\r\n", ""),
            Category::Data,
            "循环",
        ),
        (
            with("200 OK", "Content-Encoding: br\r\nContent-Length: 1\r\n", "x"),
            Category::Unsupported,
            "压缩",
        ),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let script = Script::start(move |_, _| answer.clone());
        let error = script.error(numbered());
        assert_eq!(error.category(), category, "{shown}\n{error}");
        assert!(
            error.message().contains(said) && !error.message().contains("张三"),
            "{shown}\n{error}"
        );
    }
    let script = Script::start(|_, _| with("429 Busy", "Retry-After: 7\r\nContent-Length: 0\r\n", ""));
    assert_eq!(
        script
            .error(numbered())
            .retry_after()
            .map(|after| after.as_secs()),
        Some(7)
    );
}

#[test]
fn endless_paging_is_noticed() {
    let script = Script::start(|_, _| ok(r#"{"code":0,"data":{"list":[1,2,3]}}"#));
    assert!(script.error(numbered()).message().contains("完全相同"));
    let script = Script::start(|_, _| ok(r#"{"items":[1],"next":"same"}"#));
    let endpoint = json!({"path": "/c", "paging": "cursor", "page_param": "cursor", "records": "/items", "next": "/next"});
    assert!(script.error(endpoint).message().contains("循环"));
    // Round and round in three pages, each time with another request number.
    let script = Script::start(|target, count| {
        let page = number(target, "pageNo") % 3;
        ok(&format!(
            r#"{{"code":0,"request":{count},"data":{{"list":[{page},1,2]}}}}"#
        ))
    });
    assert!(script.error(numbered()).message().contains("第 4 页与第 1 页"));
    assert_eq!(script.seen().len(), 4);
}

#[test]
fn trouble_that_passes_is_waited_out_and_the_body_is_bounded() {
    let script = Script::start(|target, count| match count {
        1 => with("503 Down", "Content-Length: 0\r\n", ""),
        2 => with("429 Busy", "Retry-After: 1\r\nContent-Length: 0\r\n", ""),
        _ => ok(&page(target)),
    });
    let spool = script.fetch(json!({"retries": 3}), numbered(), "all").unwrap();
    assert_eq!(spool.records(), 7);
    let script = Script::start(|_, _| ok(&format!("[{}1]", "1,".repeat(1 << 20))));
    let error = script
        .fetch(json!({"body_mb": 1}), json!({"path": "/x"}), "all")
        .err()
        .unwrap();
    assert!(error.message().contains("超过 1 MB"), "{error}");
}

#[test]
fn signatures_cover_what_is_sent_and_the_day_has_an_end() {
    let script = Script::start(|_, _| ok("[1]"));
    let signing = json!({"key": "K", "secret": "app", "fields": ["{key}", "{params}", "{secret}"], "joiner": "|", "hash": "md5",
                         "put": {"X-Key": "{key}", "X-Sign": "{sign}"}, "place": "header"});
    let endpoint = json!({"path": "/s", "query": {"b": "2", "a": "1"}});
    script
        .fetch(
            json!({"signing": signing, "headers": {"X-Fixed": "f"}}),
            endpoint.clone(),
            "all",
        )
        .unwrap();
    let expect = {
        use md5::Digest;
        hex::encode(md5::Md5::digest(b"K|a=1&b=2|s3cret"))
    };
    let head = script.seen()[0].to_lowercase();
    assert!(
        head.contains(&format!("x-sign: {expect}")) && head.contains("x-fixed: f"),
        "{head}"
    );
    assert!(!head.contains("s3cret"));
    let script = Script::start(|target, _| ok(&page(target)));
    let mut endpoint = numbered();
    endpoint["per_day"] = json!(2);
    let error = script.error(endpoint);
    assert_eq!(script.seen().len(), 2);
    assert_eq!(error.category(), Category::RateLimited);
    assert!(error.retry_after().is_some());
}

#[test]
fn hosts_that_are_not_there_are_told_apart() {
    let server = |base: &str| {
        let server: Server = serde_json::from_value(json!({"base": base, "retries": 0})).unwrap();
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let context = Recorder::default().context();
        let mut session = Session::open(&server, None, Quota::default(), &context)?;
        fetch::fetch(
            &mut session,
            &serde_json::from_value(json!({"path": "/x"})).unwrap(),
            "all",
            &context,
        )
        .map(|_| ())
    };
    let error = server("http://no-such-host.invalid").unwrap_err();
    assert_eq!(error.category(), Category::NotFound, "{error}");
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let error = server(&format!("http://127.0.0.1:{closed}")).unwrap_err();
    assert!(error.message().contains("无法连接"), "{error}");
    assert_eq!(server("ftp://x").unwrap_err().category(), Category::Config);
}

#[test]
fn months_and_combinations_are_enumerated() {
    let endpoint = |value: Value| serde_json::from_value::<Endpoint>(value).unwrap();
    let months = endpoint(json!({"path": "/x", "period": "month", "from": "202211", "to": "202302"}));
    assert_eq!(
        fetch::parts(&months).unwrap(),
        ["202211", "202212", "202301", "202302"]
    );
    let back = endpoint(json!({"path": "/x", "period": "month", "to": "202301", "months": 2}));
    assert_eq!(fetch::parts(&back).unwrap(), ["202212", "202301"]);
    let each = endpoint(json!({"path": "/{county}/x-{period}.zip", "each": {"county": ["1", "2"]}}));
    let paths: Vec<String> = fetch::combinations(&each, "202301")
        .unwrap()
        .iter()
        .map(|values| fetch::request(&each, values).path)
        .collect();
    assert_eq!(paths, ["/1/x-202301.zip", "/2/x-202301.zip"]);
}
