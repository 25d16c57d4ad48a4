//! Requests that somebody else's words would lead into a network, and a canary that nobody may reach.
//! Here because a guard is worth what the worst link it has seen was worth.
//! In: redirects, links and names that lead to 127.0.0.2, where the canary listens. Out: refusals; not one connection.
//! Not here: which hosts may be named (the client's own tests).

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::net::IpAddr;

use super::super::addresses::{Found, Names};
use super::*;

/// Listens where nothing may arrive. All of 127.0.0.0/8 is this machine.
struct Canary(TcpListener);

impl Canary {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.2:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }

    fn was_left_alone(&self) {
        let error = self.0.accept().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock, "somebody came");
    }
}

/// A name server that answers as it was told to, the last answer for ever.
struct Scripted(Mutex<VecDeque<Vec<IpAddr>>>);

impl Scripted {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = |answer: &&[&str]| answer.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new(answers.iter().map(parsed).collect())))
    }
}

impl Names for Scripted {
    fn addresses(&self, _: String) -> Found {
        let mut answers = self.0.lock().unwrap();
        let answer = match answers.len() {
            0 | 1 => answers.front().cloned(),
            _ => answers.pop_front(),
        };
        Box::pin(async move {
            answer.ok_or_else(|| std::io::Error::new(ErrorKind::NotFound, "failed to lookup address"))
        })
    }
}

/// What comes of fetching `/x` at `server`, where names are known to `names`.
fn fetched(names: Arc<dyn Names>, server: Value, endpoint: Value) -> Result<u64, Error> {
    let mut options = json!({"retries": 0, "per_second": 1000});
    options
        .as_object_mut()
        .unwrap()
        .extend(server.as_object().unwrap().clone());
    let server: Server = serde_json::from_value(options).unwrap();
    server.check()?;
    let endpoint: Endpoint = serde_json::from_value(endpoint).unwrap();
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let context = Recorder::default().context();
    let mut session = Session::open_by(names, &server, None, Quota::default(), &context)?;
    Ok(fetch::fetch(&mut session, &endpoint, "all", &context)?.records())
}

fn nobody() -> Arc<dyn Names> {
    Scripted::new(&[])
}

