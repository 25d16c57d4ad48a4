//! The one error type of connectors: a category, which the hub acts on, and a sentence, which people read.
//! Here so that an author chooses the hub's reaction by choosing a constructor.
//! In: the author's words. Out: `Error`, later the C struct; NUL bytes and overlong texts are made harmless there.
//! Not here: retrying; that is the hub's job.

use plugin_abi::Category;
use serde_json::Value;
use std::fmt;
use std::time::Duration;

/// Why something did not work.
#[derive(Clone, Debug)]
pub struct Error {
    category: Category,
    message: String,
    vendor_code: i32,
    retry_after: Option<Duration>,
    detail: Option<Value>,
    pub(crate) panicked: bool,
}

impl Error {
    /// An error of any category.
    pub fn new(category: Category, message: impl Into<String>) -> Error {
        Error {
            category,
            message: message.into(),
            vendor_code: 0,
            retry_after: None,
            detail: None,
            panicked: false,
        }
    }

    /// Bad configuration or unknown stream; name the field.
    pub fn config(message: impl Into<String>) -> Error {
        Error::new(Category::Config, message)
    }

    /// 401, expired token, ungranted secret.
    pub fn auth(message: impl Into<String>) -> Error {
        Error::new(Category::Auth, message)
    }

    /// 403, denied table or file.
    pub fn permission(message: impl Into<String>) -> Error {
        Error::new(Category::Permission, message)
    }

    /// File, table or endpoint absent.
    pub fn not_found(message: impl Into<String>) -> Error {
        Error::new(Category::NotFound, message)
    }

    /// Connection, timeout, 5xx: worth another try.
    pub fn transient(message: impl Into<String>) -> Error {
        Error::new(Category::Transient, message)
    }

    /// 429, with the time the source asked for, if it did.
    pub fn rate_limited(message: impl Into<String>, retry_after: Option<Duration>) -> Error {
        Error {
            retry_after,
            ..Error::new(Category::RateLimited, message)
        }
    }

    /// The source changed its shape.
    pub fn schema(message: impl Into<String>) -> Error {
        Error::new(Category::Schema, message)
    }

    /// A record that cannot be read.
    pub fn data(message: impl Into<String>) -> Error {
        Error::new(Category::Data, message)
    }

    /// The work was cancelled.
    pub fn cancelled() -> Error {
        Error::new(Category::Cancelled, "cancelled")
    }

    /// A bug in the connector.
    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(Category::Internal, message)
    }

    /// Not offered.
    pub fn unsupported(message: impl Into<String>) -> Error {
        Error::new(Category::Unsupported, message)
    }

    /// Adds a JSON document for machines.
    #[must_use]
    pub fn with_detail(mut self, detail: Value) -> Error {
        self.detail = Some(detail);
        self
    }

    /// Adds the source's own code, such as an HTTP status.
    #[must_use]
    pub fn with_vendor_code(mut self, code: i32) -> Error {
        self.vendor_code = code;
        self
    }

    /// Puts what was being done before the message: `reading a.xlsx: no such sheet`.
    #[must_use]
    pub fn while_doing(mut self, what: impl fmt::Display) -> Error {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// The category.
    pub fn category(&self) -> Category {
        self.category
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The source's own code, 0 when none.
    pub fn vendor_code(&self) -> i32 {
        self.vendor_code
    }

    /// How long the source asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The document for machines.
    pub fn detail(&self) -> Option<&Value> {
        self.detail.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.category, self.message)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        use std::io::ErrorKind;
        #[allow(clippy::wildcard_enum_match_arm, reason = "the list of kinds is open")]
        let category = match error.kind() {
            ErrorKind::NotFound => Category::NotFound,
            ErrorKind::PermissionDenied => Category::Permission,
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => Category::Data,
            _ => Category::Transient,
        };
        Error::new(category, error.to_string())
    }
}

impl From<arrow_schema::ArrowError> for Error {
    fn from(error: arrow_schema::ArrowError) -> Error {
        Error::internal(error.to_string())
    }
}
