//! The 32-byte note in section `.hub_abi`, which tells a plugin's ABI without loading it.
//! Here because loading a file already runs its constructors; listing plugins must not.
//! In: the SDK's name and version. Out: 32 bytes `HUBC abi=1.0 sdk=rust-0.1.0`, NUL-padded; and back.
//! Not here: finding the section in the file (plugin-host).

/// Name of the ELF section.
pub const SECTION: &str = ".hub_abi";
/// Length of the note in bytes.
pub const LEN: usize = 32;

/// The note of this ABI version for an SDK such as `rust-0.1.0`; a longer name is cut.
pub const fn note(sdk: &str) -> [u8; LEN] {
    let head = b"HUBC abi=1.0 sdk=";
    let sdk = sdk.as_bytes();
    let mut bytes = [0u8; LEN];
    let mut at = 0;
    while at < head.len() {
        bytes[at] = head[at];
        at += 1;
    }
    let mut from = 0;
    while from < sdk.len() && at < LEN {
        bytes[at] = sdk[from];
        at += 1;
        from += 1;
    }
    bytes
}

/// What a note says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// ABI major version.
    pub major: u16,
    /// ABI minor version.
    pub minor: u16,
    /// Who built it, such as `rust-0.1.0` or `c`.
    pub sdk: String,
}

/// Reads a note; `None` when the bytes are not one.
pub fn parse(bytes: &[u8]) -> Option<Note> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text = std::str::from_utf8(bytes.get(..end)?).ok()?;
    let rest = text.strip_prefix("HUBC abi=")?;
    let (version, sdk) = rest.split_once(" sdk=")?;
    let (major, minor) = version.split_once('.')?;
    Some(Note {
        major: major.parse().ok()?,
        minor: minor.parse().ok()?,
        sdk: sdk.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_reads_back_as_it_was_written() {
        let note = parse(&note("rust-0.1.0"));
        assert_eq!(
            note,
            Some(Note {
                major: 1,
                minor: 0,
                sdk: "rust-0.1.0".into()
            })
        );
        assert_eq!(parse(b"ELF"), None);
        assert_eq!(parse(b"HUBC abi=x sdk=c"), None);
    }
}
