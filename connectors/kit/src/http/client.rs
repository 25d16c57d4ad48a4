//! Sends one request and takes its answer whole: signed, paced, bounded in time and size, tried again when that may help.
//! Here because the defaults of every HTTP client are wrong for a hub: endless bodies, endless drips, redirects anywhere.
//! In: `Server`, a request. Out: a body that is known to be complete, or an error with a category, a cause and what to do.
//! Not here: pages and records (fetch.rs). No text of an answer goes into an error: it may quote a person.

use std::sync::Arc;
use std::time::{Duration, Instant};

use plugin_api::{Category, Context, Error, Secret, tracing};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, DATE, LOCATION, TRANSFER_ENCODING};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::Url;

use super::addresses::{Checked, Names, SystemNames};
use super::body::{certificates, inflated, too_large};
pub(crate) use super::civil::now_ms;
use super::home::Home;
use super::options::{Method, Server};
pub(crate) use super::quota::Quota;
use super::signing::{Parts, PlaceOf};
use super::{civil, faults, paths};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest wait for a server that asks for one; beyond that the hub decides when to come back.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
/// First wait before another try; doubled each time.
const BACKOFF: Duration = Duration::from_millis(500);
/// A clock this far off the server's is corrected.
const SKEW: Duration = Duration::from_secs(30);

/// One request, without paging state of its own.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// Sorted by name.
    pub(crate) query: Vec<(String, String)>,
    pub(crate) body: Option<String>,
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// Whether its length was announced or its end marked: else only a format that marks its own end is complete.
    pub(crate) delimited: bool,
}

/// A server, ready to be asked.
pub(crate) struct Session {
    client: Client,
    home: Home,
    server: Server,
    secret: Option<Secret>,
    bearer: Option<Secret>,
    session_key: Option<(String, Instant)>,
    /// The server's clock minus ours, milliseconds.
    skew_ms: i64,
    last: Option<Instant>,
    nonce: u64,
    /// Most requests of a day.
    per_day: Option<u64>,
    pub(crate) quota: Quota,
    ctx: Context,
}

impl Session {
    /// `quota` is what the day has seen already, of the `per_day` this stream may send.
    pub(crate) fn open(
        server: &Server,
        per_day: Option<u64>,
        quota: Quota,
        ctx: &Context,
    ) -> Result<Self, Error> {
        Self::open_by(Arc::new(SystemNames), server, per_day, quota, ctx)
    }

    /// The same, where `names` are known otherwise than to the system.
    pub(super) fn open_by(
        names: Arc<dyn Names>,
        server: &Server,
        per_day: Option<u64>,
        quota: Quota,
        ctx: &Context,
    ) -> Result<Self, Error> {
        let home = Home::of(server)?;
        let checked = Checked {
            reach: Arc::new(home.reach().clone()),
            names,
        };
        let mut client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .dns_resolver(Arc::new(checked))
            .connect_timeout(CONNECT_TIMEOUT)
            .read_timeout(Duration::from_secs(server.idle_seconds));
        if let Some(path) = &server.ca_file {
            client = client.tls_certs_only(certificates(path)?);
        }
        let granted = |name: &String| ctx.secret(name);
        Ok(Self {
            client: client
                .build()
                .map_err(|error| Error::internal(format!("http client: {error}")))?,
            secret: server
                .signing
                .as_ref()
                .map(|signing| granted(&signing.secret))
                .transpose()?,
            bearer: server.bearer.as_ref().map(granted).transpose()?,
            home,
            server: server.clone(),
            session_key: None,
            skew_ms: 0,
            last: None,
            nonce: 0,
            per_day,
            quota,
            ctx: ctx.clone(),
        })
    }

