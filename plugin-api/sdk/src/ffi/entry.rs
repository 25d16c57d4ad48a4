//! The ABI's functions for a connector type: arguments in, `guard`, result out.
//! Here as one short function per slot of the descriptor.
//! In: C arguments. Out: 0, or a category's code with the error filled. No panic leaves.
//! Not here: batches (`stream`).

use super::convert::{put_error, put_text};
use super::host::CHost;
use super::stream;
use crate::host::Host;
use crate::{Connector, Context, Error, ReadRequest, SDK, log, panics};
use plugin_abi::ffi::{self, ArrowArrayStream, ArrowSchema, HubBuf, HubError, HubHost, HubStr, text_of};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What the host's instance pointer leads to.
pub(super) struct Instance<C> {
    shared: Arc<Shared>,
    connector: Mutex<Option<C>>,
    host: Arc<CHost>,
}

/// What an instance and its stream have in common; the stream may outlive the instance.
pub(super) struct Shared {
    pub(super) context: Context,
    pub(super) streaming: AtomicBool,
    last_error: Mutex<Option<Error>>,
    poison: Mutex<Option<Error>>,
}

impl Shared {
    /// Runs `call` as an entry of this instance; after a panic every later entry fails the same way.
    pub(super) fn run<T>(&self, entry: &str, call: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        if let Some(poison) = self
            .poison
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
        {
            return Err(poison.clone());
        }
        let result = log::with_host(self.context.host(), || {
            panics::guard(Some(self.context.panics()), entry, call)
        });
        if let Err(error) = &result
            && error.panicked
        {
            *self.poison.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
        }
        result
    }

    pub(super) fn remember(&self, error: Error) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }
}

impl<C: Connector> Instance<C> {
    /// The connector, for one call; overlapping calls are the host's fault and refused.
    fn with<T>(
        &self,
        entry: &str,
        call: impl FnOnce(&mut C, &Context) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.shared.run(entry, || {
            let Ok(mut slot) = self.connector.try_lock() else {
                return Err(Error::internal(format!(
                    "{entry}: another call of this instance is under way"
                )));
            };
            let connector = slot
                .as_mut()
                .ok_or_else(|| Error::internal("the instance is closed"))?;
            call(connector, &self.shared.context)
        })
    }
}

/// # Safety
/// `instance` came from `open::<C>` and `close` was not called.
unsafe fn borrow<'a, C>(instance: ffi::Instance) -> Option<&'a Instance<C>> {
    // SAFETY: `open` made it from a box of this type, and all access is by shared reference.
    unsafe { instance.cast::<Instance<C>>().as_ref() }
}

fn finish(result: Result<(), Error>, error: *mut HubError) -> i32 {
    match result {
        Ok(()) => 0,
        // SAFETY: every entry's caller passes NULL or a zeroed error with its size set.
        Err(failure) => unsafe { put_error(error, &failure) },
    }
}

pub(super) unsafe extern "C" fn spec<C: Connector>(out: *mut HubBuf, error: *mut HubError) -> i32 {
    panics::install();
    let document = panics::guard(None, "spec", || spec_document::<C>());
    // SAFETY: the host passes a buffer to be filled.
    finish(document.map(|text| unsafe { put_text(out, text) }), error)
}

fn spec_document<C: Connector>() -> Result<String, Error> {
    let mut document = serde_json::to_value(C::spec())?;
    if let Value::Object(fields) = &mut document {
        let abi = format!("{}.{}", plugin_abi::ABI_MAJOR, plugin_abi::ABI_MINOR);
        fields.insert("abi".into(), Value::String(abi));
        fields.insert("sdk".into(), Value::String(SDK.into()));
        fields.insert("config_schema".into(), schemars::schema_for!(C::Config).into());
    }
    Ok(document.to_string())
}

pub(super) unsafe extern "C" fn open<C: Connector>(
    config: HubStr,
    table: *const HubHost,
    out: *mut ffi::Instance,
    error: *mut HubError,
) -> i32 {
    panics::install();
    install_tls();
    // SAFETY: the host lends the text for this call.
    let config = unsafe { text_of(config) };
    // SAFETY: the host's table is valid from here until `close` returns.
    let host = Arc::new(unsafe { CHost::copy(table) });
    let as_host: Arc<dyn Host> = Arc::<CHost>::clone(&host);
    log::install(&as_host);
    let context = Context::new(as_host);
    let shared = Arc::new(Shared {
        context,
        streaming: AtomicBool::new(false),
        last_error: Mutex::new(None),
        poison: Mutex::new(None),
    });
    let opened = shared.run("open", || {
        C::open(parse("configuration", &config)?, &shared.context)
    });
    let result = opened.and_then(|connector| {
        if out.is_null() {
            return Err(Error::internal("open: no place for the instance"));
        }
        let instance = Box::new(Instance {
            shared,
            connector: Mutex::new(Some(connector)),
            host: Arc::clone(&host),
        });
        // SAFETY: checked not to be NULL; the host passes a place for one pointer.
        unsafe { out.write(Box::into_raw(instance).cast()) };
        Ok(())
    });
    if result.is_err() {
        host.close();
    }
    finish(result, error)
}

