//! Departments' programs: each sees its own cases and fetches its own events, and nobody else's.
//! Here because this door is open to networks the hub does not own.
//! In: a county with rule A01, credentials of two departments and of the county. Out: answers, the audit log.
//! Not here: deeds (api_deeds), the documents and what others' tools think of them (api_contracts).

use serde_json::{Value, json};

use crate::http::{self, Answer};
use crate::site::{Service, Site};

/// The department of rule A01.
pub(crate) const OFFICE: &str = "乡村振兴";
const DAY: &str = "2023-11-06";

/// A credential, and where it is shown.
pub(crate) struct Door<'a> {
    service: &'a Service,
    bearer: String,
    pub(crate) issued: Value,
}

impl<'a> Door<'a> {
    /// A credential that `said` asks for, as in a shell.
    pub(crate) fn new(site: &Site, service: &'a Service, said: &str) -> Self {
        let words: Vec<&str> = said.split_whitespace().collect();
        let issued = site.ask(&[&["credential", "add"][..], &words].concat());
        let token = issued["token"].as_str().expect("a token");
        Door {
            bearer: format!("Bearer {token}"),
            service,
            issued,
        }
    }

    pub(crate) fn with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &(impl AsRef<[u8]> + ?Sized),
    ) -> Answer {
        let own = [("authorization", self.bearer.as_str())];
        let headers = [&own[..], headers].concat();
        http::send(
            self.service.address,
            method,
            &format!("/api/v1{path}"),
            &headers,
            body,
        )
        .expect("an answer")
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.with("GET", path, &[], "")
    }

    pub(crate) fn good(&self, path: &str) -> Value {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        self.with("POST", path, &headers, &body.to_string())
    }

    /// A deed on the version that was seen.
    pub(crate) fn act(&self, case: &str, version: u64, key: &str, body: &Value) -> Answer {
        let seen = format!("\"{version}\"");
        let headers = [
            ("content-type", "application/json"),
            ("idempotency-key", key),
            ("if-match", &seen),
        ];
        self.with(
            "POST",
            &format!("/cases/{case}/actions"),
            &headers,
            &body.to_string(),
        )
    }

    /// Every case, three a page.
    pub(crate) fn all(&self) -> Vec<String> {
        let mut ids = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.good(&format!("/cases?limit=3{cursor}"));
            let cases = page["cases"].as_array().expect("cases");
            assert!(cases.len() <= 3);
            ids.extend(
                cases
                    .iter()
                    .map(|case| case["id"].as_str().expect("an id").to_owned()),
            );
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return ids,
            }
        }
    }
}

/// A refusal, which is a problem with this code.
pub(crate) fn refused(answer: &Answer, status: u16, code: &str) -> Value {
    let problem = answer.json();
    assert_eq!(
        (answer.status, problem["code"].as_str()),
        (status, Some(code)),
        "{answer:?}"
    );
    assert_eq!(problem["status"], status);
    assert!(answer.head.contains("application/problem+json"), "{answer:?}");
    problem
}

pub(crate) fn ready(people: u64, seed: u64) -> Site {
    let site = Site::new(people, seed);
    site.edit(
        "config/conf.d/site.toml",
        "[hub]",
        &format!("[hub]\nas_of = \"{DAY}\""),
    );
    site.run_all();
    site
}

