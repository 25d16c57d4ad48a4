//! Digests by mail, over SMTP.
//! Here because a mailbox is what every office has.
//! In: what waits, counted. Out: one mail to all recipients, or why the server did not take it.
//! Not here: attachments, and anything about a person.

use std::net::IpAddr;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Mailboxes, MessageBuilder};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use url::Url;

use super::digest::Tells;
use super::networks::SystemNames;
use super::{Answer, Email, SmtpSecurity, Verdict};
use crate::cloud_event::Source;
use crate::{Error, Result, clock};

/// Longest text of a mail, bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// What servers answer when a login is missing or wrong.
const NOT_LOGGED_IN: [u16; 4] = [530, 534, 535, 538];

type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// A mail server and whom to write to.
pub(super) struct Channel {
    settings: Email,
    source: Source,
    from: Mailbox,
    to: Mailboxes,
    authorities: Vec<Certificate>,
}

impl Channel {
    pub(super) fn new(id: &str, settings: &Email, source: Source) -> Result<Self> {
        let fail = |message: String| Error::Channel {
            channel: id.to_owned(),
            message,
        };
        let from: Mailbox = settings
            .from
            .parse()
            .map_err(|error| fail(format!("from: {error}")))?;
        let mut to = Mailboxes::new();
        for address in &settings.to {
            to.push(address.parse().map_err(|error| fail(format!("to: {error}")))?);
        }
        let authorities = if settings.authorities.is_empty() {
            Vec::new()
        } else {
            vec![
                Certificate::from_pem(&settings.authorities)
                    .map_err(|error| fail(format!("authorities: {error}")))?,
            ]
        };
        Ok(Self {
            settings: settings.clone(),
            source,
            from,
            to,
            authorities,
        })
    }

    async fn mail(&self, title: &str, lines: &[String], at_ms: i64) -> Answer {
        let message = match self.message(title, lines, at_ms) {
            Ok(message) => message,
            Err(error) => return Answer::not(Verdict::Refused, None, format!("mail: {error}")),
        };
        let transport = match self.transport().await {
            Ok(transport) => transport,
            Err(error) => return Answer::failed(None, error),
        };
        let sent = tokio::time::timeout(self.settings.timeout, transport.send(message)).await;
        transport.shutdown().await;
        match sent {
            Err(_) => Answer::failed(None, "timed out"),
            Ok(Ok(_)) => Answer::taken(None, None),
            Ok(Err(error)) => told(&error),
        }
    }

    fn message(&self, title: &str, lines: &[String], at_ms: i64) -> Result<Message, lettre::error::Error> {
        let mut builder: MessageBuilder = Message::builder().from(self.from.clone());
        for recipient in self.to.clone() {
            builder = builder.to(recipient);
        }
        // An id of our own: else the name of this machine would stand in it.
        let id = format!("<{}@hub-{}>", clock::event_id(at_ms), self.source.site());
        builder
            .message_id(Some(id))
            .subject(title)
            .header(ContentType::TEXT_PLAIN)
            .body(format!("{title}\r\n\r\n{}\r\n", lines.join("\r\n")))
    }

    /// A connection to an address that was looked at; the certificate must be the name's all the same.
    async fn transport(&self) -> Result<Transport, String> {
        let settings = &self.settings;
        let found = settings
            .networks
            .resolve(&settings.host, &SystemNames)
            .await
            .map_err(|error| error.to_string())?;
        let address: IpAddr = *found.first().ok_or("the name has no address")?;
        let mut builder = Transport::builder_dangerous(address.to_string())
            .port(settings.port)
            .timeout(Some(settings.timeout))
            .hello_name(lettre::transport::smtp::extension::ClientId::Domain(format!(
                "hub-{}",
                self.source.site()
            )))
            .tls(match settings.security {
                SmtpSecurity::None => Tls::None,
                SmtpSecurity::Starttls => Tls::Required(self.tls()?),
                SmtpSecurity::Tls => Tls::Wrapper(self.tls()?),
            });
        if let Some((user, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
        }
        Ok(builder.build())
    }

    fn tls(&self) -> Result<TlsParameters, String> {
        let mut parameters = TlsParameters::builder(self.settings.host.clone());
        for authority in &self.authorities {
            parameters = parameters.add_root_certificate(authority.clone());
        }
        parameters.build_rustls().map_err(|error| error.to_string())
    }
}

/// What the server's refusal means. Its words are not kept: they may repeat addresses.
fn told(error: &lettre::transport::smtp::Error) -> Answer {
    let status = error.status().map(u16::from);
    let verdict = match status {
        Some(code) if NOT_LOGGED_IN.contains(&code) => Verdict::Unauthorised,
        Some(_) | None => Verdict::Later { after: None },
    };
    let message = match status {
        Some(code) => format!("the mail server answered {code}"),
        None if error.is_timeout() => "timed out".to_owned(),
        None => format!("the mail server could not be used: {}", cause_of(error)),
    };
    Answer::not(verdict, status, message)
}

fn cause_of(error: &lettre::transport::smtp::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

impl Tells for Channel {
    fn tell<'a>(&'a self, title: &'a str, lines: &'a [String], at_ms: i64) -> BoxFuture<'a, Answer> {
        self.mail(title, lines, at_ms).boxed()
    }

    fn bytes_max(&self) -> usize {
        TEXT_BYTES_MAX
    }

    fn link(&self) -> Option<&Url> {
        self.settings.link.as_ref()
    }

    fn window(&self) -> Duration {
        self.settings.window
    }
}
