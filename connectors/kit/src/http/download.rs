//! Downloads the files of a stream into a folder, where they are read like dropped ones.
//! Here because a zip of XML is the same zip whether it was fetched or carried.
//! In: an endpoint whose answers are files. Out: files named after their paths, each whole.
//! Not here: what is in them (feed). A file that does not exist yet (404 of a recent month) is not an error.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::path::Path;

use plugin_api::{Category, Context, Error, tracing};

use super::client::Session;
use super::fetch;
use super::options::Endpoint;

/// Longest file name made of a path.
const NAME_CHARS_MAX: usize = 120;
/// What a file is called whose path is the root.
const UNNAMED: &str = "download";

/// Downloads every file of `endpoint` into `folder`.
pub(crate) fn all(
    session: &mut Session,
    endpoint: &Endpoint,
    folder: &Path,
    ctx: &Context,
) -> Result<(), Error> {
    let mut names = BTreeSet::new();
    let (mut got, mut absent) = (0_u64, 0_u64);
    for part in fetch::parts(endpoint)? {
        for values in fetch::combinations(endpoint, &part)? {
            ctx.ensure_running()?;
            let request = fetch::request(endpoint, &values);
            let body = match session.ask(&request) {
                Ok(body) => body,
                Err(error) if error.category() == Category::NotFound && error.vendor_code() == 404 => {
                    absent += 1;
                    continue;
                }
                Err(error) => return Err(error.while_doing(request.path)),
            };
            if !body.delimited && !marks_its_end(&body.bytes) {
                return Err(
                    Error::transient("响应没有长度也没有结束标记，无法确认完整，未采用")
                        .while_doing(request.path),
                );
            }
            let name = name_of(&request.path, &part, &mut names);
            File::create_new(folder.join(name))?.write_all(&body.bytes)?;
            got += 1;
            ctx.progress(0, body.bytes.len() as u64, None);
        }
    }
    if got == 0 {
        return Err(Error::not_found(format!(
            "{absent} 个地址都没有文件（404），请核对路径与月份"
        )));
    }
    if absent > 0 {
        tracing::warn!(absent, got, "some files are not there yet");
    }
    Ok(())
}

/// Zip, gzip and XML are read to an end they mark themselves; a CSV that was cut looks whole.
fn marks_its_end(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        || bytes.starts_with(b"\x1f\x8b")
        || bytes.trim_ascii_start().starts_with(b"<?xml")
}

/// A file name out of a path, unique in its folder, with the period in it.
fn name_of(path: &str, part: &str, names: &mut BTreeSet<String>) -> String {
    let plain: String = path
        .trim_matches('/')
        .chars()
        .map(|c| {
            if c.is_alphanumeric() || "-_.".contains(c) {
                c
            } else {
                '-'
            }
        })
        .collect();
    let from = plain.chars().count().saturating_sub(NAME_CHARS_MAX);
    let mut name: String = plain
        .chars()
        .skip(from)
        .collect::<String>()
        .trim_start_matches(['.', '-'])
        .to_owned();
    if name.is_empty() {
        UNNAMED.clone_into(&mut name);
    }
    if part != fetch::WHOLE && !name.contains(part) {
        name = format!("{part}-{name}");
    }
    while !names.insert(name.clone()) {
        name = format!("1-{name}");
    }
    name
}
