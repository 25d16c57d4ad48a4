//! Plugin files that are wrong, altered, foreign, or written in another language.
//! Here because a file is judged before anything of it runs.
//! In: C and C++ sources, bent copies of the hostile plugin. Out: what each refusal says.
//! Not here: faults of running plugins.

use crate::support::{artifact, compile, drain, host, launch, turn, verified};
use minisign::KeyPair;
use plugin_host::{Category, Cause, Entry, Isolation, Lock, PluginError, PluginFile, ReadRequest, Trust};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

#[test]
fn descriptors_are_refused_by_name_and_number() {
    for (wrong, category, cause, says) in [
        ("WRONG_MAGIC", Category::Config, Cause::Load, "bad magic 0x1234"),
        (
            "WRONG_SIZE",
            Category::Config,
            Cause::Load,
            "descriptor size 24, ABI 1.0 needs >= 176",
        ),
        (
            "WRONG_MAJOR",
            Category::Config,
            Cause::Load,
            "plugin ABI 2.0, hub speaks 1.x",
        ),
        (
            "WRONG_MINOR",
            Category::Config,
            Cause::Load,
            "plugin needs ABI 1.7, hub speaks 1.0",
        ),
        (
            "WRONG_READ",
            Category::Config,
            Cause::Load,
            "mandatory function \"read\" is NULL",
        ),
        (
            "WRONG_NULL",
            Category::Config,
            Cause::Load,
            "no descriptor (NULL)",
        ),
        (
            "WRONG_SYMBOL",
            Category::Config,
            Cause::Load,
            "no symbol hub_connector_v1",
        ),
        (
            "WRONG_POINTER",
            Category::Internal,
            Cause::Signal(11),
            "signal 11",
        ),
    ] {
        let built = compile(
            &["cc", "-std=c11", "-DA=1"],
            "hostile/descriptor.c",
            &[&format!("-D{wrong}")],
        );
        let launch = launch(&verified(&built.path), "none", Isolation::Child);
        let fault = host().spec(&launch).expect_err(wrong);
        assert_eq!(
            (fault.category, fault.cause.clone()),
            (category, cause),
            "{wrong}: {fault}"
        );
        assert!(fault.message.contains(says), "{wrong}: {}", fault.message);
    }
    // A later minor with a larger descriptor loads; its other lies are found one by one.
    let newer = compile(&["cc", "-std=c11"], "hostile/descriptor.c", &[]);
    let launch = launch(&verified(&newer.path), "none", Isolation::Child);
    assert_eq!(
        host().spec(&launch).expect("a spec made up by the host")["name"],
        "descriptor"
    );
    assert_eq!(host().discover(&launch).expect("no streams"), []);
    let fault = host()
        .read(&launch, ReadRequest::new("rows"))
        .err()
        .expect("no stream was filled");
    assert!(fault.message.contains("filled no stream"), "{}", fault.message);
}

#[test]
fn a_cpp_exception_ends_the_child_and_nothing_else() {
    if Command::new("c++")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        return;
    }
    let built = compile(&["c++", "-std=c++17"], "hostile/throw.cpp", &[]);
    let fault = host()
        .check(&launch(&verified(&built.path), "none", Isolation::Child))
        .expect_err("thrown");
    assert_eq!(
        (fault.category, fault.cause),
        (Category::Internal, Cause::Signal(6))
    );
}

#[test]
fn a_connector_in_c_needs_nothing_but_the_header() {
    let _turn = turn();
    let built = compile(&["cc", "-std=c11"], "../plugin-api/templates/c/connector.c", &[]);
    for isolation in [Isolation::Child, Isolation::InProcess] {
        let launch = launch(&verified(&built.path), "none", isolation);
        let report = host().conform(&launch, None);
        assert!(report.passed(), "{report}");
        let streams = host().discover(&launch).expect("streams");
        assert_eq!(streams[0].schema.field(0).name(), "数值");
        let mut session = host()
            .read(&launch, ReadRequest::new("figures"))
            .expect("a session");
        let (rows, report) = drain(&mut session);
        report.expect("the end");
        assert_eq!(rows, 3);
    }
}

