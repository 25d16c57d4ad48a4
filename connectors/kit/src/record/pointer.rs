//! JSON pointers (RFC 6901): where the records of a document stand.
//! Here because configuration names them, and a mistake in one is to be told before anything is fetched.
//! In: a text. Out: its steps.
//! Not here: following it (json.rs).

use plugin_api::Error;

/// Longest pointer, in steps.
const STEPS_MAX: usize = 16;

/// Where the records stand in a document: `/data/list`, or empty when the document is the array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pointer(pub(super) Vec<String>);

impl Pointer {
    /// Its steps, from the document down.
    pub(crate) fn steps(&self) -> &[String] {
        &self.0
    }

    /// Reads a JSON pointer (RFC 6901).
    ///
    /// # Errors
    /// `config` when it does not begin with `/` or has too many steps.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let Some(steps) = text.strip_prefix('/') else {
            return Err(Error::config(format!("JSON 指针“{text}”应以 / 开头")));
        };
        let steps: Vec<String> = steps
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect();
        if steps.len() > STEPS_MAX {
            return Err(Error::config(format!("JSON 指针“{text}”超过 {STEPS_MAX} 级")));
        }
        Ok(Self(steps))
    }
}
