//! Which addresses a channel may connect to, and the resolver that looks at every one before it is connected to.
//! Here because a mistyped address, a redirect or a name server must not make the hub a door into a network.
//! In: the channel's address and its `allow_networks`, a host as it is about to be asked. Out: addresses that were looked at.
//! Not here: HTTP. What is looked at is what is connected to: nothing resolves again.
//!
//! Addresses of the public network are open. A private address or this machine's is open when it is written out in the channel's
//! own address, or lies in `allow_networks`; link-local, multicast and reserved ones only in the latter case.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use futures::future::BoxFuture;
use ipnet::IpNet;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Host;

/// A name server that is silent for so long is taken for one that does not know.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);
/// Most addresses of a name that are looked at.
const ADDRESSES_MAX: usize = 64;
/// Shortest prefixes that may be allowed: a whole protocol is no network of an office.
const PREFIX_V4_MIN: u8 = 8;
const PREFIX_V6_MIN: u8 = 7;
const LOCALHOST: &str = "localhost";

/// Networks of this machine, and of offices and carriers.
const INSIDE: [&str; 8] = [
    "127.0.0.0/8",
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "100.64.0.0/10",
    "::1/128",
    "fc00::/7",
    "fec0::/10",
];
/// Networks no server is in: this cable, many machines at once, nobody's; and those of IPv6 that carry another address inside.
const ODD: [&str; 24] = [
    "0.0.0.0/8",
    "169.254.0.0/16",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "::ffff:0:0/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/32",
    "2001:2::/48",
    "2001:10::/28",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fe80::/10",
    "ff00::/8",
];

static INSIDE_NETWORKS: LazyLock<Vec<IpNet>> = LazyLock::new(|| parsed(&INSIDE));
static ODD_NETWORKS: LazyLock<Vec<IpNet>> = LazyLock::new(|| parsed(&ODD));

fn parsed(networks: &[&str]) -> Vec<IpNet> {
    networks.iter().filter_map(|text| text.parse().ok()).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Public,
    Inside,
    Odd,
}

fn place(address: IpAddr) -> Place {
    let among = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&address));
    if among(&INSIDE_NETWORKS) {
        Place::Inside
    } else if among(&ODD_NETWORKS) {
        Place::Odd
    } else {
        Place::Public
    }
}

/// An address nobody allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct NotAllowed {
    host: String,
    address: IpAddr,
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, address } = self;
        write!(
            f,
            "{host} 的地址 {address} 不在允许的网段内，没有连接；如确属接收方，请写入该通道的 allow_networks = [\"{}\"] / \
             not connected to: the address is in no allowed network",
            IpNet::from(*address)
        )
    }
}

/// The addresses a channel may connect to.
#[derive(Debug, Clone)]
pub struct Networks {
    allowed: Vec<IpNet>,
    /// The address the operator wrote out.
    written: Option<IpAddr>,
    localhost: bool,
}

