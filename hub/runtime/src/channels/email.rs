//! Digests by mail, over SMTP.
//! Here because a mailbox is what every office has.
//! In: what waits, counted; the worksheets of an office. Out: one mail to all recipients, or why the server did not take it.
//! Not here: anything about a person; what a worksheet lists (offices).

use std::net::IpAddr;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use hub_store::{Store, Waiting};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, Mailboxes, MessageBuilder, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use url::Url;

use super::digest::{Attached, Tells};
use super::networks::SystemNames;
use super::offices::{Due, Offices};
use super::{Answer, Email, SmtpSecurity, Verdict};
use crate::cloud_event::Source;
use crate::worksheet::{Seal, write};
use crate::{Error, Result, clock};

/// Longest text of a mail, bytes.
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Most worksheets of one mail.
const ATTACHED_MAX: usize = 20;
/// Largest that they are together, bytes: mail servers take little more than ten million, and a mail is a third larger.
const ATTACHED_BYTES_MAX: usize = 6 << 20;
/// What a list in words is sent as.
const TEXT: &str = "text/plain; charset=utf-8";
/// What a worksheet is sent as.
const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
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
    /// Whose worksheets are attached.
    offices: Option<Offices>,
}

impl Channel {
    pub(super) fn new(id: &str, settings: &Email, source: Source, seal: &Seal) -> Result<Self> {
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
            offices: settings
                .worksheet
                .as_ref()
                .map(|office| Offices::new(id, office, seal))
                .transpose()?,
            settings: settings.clone(),
            source,
            from,
            to,
            authorities,
        })
    }

    async fn mail(&self, title: &str, lines: &[String], attached: Vec<Attached>, at_ms: i64) -> Answer {
        let message = match self.message(title, lines, attached, at_ms) {
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

    fn message(
        &self,
        title: &str,
        lines: &[String],
        attached: Vec<Attached>,
        at_ms: i64,
    ) -> Result<Message, lettre::error::Error> {
        let mut builder: MessageBuilder = Message::builder().from(self.from.clone());
        for recipient in self.to.clone() {
            builder = builder.to(recipient);
        }
        // An id of our own: else the name of this machine would stand in it.
        let id = format!("<{}@hub-{}>", clock::event_id(at_ms), self.source.site());
        let builder = builder.message_id(Some(id)).subject(title);
        let text = format!("{title}\r\n\r\n{}\r\n", lines.join("\r\n"));
        if attached.is_empty() {
            return builder.header(ContentType::TEXT_PLAIN).body(text);
        }
        let mut parts = MultiPart::mixed().singlepart(SinglePart::plain(text));
        for file in attached {
            let kind = ContentType::parse(file.kind).unwrap_or(ContentType::TEXT_PLAIN);
            parts = parts.singlepart(Attachment::new(file.name).body(file.bytes, kind));
        }
        builder.multipart(parts)
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

/// The workbooks an office is due, as many as a mail carries; the others are named in a text.
async fn workbooks(
    offices: &Offices,
    store: &Store,
    (endpoint, waiting): (&str, &Waiting),
    at_ms: i64,
) -> Result<Vec<Attached>> {
    let day = clock::day(at_ms);
    let mut attached = Vec::new();
    let mut left_out = Vec::new();
    let mut room = ATTACHED_BYTES_MAX;
    for town in offices.towns(store, endpoint, waiting).await? {
        if attached.len() == ATTACHED_MAX {
            left_out.push(town);
            continue;
        }
        let Some(due) = offices.due(store, &town, day, waiting.upto).await? else {
            continue;
        };
        let bytes = tokio::task::block_in_place(|| written(offices, &due, day))?;
        if bytes.len() > room {
            left_out.push(town);
            continue;
        }
        room -= bytes.len();
        attached.push(Attached {
            name: due.name,
            kind: WORKBOOK,
            bytes,
        });
    }
    if !left_out.is_empty() {
        let told = format!(
            "以下乡镇的交办单放不进这封邮件，请用 hub worksheet export 导出 / not in this mail:\r\n{}\r\n",
            left_out.join("\r\n")
        );
        attached.push(Attached {
            name: "其余乡镇.txt".to_owned(),
            kind: TEXT,
            bytes: told.into_bytes(),
        });
    }
    Ok(attached)
}

/// The workbook's bytes.
fn written(offices: &Offices, due: &Due, day: chrono::NaiveDate) -> Result<Vec<u8>> {
    let folder = tempfile::tempdir().map_err(|source| Error::Io {
        path: std::env::temp_dir(),
        source,
    })?;
    let path = folder.path().join(&due.name);
    let office = &offices.office;
    write(
        &path,
        (&office.department, day),
        &due.rows,
        &offices.seal,
        office.closes,
    )?;
    std::fs::read(&path).map_err(|source| Error::Io { path, source })
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
    fn tell<'a>(
        &'a self,
        title: &'a str,
        lines: &'a [String],
        attached: Vec<Attached>,
        at_ms: i64,
    ) -> BoxFuture<'a, Answer> {
        self.mail(title, lines, attached, at_ms).boxed()
    }

    fn attached<'a>(
        &'a self,
        store: &'a Store,
        waiting: &'a Waiting,
        at_ms: i64,
        endpoint: &'a str,
    ) -> BoxFuture<'a, Result<Vec<Attached>>> {
        async move {
            match &self.offices {
                Some(offices) => workbooks(offices, store, (endpoint, waiting), at_ms).await,
                None => Ok(Vec::new()),
            }
        }
        .boxed()
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
