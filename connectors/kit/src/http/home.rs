//! Where a link of an answer leads, and whether it may be followed.
//! Here because redirects and next-page links are a stranger's words about where to go with our request.
//! In: the server's base and the hosts allowed besides, a link. Out: a URL that may be asked, or why not.
//! Not here: which addresses a host may have (addresses.rs), asking (client.rs).

use plugin_api::Error;
use url::Url;

use super::addresses::{NotAllowed, Reach};
use super::options::Server;

/// Most redirects followed.
const REDIRECTS_MAX: u32 = 5;

/// The configured host and what is allowed around it.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) base: Url,
    allow_hosts: Vec<String>,
    reach: Reach,
}

impl Home {
    pub(super) fn of(server: &Server) -> Result<Self, Error> {
        Ok(Self {
            base: server.base()?,
            allow_hosts: server.allow_hosts.clone(),
            reach: Reach::of(server)?,
        })
    }

    pub(super) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// A host that is an address is not resolved: it is looked at before every request.
    pub(super) fn address(&self, url: &Url) -> Result<(), Error> {
        self.reach.url(url).map_err(|refused| NotAllowed::told(&refused))
    }

    /// Whether a URL is on the configured host.
    pub(super) fn is_home(&self, url: &Url) -> bool {
        url.scheme() == self.base.scheme()
            && url.host() == self.base.host()
            && url.port_or_known_default() == self.base.port_or_known_default()
    }

    /// The path of a link below the base, as requests have it.
    pub(super) fn path_of(&self, url: &Url) -> String {
        let prefix = self.base.path().trim_end_matches('/');
        url.path()
            .strip_prefix(prefix)
            .unwrap_or_else(|| url.path())
            .to_owned()
    }

    /// Where the redirect numbered `follow` leads from a page.
    pub(super) fn redirected(&self, from: &Url, location: Option<&str>, follow: u32) -> Result<Url, Error> {
        let to = location
            .and_then(|location| from.join(location).ok())
            .ok_or_else(|| Error::data("对方要求跳转，但没有给出有效地址"))?;
        self.allowed(&to)?;
        if from.scheme() == "https" && to.scheme() != "https" {
            return Err(Error::permission("对方要求从 https 跳转到不加密的地址，已拒绝"));
        }
        if follow > REDIRECTS_MAX {
            return Err(Error::data(format!(
                "跳转超过 {REDIRECTS_MAX} 次，可能是循环跳转"
            )));
        }
        Ok(to)
    }

    /// Only the configured host, and those allowed besides.
    fn allowed(&self, url: &Url) -> Result<(), Error> {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default();
        let with_port = format!("{host}:{}", port.unwrap_or_default());
        let listed = self
            .allow_hosts
            .iter()
            .any(|allowed| allowed == host || *allowed == with_port);
        if ["http", "https"].contains(&url.scheme()) && (self.is_home(url) || listed) {
            return Ok(());
        }
        Err(Error::permission(format!(
            "对方要求转到 {with_port}，该主机不在允许范围内；如确属可信，请加入 http.allow_hosts"
        )))
    }
}
