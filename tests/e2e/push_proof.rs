//! What is sent, verified by parties we did not write.
//! Here because our own reader of our own signature proves nothing.
//! In: a push signed with every scheme and two secrets. Out: the verdicts of Standard Webhooks, Svix, CloudEvents, gmssl, OpenSSL.
//! Not here: receivers that misbehave (push_faults).

use crate::harness::{PATIENCE, is_there, python, run, setting};
use crate::receivers::{Receiver, Reply, Request};
use crate::site::Site;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const BEFORE: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn openssl(site: &Site, arguments: &[&str]) -> crate::harness::Outcome {
    let mut command = Command::new("openssl");
    command.args(arguments).current_dir(site.path(""));
    run(&mut command, PATIENCE)
}

fn secret(site: &Site, name: &str, text: &str) {
    let path = site.path(&format!("config/secrets/{name}"));
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("owner only");
}

/// Keys of every scheme; the SM2 public key, hexadecimal, without its first byte.
fn keys(site: &Site) -> String {
    let sm2_public = loop {
        openssl(site, &["genpkey", "-algorithm", "SM2", "-out", "sm2.pem"]).good();
        openssl(site, &["pkey", "-in", "sm2.pem", "-pubout", "-out", "sm2.pub"]).good();
        openssl(
            site,
            &[
                "pkey", "-in", "sm2.pem", "-pubout", "-outform", "DER", "-out", "sm2.der",
            ],
        )
        .good();
        let der = fs::read(site.path("sm2.der")).expect("a key");
        let public: String = der[der.len() - 64..]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // gmssl takes a key that begins so for one with its first byte, and shortens it.
        if !public.starts_with("04") {
            break public;
        }
    };
    openssl(
        site,
        &[
            "genpkey",
            "-algorithm",
            "ED25519",
            "-outform",
            "DER",
            "-out",
            "ed.der",
        ],
    )
    .good();
    openssl(
        site,
        &[
            "pkey", "-inform", "DER", "-in", "ed.der", "-pubout", "-out", "ed.pub",
        ],
    )
    .good();
    let der = fs::read(site.path("ed.der")).expect("a key");
    let seed = &der[der.len() - 32..];
    fs::write(site.path("ed.seed"), seed).expect("written");
    let seed = openssl(site, &["base64", "-A", "-in", "ed.seed"]).good().stdout;
    secret(site, "platform.ed", &format!("whsk_{}", seed.trim()));
    secret(site, "platform.sm2", &site.read("sm2.pem"));
    secret(site, "before.key", BEFORE);
    sm2_public
}

/// The signature of scheme `version` in a request, as bytes in file `name`, over its content in `NAME.content`.
fn signed(site: &Site, request: &Request, version: &str, name: &str) {
    let header = request.header("webhook-signature").expect("a signature");
    let mark = format!("{version},");
    let found: Vec<&str> = header
        .split(' ')
        .filter_map(|part| part.strip_prefix(&mark))
        .collect();
    assert_eq!(found.len(), 1, "{header}");
    site.write(&format!("{name}.b64"), found[0]);
    openssl(
        site,
        &["base64", "-d", "-A", "-in", &format!("{name}.b64"), "-out", name],
    )
    .good();
    let [id, timestamp] =
        ["webhook-id", "webhook-timestamp"].map(|name| request.header(name).expect("a header"));
    site.write(
        &format!("{name}.content"),
        &format!("{id}.{timestamp}.{}", request.body),
    );
    site.write(
        &format!("{name}.altered"),
        &format!("{id}.{timestamp}.{} ", request.body),
    );
}

/// r‖s as the DER that OpenSSL reads.
fn der(raw: &[u8]) -> Vec<u8> {
    let integer = |half: &[u8]| {
        let mut bytes: Vec<u8> = half.iter().copied().skip_while(|byte| *byte == 0).collect();
        if bytes.first().is_none_or(|byte| *byte >= 0x80) {
            bytes.insert(0, 0);
        }
        let mut out = vec![2, u8::try_from(bytes.len()).expect("short")];
        out.extend(bytes);
        out
    };
    let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
    [vec![0x30, u8::try_from(body.len()).expect("short")], body].concat()
}

