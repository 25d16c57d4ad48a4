//! Bodies and certificates as bytes: inflated within a bound, read within a bound.
//! Here because a megabyte of gzip is a gigabyte of body.
//! In: bytes, a path. Out: bytes, a certificate, or what is wrong with them.
//! Not here: receiving them (client.rs).

use std::io::Read;

use plugin_api::Error;
use reqwest::Certificate;

const PEM_BYTES_MAX: u64 = 1 << 20;

/// The PEM certificates in a file, at least one.
pub(super) fn certificates(path: &std::path::Path) -> Result<Vec<Certificate>, Error> {
    let wrong = |error: Error| error.while_doing(format!("http.ca_file：{}", path.display()));
    let mut pem = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(PEM_BYTES_MAX).read_to_end(&mut pem))
        .map_err(|error| wrong(error.into()))?;
    // A text without a certificate in it is no error to the library, and then nothing would be trusted, in silence.
    let found = Certificate::from_pem_bundle(&pem).unwrap_or_default();
    if found.is_empty() {
        return Err(wrong(Error::config("不是 PEM 格式的证书")));
    }
    Ok(found)
}

/// A body beyond its bound.
pub(super) fn too_large(mb: u64) -> Error {
    Error::data(format!("响应超过 {mb} MB，请减小每页条数或提高 http.body_mb"))
}

/// A gzipped body, inflated within its bound.
pub(super) fn inflated(bytes: &[u8], most: usize, mb: u64) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let read = flate2::read::MultiGzDecoder::new(bytes)
        .take(most as u64 + 1)
        .read_to_end(&mut out);
    match read {
        Ok(length) if length > most => Err(too_large(mb)),
        Ok(_) => Ok(out),
        Err(_) => Err(Error::transient("压缩的响应不完整")),
    }
}
