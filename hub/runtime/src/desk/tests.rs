//! Signatures: whose, of what, when.
//! Here because each header is an attacker's to choose.
//! In: the published vector of Standard Webhooks, headers wrong in one way each. Out: assertions.
//! Not here: replays, which the store remembers (end-to-end).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hub_model::case::Role;
use hub_model::{Credential, CredentialId, Scope};
use zeroize::Zeroizing;

use super::signed::{SignatureHeaders, Unsigned, verified};
use super::{Caller, short_digest};

const BODY: &[u8] = br#"{"test": 2432232314}"#;
const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const AT: &str = "1614265330";
const AT_S: i64 = 1_614_265_330;
const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn caller() -> Caller {
    let key = |text: &str| Zeroizing::new(STANDARD.decode(text).unwrap());
    Caller {
        credential: Credential {
            id: CredentialId::parse("civil-1").unwrap(),
            role: Role::Department,
            scope: Scope::whole(),
            permissions: [].into(),
            signed: true,
            created_ms: 0,
            expires_ms: 1,
            revoked_ms: None,
        },
        // While it is being changed, either key is taken.
        signing: vec![
            key("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            key("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
        ],
    }
}

fn of(headers: SignatureHeaders<'_>, body: &[u8], now_s: i64) -> Result<(), Unsigned> {
    verified(&caller(), headers, body, now_s).map(|_| ())
}

#[test]
fn a_signature_is_the_senders_of_this_body_at_this_time() {
    let right = SignatureHeaders {
        id: Some(ID),
        timestamp: Some(AT),
        signature: Some(SIGNATURE),
    };
    let several = format!("v1a,xyz v1,!! {SIGNATURE}");
    let with = |change: fn(&mut SignatureHeaders<'_>)| {
        let mut headers = right;
        change(&mut headers);
        of(headers, BODY, AT_S)
    };
    assert_eq!(of(right, BODY, AT_S), Ok(()));
    assert_eq!(of(right, BODY, AT_S + 300), Ok(()));
    assert_eq!(of(right, BODY, AT_S - 300), Ok(()));
    assert_eq!(of(right, BODY, AT_S + 301), Err(Unsigned::Old));
    assert_eq!(of(right, BODY, AT_S - 301), Err(Unsigned::Old));
    assert_eq!(of(right, b"{}", AT_S), Err(Unsigned::Forged));
    let several = SignatureHeaders {
        signature: Some(&several),
        ..right
    };
    assert_eq!(of(several, BODY, AT_S), Ok(()));
    assert_eq!(with(|h| h.id = None), Err(Unsigned::Missing));
    assert_eq!(with(|h| h.timestamp = None), Err(Unsigned::Missing));
    assert_eq!(with(|h| h.signature = None), Err(Unsigned::Missing));
    assert_eq!(with(|h| h.timestamp = Some("now")), Err(Unsigned::Missing));
    assert_eq!(
        with(|h| h.timestamp = Some("9223372036854775807")),
        Err(Unsigned::Old)
    );
    assert_eq!(
        with(|h| h.timestamp = Some("-9223372036854775808")),
        Err(Unsigned::Old)
    );
    assert_eq!(with(|h| h.timestamp = Some("1614265331")), Err(Unsigned::Forged));
    assert_eq!(with(|h| h.id = Some("other")), Err(Unsigned::Forged));
    // Moved from one part of the signed text to another.
    assert_eq!(with(|h| h.id = Some("a.b")), Err(Unsigned::Missing));
    assert_eq!(with(|h| h.signature = Some("")), Err(Unsigned::Forged));
    assert_eq!(with(|h| h.signature = Some("v1,AAAA")), Err(Unsigned::Forged));
    let other_scheme = with(|h| h.signature = Some("v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
    assert_eq!(other_scheme, Err(Unsigned::Forged));
}

#[test]
fn a_digest_tells_filters_apart() {
    assert_eq!(short_digest(b"a"), short_digest(b"a"));
    assert_ne!(short_digest(b"a"), short_digest(b"b"));
    assert_eq!(short_digest(b"").len(), 16);
}
