//! Which addresses a request may go to, and the resolver that looks at every one before it is connected to.
//! Here because a redirect, a link, or a name answered differently the second time must not make the hub a door into a network.
//! In: the server's options, a host as it is about to be asked. Out: addresses that were looked at, or what to allow and why not.
//! Not here: which hosts may be named at all (client.rs). What is looked at is what is connected to: nothing resolves again.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use plugin_api::Error;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::options::Server;
use crate::options::refused;

/// A name server that is silent for so long is taken for one that does not know.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Most addresses of a name that are looked at.
const ADDRESSES_MAX: usize = 64;
/// Shortest prefixes that may be allowed: a whole protocol is no network of an office.
const PREFIX_V4_MIN: u8 = 8;
const PREFIX_V6_MIN: u8 = 7;
/// The one name that means this machine wherever it is asked.
const LOCALHOST: &str = "localhost";

/// Why an address is not one of the public network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// This machine.
    Loopback,
    /// An office's or a carrier's own network.
    Private,
    /// This cable only; also where cloud machines ask for their credentials.
    LinkLocal,
    /// Many machines at once.
    Multicast,
    /// Nobody's.
    Reserved,
}

impl Kind {
    const fn said(self) -> &'static str {
        match self {
            Self::Loopback => "本机地址",
            Self::Private => "内网地址",
            Self::LinkLocal => "链路本地地址",
            Self::Multicast => "组播地址",
            Self::Reserved => "保留地址",
        }
    }

    /// Whether an operator who wrote the address out must have meant it.
    const fn is_of_a_server(self) -> bool {
        matches!(self, Self::Loopback | Self::Private)
    }
}

/// What is special about an address; none for those of the public network. Addresses that carry another one inside
/// (IPv4-mapped, NAT64, 6to4) are what that one is.
pub(super) fn kind(address: IpAddr) -> Option<Kind> {
    match address {
        IpAddr::V4(address) => kind_v4(address),
        IpAddr::V6(address) => kind_v6(address),
    }
}

fn kind_v4(address: Ipv4Addr) -> Option<Kind> {
    Some(match address.octets() {
        [127, ..] => Kind::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Kind::Private,
        [169, 254, ..] => Kind::LinkLocal,
        [224..=239, ..] => Kind::Multicast,
        [0 | 240..=255, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Kind::Reserved,
        _ => return None,
    })
}

fn kind_v6(address: Ipv6Addr) -> Option<Kind> {
    let inner = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        kind_v4(Ipv4Addr::new(a, b, c, d))
    };
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Kind::Loopback,
        [0, 0, 0, 0, 0, 0xFFFF, high, low] | [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => {
            return inner(high, low);
        }
        [0x2002, high, low, ..] => return inner(high, low),
        [0xFC00..=0xFDFF, ..] | [0xFEC0..=0xFEFF, ..] | [0x64, 0xFF9B, 1, ..] => Kind::Private,
        [0xFE80..=0xFEBF, ..] => Kind::LinkLocal,
        [0xFF00..=0xFFFF, ..] => Kind::Multicast,
        // The unspecified one, IPv4-compatible ones, discard, Teredo, documentation, segment routing.
        [0, 0, 0, 0, 0, 0, ..]
        | [0x100, 0, 0, 0, ..]
        | [0x2001, 0 | 0xDB8, ..]
        | [0x3FFF, 0..=0xFFF, ..]
        | [0x5F00, ..] => Kind::Reserved,
        _ => return None,
    })
}

/// An address nobody allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NotAllowed {
    host: String,
    address: IpAddr,
    kind: Kind,
}

impl NotAllowed {
    /// What to tell the operator.
    pub(super) fn told(&self) -> Error {
        let Self { host, address, kind } = self;
        let what = if *host == address.to_string() {
            format!("地址 {address} ")
        } else {
            format!("主机 {host} 解析到的 {address} ")
        };
        Error::permission(format!(
            "{what}是{}，没有连接；如确属本单位网络，请在 http.allow_networks 中写明其网段，如 [\"{}\"]",
            kind.said(),
            IpNet::from(*address)
        ))
    }
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the address is not allowed")
    }
}

impl std::error::Error for NotAllowed {}

/// The addresses a server's requests may go to.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach {
    networks: Vec<IpNet>,
    /// Addresses the operator wrote out as hosts.
    written: Vec<IpAddr>,
    /// The operator wrote out that name.
    localhost: bool,
}

impl Reach {
    /// What the options of `server` allow.
    ///
    /// # Errors
    /// `config` for a network that is none, and for a base at an address where no server is.
    pub(super) fn of(server: &Server) -> Result<Self, Error> {
        let base = server.base()?;
        let mut reach = Self::default();
        for (index, text) in server.allow_networks.iter().enumerate() {
            reach.networks.push(network(text).ok_or_else(|| {
                refused(
                    format_args!("http.allow_networks[{index}]"),
                    format!(
                        "“{text}”不是网段，应形如 10.0.0.0/8（IPv4 前缀至少 {PREFIX_V4_MIN} 位，IPv6 至少 {PREFIX_V6_MIN} 位）"
                    ),
                )
            })?);
        }
        if let Some(address) = written(&base) {
            let odd = kind(address).filter(|kind| !kind.is_of_a_server() && !reach.networks(address));
            if let Some(kind) = odd {
                return Err(refused(
                    "http.base",
                    format!(
                        "{address} 是{}，不会是接口地址；如确需访问，请写入 http.allow_networks",
                        kind.said()
                    ),
                ));
            }
        }
        let hosts = server.allow_hosts.iter();
        let hosts = hosts.filter_map(|host| Url::parse(&format!("http://{host}")).ok());
        for url in std::iter::once(base).chain(hosts) {
            reach.localhost |= url.host_str() == Some(LOCALHOST);
            reach
                .written
                .extend(written(&url).filter(|address| kind(*address).is_none_or(Kind::is_of_a_server)));
        }
        Ok(reach)
    }

