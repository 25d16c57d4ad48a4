//! The caller's side of the ABI as safe Rust: a checked plugin, its instance, its stream.
//! Here, not in plugin-host, because the SDK's tests call plugins too; the rules of the ABI (no overlapping calls,
//! one stream, release before close) are kept by ownership.
//! In: texts (JSON) and callbacks. Out: texts, raw Arrow structs owned by the caller, `Failure`.
//! Not here: loading files, reading JSON, understanding Arrow.

use super::callbacks::{Callbacks, Table};
use super::failure::{Failure, call, call_for_text};
use super::{ArrowArray, ArrowArrayStream, ArrowSchema, HubConnector, HubStr, text_of};
use crate::{ABI_MAJOR, ABI_MINOR, Category, DESCRIPTOR_SIZE_MIN, MAGIC};
use std::ffi::CStr;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are read before anything else is believed: magic, size, major, minor.
const PREFIX_WORDS: usize = 3;

/// Why a descriptor is not used: one sentence with what was found and what is spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused(pub String);

/// A descriptor that passed the checks.
#[derive(Clone, Copy, Debug)]
pub struct Plugin {
    connector: &'static HubConnector,
}

impl Plugin {
    /// Checks prefix and mandatory pointers of what a plugin's entry point returned.
    ///
    /// # Safety
    /// `descriptor` is NULL, or leads to memory that lives for ever and is as long as its `size` says.
    ///
    /// # Errors
    /// [`Refused`], with what was found and what would have been right.
    pub unsafe fn check(descriptor: *const HubConnector) -> Result<Plugin, Refused> {
        if descriptor.is_null() {
            return Err(Refused("the plugin returned no descriptor (NULL)".into()));
        }
        // SAFETY: any descriptor has at least these twelve bytes; the caller vouches for the memory.
        let prefix = unsafe { descriptor.cast::<[u32; PREFIX_WORDS]>().read() };
        let [magic, size, versions] = prefix;
        let [major_low, major_high, minor_low, minor_high] = versions.to_ne_bytes();
        let major = u16::from_ne_bytes([major_low, major_high]);
        let minor = u16::from_ne_bytes([minor_low, minor_high]);
        if magic != MAGIC {
            return Err(Refused(format!(
                "bad magic {magic:#x}, a connector starts with {MAGIC:#x}"
            )));
        }
        if major != ABI_MAJOR {
            return Err(Refused(format!(
                "plugin ABI {major}.{minor}, hub speaks {ABI_MAJOR}.x"
            )));
        }
        if size < DESCRIPTOR_SIZE_MIN {
            return Err(Refused(format!(
                "descriptor size {size}, ABI 1.0 needs >= {DESCRIPTOR_SIZE_MIN}"
            )));
        }
        // SAFETY: the size just checked covers the whole struct, and the memory lives for ever.
        let connector = unsafe { &*descriptor };
        if connector.abi_minor_required > u32::from(ABI_MINOR) {
            let needed = connector.abi_minor_required;
            return Err(Refused(format!(
                "plugin needs ABI 1.{needed}, hub speaks 1.{ABI_MINOR}"
            )));
        }
        let missing = [
            ("open", connector.open.is_none()),
            ("discover", connector.discover.is_none()),
            ("stream_schema", connector.stream_schema.is_none()),
            ("read", connector.read.is_none()),
            ("close", connector.close.is_none()),
        ];
        match missing.iter().find(|(_, missing)| *missing) {
            Some((name, _)) => Err(Refused(format!("mandatory function {name:?} is NULL"))),
            None => Ok(Plugin { connector }),
        }
    }

    /// The plugin's own name.
    pub fn name(&self) -> String {
        // SAFETY: the texts of a checked descriptor live for ever.
        unsafe { text_of(self.connector.name) }
    }

    /// The plugin's version.
    pub fn version(&self) -> String {
        // SAFETY: the texts of a checked descriptor live for ever.
        unsafe { text_of(self.connector.version) }
    }

    /// Flags such as [`crate::FLAG_CHILD_ONLY`].
    pub fn flags(&self) -> u32 {
        self.connector.flags
    }

