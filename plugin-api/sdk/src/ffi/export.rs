//! `export_connector!` and the descriptor it exports.
//! Here because the exported symbol and the note's section need attributes that the house forbids elsewhere.
//! In: a type that implements `Connector`. Out: the symbol `hub_connector_v1`, the note, and `hub_descriptor()`,
//! by which a connector's own tests reach the same descriptor without a shared library. Not here: the entries.

use super::entry;
use crate::{Connector, SDK, Spec, panics};
use plugin_abi::ffi::{HubConnector, HubStr, size_of_u32};
use std::sync::OnceLock;

/// Where a plugin's descriptor lives.
#[doc(hidden)]
pub type __Cell = OnceLock<HubConnector>;

/// The way into a connector, as the hub would find it in the shared library.
#[derive(Clone, Copy, Debug)]
pub struct Descriptor(pub(super) &'static HubConnector);

impl Descriptor {
    /// The C descriptor, for hosts.
    pub fn raw(self) -> &'static HubConnector {
        self.0
    }
}

/// Makes this crate a plugin. Once per crate, at its root, which must be a `cdylib`. Two such crates cannot be linked
/// into one binary: both bring the same symbol.
///
/// ```ignore
/// plugin_api::export_connector!(MyConnector);
/// ```
#[macro_export]
macro_rules! export_connector {
    ($connector:ty) => {
        #[cfg(panic = "abort")]
        compile_error!("a connector needs panic = \"unwind\": the SDK turns panics into errors");

        #[doc(hidden)]
        static __HUB_DESCRIPTOR: $crate::ffi::__Cell = $crate::ffi::__Cell::new();

        /// This connector's descriptor, for tests that do not load a shared library.
        #[must_use]
        pub fn hub_descriptor() -> $crate::Descriptor {
            $crate::ffi::__build::<$connector>(&__HUB_DESCRIPTOR)
        }

        #[allow(
            unsafe_code,
            reason = "the symbol and the section are how a host finds a plugin"
        )]
        const _: () = {
            #[used]
            #[unsafe(link_section = ".hub_abi")]
            static NOTE: [u8; 32] = $crate::__note($crate::SDK);

            /// The plugin's only exported symbol.
            #[unsafe(no_mangle)]
            extern "C" fn hub_connector_v1() -> *const () {
                ::std::ptr::from_ref(hub_descriptor().raw()).cast()
            }
        };
    };
}

/// Builds the descriptor of `C` on first use.
#[doc(hidden)]
pub fn __build<C: Connector>(cell: &'static __Cell) -> Descriptor {
    Descriptor(cell.get_or_init(|| {
        panics::install();
        // A panicking `spec` must not cross the symbol; the `spec` entry reports it properly.
        let spec = panics::guard(None, "spec", || Ok(C::spec()));
        let spec = spec.unwrap_or_else(|_| Spec::new("unnamed", "0"));
        HubConnector {
            magic: plugin_abi::MAGIC,
            size: size_of_u32::<HubConnector>(),
            abi_major: plugin_abi::ABI_MAJOR,
            abi_minor: plugin_abi::ABI_MINOR,
            flags: 0,
            name: HubStr::lend(spec.name.leak()),
            version: HubStr::lend(spec.version.leak()),
            sdk: HubStr::lend(SDK),
            spec: Some(entry::spec::<C>),
            open: Some(entry::open::<C>),
            check: Some(entry::check::<C>),
            discover: Some(entry::discover::<C>),
            stream_schema: Some(entry::stream_schema::<C>),
            read: Some(entry::read::<C>),
            last_error: Some(entry::last_error::<C>),
            cancel: Some(entry::cancel::<C>),
            close: Some(entry::close::<C>),
            abi_minor_required: 0,
            padding: 0,
            reserved: [std::ptr::null(); 4],
        }
    }))
}