pub(super) unsafe extern "C" fn check<C: Connector>(instance: ffi::Instance, error: *mut HubError) -> i32 {
    // SAFETY: the host's instance, before `close`.
    let instance = unsafe { borrow::<C>(instance) };
    finish(
        on(instance, "check", |connector: &mut C, ctx| connector.check(ctx)),
        error,
    )
}

pub(super) unsafe extern "C" fn discover<C: Connector>(
    instance: ffi::Instance,
    out: *mut HubBuf,
    error: *mut HubError,
) -> i32 {
    // SAFETY: the host's instance, before `close`.
    let instance = unsafe { borrow::<C>(instance) };
    let catalog = on(instance, "discover", |connector: &mut C, ctx| {
        Ok(serde_json::to_string(&connector.discover(ctx)?)?)
    });
    // SAFETY: the host passes a buffer to be filled.
    finish(catalog.map(|text| unsafe { put_text(out, text) }), error)
}

pub(super) unsafe extern "C" fn stream_schema<C: Connector>(
    instance: ffi::Instance,
    stream: HubStr,
    out: *mut ArrowSchema,
    error: *mut HubError,
) -> i32 {
    // SAFETY: the host lends the text for this call.
    let stream = unsafe { text_of(stream) };
    // SAFETY: the host's instance, before `close`.
    let instance = unsafe { borrow::<C>(instance) };
    let schema = on(instance, "schema", |connector: &mut C, ctx| {
        connector.schema(&stream, ctx)
    });
    // SAFETY: the host passes a released schema to be filled.
    finish(
        schema.and_then(|schema| unsafe { stream::put_schema(out, &schema) }),
        error,
    )
}

pub(super) unsafe extern "C" fn read<C: Connector>(
    instance: ffi::Instance,
    request: HubStr,
    out: *mut ArrowArrayStream,
    error: *mut HubError,
) -> i32 {
    // SAFETY: the host lends the text for this call.
    let request = unsafe { text_of(request) };
    // SAFETY: the host's instance, before `close`.
    let instance = unsafe { borrow::<C>(instance) };
    if out.is_null() {
        return finish(Err(Error::internal("read: no place for the stream")), error);
    }
    let started = on(instance, "read", |connector: &mut C, ctx| {
        let request: ReadRequest = parse("read request", &request)?;
        if instance.is_some_and(|instance| instance.shared.streaming.load(Ordering::SeqCst)) {
            return Err(Error::unsupported(
                "this instance is already reading a stream; open another one",
            ));
        }
        let schema = connector.schema(&request.stream, ctx)?;
        ctx.set_preview(request.max_rows.is_some());
        let batches = connector.read(&request, ctx)?;
        stream::Plan::new(schema, batches, &request)
    });
    let result = started.map(|plan| {
        if let Some(instance) = instance {
            instance.shared.streaming.store(true, Ordering::SeqCst);
            // SAFETY: not NULL by the check above; the host passes a released stream to be filled.
            unsafe { stream::put_stream(out, plan, Arc::clone(&instance.shared)) };
        }
    });
    finish(result, error)
}

pub(super) unsafe extern "C" fn last_error<C: Connector>(
    instance: ffi::Instance,
    error: *mut HubError,
) -> i32 {
    // SAFETY: the host's instance, before `close`.
    let Some(instance) = (unsafe { borrow::<C>(instance) }) else {
        return 0;
    };
    let last = instance
        .shared
        .last_error
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    finish(last.map_or(Ok(()), Err), error)
}

pub(super) unsafe extern "C" fn cancel<C: Connector>(instance: ffi::Instance) {
    // SAFETY: the host's instance, before `close`; only a flag is set, so an overlap with other calls is fine.
    if let Some(instance) = unsafe { borrow::<C>(instance) } {
        instance.shared.context.cancel();
    }
}

pub(super) unsafe extern "C" fn close<C: Connector>(instance: ffi::Instance) {
    if instance.is_null() {
        return;
    }
    // SAFETY: made by `Box::into_raw` in `open` with this type; the host calls `close` once, as the last call.
    let instance = unsafe { Box::from_raw(instance.cast::<Instance<C>>()) };
    instance.shared.context.cancel();
    let connector = instance
        .connector
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .take();
    // A poisoned connector is dropped too: its threads must be joined. Its panics are caught once more.
    let _ = log::with_host(instance.shared.context.host(), || {
        panics::guard(None, "close", || {
            drop(connector);
            Ok(())
        })
    });
    instance.host.close();
}

fn on<C: Connector, T>(
    instance: Option<&Instance<C>>,
    entry: &str,
    call: impl FnOnce(&mut C, &Context) -> Result<T, Error>,
) -> Result<T, Error> {
    match instance {
        Some(instance) => instance.with(entry, call),
        None => Err(Error::internal(format!("{entry}: no instance"))),
    }
}

/// JSON from outside, with the path of the offending field in the message and in the detail.
fn parse<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let message = match path.as_str() {
            "." | "" => format!("{what}: {}", error.inner()),
            path => format!("{what}: {path}: {}", error.inner()),
        };
        Error::config(message).with_detail(serde_json::json!({ "path": path }))
    })?;
    reader
        .end()
        .map_err(|error| Error::config(format!("{what}: {error}")))?;
    Ok(value)
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::data(error.to_string())
    }
}

/// Every plugin has its own rustls, which needs its provider before the first client.
fn install_tls() {
    #[cfg(feature = "tls")]
    {
        // Refused only when the connector installed one itself.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}