    /// The spec document, without opening anything.
    ///
    /// # Errors
    /// `unsupported` when the plugin offers none, or what it says.
    pub fn spec(&self) -> Result<String, Failure> {
        let Some(spec) = self.connector.spec else {
            return Err(Failure::new(Category::Unsupported, "the plugin has no spec"));
        };
        // SAFETY: buffer and error are ours, empty, with the size set.
        call_for_text(|out, error| unsafe { spec(out, error) })
    }

    /// Opens an instance.
    ///
    /// # Errors
    /// Whatever the plugin says.
    pub fn open(&self, config: &str, callbacks: Box<dyn Callbacks>) -> Result<Instance, Failure> {
        let table = Table::new(callbacks);
        let mut raw: super::Instance = ptr::null_mut();
        if let Some(open) = self.connector.open {
            // SAFETY: the table outlives the instance (both are fields of `Instance`); all pointers are ours.
            call(|error| unsafe { open(HubStr::lend(config), table.as_ptr(), &raw mut raw, error) })?;
        }
        let target = self.connector.cancel.map(|cancel| Target { cancel, raw });
        let canceller = Canceller(Arc::new(Mutex::new(target)));
        Ok(Instance {
            plugin: *self,
            raw,
            canceller,
            _table: table,
        })
    }
}

/// One open instance; closed when dropped.
pub struct Instance {
    plugin: Plugin,
    raw: super::Instance,
    canceller: Canceller,
    /// Freed after `close`, which is the last call that may use it.
    _table: Table,
}

// SAFETY: the ABI has no thread affinity: calls may come from different threads, one after another, and `&mut self`
// or ownership keeps them from overlapping.
unsafe impl Send for Instance {}

impl Instance {
    /// Is the source there. A plugin without `check` has nothing to say against it.
    ///
    /// # Errors
    /// Whatever the plugin says.
    pub fn check(&mut self) -> Result<(), Failure> {
        let Some(check) = self.plugin.connector.check else {
            return Ok(());
        };
        // SAFETY: an open instance, not in any other call.
        call(|error| unsafe { check(self.raw, error) })
    }

    /// The catalogue document.
    ///
    /// # Errors
    /// Whatever the plugin says.
    pub fn discover(&mut self) -> Result<String, Failure> {
        let discover = mandatory(self.plugin.connector.discover)?;
        // SAFETY: an open instance, not in any other call; buffer and error are ours.
        call_for_text(|out, error| unsafe { discover(self.raw, out, error) })
    }

    /// One stream's schema, which the caller must release (by importing it).
    ///
    /// # Errors
    /// Whatever the plugin says.
    pub fn stream_schema(&mut self, stream: &str) -> Result<ArrowSchema, Failure> {
        let stream_schema = mandatory(self.plugin.connector.stream_schema)?;
        let mut schema = ArrowSchema::empty();
        // SAFETY: an open instance, not in any other call; schema and error are ours.
        call(|error| unsafe { stream_schema(self.raw, HubStr::lend(stream), &raw mut schema, error) })?;
        if schema.release.is_none() {
            return Err(Failure::new(
                Category::Internal,
                "stream_schema said yes but filled no schema",
            ));
        }
        Ok(schema)
    }

    /// Starts a read. The stream owns the instance, since one stream is read at a time.
    ///
    /// # Errors
    /// Whatever the plugin says; the instance is given back.
    pub fn read(self, request: &str) -> Result<Stream, (Instance, Failure)> {
        let mut raw = ArrowArrayStream::empty();
        let started = mandatory(self.plugin.connector.read).and_then(|read| {
            // SAFETY: an open instance, not in any other call; stream and error are ours.
            call(|error| unsafe { read(self.raw, HubStr::lend(request), &raw mut raw, error) })
        });
        match started {
            Ok(()) if raw.release.is_none() => Err((
                self,
                Failure::new(Category::Internal, "read said yes but filled no stream"),
            )),
            Ok(()) => Ok(Stream { raw, instance: self }),
            Err(failure) => Err((self, failure)),
        }
    }

