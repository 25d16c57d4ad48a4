//! What departments' programs say came of their cases: step by step, many at once, signed.
//! Here because a deed from outside ends a case, and one that was forged would too.
//! In: a county with rule A01, credentials of its office and of the county. Out: answers, histories, the audit log.
//! Not here: who sees what (api), every move of a case (model).

use serde_json::{Value, json};

use crate::api::{Door, OFFICE, ready, refused};
use crate::harness::python;

#[test]
fn a_case_is_closed_from_outside_and_every_wrong_step_is_told_what_would_be_right() {
    let site = ready(1_000, 83);
    let service = site.serve();
    let acts = "--allow cases:read --allow cases:act";
    let office = Door::new(&site, &service, &format!("office --department {OFFICE} {acts}"));
    let county = Door::new(&site, &service, &format!("county --role county {acts}"));
    let ids = office.all();
    let one = &ids[0];
    let version = |case: &str| {
        office.good(&format!("/cases/{case}"))["version"]
            .as_u64()
            .expect("a version")
    };
    let seen = version(one);
    let accept = json!({ "action": "accept", "operator": { "name": "张某", "dept": "科" } });
    let not_yet = refused(&office.act(one, seen, "a", &accept), 409, "action_not_allowed");
    assert_eq!(not_yet["allowed"], json!([]), "{not_yet}");
    let dispatch = json!({ "action": "dispatch" });
    let roles = refused(&office.act(one, seen, "a", &dispatch), 403, "role_not_allowed");
    assert_eq!(roles["roles"], json!(["county"]));
    assert_eq!(county.act(one, seen, "d", &dispatch).status, 200);

    let missing = [("content-type", "application/json"), ("idempotency-key", "x")];
    let path = format!("/cases/{one}/actions");
    let answer = office.with("POST", &path, &missing, &accept.to_string());
    refused(&answer, 428, "if_match_missing");
    let missing = [("content-type", "application/json"), ("if-match", "\"2\"")];
    let answer = office.with("POST", &path, &missing, &accept.to_string());
    refused(&answer, 400, "idempotency_key_invalid");
    let stale = refused(&office.act(one, seen, "a", &accept), 412, "version_stale");
    assert_eq!(stale["version"], seen + 1);

    let seen = version(one);
    let done = office.act(one, seen, "a", &accept);
    assert_eq!(
        (done.status, &done.json()["state"]),
        (200, &"verifying".into()),
        "{done:?}"
    );
    let again = office.act(one, seen, "a", &accept);
    assert_eq!(
        (again.status, &again.json()["repeated"]),
        (200, &true.into()),
        "{again:?}"
    );
    assert_eq!(again.json()["version"], done.json()["version"]);
    let other = json!({ "action": "accept", "text": "另一回事" });
    refused(&office.act(one, seen, "a", &other), 409, "key_reused");

    let seen = version(one);
    let nothing_said = office.act(one, seen, "v", &json!({ "action": "verify" }));
    let nothing_said = refused(&nothing_said, 422, "action_incomplete");
    assert_eq!(nothing_said["fields"], json!(["text", "date"]));
    let tomorrow = json!({ "action": "verify", "text": "属实", "date": "2099-01-01" });
    let unfit = refused(&office.act(one, seen, "v", &tomorrow), 422, "action_unfit");
    assert_eq!(unfit["fields"], json!(["date"]));
    let reject = json!({ "action": "reject", "reason_code": "data_late", "text": "数据未更新" });
    assert_eq!(office.act(one, seen, "r", &reject).status, 200);
    let seen = version(one);
    assert_eq!(office.good(&format!("/cases/{one}"))["allowed"], json!([]));
    refused(
        &office.act(one, seen, "c", &json!({ "action": "close" })),
        403,
        "role_not_allowed",
    );
    let closed = county.act(one, seen, "c", &json!({ "action": "close" }));
    assert_eq!((closed.status, &closed.json()["state"]), (200, &"closed".into()));
    let shown = site.ask(&["case", "show", one]);
    let actors: Vec<&str> = shown["history"]
        .as_array()
        .expect("deeds")
        .iter()
        .filter_map(|deed| deed["actor"].as_str())
        .collect();
    assert_eq!(
        actors,
        [
            "credential/county",
            "科/张某@office",
            "credential/office",
            "credential/county"
        ]
    );

    // Many at once: each by itself, in order.
    let line = |case: &str, key: &str, action: &str, version: u64| {
        json!({ "case": case, "version": version, "key": key, "action": action }).to_string()
    };
    let (two, three) = (&ids[1], &ids[2]);
    let lines = [
        line(two, "b1", "dispatch", version(two)),
        String::new(),
        "{\"case\": 11010519491231002X}".to_owned(),
        line(three, "b2", "dispatch", 99),
        line(two, "b1", "dispatch", version(two)),
        line(three, "b3", "fly", version(three)),
    ];
    let kind = [("content-type", "application/x-ndjson")];
    let result = county
        .with("POST", "/feedback:batch", &kind, &lines.join("\n"))
        .json();
    let told: Vec<(u64, u64)> = result["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| {
            (
                line["line"].as_u64().unwrap_or(0),
                line["status"].as_u64().unwrap_or(0),
            )
        })
        .collect();
    assert_eq!(
        told,
        [(1, 200), (3, 400), (4, 412), (5, 200), (6, 422)],
        "{result}"
    );
    assert!(
        !result.to_string().contains("1949"),
        "a number came back: {result}"
    );
    assert_eq!(result["lines"][3]["done"]["repeated"], true, "{result}");
    let many = vec![lines[0].as_str(); 1_001].join("\n");
    refused(
        &county.with("POST", "/feedback:batch", &kind, &many),
        422,
        "too_many_lines",
    );
    let huge = "x".repeat((1 << 20) + 1);
    refused(
        &county.with("POST", "/feedback:batch", &kind, &huge),
        413,
        "body_too_large",
    );
    assert_eq!(site.ask(&["audit", "verify"])["verdict"], "whole");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn a_signed_deed_is_taken_once_and_a_forged_old_altered_or_repeated_one_never() {
    let site = ready(1_000, 85);
    let service = site.serve();
    let acts = "--role county --allow cases:read --allow cases:act --signed";
    let door = Door::new(&site, &service, &format!("county {acts}"));
    let ids = door.all();
    let version = |case: &str| door.good(&format!("/cases/{case}"))["version"].clone();
    let before: Vec<Value> = ids.iter().map(|id| version(id)).collect();
    let asked = json!({
        "url": format!("http://{}/api/v1", service.address),
        "token": door.issued["token"], "secret": door.issued["signing_secret"],
        "case": ids[0], "other": ids[1], "version": before[0], "other_version": before[1],
    });
    site.write("signed.json", &asked.to_string());
    let file = site.path("signed.json");
    let Some(told) = python(&["standardwebhooks"], "signed.py", &[&file.to_string_lossy()]) else {
        return;
    };
    let expected = json!({
        "unsigned": [401, "signature_missing"],
        "old": [401, "signature_old"],
        "in the future": [401, "signature_old"],
        "another key": [401, "signature_invalid"],
        "altered": [401, "signature_invalid"],
        "unbound": [422, "signature_unbound"],
        "led to another case": [422, "signature_unbound"],
        "signed": [200, null],
        "replayed": [409, "signature_replayed"],
        "signed again": [200, null],
        "same id, other body": [409, "signature_id_reused"],
        "batch unsigned": [401, "signature_missing"],
        "batch": [200, null],
    });
    assert_eq!(told, expected);
    assert_eq!(
        version(&ids[0]).as_u64(),
        before[0].as_u64().map(|version| version + 1)
    );
    assert_eq!(version(&ids[1]), before[1], "what was refused changed something");
    let log = site.ask(&["audit", "list", "--action", "api.refused"]);
    let log = log.to_string();
    for why in ["missing", "old", "forged", "unbound", "replayed", "id reused"] {
        assert!(log.contains(&format!("signature {why}")), "{why} not in {log}");
    }
    assert_eq!(service.stop(), Some(0));
}