impl Networks {
    /// Those of a channel to `host`, with the networks in `allow`.
    ///
    /// # Errors
    /// What is wrong with a network, or with an address at which no receiver is.
    pub fn new(host: &Host<&str>, allow: &[String]) -> Result<Self, String> {
        let allowed = allow.iter().map(|text| {
            network(text).ok_or_else(|| {
                format!(
                    "allow_networks: {text:?} 不是网段，应形如 10.0.0.0/8（IPv4 前缀至少 {PREFIX_V4_MIN} 位，IPv6 至少 {PREFIX_V6_MIN} 位）/ is no network"
                )
            })
        });
        let written = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(*address)),
            Host::Ipv6(address) => Some(IpAddr::V6(*address).to_canonical()),
        };
        let networks = Self {
            allowed: allowed.collect::<Result<_, _>>()?,
            written: written.filter(|address| place(*address) != Place::Odd),
            localhost: *host == Host::Domain(LOCALHOST),
        };
        if let Some(address) = written {
            networks
                .look(&address.to_string(), address)
                .map_err(|told| told.to_string())?;
        }
        Ok(networks)
    }

    /// Whether `address` may be connected to, which is what `host` was written as or resolved to.
    ///
    /// # Errors
    /// When it may not.
    pub fn look(&self, host: &str, address: IpAddr) -> Result<(), NotAllowed> {
        let address = address.to_canonical();
        let listed = self.allowed.iter().any(|network| network.contains(&address));
        // Being written out as an address helps no name that leads there.
        let written = self.written == Some(address) && host == address.to_string();
        let this_machine = self.localhost && host == LOCALHOST && address.is_loopback();
        if listed || written || this_machine || place(address) == Place::Public {
            return Ok(());
        }
        Err(NotAllowed {
            host: host.to_owned(),
            address,
        })
    }

    /// Every address of `name`, all of them allowed.
    ///
    /// # Errors
    /// When one is not: a bad address among good ones is an answer not to be trusted at all. When nobody knows the name.
    pub async fn resolve(&self, name: &str, names: &dyn Names) -> io::Result<Vec<IpAddr>> {
        if let Ok(address) = name.parse::<IpAddr>() {
            self.look(&address.to_canonical().to_string(), address)
                .map_err(io::Error::other)?;
            return Ok(vec![address]);
        }
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let asked = names.addresses(name.clone());
        let mut found = tokio::time::timeout(RESOLVE_TIMEOUT, asked)
            .await
            .map_err(|_| io::Error::new(io::ErrorKind::TimedOut, "the name server does not answer"))??;
        found.truncate(ADDRESSES_MAX);
        for address in &found {
            self.look(&name, *address).map_err(io::Error::other)?;
        }
        if found.is_empty() {
            return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        }
        Ok(found)
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

/// Knows the addresses of names.
pub trait Names: Send + Sync {
    /// The addresses of `name`, anew each time.
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's own: hosts file, then name servers.
pub(crate) struct SystemNames;

impl Names for SystemNames {
    fn addresses(&self, name: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Resolves names for the HTTP client, and hands it only addresses that may be connected to.
pub(crate) struct Looked {
    pub(crate) networks: Arc<Networks>,
    pub(crate) names: Arc<dyn Names>,
}

impl Resolve for Looked {
    fn resolve(&self, name: Name) -> Resolving {
        let (networks, names) = (Arc::clone(&self.networks), Arc::clone(&self.names));
        Box::pin(async move {
            let found = networks.resolve(name.as_str(), &*names).await?;
            let sockets = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(sockets) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(host: &str, allow: &[&str]) -> Result<Networks, String> {
        let allow: Vec<String> = allow.iter().map(|text| (*text).to_owned()).collect();
        let url = url::Url::parse(&format!("http://{host}/")).expect("a URL");
        Networks::new(&url.host().expect("a host"), &allow)
    }

    struct Says(&'static [&'static str]);

    impl Names for Says {
        fn addresses(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
            let found = self.0.iter().filter_map(|text| text.parse().ok()).collect();
            Box::pin(async move { Ok(found) })
        }
    }

    #[test]
    fn the_lists_of_networks_are_all_networks() {
        assert_eq!(
            (INSIDE_NETWORKS.len(), ODD_NETWORKS.len()),
            (INSIDE.len(), ODD.len())
        );
    }

    #[test]
    fn an_inside_address_is_open_when_it_is_written_out_or_listed() {
        for (host, allow, open) in [
            ("127.0.0.1", &[][..], true),
            ("10.1.2.3", &[], true),
            ("0x7f.1", &[], true),
            ("[::1]", &[], true),
            ("[::ffff:10.1.2.3]", &[], true),
            ("8.8.8.8", &[], true),
            ("169.254.169.254", &[], false),
            ("169.254.169.254", &["169.254.169.254"], true),
            ("0.0.0.0", &[], false),
            ("224.0.0.1", &[], false),
            ("[fe80::1]", &[], false),
            ("[64:ff9b::7f00:1]", &[], false),
            ("[2002:7f00:1::]", &[], false),
        ] {
            assert_eq!(networks(host, allow).is_ok(), open, "{host} {allow:?}");
        }
        for wrong in ["0.0.0.0/0", "::/0", "gateway", "10.0.0.0/33", ""] {
            assert!(networks("8.8.8.8", &[wrong]).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to_unless_its_network_is_listed() {
        let names = [
            (&["10.0.0.5"][..], &[][..], false),
            (&["10.0.0.5"], &["10.0.0.0/8"], true),
            (&["8.8.8.8", "127.0.0.1"], &[], false),
            (&["8.8.8.8"], &[], true),
            (&["169.254.169.254"], &["10.0.0.0/8"], false),
            (&["::ffff:127.0.0.1"], &[], false),
            (&[], &[], false),
        ];
        for (found, allow, open) in names {
            let looked = networks("gateway.example", allow).unwrap();
            let answer = looked.resolve("gateway.example", &Says(found)).await;
            assert_eq!(answer.is_ok(), open, "{found:?} {allow:?}");
        }
        let written = networks("127.0.0.1", &[]).unwrap();
        assert!(
            written
                .resolve("other.example", &Says(&["127.0.0.1"]))
                .await
                .is_err()
        );
        let localhost = networks("localhost", &[]).unwrap();
        assert!(
            localhost
                .resolve("localhost", &Says(&["127.0.0.1"]))
                .await
                .is_ok()
        );
        assert!(
            localhost
                .resolve("localhost", &Says(&["10.0.0.1"]))
                .await
                .is_err()
        );
    }
}
