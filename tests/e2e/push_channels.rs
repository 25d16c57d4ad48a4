//! Channels that take everything at once: files, robots, mail.
//! Here because most departments live behind a gateway, in a group chat or in a mailbox.
//! In: a county's warnings. Out: files with their digests, messages, mails; what stays when they are refused.
//! Not here: webhooks.

use crate::harness::{PATIENCE, is_there, poll, python, run, setting};
use crate::receivers::{Receiver, Reply};
use crate::site::Site;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a secret that only its owner may read.
pub(crate) fn secret(site: &Site, name: &str, text: &str) {
    let path = site.path(&format!("config/secrets/{name}"));
    fs::write(&path, text).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("owner only");
}

/// No text of people stands in it: no 18 digits, no name of the county's register.
fn is_about_nobody(site: &Site, text: &str) {
    let long = text
        .split(|c: char| !c.is_ascii_digit())
        .any(|digits| digits.len() >= 11);
    assert!(!long, "{text}");
    for case in site
        .ask(&["case", "list", "-n", "1000"])
        .as_array()
        .expect("cases")
    {
        let sentence = case["sentence"].as_str().unwrap_or_default();
        assert!(!sentence.is_empty() && !text.contains(sentence), "{text}");
    }
}

fn stands(site: &Site) -> Value {
    site.ask(&["push", "endpoints"])[0].clone()
}

