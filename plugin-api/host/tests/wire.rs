//! A connector process that is no Rust and no shared library speaks PROTOCOL.md.
//! Here because the page is a promise to other languages, and a shell script is the plainest of them.
//! In: a script that answers from files. Out: what the hub sees; also of one that lies about its counts.
//! Not here: plugins; the hostile ones have their own tests.

#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests may panic like the tests themselves"
)]

use arrow_array::record_batch;
use arrow_ipc::writer::StreamWriter;
use plugin_host::{
    Cause, Fault, Host, Isolation, Launch, Limits, PluginFile, ReadRequest, Trust, discard_logs,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// Schema and one batch of three rows, framed.
fn frames() -> Vec<u8> {
    let batch = record_batch!(("n", Int64, [1, 2, 3])).unwrap();
    let mut stream = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    let schema_end = stream.get_ref().len();
    stream.write(&batch).unwrap();
    let bytes = stream.get_ref();
    let mut frames = Vec::new();
    for part in [&bytes[..schema_end], &bytes[schema_end..]] {
        frames.extend_from_slice(&u32::try_from(part.len()).unwrap().to_le_bytes());
        frames.extend_from_slice(part);
    }
    frames
}

/// Reads through a script that takes the job, logs, sends the frames and says `last`.
fn read_from_script(last: &str) -> Result<u64, Fault> {
    let dir = tempfile::tempdir().unwrap();
    let (data, script) = (dir.path().join("frames"), dir.path().join("connector.sh"));
    fs::write(&data, frames()).unwrap();
    let text = format!(
        "read -r job\n\
         case $job in *'\"op\":\"read\"'*) ;; *) exit 3 ;; esac\n\
         echo 'a line on standard error' >&2\n\
         say() {{ printf '%s\\n' \"$1\" >&0; }}\n\
         say '{{\"type\":\"checkpoint\",\"stream\":\"numbers\",\"after_batch\":1,\"state\":{{\"n\":3}}}}'\n\
         /bin/cat {data}\n\
         say '{last}'\n",
        data = data.display()
    );
    fs::write(&script, text).unwrap();
    let host = Host {
        exe: "/bin/sh".into(),
        args: vec![script.display().to_string()],
    };
    let mut session = host.read(&launch(dir.path()), ReadRequest::new("numbers"))?;
    while session.next()?.is_some() {}
    let report = session.finish()?;
    assert_eq!(report.checkpoints[0].state["n"], 3);
    assert!(
        report
            .log_tail
            .iter()
            .any(|line| line.contains("a line on standard error"))
    );
    Ok(report.rows)
}

/// The script needs no plugin, but a launch names one: the smallest file with a note.
fn launch(dir: &Path) -> Launch {
    let (source, built) = (dir.join("note.c"), dir.join("note.so"));
    fs::write(&source, "__attribute__((used, section(\".hub_abi\"))) static const char note[32] = \"HUBC abi=1.0 sdk=none\";")
        .unwrap();
    let compiled = std::process::Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&built)
        .arg(&source)
        .status();
    assert!(compiled.unwrap().success());
    Launch {
        plugin: Arc::new(
            PluginFile::open(&built)
                .unwrap()
                .verify(&Trust::default())
                .unwrap(),
        ),
        config: serde_json::json!({}),
        secrets: Default::default(),
        isolation: Isolation::Child,
        limits: Limits {
            stall_ms: 20_000,
            ..Limits::default()
        },
        access: None,
        log: discard_logs(),
    }
}

#[test]
fn a_shell_script_can_be_a_connector() {
    assert_eq!(
        read_from_script(r#"{"type":"done","batches":1,"rows":3}"#).unwrap(),
        3
    );
}

#[test]
fn counts_that_do_not_match_are_a_fault() {
    let fault = read_from_script(r#"{"type":"done","batches":2,"rows":6}"#).unwrap_err();
    assert_eq!(fault.cause, Cause::Protocol, "{fault}");
    let fault = read_from_script(r#"{"type":"log","level":3,"target":"t","message":"no done"}"#).unwrap_err();
    assert_eq!(fault.cause, Cause::Exit(Some(0)), "{fault}");
}
