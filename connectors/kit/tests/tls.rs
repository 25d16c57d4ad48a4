//! Secure connections to a real server, wrong in one way each.
//! Here because at night only the sentence tells an expired certificate from a mistyped address.
//! In: a TLS server on 127.0.0.1, certificates made here. Out: rows, or category, cause and what to do.
//! Not here: HTTP itself (the kit's own tests).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use plugin_api::testing::Recorder;
use plugin_api::{Category, Error};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;

use support::{column, open, read};

const ANSWER: &str = r#"[{"id": "1"}]"#;

/// An authority of our own, and its certificate as a file.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    file: PathBuf,
    _folder: tempfile::TempDir,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, params.self_signed(&key).unwrap().pem()).unwrap();
    Authority {
        issuer: Issuer::new(params, key),
        file,
        _folder: folder,
    }
}

/// A server with a certificate for `host` from `authority`, valid until the end of the year `until`. Returns its port.
fn serve(authority: &Authority, host: &str, until: i32) -> u16 {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(until, 12, 31);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        )
        .unwrap();
    let config = Arc::new(config);
    listen(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        answer(StreamOwned::new(connection, stream));
    })
}

fn listen(serve: impl Fn(TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || listener.incoming().flatten().for_each(serve));
    port
}

/// Answers one request. A client that does not like our certificate has gone by then.
fn answer(mut stream: impl Read + Write) {
    let mut head = [0; 4096];
    if stream.read(&mut head).is_ok_and(|read| read > 0) {
        let length = ANSWER.len();
        let _gone = write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{ANSWER}"
        );
        let _gone = stream.flush();
    }
}

/// What is read from `https://localhost:port`.
fn ask(port: u16, ca_file: Option<PathBuf>) -> Result<Vec<String>, Error> {
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let source = open(json!({
        "transport": "http",
        "http": {"base": format!("https://localhost:{port}"), "retries": 0, "ca_file": ca_file},
        "stream": [{"name": "s", "columns": ["id"], "http": {"path": "/s"}}]
    }))?;
    match read(&source, "s", None, &Recorder::default()) {
        (_, Some(error)) => Err(error),
        (batches, None) => Ok(column(&batches, "id")),
    }
}

#[test]
fn a_good_certificate_of_the_configured_authority_is_trusted() {
    let ours = authority("县数据资源局");
    let port = serve(&ours, "localhost", 2099);
    assert_eq!(ask(port, Some(ours.file.clone())).unwrap(), ["1"]);
}

#[test]
fn each_wrong_certificate_is_told_with_its_cause_and_what_to_do() {
    let (ours, others) = (authority("县数据资源局"), authority("别家"));
    let good = serve(&ours, "localhost", 2099);
    let plain = listen(answer);
    for (port, ca, said) in [
        (
            serve(&ours, "localhost", 2021),
            Some(&ours),
            "证书已过期，请对方更新证书，并核对本机时钟",
        ),
        (
            serve(&ours, "gateway.example", 2099),
            Some(&ours),
            "证书与主机名不符，请核对 http.base",
        ),
        (
            good,
            None,
            "证书不受信任，如为内网自签 CA，请在 http.ca_file 中填写其证书",
        ),
        (good, Some(&others), "证书不受信任"),
        (plain, Some(&ours), "安全连接无法建立"),
    ] {
        let error = ask(port, ca.map(|ca| ca.file.clone())).unwrap_err();
        assert_eq!(error.category(), Category::Auth, "{said}: {error}");
        assert!(error.message().contains(said), "{said}: {error}");
        assert!(error.message().contains("主机 localhost"), "{error}");
    }
}

#[test]
fn an_authority_that_cannot_be_read_is_named_by_its_option() {
    let folder = tempfile::tempdir().unwrap();
    let no_pem = folder.path().join("ca.pem");
    std::fs::write(&no_pem, "不是证书").unwrap();
    for (file, category) in [
        (no_pem, Category::Config),
        (folder.path().join("nothing.pem"), Category::NotFound),
    ] {
        let error = ask(1, Some(file)).unwrap_err();
        assert_eq!(error.category(), category, "{error}");
        assert!(error.message().contains("http.ca_file"), "{error}");
    }
}