    fn networks(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.contains(&address))
    }

    /// Whether an address may be connected to when its host is called `host`.
    fn look(&self, host: &str, address: IpAddr, meant: bool) -> Result<(), NotAllowed> {
        match kind(address) {
            Some(kind) if !meant && !self.networks(address) => Err(NotAllowed {
                host: host.to_owned(),
                address,
                kind,
            }),
            Some(_) | None => Ok(()),
        }
    }

    /// Looks at a URL whose host is an address; one whose host is a name is looked at when that is resolved.
    pub(super) fn url(&self, url: &Url) -> Result<(), NotAllowed> {
        match written(url) {
            Some(address) => {
                let host = address.to_string();
                self.look(&host, address, self.written.contains(&address))
            }
            None => Ok(()),
        }
    }

    /// Looks at what a name was resolved to. Being written out as an address elsewhere helps no name.
    fn resolved(&self, name: &str, address: IpAddr) -> Result<(), NotAllowed> {
        let this_machine = self.localhost && name == LOCALHOST && kind(address) == Some(Kind::Loopback);
        self.look(name, address, this_machine)
    }
}

/// The address a URL's host is, in its shortest form: `0x7f.1` and `[::ffff:127.0.0.1]` are 127.0.0.1.
fn written(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address).to_canonical()),
        Host::Domain(_) => None,
    }
}

/// A network, or a single address.
fn network(text: &str) -> Option<IpNet> {
    let text = text.trim();
    let network = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse().ok()?,
    };
    let least = match network {
        IpNet::V4(_) => PREFIX_V4_MIN,
        IpNet::V6(_) => PREFIX_V6_MIN,
    };
    (network.prefix_len() >= least).then(|| network.trunc())
}

/// What a name server answers with.
pub(super) type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Knows the addresses of names.
pub(super) trait Names: Send + Sync {
    /// The addresses of `name`, anew each time.
    fn addresses(&self, name: String) -> Found;
}

/// The system's own: hosts file, then name servers.
pub(super) struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, name: String) -> Found {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Resolves names for the client, and hands it only addresses that may be connected to.
pub(super) struct Checked {
    pub(super) reach: Arc<Reach>,
    pub(super) names: Arc<dyn Names>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = Arc::clone(&self.reach);
        let name = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        let asked = self.names.addresses(name.clone());
        Box::pin(async move {
            let mut found = tokio::time::timeout(RESOLVE_TIMEOUT, asked).await??;
            found.truncate(ADDRESSES_MAX);
            // One bad address among good ones is an answer not to be trusted at all.
            for address in &found {
                reach.resolved(&name, *address)?;
            }
            let sockets = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_special_address_is_known_for_what_it_is() {
        use Kind::{LinkLocal, Loopback, Multicast, Private, Reserved};
        for (address, expect) in [
            ("8.8.8.8", None),
            ("59.192.1.1", None),
            ("172.32.0.1", None),
            ("100.128.0.1", None),
            ("2400:3200::1", None),
            ("127.0.0.1", Some(Loopback)),
            ("127.255.255.254", Some(Loopback)),
            ("::1", Some(Loopback)),
            ("::ffff:127.0.0.1", Some(Loopback)),
            ("64:ff9b::7f00:1", Some(Loopback)),
            ("2002:7f00:1::", Some(Loopback)),
            ("10.0.0.1", Some(Private)),
            ("172.16.0.1", Some(Private)),
            ("192.168.255.255", Some(Private)),
            ("100.64.0.1", Some(Private)),
            ("fd00::1", Some(Private)),
            ("fec0::1", Some(Private)),
            ("::ffff:10.0.0.1", Some(Private)),
            ("64:ff9b::808:808", None),
            ("169.254.169.254", Some(LinkLocal)),
            ("::ffff:169.254.169.254", Some(LinkLocal)),
            ("fe80::1", Some(LinkLocal)),
            ("224.0.0.1", Some(Multicast)),
            ("ff02::1", Some(Multicast)),
            ("0.0.0.0", Some(Reserved)),
            ("0.1.2.3", Some(Reserved)),
            ("::", Some(Reserved)),
            ("::7f00:1", Some(Reserved)),
            ("255.255.255.255", Some(Reserved)),
            ("192.0.2.1", Some(Reserved)),
            ("198.18.0.1", Some(Reserved)),
            ("2001::1", Some(Reserved)),
            ("2001:db8::1", Some(Reserved)),
        ] {
            assert_eq!(kind(address.parse().unwrap()), expect, "{address}");
        }
    }

    #[test]
    fn networks_are_read_as_they_are_meant() {
        for (text, expect) in [
            ("10.0.0.0/8", Some("10.0.0.0/8")),
            (" 10.1.2.3/16 ", Some("10.1.0.0/16")),
            ("10.1.2.3", Some("10.1.2.3/32")),
            ("fd00::/8", Some("fd00::/8")),
            ("0.0.0.0/0", None),
            ("::/0", None),
            ("10.0.0.0/33", None),
            ("gateway", None),
            ("", None),
        ] {
            assert_eq!(
                network(text).map(|network| network.to_string()).as_deref(),
                expect,
                "{text}"
            );
        }
    }
}
