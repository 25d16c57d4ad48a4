//! A column of a stream as its connector declares it.
//! Here because this is the whole vocabulary in which a connector describes a department's table.
//! In: the connector's words. Out: `Column`, `Members`.
//! Not here: finding columns in a sheet.

/// A column of a stream: its name, other headers it goes by, and what may be done with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Name in the stream, and the first header looked for.
    pub name: String,
    /// Other headers for the same column; of grouped headers also the path `组/子`.
    pub synonyms: Vec<String>,
    /// A sheet without it is refused.
    pub required: bool,
    /// Its cells are merged over the rows of a block: an empty one takes the text above.
    pub fill: bool,
    /// Units its mapping can take. Empty: yuan, or none at all.
    pub units: Vec<String>,
}

impl Column {
    /// An optional column without synonyms.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            ..Self::default()
        }
    }

    /// Makes the column required.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Adds other headers for the column.
    #[must_use]
    pub fn also<T: Into<String>>(mut self, synonyms: impl IntoIterator<Item = T>) -> Self {
        self.synonyms.extend(synonyms.into_iter().map(Into::into));
        self
    }

    /// Fills merged cells down. Of several such columns of a stream the first is the outermost: where it begins anew, all
    /// begin anew.
    #[must_use]
    pub fn fill(mut self) -> Self {
        self.fill = true;
        self
    }

    /// Adds a unit the mapping can take, such as `万元`. The unit a sheet uses stands in the row's `_header`, behind the
    /// header: `F:采购总额(万元)`. A sheet in any other unit is refused.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.units.push(unit.into());
        self
    }
}

/// Columns that stand in a sheet once per member of a household (`成员1姓名`, `成员1身份证号`, `成员2姓名` …).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// What stands before the member's number: `成员`. `家庭` before it is understood.
    pub prefix: String,
    /// Columns of the stream a member has; their other headers count too.
    pub columns: Vec<String>,
}

impl Members {
    /// Members headed `prefix`, a number, and one of the headers of these columns.
    pub fn new<T: Into<String>>(prefix: impl Into<String>, columns: impl IntoIterator<Item = T>) -> Self {
        Self {
            prefix: prefix.into(),
            columns: columns.into_iter().map(Into::into).collect(),
        }
    }
}