#[test]
fn no_redirect_reaches_an_address_nobody_wrote_out() {
    let canary = Canary::new();
    let port = canary.port();
    for target in [
        format!("http://127.0.0.2:{port}/"),
        format!("http://0x7f.2:{port}/"),
        format!("http://2130706434:{port}/"),
        format!("http://0177.0.0.2:{port}/"),
        format!("http://127.2:{port}/"),
        format!("http://[::ffff:127.0.0.2]:{port}/"),
        format!("http://[::ffff:7f00:2]:{port}/"),
        format!("http://[64:ff9b::7f00:2]:{port}/"),
        format!("http://[2002:7f00:2::]:{port}/"),
        format!("http://inside.test:{port}/"),
        format!("http://user@127.0.0.2:{port}/"),
        format!("http://127.0.0.2:{port}\\@gateway.test/"),
        format!("//127.0.0.2:{port}/"),
        format!("http://１２７.0.0.2:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[fd00:ec2::254]/latest/".to_owned(),
        "file:///etc/passwd".to_owned(),
        format!("gopher://127.0.0.2:{port}/_x"),
        "http://".to_owned(),
    ] {
        let location = format!("Location: {target}\r\nContent-Length: 0\r\n");
        let script = Script::start(move |_, _| with("302 Found", &location, ""));
        let base = format!("http://127.0.0.1:{}", script.port);
        let ask = |allow_hosts: Value| {
            let names = Scripted::new(&[&["127.0.0.2"]]);
            let server = json!({"base": base, "allow_hosts": allow_hosts});
            fetched(names, server, json!({"path": "/x"})).unwrap_err()
        };
        let error = ask(json!([]));
        assert!(
            [Category::Permission, Category::Data].contains(&error.category()),
            "{target}: {error}"
        );
        // A name that may be gone to is still not gone to where it leads inside.
        let error = ask(json!(["inside.test"]));
        let words = if target.contains("inside.test") {
            "主机 inside.test 解析到的 127.0.0.2 是本机地址"
        } else {
            "对方要求"
        };
        assert!(error.message().contains(words), "{target}: {error}");
    }
    canary.was_left_alone();
}

#[test]
fn no_link_to_a_next_page_leaves_the_configured_host() {
    let canary = Canary::new();
    let port = canary.port();
    for link in [
        format!("http://127.0.0.2:{port}/l"),
        format!("//127.0.0.2:{port}/l"),
        format!("http://[::ffff:127.0.0.2]:{port}/l"),
        "http://169.254.169.254/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let body = json!({"items": [1], "next": link}).to_string();
        let script = Script::start(move |_, _| ok(&body));
        let endpoint = json!({"path": "/l", "paging": "link", "records": "/items", "next": "/next"});
        // Allowed for a redirect of its own, it would still not be a page of this list.
        let server =
            json!({"base": format!("http://127.0.0.1:{}", script.port), "allow_hosts": ["127.0.0.2"]});
        let error = fetched(nobody(), server, endpoint).unwrap_err();
        assert_eq!(error.category(), Category::Permission, "{link}: {error}");
    }
    canary.was_left_alone();
}

#[test]
fn a_name_that_is_answered_differently_the_second_time_is_refused_then() {
    let canary = Canary::new();
    // Two pages; each connection is closed, so the name is resolved for each.
    let script = Script::start(|target, _| ok(&page(target)));
    let names = Scripted::new(&[&["127.0.0.1"], &["127.0.0.2"]]);
    let server =
        json!({"base": format!("http://gateway.test:{}", script.port), "allow_networks": ["127.0.0.1"]});
    let error = fetched(names, server, numbered()).unwrap_err();
    assert_eq!(error.category(), Category::Permission, "{error}");
    assert!(error.message().contains("解析到的 127.0.0.2"), "{error}");
    assert_eq!(script.seen().len(), 1);
    // An answer that is good in part is not good.
    let names = Scripted::new(&[&["127.0.0.1", "127.0.0.2"]]);
    let server =
        json!({"base": format!("http://gateway.test:{}", script.port), "allow_networks": ["127.0.0.1"]});
    assert!(fetched(names, server, numbered()).is_err());
    assert_eq!(script.seen().len(), 1);
    canary.was_left_alone();
}

#[test]
fn an_offices_own_network_is_reached_once_it_is_allowed_and_the_refusal_says_how() {
    let script = Script::start(|target, _| ok(&page(target)));
    let base = format!("http://gateway.test:{}", script.port);
    let names = || Scripted::new(&[&["127.0.0.1"]]);
    let error = fetched(names(), json!({"base": base}), numbered()).unwrap_err();
    assert_eq!(error.category(), Category::Permission);
    assert!(
        error.message().contains("http.allow_networks") && error.message().contains("127.0.0.1/32"),
        "{error}"
    );
    let error = fetched(Scripted::new(&[&["10.1.2.3"]]), json!({"base": base}), numbered()).unwrap_err();
    assert!(error.message().contains("10.1.2.3 是内网地址"), "{error}");
    let allowed = json!({"base": base, "allow_networks": ["127.0.0.0/8"]});
    assert_eq!(fetched(names(), allowed, numbered()).unwrap(), 7);
    // Being written out as an address helps that address, not a name that leads to it.
    let elsewhere = json!({"base": base, "allow_hosts": ["127.0.0.1"]});
    assert!(fetched(names(), elsewhere, numbered()).is_err());
    for (server, said) in [
        (
            json!({"base": "http://169.254.169.254"}),
            "http.base：169.254.169.254 是链路本地地址",
        ),
        (
            json!({"base": "http://0.0.0.0:1"}),
            "http.base：0.0.0.0 是保留地址",
        ),
        (
            json!({"base": "http://[::ffff:169.254.1.1]"}),
            "http.base：169.254.1.1 是链路本地地址",
        ),
        (
            json!({"base": base, "allow_networks": ["10.0.0.0/8", "all"]}),
            "http.allow_networks[1]：“all”不是网段",
        ),
        (
            json!({"base": base, "allow_networks": ["0.0.0.0/0"]}),
            "http.allow_networks[0]：",
        ),
    ] {
        let error = fetched(nobody(), server, json!({"path": "/x"})).unwrap_err();
        assert_eq!(error.category(), Category::Config, "{error}");
        assert!(error.message().starts_with(said), "{said}: {error}");
    }
}
