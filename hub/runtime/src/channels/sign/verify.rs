//! Whether something was signed by one who has the key: the `v1` scheme of Standard Webhooks, read.
//! Here because requests and files from departments are believed for one reason, looked at in one place.
//! In: keys, signatures as they stand in a header or a manifest, the parts of what was signed. Out: yes or no.
//! Not here: signing (scheme), what is signed, and how old it may be.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Most signatures of one content that are looked at.
const SIGNATURES_MAX: usize = 8;
/// The scheme: HMAC-SHA256.
const SCHEME: &str = "v1,";

/// Whether one of `signatures`, separated by spaces, is that of one of `keys` over `parts` put together.
pub(crate) fn is_signed<'a>(
    keys: impl Iterator<Item = &'a [u8]> + Clone,
    signatures: &str,
    parts: &[&[u8]],
) -> bool {
    let signatures = signatures.split(' ').filter_map(|text| text.strip_prefix(SCHEME));
    signatures.take(SIGNATURES_MAX).any(|signature| {
        let Ok(signature) = STANDARD.decode(signature) else {
            return false;
        };
        keys.clone().any(|key| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key)
                .unwrap_or_else(|_| unreachable!("HMAC takes any key length"));
            for part in parts {
                mac.update(part);
            }
            mac.verify_slice(&signature).is_ok()
        })
    })
}
