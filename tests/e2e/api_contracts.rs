//! What others' tools think of the API: its documents are valid, its events keep their schemas, and no input of theirs breaks it.
//! Here because departments write their programs from the documents, not from our code.
//! In: a running hub with cases; openapi-spec-validator, jsonschema, AsyncAPI's own schema, schemathesis. Out: their verdicts.
//! Not here: what the answers mean (api).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::api::Door;
use crate::harness::{python, wait_until};
use crate::http;
use crate::site::Site;

/// A site that has told of everything once, and where it is served.
fn told(seed: u64) -> Site {
    let site = Site::new(1_000, seed);
    site.run_all();
    site
}

#[test]
fn the_documents_are_valid_and_every_event_keeps_its_schema() {
    let site = told(91);
    let service = site.serve();
    let county = "county --role county --allow cases:read --allow cases:act --allow events:read";
    let door = Door::new(&site, &service, county);
    // Events about cases as well as about warnings.
    let page = door.good("/cases?limit=1");
    let case = page["cases"][0]["id"].as_str().expect("a case");
    site.ask(&["case", "act", case, "dispatch"]);
    let asked = json!({
        "url": format!("http://{}/api/v1", service.address),
        "token": door.issued["token"],
        "asyncapi": concat!(env!("CARGO_MANIFEST_DIR"), "/e2e/asyncapi-3.0.0.json"),
    });
    site.write("contracts.json", &asked.to_string());
    let file = site.path("contracts.json");
    let modules = ["openapi_spec_validator", "jsonschema", "rfc3339_validator"];
    if let Some(told) = python(&modules, "contracts.py", &[&file.to_string_lossy()]) {
        let expected = json!({
            "openapi": "3.1.0", "asyncapi": "3.0.0", "a_broken_asyncapi": false,
            "events": site.planted() + 1,
            "types": ["cn.gov.hub.case.dispatched.v1", "cn.gov.hub.warning.opened.v1"],
            "faulty": [], "a_broken_event": false, "pages": true,
        });
        assert_eq!(told, expected);
    }
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn schemathesis_finds_no_input_that_breaks_the_api_or_its_contract() {
    let site = told(92);
    let service = site.serve();
    let county =
        "county --role county --allow cases:read --allow cases:act --allow events:read --allow cases:full";
    let door = Door::new(&site, &service, county);
    let page = door.good("/cases?limit=1");
    let asked = json!({
        "url": format!("http://{}", service.address),
        "token": door.issued["token"], "case": page["cases"][0]["id"],
        "config": site.path("schemathesis.toml"),
    });
    site.write("fuzz.json", &asked.to_string());
    let file = site.path("fuzz.json");
    if let Some(told) = python(&["schemathesis"], "fuzz.py", &[&file.to_string_lossy()]) {
        assert_eq!(
            told["failed"],
            json!([]),
            "{}",
            told["said"].as_str().unwrap_or_default()
        );
        assert!(told["operations"].as_u64().expect("a count") >= 9, "{told}");
    }
    let log = service.told();
    assert!(!log.contains("\"level\":\"ERROR\""), "{log}");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_silent_client_is_sent_away_and_an_unknown_address_is_a_problem() {
    let site = told(93);
    let service = site.serve();
    let get = |method: &str, path: &str| {
        let answer = http::send(service.address, method, path, &[], "").expect("an answer");
        let code = serde_json::from_str::<Value>(&answer.body).ok();
        let code = code.and_then(|problem| problem["code"].as_str().map(str::to_owned));
        (answer.status, code)
    };
    assert_eq!(get("GET", "/api/v1/nothing"), (404, Some("not_found".to_owned())));
    assert_eq!(get("GET", "/api/v2/cases"), (404, Some("not_found".to_owned())));
    assert_eq!(
        get("DELETE", "/api/v1/cases"),
        (405, Some("method_not_allowed".to_owned()))
    );
    assert_eq!(get("GET", "/nothing-here"), (404, None));
    assert_eq!(
        get("GET", "/api/v1/schemas/warning.never.v1.json"),
        (404, Some("not_found".to_owned()))
    );
    // The header never ends: the connection does.
    let mut silent = TcpStream::connect(service.address).expect("a connection");
    silent
        .set_read_timeout(Some(std::time::Duration::from_secs(30)))
        .expect("a timeout");
    silent
        .write_all(b"GET /api/v1/cases HTTP/1.1\r\nhost: x\r\n")
        .expect("half a header");
    let mut rest = Vec::new();
    let ended = silent.read_to_end(&mut rest);
    assert!(
        ended.is_ok() || ended.is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset),
        "it was still open after 30 s"
    );
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_request_that_has_begun_is_answered_though_the_service_stops() {
    let site = told(94);
    let service = site.serve();
    let puller = "puller --role county --allow events:read";
    let door = Door::new(&site, &service, puller);
    let token = door.issued["token"].as_str().expect("a token").to_owned();
    let address = service.address;
    let (one, other) = (r#"{"through":"#, r#""0"}"#);
    let length = one.len() + other.len();
    let mut stream = TcpStream::connect(address).expect("a connection");
    write!(
        stream,
        "POST /api/v1/events:ack HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nexpect: 100-continue\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{one}"
    )
    .expect("half a request");
    let mut answer = BufReader::new(stream.try_clone().expect("the same connection"));
    let mut line = String::new();
    answer.read_line(&mut line).expect("a line");
    assert!(line.contains("100"), "the body is waited for: {line}");
    let stopping = std::thread::spawn(move || service.stop());
    wait_until("nobody is let in any more", || {
        TcpStream::connect(address).is_err()
    });
    stream.write_all(other.as_bytes()).expect("the other half");
    let mut rest = String::new();
    answer.read_to_string(&mut rest).expect("an answer");
    assert!(rest.contains("HTTP/1.1 200"), "{rest}");
    assert_eq!(stopping.join().expect("an end"), Some(0));
}
