//! How a program says that it is a connector: the words `hub-connector wire=1 sdk=NAME`.
//! Here because a hub must not start whatever happens to be executable.
//! In: the first lines of a script, or the section of a compiled program. Out: what it says, or what is missing.
//! Not here: whether its interpreter may run it (`trust`).

use super::{Kind, Said};
use crate::PluginError;
use crate::limits::SCRIPT_HEAD_BYTES;
use crate::wire::WIRE_VERSION;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Name of the ELF section in which a compiled program says so.
pub(super) const SECTION: &str = ".hub_wire";
/// The words before the version.
const WORDS: &str = "hub-connector wire=";
/// Longest name of an SDK that is kept, characters.
const SDK_CHARS_MAX: usize = 32;

/// The beginning of a script; `None` of any other file.
pub(super) fn head(file: &File) -> io::Result<Option<Vec<u8>>> {
    let mut head = vec![0; SCRIPT_HEAD_BYTES];
    let mut filled = 0;
    while filled < head.len() {
        match file.read_at(head.get_mut(filled..).unwrap_or_default(), filled as u64)? {
            0 => break,
            read => filled += read,
        }
    }
    head.truncate(filled);
    Ok(head.starts_with(b"#!").then_some(head))
}

/// What a script says.
pub(super) fn said(head: &[u8], path: &Path) -> Result<Said, PluginError> {
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let named = first.get(2..).unwrap_or_default().trim_ascii();
    // What follows the program's name is one argument for it, which does not matter here.
    let program = named.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let interpreter = PathBuf::from(std::ffi::OsStr::from_bytes(program));
    said_in(head, Some(interpreter), path)
}

/// What a compiled program says in its section.
pub(super) fn compiled(section: &[u8], path: &Path) -> Result<Said, PluginError> {
    said_in(section, None, path)
}

fn said_in(bytes: &[u8], interpreter: Option<PathBuf>, path: &Path) -> Result<Said, PluginError> {
    let text = String::from_utf8_lossy(bytes);
    let Some((_, words)) = text.split_once(WORDS) else {
        let start = bytes.get(..4).unwrap_or_default().escape_ascii().to_string();
        return Err(PluginError::WrongFile {
            path: path.to_owned(),
            found: format!("starts with \"{start}\""),
            expected: format!(
                "an ELF shared library for {}, or a script that says `{WORDS}{WIRE_VERSION} sdk=NAME` in a comment at its beginning",
                std::env::consts::ARCH
            ),
        });
    };
    let mut words = words.split(|c: char| c.is_whitespace() || c == '\0');
    let version = words.next().unwrap_or_default();
    if version != WIRE_VERSION.to_string() {
        return Err(PluginError::WrongAbi {
            path: path.to_owned(),
            found: format!("wire={version}"),
            spoken: format!("wire={WIRE_VERSION}"),
        });
    }
    let sdk = words
        .find_map(|word| word.strip_prefix("sdk="))
        .unwrap_or_default();
    Ok(Said {
        kind: Kind::Program { interpreter },
        abi: format!("wire-{version}"),
        sdk: sdk.chars().take(SDK_CHARS_MAX).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(head: &str) -> Result<Said, String> {
        said(head.as_bytes(), Path::new("prices.py")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_script_says_its_interpreter_its_protocol_and_its_sdk() {
        let said =
            of("#! /srv/python/bin/python3 -I\n# hub-connector wire=1 sdk=python\n").expect("a connector");
        let interpreter = Some(PathBuf::from("/srv/python/bin/python3"));
        assert_eq!(said.kind, Kind::Program { interpreter });
        assert_eq!((said.abi.as_str(), said.sdk.as_str()), ("wire-1", "python"));
    }

    #[test]
    fn a_script_that_does_not_say_so_is_no_connector_and_one_of_another_protocol_is_refused() {
        let plain = of("#!/bin/sh\nrm -rf /\n").err().expect("refused");
        assert!(
            plain.contains("expected an ELF shared library") && plain.contains("wire=1"),
            "{plain}"
        );
        let later = of("#!/bin/sh\n# hub-connector wire=2 sdk=sh\n")
            .err()
            .expect("refused");
        assert!(later.contains("wire=2"), "{later}");
    }
}
