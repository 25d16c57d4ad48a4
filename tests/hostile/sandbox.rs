//! What a plugin reaches for beyond what it was granted, and does not get.
//! Here because a plugin is code: what it promises not to do, the kernel must not let it do.
//! In: the hostile plugin with and without a sandbox. Out: got or denied, for each kind of thing.
//! Not here: what options declare (plugin-host), faults.

use crate::support::{drain, host, hostile, launch};
use plugin_host::{Access, Isolation, ReadRequest};
use std::net::TcpListener;
use std::path::Path;

/// What became of reaching for `at` in a child with this `access`.
fn reach(fault: &str, at: &str, access: Option<Access>) -> String {
    let mut launch = launch(&hostile(), fault, Isolation::Child);
    launch.config = serde_json::json!({ "fault": fault, "at": at });
    launch.access = access;
    let mut session = host().read(&launch, ReadRequest::new("rows")).expect("a session");
    let (rows, end) = drain(&mut session);
    end.unwrap_or_else(|fault| panic!("{fault}: {:?}", fault.log_tail));
    let report = session.finish().expect("a report");
    assert_eq!((rows, report.complete), (40, true), "a denied plugin goes on");
    let tail = report.log_tail.join("\n");
    let said = tail
        .split("reach=")
        .nth(1)
        .unwrap_or_else(|| panic!("nothing said: {tail}"));
    said.split_whitespace().next().unwrap_or_default().to_owned()
}

fn granted(write: &[&Path]) -> Access {
    Access {
        write: write.iter().map(|path| path.to_path_buf()).collect(),
        ..Access::default()
    }
}

#[test]
fn what_was_not_granted_is_denied_and_without_a_sandbox_it_is_not() {
    let dir = tempfile::tempdir().expect("a folder");
    let (inbox, other) = (dir.path().join("inbox"), dir.path().join("other"));
    for folder in [&inbox, &other] {
        std::fs::create_dir(folder).expect("made");
        std::fs::write(folder.join("roll"), "x").expect("written");
    }
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("its address").to_string();
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let attempts = [
        ("read_file", "/etc/passwd".to_owned()),
        ("read_file", text(&other.join("roll"))),
        ("list_folder", text(&other)),
        ("list_folder", "/".to_owned()),
        ("write_file", text(&other)),
        ("write_file", "/tmp".to_owned()),
        ("start_program", "/bin/true".to_owned()),
        ("connect", address.clone()),
        ("signal_hub", String::new()),
    ];
    for (fault, at) in &attempts {
        let sandboxed = reach(fault, at, Some(granted(&[&inbox])));
        assert_eq!(sandboxed, "denied", "{fault} {at}");
        if at != "/tmp" {
            assert_eq!(reach(fault, at, None), "got", "{fault} {at}, unrestricted");
        }
    }
}

#[test]
fn what_was_granted_is_got() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("roll"), "x").expect("written");
    let server = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = server.local_addr().expect("its address").port();
    let access = Access {
        execute: ["/bin".into(), "/usr/bin".into()].into(),
        connect: [port].into(),
        ..granted(&[dir.path()])
    };
    let roll = dir.path().join("roll").to_string_lossy().into_owned();
    for (fault, at) in [
        ("read_file", roll.as_str()),
        ("list_folder", &dir.path().to_string_lossy()),
        ("write_file", &dir.path().to_string_lossy()),
        ("use_scratch", ""),
        ("start_program", "/bin/true"),
        ("connect", &format!("127.0.0.1:{port}")),
    ] {
        assert_eq!(reach(fault, at, Some(access.clone())), "got", "{fault} {at}");
    }
    let nothing = Some(Access::default());
    assert_eq!(
        reach("use_scratch", "", nothing),
        "got",
        "its own folder, whatever is granted"
    );
}