#[test]
fn every_scheme_and_both_secrets_are_verified_by_others() {
    if !is_there("openssl") {
        return;
    }
    let site = Site::new(1_000, 321);
    let sm2_public = keys(&site);
    let receiver = Receiver::start(|_| Reply::of(200));
    site.write(
        "config/channels.toml",
        &format!(
            "[[channel]]\nid = \"all\"\nkind = \"webhook\"\nurl = \"{}\"\nsecret = {{ file = \"secrets/platform.key\" }}\n\
             previous_secret = {{ file = \"secrets/before.key\" }}\ned25519_key = {{ file = \"secrets/platform.ed\" }}\n\
             sm2_key = {{ file = \"secrets/platform.sm2\" }}\n",
            receiver.url()
        ),
    );
    assert_eq!(site.run_all()["events"]["acknowledged"], site.planted());
    let request = receiver.requests().remove(0);

    signed(&site, &request, "v1a", "ed.sig");
    signed(&site, &request, "v1sm", "sm2.sig");
    let raw = fs::read(site.path("sm2.sig")).expect("a signature");
    fs::write(site.path("sm2.sig"), der(&raw)).expect("written");
    let by_ed = |content: &str| {
        let arguments = [
            "pkeyutl", "-verify", "-pubin", "-inkey", "ed.pub", "-rawin", "-in", content,
        ];
        openssl(&site, &[&arguments[..], &["-sigfile", "ed.sig"]].concat()).code
    };
    let by_sm2 = |content: &str| {
        let arguments = [
            "pkeyutl", "-verify", "-pubin", "-inkey", "sm2.pub", "-rawin", "-in", content,
        ];
        let how = [
            "-sigfile",
            "sm2.sig",
            "-digest",
            "sm3",
            "-pkeyopt",
            "distid:1234567812345678",
        ];
        openssl(&site, &[&arguments[..], &how].concat()).code
    };
    assert_eq!(
        (by_ed("ed.sig.content"), by_ed("ed.sig.altered")),
        (Some(0), Some(1))
    );
    assert_eq!(
        (by_sm2("sm2.sig.content"), by_sm2("sm2.sig.altered")),
        (Some(0), Some(1))
    );

    let headers: serde_json::Map<String, Value> = request
        .headers
        .iter()
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect();
    let new = site.read("config/secrets/platform.key");
    let asked = json!({
        "headers": headers, "body": request.body, "sm2_public": sm2_public,
        "secrets": { "new": new.trim(), "former": BEFORE, "other": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
    });
    site.write("request.json", &asked.to_string());
    let file = site.path("request.json");
    let modules = [
        "standardwebhooks",
        "svix",
        "cloudevents",
        "gmssl",
        "jsonschema",
        "rfc3339_validator",
    ];
    let Some(verdict) = python(&modules, "verify_push.py", &[&file.to_string_lossy()]) else {
        return;
    };
    let both = json!({ "new": true, "former": true, "other": false, "altered": false });
    let event = request.json();
    assert_eq!(
        (&verdict["standardwebhooks"], &verdict["svix"]),
        (&both, &both),
        "{verdict}"
    );
    assert_eq!(verdict["sm2"], json!({ "as_sent": true, "altered": false }));
    // The JSON Schema of CloudEvents itself, where `HUB_CLOUDEVENTS_SCHEMA` says where it is.
    if setting("HUB_CLOUDEVENTS_SCHEMA").is_some() || setting("HUB_REQUIRE_EXTERNAL").as_deref() == Some("1")
    {
        assert_eq!(verdict["schema"], json!({ "as_sent": true, "spoilt": false }));
    }
    assert_eq!(
        verdict["event"],
        json!({ "id": event["id"], "type": event["type"], "source": event["source"] })
    );
    assert_eq!(event["dataschema"], "urn:hub:schema:warning.opened.v1.json");
}

#[test]
fn a_batch_is_an_array_of_events_of_different_cases_and_one_that_is_refused_is_taken_apart() {
    let site = Site::new(4_000, 322);
    let events = usize::try_from(site.planted()).expect("a county's");
    let receiver = Receiver::start(|request| {
        let is_batch = request.json().as_array().is_some_and(|batch| batch.len() > 1);
        Reply::of(if is_batch && request.header("x-refuse").is_some() {
            422
        } else {
            200
        })
    });
    let text = format!(
        "[[channel]]\nid = \"ID\"\nkind = \"webhook\"\nurl = \"{}\"\nsecret = {{ file = \"secrets/platform.key\" }}\nbatch_max = 10\n",
        receiver.url()
    );
    site.write("config/channels.toml", &text.replace("ID", "many"));
    assert_eq!(site.run_all()["events"]["acknowledged"], events as u64);
    let requests = receiver.requests();
    assert!(
        requests.len() < events,
        "{} requests for {events} events",
        requests.len()
    );
    let mut sent = 0;
    for request in &requests {
        let content_type = request.header("content-type");
        assert_eq!(
            content_type,
            Some("application/cloudevents-batch+json; charset=utf-8")
        );
        let batch = request.json();
        let batch = batch.as_array().expect("an array");
        let cases: std::collections::BTreeSet<_> =
            batch.iter().map(|event| event["subject"].to_string()).collect();
        assert!(batch.len() <= 10 && cases.len() == batch.len());
        assert!(
            request
                .header("webhook-id")
                .is_some_and(|id| id.starts_with("batch_"))
        );
        sent += batch.len();
    }
    assert_eq!(sent, events);

    let refusing = text.replace("ID", "apart") + "headers = { \"x-refuse\" = \"1\" }\n";
    site.write("config/channels.toml", &refusing);
    let report = site.ask(&["check", "--push-wait", "5"]);
    assert_eq!(report["events"]["acknowledged"], events as u64, "{report}");
}

#[test]
fn a_platform_with_a_dialect_of_its_own_needs_configuration_only() {
    if !is_there("openssl") {
        return;
    }
    let site = Site::new(1_000, 323);
    secret(&site, "dialect.key", "k-123");
    let receiver = Receiver::start(|_| Reply::saying(r#"{"head": {"code": "00"}}"#));
    site.write(
        "config/channels.toml",
        &format!(
            "[[channel]]\nid = \"province\"\nkind = \"webhook\"\nurl = \"{}\"\nsigner = \"sm3-hmac\"\n\
             secret = {{ file = \"secrets/dialect.key\" }}\nsignature = {{ header = \"x-sign\", timestamp_header = \"x-time\" }}\n\
             template = '{{\"head\": {{\"id\": \"{{{{id}}}}\"}}, \"level\": \"{{{{data/severity}}}}\", \"biz\": \"{{{{data}}}}\"}}'\n\
             headers = {{ \"x-app-id\" = \"hub\" }}\nsuccess = 'json:/head/code == \"00\"'\n",
            receiver.url()
        ),
    );
    assert_eq!(site.run_all()["events"]["acknowledged"], site.planted());
    let request = receiver.requests().remove(0);
    let body = request.json();
    assert_eq!(body["level"], body["biz"]["severity"]);
    assert!(
        body["head"]["id"].as_str().is_some_and(|id| id.len() == 26),
        "{body}"
    );
    assert_eq!(request.header("x-app-id"), Some("hub"));
    let time = request.header("x-time").expect("a time");
    site.write("content", &format!("{time}.{}", request.body));
    let mac = openssl(&site, &["dgst", "-sm3", "-hmac", "k-123", "content"])
        .good()
        .stdout;
    let mac = mac.trim().rsplit(' ').next().expect("a digest").to_owned();
    assert_eq!(request.header("x-sign"), Some(&*mac));
}

#[test]
fn names_go_out_only_where_somebody_approved_it_and_each_time_is_on_record() {
    let site = Site::new(1_000, 323);
    let (thin, full) = (
        Receiver::start(|_| Reply::of(200)),
        Receiver::start(|_| Reply::of(200)),
    );
    let channel = |id: &str, url: &str, more: &str| {
        format!(
            "[[channel]]\nid = \"{id}\"\nkind = \"webhook\"\nurl = \"{url}\"\nsecret = {{ file = \"secrets/platform.key\" }}\n{more}"
        )
    };
    let channels = |more: &str| {
        let two = channel("full", &full.url(), more);
        site.write("config/channels.toml", &(channel("thin", &thin.url(), "") + &two));
    };
    channels("payload = \"full\"\n");
    let refused = site.hub(&["status"]).ended(78).stderr;
    assert!(
        refused.contains("channels.toml:11:") && refused.contains("approval"),
        "{refused}"
    );
    channels("payload = \"full\"\napproval = \"测试〔2026〕1号\"\n");
    let events = site.planted();
    assert_eq!(site.run_all()["events"]["acknowledged"], 2 * events);
    for request in thin.requests() {
        let event = request.json();
        assert!(event["data"].get("full").is_none(), "{event}");
    }
    let requests = full.requests();
    assert_eq!(requests.len() as u64, events);
    for request in requests {
        let event = request.json();
        let case = &event["data"]["full"];
        assert_eq!(case["id"], event["data"]["case_id"], "{event}");
        let members = case["whom"]["members"].as_array().expect("a family");
        assert!(members.iter().any(|member| member["name"].is_string()), "{event}");
    }
    let looks = site.ask(&["audit", "list", "--action", "case.revealed", "-n", "10000"]);
    let looks = looks.as_array().expect("entries");
    assert_eq!(looks.len() as u64, events);
    assert!(
        looks.iter().all(|look| look["actor"] == "channel/full"),
        "{looks:?}"
    );
}