    /// Asks, and asks again while that may help.
    pub(crate) fn ask(&mut self, request: &Request) -> Result<Body, Error> {
        let mut wait = BACKOFF;
        let mut tries = 0;
        loop {
            let error = match self.once(request) {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            let again = matches!(error.category(), Category::Transient | Category::RateLimited);
            let asked = error.retry_after();
            if !again || tries >= self.server.retries || asked.is_some_and(|asked| asked > RETRY_AFTER_MAX) {
                return Err(error);
            }
            tries += 1;
            tracing::warn!(try_again = tries, %error, "request failed");
            self.ctx.progress(0, 0, None);
            self.ctx.sleep(asked.map_or(wait, |asked| asked.max(wait)))?;
            wait = wait.saturating_mul(2);
        }
    }

    fn once(&mut self, request: &Request) -> Result<Body, Error> {
        self.pace()?;
        let key = self.signing_key()?;
        let (url, headers) = self.signed(request, key.as_deref())?;
        let deadline = Duration::from_secs(self.server.total_seconds);
        let ctx = self.ctx.clone();
        let sending = async {
            tokio::time::timeout(deadline, self.send(request, url, &headers))
                .await
                .unwrap_or_else(|_| {
                    Err(Error::transient(format!(
                        "请求超过 {} 秒未完成",
                        deadline.as_secs()
                    )))
                })
        };
        ctx.block_on(sending)?
    }

    /// Waits for the second's and counts against the day's limit.
    fn pace(&mut self) -> Result<(), Error> {
        let gap = Duration::from_secs(1) / self.server.per_second.max(1);
        if let Some(rest) = self.last.and_then(|last| gap.checked_sub(last.elapsed())) {
            self.ctx.sleep(rest)?;
        }
        self.last = Some(Instant::now());
        let day = civil::beijing_day(now_ms());
        let until = Duration::from_millis(civil::until_next_beijing_day(now_ms()));
        self.quota.spend(day, self.per_day, until)
    }

    /// The key to sign with: the secret, or one the server hands out for a while.
    fn signing_key(&mut self) -> Result<Option<String>, Error> {
        let Some(secret) = &self.secret else {
            return Ok(None);
        };
        let secret = secret.expose().to_owned();
        let Some(refresh) = self
            .server
            .signing
            .as_ref()
            .and_then(|signing| signing.refresh.clone())
        else {
            return Ok(Some(secret));
        };
        let minutes = Duration::from_secs(60 * refresh.minutes);
        if let Some((key, since)) = &self.session_key
            && since.elapsed() < minutes
        {
            return Ok(Some(key.clone()));
        }
        let request = Request {
            method: Method::Get,
            path: refresh.path,
            query: Vec::new(),
            body: None,
        };
        let (url, headers) = self.signed(&request, Some(&secret))?;
        self.pace()?;
        let ctx = self.ctx.clone();
        let body = ctx.block_on(self.send(&request, url, &headers))??;
        let text = String::from_utf8_lossy(&body.bytes);
        let key = paths::scalar(&text, &refresh.pointer)
            .ok_or_else(|| Error::auth("换取会话密钥失败：响应中没有密钥，请核对 signing.refresh"))?;
        self.session_key = Some((key.clone(), Instant::now()));
        Ok(Some(key))
    }

    fn signed(
        &mut self,
        request: &Request,
        key: Option<&str>,
    ) -> Result<(Url, Vec<(String, String)>), Error> {
        let mut url = self.home.base.clone();
        let path = format!("{}{}", self.home.base.path().trim_end_matches('/'), request.path);
        url.set_path(&path);
        let mut query = request.query.clone();
        let mut headers: Vec<(String, String)> = self
            .server
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let (Some(signing), Some(key)) = (&self.server.signing, key) {
            self.nonce += 1;
            let params: Vec<String> = query
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            let parts = Parts {
                method: request.method.name(),
                path: &path,
                params: &params.join("&"),
                body: request.body.as_deref().unwrap_or_default(),
                now_ms: now_ms().saturating_add_signed(self.skew_ms),
                nonce: &format!("{:x}{:x}", now_ms(), self.nonce),
            };
            let added = signing.sign(key, &parts);
            match signing.place {
                PlaceOf::Query => query.extend(added),
                PlaceOf::Header => headers.extend(added),
            }
        }
        if let Some(bearer) = &self.bearer {
            headers.push((AUTHORIZATION.to_string(), format!("Bearer {}", bearer.expose())));
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok((url, headers))
    }

    async fn send(
        &mut self,
        request: &Request,
        url: Url,
        headers: &[(String, String)],
    ) -> Result<Body, Error> {
        let (mut url, mut follow) = (url, 0);
        loop {
            self.home.address(&url)?;
            let same_host = self.is_home(&url);
            let mut sending = match request.method {
                Method::Get => self.client.get(url.clone()),
                Method::Post => self.client.post(url.clone()),
            };
            // Credentials are for the configured host only.
            if same_host {
                for (name, value) in headers {
                    sending = sending.header(name, value);
                }
            }
            if let Some(body) = &request.body {
                sending = sending
                    .header("content-type", "application/json; charset=utf-8")
                    .body(body.clone());
            }
            let response = sending.send().await.map_err(|error| self.unreachable(&error))?;
            self.follow_clock(&response);
            if !response.status().is_redirection() {
                return self.body(response).await;
            }
            follow += 1;
            let location = response.headers().get(LOCATION);
            let location = location.and_then(|location| location.to_str().ok());
            url = self.home.redirected(&url, location, follow)?;
        }
    }

    /// An absolute or relative link of an answer.
    pub(crate) fn resolve(&self, link: &str) -> Option<Url> {
        self.home.base.join(link).ok()
    }

    /// Whether a URL is on the configured host.
    pub(crate) fn is_home(&self, url: &Url) -> bool {
        self.home.is_home(url)
    }

    /// The path of a link below the base, as requests have it.
    pub(crate) fn path_of(&self, url: &Url) -> String {
        self.home.path_of(url)
    }

    fn follow_clock(&mut self, response: &Response) {
        let follows = self
            .server
            .signing
            .as_ref()
            .is_some_and(|signing| signing.follow_server_clock);
        let date = response
            .headers()
            .get(DATE)
            .and_then(|date| date.to_str().ok())
            .and_then(civil::http_date_ms);
        if let (true, Some(date)) = (follows, date) {
            let off = date.cast_signed() - now_ms().cast_signed();
            if off.unsigned_abs() > SKEW.as_secs() * 1000 {
                self.skew_ms = off;
            }
        }
    }

    async fn body(&self, mut response: Response) -> Result<Body, Error> {
        let status = response.status();
        if !status.is_success() {
            return Err(faults::refused(status, &response));
        }
        let header = |name| response.headers().get(name).cloned();
        let delimited = header(CONTENT_LENGTH).is_some()
            || header(TRANSFER_ENCODING).is_some()
            || response.version() >= reqwest::Version::HTTP_2;
        let encoding = header(CONTENT_ENCODING);
        let most = usize::try_from(self.server.body_mb << 20).unwrap_or(usize::MAX);
        let mut bytes = Vec::new();
        let floor_after = Duration::from_secs(self.server.floor_after_seconds);
        let started = Instant::now();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.unreachable(&error))? {
            if bytes.len() + chunk.len() > most {
                return Err(too_large(self.server.body_mb));
            }
            bytes.extend_from_slice(&chunk);
            let elapsed = started.elapsed();
            if elapsed > floor_after && (bytes.len() as u64) < self.server.floor_bytes * elapsed.as_secs() {
                return Err(Error::transient(format!(
                    "传输速度低于每秒 {} 字节，已中断，请检查网络或联系对方",
                    self.server.floor_bytes
                )));
            }
        }
        match encoding.as_ref().map(|encoding| encoding.as_bytes()) {
            None | Some(b"identity") => Ok(Body { bytes, delimited }),
            Some(b"gzip" | b"x-gzip") => inflated(&bytes, most, self.server.body_mb).map(|bytes| Body {
                bytes,
                delimited: true,
            }),
            Some(_) => Err(Error::unsupported("对方使用了未请求的压缩方式")),
        }
    }
}

impl Session {
    fn unreachable(&self, error: &reqwest::Error) -> Error {
        let host = self.home.base.host_str().unwrap_or_default();
        faults::unreachable(error, host, self.server.idle_seconds)
    }
}
