//! Names of the columns with a meaning of their own that a stream's batches may carry.
//! Here because connectors write them and the hub reads them, and neither knows the other.
//! In/Out: column names. All are optional; a C connector may leave them out.
//! Not here: any column of a source's own.

/// Utf8, where the row was found: `file!sheet!row` (row as the spreadsheet shows it) or `request#index` (from 0).
pub const LOCATOR: &str = "_locator";

/// Dictionary(Int32, Utf8), the part a row belongs to: rows of one part are replaced together by a later run.
/// Usually the period the source exports in one go, such as `2023` or `202310`.
pub const PART: &str = "_part";

/// Dictionary(Int32, Utf8), how the source headed the columns: a JSON object from column name to
/// `F:纯收入`, the spreadsheet's column letter and the header as found; of a record, which has no letters, `:aac147`.
/// One value per sheet, hence a dictionary. The key `_flaw` beside the columns holds a reason code (`D14`) when the row
/// itself cannot be trusted: the hub refuses such a row whatever its mapping says.
pub const HEADER: &str = "_header";

/// Utf8, the number of the refused row this row was sent back to correct; NULL for any other row. Such a row takes the
/// place of that one row of its part, and of no other: the rest of the part stays.
pub const CORRECTS: &str = "_corrects";

/// All of them, so that a mapping or a preview can leave them out.
pub const ALL: [&str; 4] = [LOCATOR, PART, HEADER, CORRECTS];
