//! What went wrong with a request, in words: the category the hub acts on, the cause, what to do.
//! Here because nobody at night knows what a chain of library errors means.
//! In: a transport error, a refusal. Out: an [`Error`]; never the URL, which may hold a key.
//! Not here: trying again (client.rs).

use std::error::Error as _;
use std::io;
use std::time::Duration;

use plugin_api::Error;
use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};

use super::addresses::NotAllowed;

/// The cause in words, from the chain of errors; never the URL, which may hold a key.
pub(super) fn unreachable(error: &reqwest::Error, host: &str, idle_seconds: u64) -> Error {
    let (mut chain, mut cause) = (String::new(), error.source());
    while let Some(error) = cause {
        if let Some(refused) = error.downcast_ref::<NotAllowed>() {
            return refused.told();
        }
        if let Some(tls) = of_tls(error) {
            return Error::auth(format!("主机 {host}：{}", insecure(tls)));
        }
        chain.push_str(&error.to_string().to_lowercase());
        chain.push(' ');
        cause = error.source();
    }
    let says = |words: &[&str]| words.iter().any(|word| chain.contains(word));
    if says(&["dns error", "failed to lookup", "name or service"]) {
        return Error::not_found(format!("主机 {host} 无法解析，请核对 http.base 或内网 DNS"));
    }
    if error.is_timeout() || says(&["timed out"]) {
        return Error::transient(format!("主机 {host} 在 {} 秒内没有数据", idle_seconds));
    }
    if error.is_connect() {
        return Error::transient(format!("无法连接主机 {host}，请检查网络、端口和防火墙"));
    }
    Error::transient(format!("与主机 {host} 的传输中断，内容不完整"))
}

/// The fault of a secure connection, which an error of input and output holds without calling it its source.
fn of_tls<'e>(error: &'e (dyn std::error::Error + 'static)) -> Option<&'e rustls::Error> {
    let mut error = error;
    loop {
        if let Some(tls) = error.downcast_ref() {
            return Some(tls);
        }
        error = error.downcast_ref::<io::Error>()?.get_ref()?;
    }
}

/// What is wrong with a secure connection, and what to do.
#[allow(clippy::wildcard_enum_match_arm, reason = "the lists of faults are open")]
fn insecure(error: &rustls::Error) -> &'static str {
    use rustls::CertificateError as Certificate;
    let rustls::Error::InvalidCertificate(fault) = error else {
        return "安全连接无法建立，请核对 http.base 的端口是否为 https，以及双方的协议版本";
    };
    match fault {
        Certificate::Expired | Certificate::ExpiredContext { .. } => {
            "证书已过期，请对方更新证书，并核对本机时钟"
        }
        Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
            "证书尚未生效，请核对本机时钟，或请对方更换证书"
        }
        Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
            "证书与主机名不符，请核对 http.base"
        }
        Certificate::UnknownIssuer => "证书不受信任，如为内网自签 CA，请在 http.ca_file 中填写其证书",
        _ => "证书无法通过校验，请对方核对证书",
    }
}

/// An answer that is no success.
pub(super) fn refused(status: StatusCode, response: &Response) -> Error {
    let code = status.as_u16();
    let after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|after| after.to_str().ok())
        .and_then(|after| after.trim().parse().ok())
        .map(Duration::from_secs);
    let error = match code {
        401 => Error::auth("对方拒绝了凭据（401），请核对密钥、签名方式和本机时钟"),
        403 => Error::permission("对方不允许访问（403），请核对授权范围和来源地址白名单"),
        404 | 410 => Error::not_found(format!("对方没有这个接口（{code}），请核对 http.base 与路径")),
        408 | 425 | 500 | 502 | 503 | 504 => match after {
            Some(after) => Error::rate_limited(format!("对方暂时无法服务（{code}）"), Some(after)),
            None => Error::transient(format!("对方暂时无法服务（{code}）")),
        },
        429 => Error::rate_limited("请求过于频繁（429）", after),
        _ => Error::data(format!("对方以状态码 {code} 拒绝了请求，请核对参数")),
    };
    error.with_vendor_code(i32::from(code))
}
