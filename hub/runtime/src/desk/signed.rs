//! Whether a request was signed by whoever sends it, now, and never taken before.
//! Here because a deed that anybody on the way could repeat or alter proves nothing.
//! In: the three headers of Standard Webhooks, the body as it came. Out: nothing; or what is wrong, which is audited.
//! Not here: what the request asks for.

use hub_store::{Seen, SignedRequest};
use sha2::{Digest, Sha256};

use super::{Caller, Desk};
use crate::channels::sign::is_signed;
use crate::{Result, clock};

/// How far the sender's clock may be from ours, seconds, as Standard Webhooks has it.
const TOLERANCE_S: u64 = 300;
/// How long a request is remembered, seconds: an id means the same request for a day.
const REMEMBERED_S: i64 = 24 * 3600;
/// Longest id of a request, characters.
const ID_CHARS_MAX: usize = 100;

/// The headers of a signed request.
#[derive(Debug, Clone, Copy, Default)]
pub struct SignatureHeaders<'a> {
    /// `webhook-id`
    pub id: Option<&'a str>,
    /// `webhook-timestamp`
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`
    pub signature: Option<&'a str>,
}

/// What is wrong with a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// A header is missing or cannot be read.
    Missing,
    /// It was signed too long ago, or in the future.
    Old,
    /// It is not the sender's signature of this body.
    Forged,
    /// This very request was taken before.
    Replayed,
    /// Another request of that id was taken before.
    IdReused,
    /// The body does not name the case, or the version, that the request is about.
    Unbound,
}

impl Unsigned {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "signature missing",
            Self::Old => "signature old",
            Self::Forged => "signature forged",
            Self::Replayed => "signature replayed",
            Self::IdReused => "signature id reused",
            Self::Unbound => "signature unbound",
        }
    }
}

impl Desk {
    /// Takes a request of `caller` that changes something; `bound` tells whether the body itself names what it is about, as far as
    /// address and headers do. Who need not sign, need not.
    ///
    /// # Errors
    /// When the store refuses. What is wrong with the signature is the answer.
    pub async fn taken(
        &self,
        caller: &Caller,
        headers: SignatureHeaders<'_>,
        body: &[u8],
        bound: bool,
    ) -> Result<Result<(), Unsigned>> {
        if !caller.must_sign() {
            return Ok(Ok(()));
        }
        let checked = match verified(caller, headers, body, clock::now_ms() / 1000) {
            Ok(_) if !bound => Err(Unsigned::Unbound),
            Ok(request) => self.remembered(caller, &request).await?,
            Err(wrong) => Err(wrong),
        };
        if let Err(wrong) = checked {
            self.note_refusal(caller.id(), wrong.as_str()).await?;
        }
        Ok(checked)
    }

    async fn remembered(&self, caller: &Caller, request: &SignedRequest) -> Result<Result<(), Unsigned>> {
        let forget_before_s = clock::now_ms() / 1000 - REMEMBERED_S;
        let seen = self
            .hub
            .store
            .remember_signed(caller.id(), request, forget_before_s);
        Ok(match seen.await? {
            Seen::Fresh => Ok(()),
            Seen::Before => Err(Unsigned::Replayed),
            Seen::Other => Err(Unsigned::IdReused),
        })
    }
}

pub(super) fn verified(
    caller: &Caller,
    headers: SignatureHeaders<'_>,
    body: &[u8],
    now_s: i64,
) -> Result<SignedRequest, Unsigned> {
    let (Some(id), Some(timestamp), Some(signatures)) = (headers.id, headers.timestamp, headers.signature)
    else {
        return Err(Unsigned::Missing);
    };
    let chars = id.chars().count();
    let signed_s: i64 = timestamp.parse().map_err(|_| Unsigned::Missing)?;
    // A dot would make one text of several requests.
    if chars == 0 || chars > ID_CHARS_MAX || id.contains('.') {
        return Err(Unsigned::Missing);
    }
    if now_s.abs_diff(signed_s) > TOLERANCE_S {
        return Err(Unsigned::Old);
    }
    let begins = format!("{id}.{timestamp}.");
    let keys = caller.signing.iter().map(|key| key.as_slice());
    let is_ours = is_signed(keys, signatures, &[begins.as_bytes(), body]);
    if !is_ours {
        return Err(Unsigned::Forged);
    }
    Ok(SignedRequest {
        id: id.to_owned(),
        signed_s,
        digest: hex::encode(Sha256::digest(body)),
    })
}
