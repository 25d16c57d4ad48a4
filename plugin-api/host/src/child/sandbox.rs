//! Takes from this process what its plugin has no business with: files, programs, the network, other processes.
//! Here because a plugin is code with its process's full rights, and a signature only says who made it.
//! In: what is granted, the scratch folder. Out: a process the kernel (Landlock) lets do only that; how far it could.
//! Not here: deciding what is granted (`access`). UDP and Unix sockets by path are not restricted: the kernel cannot yet.

use crate::Access;
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use std::path::Path;

/// What of Landlock is used where the kernel has it: files and TCP ports (4), devices (5), signals and abstract sockets (6).
const ABI_USED: ABI = ABI::V6;
/// What every program reads: libraries, names of hosts and times, certificates, what the runtime asks about this process.
const SYSTEM: [&str; 23] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/share",
    "/usr/local/share",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/resolv.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/nsswitch.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/localtime",
    "/etc/ssl",
    "/etc/pki",
    "/proc/self",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/run/systemd/resolve",
];
const LOADERS: [&str; 4] = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"];
const DEVICES: [&str; 4] = ["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"];

/// How far the kernel enforces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Enforced {
    Fully,
    /// An older kernel: files, but not the network or other processes.
    Partly,
    Not,
}

impl Enforced {
    /// What the log should say; nothing when all is as it should be.
    pub(super) fn warning(self) -> Option<&'static str> {
        match self {
            Self::Fully => None,
            Self::Partly => Some(
                "this kernel's Landlock restricts files only: the plugin may use the network and signal processes",
            ),
            Self::Not => {
                Some("this kernel has no Landlock: the plugin may reach all that the hub's user may")
            }
        }
    }
}

/// Restricts this thread and all it will start; it must be the only one.
pub(super) fn enter(access: &Access, scratch: &Path) -> Result<Enforced, String> {
    restrict(access, scratch).map_err(|error| format!("the sandbox could not be set up: {error}"))
}

fn restrict(access: &Access, scratch: &Path) -> Result<Enforced, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let change =
        AccessFs::from_all(ABI_USED) & !AccessFs::Execute & !AccessFs::MakeChar & !AccessFs::MakeBlock;
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI_USED))?
        .handle_access(AccessNet::from_all(ABI_USED))?
        .scope(Scope::from_all(ABI_USED))?
        .create()?;
    ruleset = below(ruleset, SYSTEM, read)?;
    ruleset = below(ruleset, DEVICES, AccessFs::ReadFile | AccessFs::WriteFile)?;
    ruleset = below(ruleset, &access.read, read)?;
    ruleset = below(ruleset, &access.write, change)?;
    if !access.execute.is_empty() {
        // A program's own loader is a program too.
        ruleset = below(ruleset, LOADERS, AccessFs::Execute.into())?;
        ruleset = below(ruleset, &access.execute, read | AccessFs::Execute)?;
    }
    ruleset = below(ruleset, [scratch], change)?;
    for port in &access.connect {
        ruleset = ruleset.add_rule(NetPort::new(*port, AccessNet::ConnectTcp))?;
    }
    let status = ruleset.restrict_self()?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Enforced::Fully,
        RulesetStatus::PartiallyEnforced => Enforced::Partly,
        RulesetStatus::NotEnforced => Enforced::Not,
    })
}

/// Grants `rights` on what exists of `paths`; of a file only those a file has.
fn below(
    mut ruleset: RulesetCreated,
    paths: impl IntoIterator<Item = impl AsRef<Path>>,
    rights: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    for path in paths {
        let path = path.as_ref();
        let Ok(opened) = PathFd::new(path) else { continue };
        let rights = if path.is_dir() {
            rights
        } else {
            rights & AccessFs::from_file(ABI_USED)
        };
        ruleset = ruleset.add_rule(PathBeneath::new(opened, rights))?;
    }
    Ok(ruleset)
}
