//! The offsets of ABI 1.0, written down once more: a change here is a new major version.
//! Here because a struct that moved by a byte loads, runs and corrupts memory in the field.
//! In: the Rust structs and the header's own assertions. Out: a failing test that names the field.
//! Not here: behaviour.

use plugin_abi::ffi::{HubBuf, HubConnector, HubError, HubHost, HubStr};
use std::mem::{offset_of, size_of};
use std::path::Path;

#[test]
#[cfg(target_pointer_width = "64")]
fn offsets_are_those_of_abi_1_0() {
    let connector = [
        ("magic", offset_of!(HubConnector, magic), 0),
        ("size", offset_of!(HubConnector, size), 4),
        ("abi_major", offset_of!(HubConnector, abi_major), 8),
        ("abi_minor", offset_of!(HubConnector, abi_minor), 10),
        ("flags", offset_of!(HubConnector, flags), 12),
        ("name", offset_of!(HubConnector, name), 16),
        ("version", offset_of!(HubConnector, version), 32),
        ("sdk", offset_of!(HubConnector, sdk), 48),
        ("spec", offset_of!(HubConnector, spec), 64),
        ("open", offset_of!(HubConnector, open), 72),
        ("check", offset_of!(HubConnector, check), 80),
        ("discover", offset_of!(HubConnector, discover), 88),
        ("stream_schema", offset_of!(HubConnector, stream_schema), 96),
        ("read", offset_of!(HubConnector, read), 104),
        ("last_error", offset_of!(HubConnector, last_error), 112),
        ("cancel", offset_of!(HubConnector, cancel), 120),
        ("close", offset_of!(HubConnector, close), 128),
        (
            "abi_minor_required",
            offset_of!(HubConnector, abi_minor_required),
            136,
        ),
        ("reserved", offset_of!(HubConnector, reserved), 144),
        ("(whole)", size_of::<HubConnector>(), 176),
    ];
    let others = [
        ("hub_str", size_of::<HubStr>(), 16),
        ("hub_buf", size_of::<HubBuf>(), 32),
        ("hub_buf.release", offset_of!(HubBuf, release), 16),
        ("hub_error", size_of::<HubError>(), 88),
        ("hub_error.category", offset_of!(HubError, category), 4),
        ("hub_error.vendor_code", offset_of!(HubError, vendor_code), 8),
        ("hub_error.flags", offset_of!(HubError, flags), 12),
        (
            "hub_error.retry_after_ms",
            offset_of!(HubError, retry_after_ms),
            16,
        ),
        ("hub_error.message", offset_of!(HubError, message), 24),
        ("hub_error.detail_json", offset_of!(HubError, detail_json), 56),
        ("hub_host", size_of::<HubHost>(), 56),
        ("hub_host.ctx", offset_of!(HubHost, ctx), 8),
        ("hub_host.log", offset_of!(HubHost, log), 16),
        ("hub_host.progress", offset_of!(HubHost, progress), 24),
        ("hub_host.checkpoint", offset_of!(HubHost, checkpoint), 32),
        ("hub_host.is_cancelled", offset_of!(HubHost, is_cancelled), 40),
        ("hub_host.get_secret", offset_of!(HubHost, get_secret), 48),
    ];
    for (field, found, golden) in connector.into_iter().chain(others) {
        assert_eq!(found, golden, "{field} moved");
    }
    assert_eq!(plugin_abi::MAGIC, 0x4342_5548);
}

/// The header's `_Static_assert`s are evaluated by a real compiler, in both languages; skipped where there is none.
#[test]
fn the_header_compiles_as_c11_and_as_cpp17_and_its_assertions_hold() {
    let header = Path::new(env!("CARGO_MANIFEST_DIR")).join("include/hub_connector.h");
    for (compiler, language, standard) in [("cc", "c", "-std=c11"), ("c++", "c++", "-std=c++17")] {
        let run = std::process::Command::new(compiler)
            .args([
                "-fsyntax-only",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-pedantic",
                standard,
                "-x",
                language,
            ])
            .arg(&header)
            .output();
        let Ok(output) = run else { continue };
        assert!(
            output.status.success(),
            "{compiler}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