#[test]
fn a_gateway_finds_whole_files_with_a_manifest_that_vouches_for_them() {
    let site = Site::new(4_000, 341);
    let events = usize::try_from(site.planted()).expect("a county's");
    fs::create_dir(site.path("out")).expect("a folder");
    let text = "[[channel]]\nid = \"gap\"\nkind = \"file\"\nfolder = \"../out\"\nwindow_seconds = 0\nevents_max = 10\n\
                secret = { file = \"secrets/platform.key\" }\n";
    site.write("config/channels.toml", text);
    assert_eq!(site.run_all()["events"]["acknowledged"], events as u64);
    let mut names: Vec<String> = fs::read_dir(site.path("out"))
        .expect("files")
        .map(|entry| entry.expect("a file").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert!(names.iter().all(|name| name.starts_with("hub-")), "{names:?}");
    let mut sequences = Vec::new();
    let manifests: Vec<&String> = names
        .iter()
        .filter(|name| name.ends_with(".manifest.json"))
        .collect();
    assert_eq!(
        (manifests.len(), names.len()),
        (events.div_ceil(10), 2 * events.div_ceil(10))
    );
    for name in manifests {
        let manifest: Value = serde_json::from_str(&site.read(&format!("out/{name}"))).expect("JSON");
        let file = format!("out/{}", manifest["file"].as_str().expect("a name"));
        let text = site.read(&file);
        assert_eq!(manifest["bytes"], text.len());
        assert_eq!(manifest["events"], text.lines().count());
        for line in text.lines() {
            let event: Value = serde_json::from_str(line).expect("an event");
            sequences.push(event["sequence"].as_str().expect("a sequence").to_owned());
        }
        for (program, arguments, key) in [
            ("sha256sum", vec![], "sha256"),
            ("openssl", vec!["dgst", "-sm3", "-r"], "sm3"),
        ] {
            if !is_there(program) {
                continue;
            }
            let mut command = Command::new(program);
            command.args(arguments).arg(site.path(&file));
            let digest = run(&mut command, PATIENCE).good().stdout;
            assert_eq!(manifest[key].as_str(), digest.split(' ').next(), "{name}");
        }
        assert!(
            manifest["signature"]
                .as_str()
                .is_some_and(|signature| signature.starts_with("v1,"))
        );
    }
    let mut sorted = sequences.clone();
    sorted.sort();
    assert_eq!(
        (sequences.len(), &sequences),
        (events, &sorted),
        "in order, each once"
    );
    site.write("config/channels.toml", &text.replace("../out", "../nowhere"));
    let refused = site.hub(&["status"]).ended(78).stderr;
    assert!(refused.contains("nowhere"), "{refused}");
}

#[test]
fn a_robot_is_told_how_much_is_new_and_never_about_whom() {
    let site = Site::new(1_000, 342);
    let events = site.planted();
    secret(&site, "robot.key", "KEY-693a91f6");
    secret(&site, "robot.sec", "SEC-1");
    for (dialect, more, parameter) in [
        ("wecom", "", "key=KEY-693a91f6"),
        (
            "dingtalk",
            "secret = { file = \"secrets/robot.sec\" }\n",
            "access_token=KEY-693a91f6",
        ),
    ] {
        let code = Arc::new(AtomicU64::new(40058));
        let says = Arc::clone(&code);
        let robot = Receiver::start(move |_| {
            Reply::saying(&format!(
                "{{\"errcode\": {}, \"errmsg\": \"x\"}}",
                says.load(Ordering::SeqCst)
            ))
        });
        let _ = fs::remove_dir_all(site.path("data"));
        site.write(
            "config/channels.toml",
            &format!(
                "[[channel]]\nid = \"group\"\nkind = \"robot\"\ndialect = \"{dialect}\"\nurl = \"{}\"\n\
                 token = {{ file = \"secrets/robot.key\" }}\ndigest_minutes = 0\nlink = \"https://hub.example/\"\n{more}",
                robot.url()
            ),
        );
        site.run_all();
        let now = stands(&site);
        assert_eq!(
            (&now["pending"], &now["acknowledged"]),
            (&events.into(), &0.into()),
            "{now}"
        );
        code.store(0, Ordering::SeqCst);
        let report = site.ask(&["check", "--push-wait", "0"]);
        assert_eq!(report["events"]["acknowledged"], events, "{report}");
        let requests = robot.requests();
        assert_eq!(requests.len(), 2, "all of it in one message each time");
        let told = &requests[1];
        assert!(told.path.contains(parameter), "{}", told.path);
        assert_eq!(
            told.path.contains("timestamp=") && told.path.contains("sign="),
            dialect == "dingtalk"
        );
        let body = told.json();
        assert_eq!(body["msgtype"], "markdown");
        let text = body["markdown"]["content"]
            .as_str()
            .or_else(|| body["markdown"]["text"].as_str());
        let text = text.expect("a text");
        assert!(
            text.len() <= 4096 && text.contains(&format!("{events} 条")),
            "{text}"
        );
        assert!(
            text.contains("色 ") && text.contains("https://hub.example/"),
            "{text}"
        );
        is_about_nobody(&site, text);
        let attempts = site.ask(&["push", "attempts"]).to_string();
        assert!(
            !attempts.contains("KEY-693a91f6") && attempts.contains("40058"),
            "{attempts}"
        );
    }
}

/// A running mail server.
struct Mails(Child);

impl Drop for Mails {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_mail_goes_out_over_tls_to_a_server_that_somebody_vouches_for() {
    if !is_there("openssl") {
        return;
    }
    let site = Site::new(1_000, 343);
    let events = site.planted();
    let mut command = Command::new("openssl");
    command.current_dir(site.path("")).args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        "mail.key",
        "-out",
        "config/mail.pem",
        "-subj",
        "/CN=mail",
        "-addext",
        "subjectAltName=IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-days",
        "2",
    ]);
    run(&mut command, PATIENCE).good();
    // Only to see whether there is such a Python: the server does not end by itself.
    if python(&["aiosmtpd"], "nothing.py", &[]).is_none() {
        return;
    }
    let python = setting("HUB_PYTHON").unwrap_or_else(|| "python3".to_owned());
    let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/smtp.py");
    let mut server = Command::new(python);
    server
        .arg(script)
        .args(["mail.port", "mails.jsonl", "config/mail.pem", "mail.key"].map(|name| site.path(name)))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let _server = Mails(server.spawn().expect("a mail server"));
    let port = poll(PATIENCE, || {
        fs::read_to_string(site.path("mail.port"))
            .ok()?
            .parse::<u16>()
            .ok()
    });
    let channel = |id: &str, more: &str| {
        format!(
            "[[channel]]\nid = \"{id}\"\nkind = \"email\"\nhost = \"127.0.0.1\"\nport = {}\nfrom = \"hub@county.example\"\n\
             to = [\"duty@county.example\", \"chief@county.example\"]\ndigest_minutes = 0\n{more}",
            port.expect("its port")
        )
    };
    // A server nobody vouches for gets nothing.
    site.write("config/channels.toml", &channel("unknown", ""));
    site.run_all();
    let now = stands(&site);
    assert_eq!(
        (&now["pending"], site.path("mails.jsonl").exists()),
        (&events.into(), false),
        "{now}"
    );

    site.write(
        "config/channels.toml",
        &channel("mail", "authorities = \"mail.pem\"\n"),
    );
    let report = site.ask(&["check", "--push-wait", "0"]);
    assert_eq!(report["events"]["acknowledged"], events, "{report}");
    let mails = site.read("mails.jsonl");
    assert_eq!(mails.lines().count(), 1, "{mails}");
    let mail: Value = serde_json::from_str(&mails).expect("a mail");
    assert_eq!(
        (&mail["tls"], &mail["from"]),
        (&true.into(), &"hub@county.example".into()),
        "{mail}"
    );
    assert_eq!(mail["to"].as_array().map(Vec::len), Some(2));
    assert!(
        mail["subject"]
            .as_str()
            .is_some_and(|subject| subject.contains(&format!("{events} 条"))),
        "{mail}"
    );
    is_about_nobody(&site, mail["text"].as_str().expect("a text"));
    assert_eq!(mail["attached"], serde_json::json!({}));
    // With what is to be done, once something is.
    let cases = site.ask(&["case", "list", "-n", "1000"]);
    let cases = cases.as_array().expect("cases");
    for case in cases {
        let id = case["id"].as_str().expect("an id");
        site.hub(&["case", "act", id, "dispatch", "--actor", "县专班"])
            .good();
    }
    let department = cases[0]["department"].as_str().expect("a department");
    let more = format!("authorities = \"mail.pem\"\nworksheet = {{ department = \"{department}\" }}\n");
    site.write("config/channels.toml", &channel("mail", &more));
    site.hub(&["check"]).good();
    let mails = site.read("mails.jsonl");
    let mail: Value = serde_json::from_str(mails.lines().last().expect("a mail")).expect("a mail");
    let attached = mail["attached"].as_object().expect("files");
    assert!(!attached.is_empty(), "{mail}");
    for (name, bytes) in attached {
        assert!(name.starts_with(&format!("交办单-{department}-")), "{name}");
        // How a workbook begins.
        assert!(
            bytes.as_str().is_some_and(|bytes| bytes.starts_with("UEsDB")),
            "{name}"
        );
    }
    // A password is not sent where everybody can read it.
    let plain = "security = \"none\"\nuser = \"hub\"\npassword = { file = \"secrets/platform.key\" }\n";
    site.write("config/channels.toml", &channel("plain", plain));
    let refused = site.hub(&["status"]).ended(78).stderr;
    assert!(refused.contains("readable"), "{refused}");
}
