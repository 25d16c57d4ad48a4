//! The eleven error categories: the category, not the text, decides what the hub does.
//! Here because the number is the return code of every ABI function.
//! In: a code (i32, 1..=11) or a name. Out: `Category`. An unknown code is `Internal`.
//! Not here: the hub's reaction to each (hub-runtime), process-level causes such as signals (plugin-host).

use std::fmt;

/// What kind of failure it was. The value is the C return code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(i32)]
pub enum Category {
    /// Bad configuration or unknown stream: stop and show the field.
    Config = 1,
    /// 401, expired token, ungranted secret: alert the owner.
    Auth = 2,
    /// 403, denied table: stop this stream only.
    Permission = 3,
    /// File, table or endpoint absent: stop this stream only.
    NotFound = 4,
    /// Connection, timeout, 5xx: retry with backoff.
    Transient = 5,
    /// 429: wait `retry_after`, not counted as a failure.
    RateLimited = 6,
    /// The source changed its shape: open a review.
    Schema = 7,
    /// An unreadable record or batch: quarantine or stop.
    Data = 8,
    /// It was asked for: not an error.
    Cancelled = 9,
    /// A bug of the plugin: panic, crash, hang, protocol.
    Internal = 10,
    /// Function or mode not offered.
    Unsupported = 11,
}

impl Category {
    /// All of them, in the order of their codes.
    pub const ALL: [Category; 11] = [
        Category::Config,
        Category::Auth,
        Category::Permission,
        Category::NotFound,
        Category::Transient,
        Category::RateLimited,
        Category::Schema,
        Category::Data,
        Category::Cancelled,
        Category::Internal,
        Category::Unsupported,
    ];

    /// The category of a return code; anything unknown is `Internal`.
    pub fn from_code(code: i32) -> Category {
        Category::ALL
            .into_iter()
            .find(|category| category.code() == code)
            .unwrap_or(Category::Internal)
    }

    /// The category of a lower-case name, as it appears in JSON.
    pub fn from_name(name: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|category| category.name() == name)
    }

    /// The C return code, 1..=11.
    pub const fn code(self) -> i32 {
        self as i32
    }

    /// Lower-case name used in JSON, logs and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Category::Config => "config",
            Category::Auth => "auth",
            Category::Permission => "permission",
            Category::NotFound => "not_found",
            Category::Transient => "transient",
            Category::RateLimited => "rate_limited",
            Category::Schema => "schema",
            Category::Data => "data",
            Category::Cancelled => "cancelled",
            Category::Internal => "internal",
            Category::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for Category {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_run_from_one_to_eleven_and_unknown_ones_are_internal() {
        let codes: Vec<i32> = Category::ALL.into_iter().map(Category::code).collect();
        assert_eq!(codes, (1..=11).collect::<Vec<_>>());
        for category in Category::ALL {
            assert_eq!(Category::from_code(category.code()), category);
            assert_eq!(Category::from_name(category.name()), Some(category));
        }
        for unknown in [0, 12, -1, i32::MIN, i32::MAX] {
            assert_eq!(Category::from_code(unknown), Category::Internal);
        }
    }
}