#[test]
fn files_that_are_no_plugins_are_refused_without_running_them() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let good = std::fs::read(artifact("libhostile.so")).expect("the plugin's bytes");
    let refused = |path: &Path| PluginFile::open(path).expect_err("refused").to_string();

    let missing = refused(&dir.path().join("missing.so"));
    assert!(
        missing.contains("missing.so") && missing.contains("No such file"),
        "{missing}"
    );
    let text = refused(&file("text.so", &b"#!/bin/sh\n".repeat(20)));
    assert!(
        text.contains("starts with \"#!/b\"") && text.contains("expected an ELF"),
        "{text}"
    );
    let mut foreign = good.clone();
    foreign[18] = 243;
    let foreign = refused(&file("foreign.so", &foreign));
    assert!(foreign.contains("built for riscv64"), "{foreign}");
    let note = good
        .windows(12)
        .position(|window| window == b"HUBC abi=1.0")
        .expect("the note");
    let mut future = good.clone();
    future[note + 9] = b'2';
    let future = refused(&file("future.so", &future));
    assert!(future.contains("plugin ABI 2.0, hub speaks 1.x"), "{future}");
    let other = compile(&["cc", "-std=c11"], "hostile/descriptor.c", &["-DWITHOUT_NOTE"]);
    let other = refused(&other.path);
    assert!(other.contains("without .hub_abi"), "{other}");
    let cut = refused(&file("cut.so", &good[..100]));
    assert!(cut.contains("cut.so"), "{cut}");

    let path = file("hostile.so", &good);
    let found = PluginFile::open(&path).expect("a plugin");
    assert_eq!(
        (found.abi.as_str(), found.sdk.starts_with("rust-")),
        ("1.0", true)
    );
}

#[test]
fn an_altered_plugin_is_not_loaded_and_a_checked_one_cannot_be_altered() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("hostile.so");
    std::fs::copy(artifact("libhostile.so"), &path).expect("copied");
    let found = PluginFile::open(&path).expect("a plugin");
    let lock_path = dir.path().join("plugins.lock");
    let mut lock = Lock::load(&lock_path).expect("no file is an empty lock");
    let entry = Entry {
        name: "hostile".into(),
        version: "0.1.0".into(),
        file: "hostile.so".into(),
        sha256: found.sha256.clone(),
        abi: found.abi,
    };
    lock.add(entry.clone()).expect("added");
    lock.save().expect("saved");
    let lock = Lock::load(&lock_path).expect("read back");
    assert_eq!(lock.entries(), std::slice::from_ref(&entry));
    let outside = Entry {
        file: "../hostile.so".into(),
        ..entry
    };
    assert!(Lock::default().add(outside).is_err(), "a path instead of a name");
    assert!(matches!(
        lock.verify("roster", dir.path(), &Trust::default()),
        Err(PluginError::NotLocked { .. })
    ));

    let verified = Arc::new(
        lock.verify("hostile", dir.path(), &Trust::default())
            .expect("unaltered"),
    );
    assert!(verified.sealed());
    // Altered after the check: what runs is what was checked.
    let mut bytes = std::fs::read(&path).expect("bytes");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).expect("altered");
    host()
        .spec(&launch(&verified, "none", Isolation::Child))
        .expect("the checked bytes");
    // Altered before the check.
    let error = lock
        .verify("hostile", dir.path(), &Trust::default())
        .expect_err("altered");
    assert!(
        matches!(&error, PluginError::Altered { expected, .. } if *expected == found.sha256),
        "{error}"
    );
    assert!(error.to_string().contains("was altered or replaced"), "{error}");
}

#[test]
fn a_plugin_runs_only_when_a_known_publisher_signed_these_very_bytes() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("hostile.so");
    std::fs::copy(artifact("libhostile.so"), &path).expect("copied");
    let sign = |key: &KeyPair| {
        let bytes = std::fs::read(&path).expect("bytes");
        let signature = minisign::sign(Some(&key.pk), &key.sk, bytes.as_slice(), None, None).expect("signed");
        std::fs::write(dir.path().join("hostile.so.minisig"), signature.into_string()).expect("written");
    };
    let (city, stranger) = (key(), key());
    let trust = |required, keys: &[(&str, &KeyPair)]| {
        Trust::new(
            required,
            keys.iter().map(|(name, key)| (*name, key.pk.to_base64())),
        )
        .expect("keys")
    };
    let verify = |trust: &Trust| PluginFile::open(&path).expect("a plugin").verify(trust);
    let strict = trust(true, &[("other", &key()), ("city", &city)]);
    let refused = |says: &str| {
        let error = verify(&strict).expect_err(says);
        assert!(matches!(error, PluginError::NotSigned { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    };

    refused("there is no");
    assert_eq!(verify(&Trust::default()).expect("nobody asks").publisher(), None);

    sign(&stranger);
    refused("a key that is not in the configuration");

    sign(&city);
    let verified = verify(&strict).expect("signed");
    assert_eq!(verified.publisher(), Some("city"));
    host()
        .spec(&launch(&Arc::new(verified), "none", Isolation::Child))
        .expect("the signed bytes run");

    let mut bytes = std::fs::read(&path).expect("bytes");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).expect("altered");
    refused("altered after it was signed");
    let lax = trust(false, &[("city", &city)]);
    assert_eq!(verify(&lax).expect("not required").publisher(), None);

    std::fs::write(dir.path().join("hostile.so.minisig"), "not a signature").expect("written");
    refused("minisig");
    assert!(
        Trust::new(true, [("", "")].into_iter().take(0)).is_err(),
        "required of nobody"
    );
    assert!(Trust::new(false, [("city", "RWnonsense")]).is_err());
}

fn key() -> KeyPair {
    KeyPair::generate_unencrypted_keypair().expect("a key")
}