#[test]
fn a_department_sees_its_own_cases_and_another_sees_none_of_them() {
    let site = ready(1_000, 81);
    let service = site.serve();
    let reads = "--allow cases:read --allow events:read --allow cases:act --allow cases:full";
    let ours = Door::new(&site, &service, &format!("ours --department {OFFICE} {reads}"));
    let other = Door::new(&site, &service, &format!("other --department 民政 {reads}"));
    let elsewhere = format!("elsewhere --department {OFFICE} --division 11 {reads}");
    let elsewhere = Door::new(&site, &service, &elsewhere);
    let listed = site.ask(&["case", "list", "-n", "1000"]);
    let mut expected: Vec<String> = listed
        .as_array()
        .expect("cases")
        .iter()
        .map(|case| case["id"].as_str().expect("an id").to_owned())
        .collect();
    expected.sort();
    assert_eq!(expected.len() as u64, site.planted());
    assert_eq!(ours.all(), expected);
    let one = &expected[0];
    for shut in [&other, &elsewhere] {
        assert_eq!(shut.all(), Vec::<String>::new());
        assert_eq!(shut.good("/events")["events"], json!([]));
        let hidden = shut.get(&format!("/cases/{one}"));
        let never_was = shut.get("/cases/01ARZ3NDEKTSV4RRFFQ69G5FAV");
        refused(&hidden, 404, "case_not_found");
        assert_eq!(
            hidden.body, never_was.body,
            "what is hidden looks like what is not there"
        );
        refused(
            &shut.get(&format!("/cases/{one}?view=full")),
            404,
            "case_not_found",
        );
        let deed = shut.act(one, 1, "k", &json!({ "action": "accept" }));
        refused(&deed, 404, "case_not_found");
        let line = json!({ "case": one, "version": 1, "key": "k", "action": "accept" });
        let batch = [("content-type", "application/x-ndjson")];
        let batch = shut
            .with("POST", "/feedback:batch", &batch, &line.to_string())
            .json();
        assert_eq!(batch["lines"][0]["problem"]["code"], "case_not_found", "{batch}");
        assert!(!batch.to_string().contains(OFFICE), "{batch}");
    }

    // Thin: nothing that says who it is. Full: by name, and the look is in the log.
    let thin = ours.get(&format!("/cases/{one}"));
    let case = thin.json();
    assert!(
        thin.head.contains(&format!("etag: \"{}\"", case["version"])),
        "{thin:?}"
    );
    assert_eq!(case["whom"], Value::Null, "{case}");
    assert_eq!(case["warnings"][0]["cells"], Value::Null, "{case}");
    let looks = || site.ask(&["audit", "list", "--action", "case.revealed"]);
    assert_eq!(looks(), json!([]), "a refused look is none");
    let full = ours.good(&format!("/cases/{one}?view=full"));
    let members = full["whom"]["members"].as_array().expect("members");
    let name = members[0]["name"].as_str().expect("a name");
    assert!(!thin.body.contains(name), "{thin:?}");
    assert!(!full["warnings"][0]["cells"].as_array().expect("cells").is_empty());
    let looks = looks();
    assert_eq!(looks[0]["actor"], "credential/ours", "{looks}");
    assert!(looks[0]["detail"].as_str().expect("a detail").contains(one));
    let read_only = format!("reader --department {OFFICE} --allow cases:read");
    let read_only = Door::new(&site, &service, &read_only);
    let answer = read_only.get(&format!("/cases/{one}?view=full"));
    refused(&answer, 403, "permission_missing");
    refused(&read_only.get("/events"), 403, "permission_missing");
    refused(
        &read_only.act(one, 1, "k", &json!({ "action": "accept" })),
        403,
        "permission_missing",
    );

    // What is written down nowhere: a name in the log, a token in the database.
    assert!(!service.told().contains(name));
    let token = ours.issued["token"].as_str().expect("a token");
    for file in ["data/hub.db", "data/hub.db-wal"] {
        let bytes = std::fs::read(site.path(file)).unwrap_or_default();
        let secret = token.splitn(3, '_').nth(2).expect("a secret").as_bytes();
        assert!(
            !bytes.windows(secret.len()).any(|window| window == secret),
            "{file}"
        );
    }
    assert_eq!(site.ask(&["audit", "verify"])["verdict"], "whole");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_token_opens_until_it_is_replaced_expired_or_revoked() {
    let site = ready(1_000, 82);
    let service = site.serve();
    let door = Door::new(
        &site,
        &service,
        &format!("ours --department {OFFICE} --allow cases:read"),
    );
    door.good("/cases");
    let renewed = site.ask(&["credential", "rotate", "ours", "--keep-days", "7"]);
    door.good("/cases");
    let new = Door {
        bearer: format!("Bearer {}", renewed["token"].as_str().expect("a token")),
        service: &service,
        issued: renewed,
    };
    new.good("/cases");
    site.ask(&["credential", "rotate", "ours", "--keep-days", "0"]);
    for old in [&door, &new] {
        refused(&old.get("/cases"), 401, "unauthenticated");
    }
    let again = site.hub(&[
        "credential",
        "add",
        "ours",
        "--department",
        OFFICE,
        "--allow",
        "cases:read",
    ]);
    again.ended(2);
    site.ask(&["credential", "revoke", "ours", "--reason", "不再使用"]);
    site.hub(&["credential", "rotate", "ours"]).ended(4);
    let nobody = http::send(service.address, "GET", "/api/v1/cases", &[], "").expect("an answer");
    refused(&nobody, 401, "unauthenticated");
    assert!(
        nobody.head.to_lowercase().contains("www-authenticate: bearer"),
        "{nobody:?}"
    );
    let log = site.ask(&["audit", "list", "--subject", "credential/ours"]);
    let told: Vec<&str> = log
        .as_array()
        .expect("entries")
        .iter()
        .filter_map(|entry| entry["action"].as_str())
        .collect();
    for action in [
        "credential.added",
        "credential.rotated",
        "credential.revoked",
        "api.refused",
    ] {
        assert!(told.contains(&action), "{action} not in {told:?}");
    }
    let listed = site.hub(&["credential", "list"]).good().stdout;
    assert!(listed.contains("已作废"), "{listed}");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn whoever_fetches_gets_what_others_are_pushed_byte_for_byte_and_confirms_it() {
    let site = Site::new(1_000, 84);
    let (address, requests) = http::capture();
    site.push_to(address);
    site.run_all();
    let pushed: Vec<String> = requests.try_iter().map(|request| request.body).collect();
    assert_eq!(pushed.len() as u64, site.planted());
    let service = site.serve();
    let door = Door::new(
        &site,
        &service,
        &format!("puller --department {OFFICE} --allow events:read"),
    );
    let (mut fetched, mut after) = (String::new(), "0".to_owned());
    let mut sequences: Vec<String> = Vec::new();
    loop {
        let answer = door.get(&format!("/events?after={after}&limit=4"));
        let page = answer.json();
        let events = page["events"].as_array().expect("events");
        assert!(events.len() <= 4);
        sequences.extend(
            events
                .iter()
                .map(|event| event["sequence"].as_str().expect("one").to_owned()),
        );
        fetched.push_str(&answer.body);
        after = page["next"].as_str().expect("a sequence").to_owned();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(sequences.len(), pushed.len());
    assert!(sequences.is_sorted());
    for body in &pushed {
        assert!(
            fetched.contains(body.as_str()),
            "not fetched as it was pushed: {body}"
        );
    }
    let beyond = refused(
        &door.post("/events:ack", &json!({ "through": "00000000000000099999" })),
        409,
        "not_handed_out",
    );
    assert_eq!(beyond["served"], after.as_str());
    let half = &sequences[sequences.len() / 2];
    let answer = door.post("/events:ack", &json!({ "through": half }));
    assert_eq!(
        (answer.status, &answer.json()["acknowledged"]),
        (200, &half.as_str().into())
    );
    // Without a place to begin, after what was confirmed.
    let rest = door.good("/events");
    assert_eq!(rest["acknowledged"], half.as_str());
    assert_eq!(
        rest["events"].as_array().map(Vec::len),
        Some(sequences.len() - sequences.len() / 2 - 1)
    );
    for (wrong, code) in [
        ("after=x", "request_malformed"),
        ("limit=0", "request_malformed"),
        ("limit=1001", "request_malformed"),
        ("affer=1", "request_malformed"),
    ] {
        refused(&door.get(&format!("/events?{wrong}")), 400, code);
    }
    assert_eq!(service.stop(), Some(0));
}