    /// A handle by which any thread may ask this instance to stop.
    pub fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // From here on a cancel finds nothing; one under way is waited for.
        self.canceller
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(close) = self.plugin.connector.close {
            // SAFETY: the last call of this instance; its stream is gone, since a stream owns its instance.
            unsafe { close(self.raw) };
        }
    }
}

/// A running read. Released when dropped, which also asks the plugin to stop.
pub struct Stream {
    raw: ArrowArrayStream,
    instance: Instance,
}

// SAFETY: as for `Instance`; the stream's own state is used through `&mut self` only.
unsafe impl Send for Stream {}

impl Stream {
    /// The schema of the batches, which the caller must release (by importing it).
    ///
    /// # Errors
    /// Whatever the plugin says.
    pub fn schema(&mut self) -> Result<ArrowSchema, Failure> {
        let mut schema = ArrowSchema::empty();
        let get_schema = mandatory(self.raw.get_schema)?;
        // SAFETY: an unreleased stream; the schema is ours, empty.
        let code = unsafe { get_schema(&raw mut self.raw, &raw mut schema) };
        if code != 0 || schema.release.is_none() {
            return Err(self.failure(code));
        }
        Ok(schema)
    }

    /// The next batch, which the caller must release (by importing it); `None` at the end.
    ///
    /// # Errors
    /// Whatever the plugin says.
    pub fn next_array(&mut self) -> Result<Option<ArrowArray>, Failure> {
        let mut array = ArrowArray::empty();
        let get_next = mandatory(self.raw.get_next)?;
        // SAFETY: an unreleased stream; the array is ours, empty.
        let code = unsafe { get_next(&raw mut self.raw, &raw mut array) };
        if code != 0 {
            return Err(self.failure(code));
        }
        Ok(array.release.is_some().then_some(array))
    }

    /// Releases the stream and gives the instance back.
    pub fn end(mut self) -> Instance {
        self.release();
        // SAFETY: `self` is forgotten on the next line, so the instance is not dropped twice.
        let instance = unsafe { ptr::read(&raw const self.instance) };
        std::mem::forget(self);
        instance
    }

    /// A handle by which any thread may ask the read to stop.
    pub fn canceller(&self) -> Canceller {
        self.instance.canceller()
    }

    fn release(&mut self) {
        if let Some(release) = self.raw.release {
            // SAFETY: an unreleased stream: every release sets the pointer to NULL, and so do we below.
            unsafe { release(&raw mut self.raw) };
            self.raw = ArrowArrayStream::empty();
        }
    }

    /// The structured error if the plugin offers one, or else the stream's text.
    fn failure(&mut self, code: i32) -> Failure {
        if let Some(last_error) = self.instance.plugin.connector.last_error {
            // SAFETY: an open instance, not in any other call; the error is ours.
            let last = call(|error| unsafe { last_error(self.instance.raw, error) });
            if let Err(failure) = last {
                return failure;
            }
        }
        let text = self.raw.get_last_error.map(|get_last_error| {
            // SAFETY: an unreleased stream.
            let text = unsafe { get_last_error(&raw mut self.raw) };
            if text.is_null() {
                return String::new();
            }
            // SAFETY: by the Arrow specification NUL-terminated and valid until the next call on the stream.
            unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
        });
        let text = text
            .filter(|text| !text.is_empty())
            .unwrap_or_else(|| format!("errno {code}"));
        Failure::new(Category::Internal, text)
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.release();
    }
}

struct Target {
    cancel: unsafe extern "C" fn(super::Instance),
    raw: super::Instance,
}

// SAFETY: the ABI allows `cancel` from any thread between `open` and `close`; the mutex ends before `close`.
unsafe impl Send for Target {}

/// Asks an instance to stop; does nothing once it is closed.
#[derive(Clone)]
pub struct Canceller(Arc<Mutex<Option<Target>>>);

impl Canceller {
    /// Sets the plugin's flag.
    pub fn cancel(&self) {
        if let Some(target) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
            // SAFETY: between `open` and `close`, since `Instance::drop` empties the slot first.
            unsafe { (target.cancel)(target.raw) };
        }
    }
}

fn mandatory<T>(function: Option<T>) -> Result<T, Failure> {
    function.ok_or_else(|| Failure::new(Category::Unsupported, "the plugin does not offer this function"))
}
