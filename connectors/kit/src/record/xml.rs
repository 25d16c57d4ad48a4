//! XML records: every element at a row path is a record, its fields are the elements and attributes below it.
//! Here because a grid company's dialect is two paths in a configuration, not code.
//! In: bytes in any encoding the kit knows, paths by local names (`settlements/settlement`, `price/unit`, `@no`). Out: rows.
//! Not here: schemas, entities of a DOCTYPE (a document with one is refused), zip and gzip around it.

mod metered;
mod plain;

use std::cell::Cell;
use std::io::{self, BufRead};
use std::rc::Rc;

use plugin_api::Error;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{Fields, Flaw, Found, Sink, VALUE_BYTES_MAX};
use metered::Metered;

/// Deepest nesting of elements.
const DEPTH_MAX: usize = 64;
/// Most attributes of an element that are looked at.
const ATTRIBUTES_MAX: usize = 64;

/// Reads every element at `path` of a UTF-8 document into rows of `sink`.
///
/// # Errors
/// `data` when the document is broken, ends early or has a DOCTYPE; whatever the sink says.
pub(crate) fn read<S: Sink>(
    input: impl BufRead,
    path: &RowPath,
    records: &mut Records,
    sink: &mut S,
) -> Result<u64, S::Stop> {
    let used = Rc::new(Cell::new(0));
    let mut reader = Reader::from_reader(Metered {
        inner: input,
        used: Rc::clone(&used),
    });
    reader.config_mut().check_end_names = true;
    let mut walk = Walk {
        path,
        records,
        sink,
        depth: 0,
        matched: 0,
        rows: 0,
        row: None,
        within: Vec::new(),
    };
    let mut buffer = Vec::with_capacity(8 << 10);
    // Between two tags, where the parser expects anything.
    let mut between = false;
    loop {
        buffer.clear();
        if between && walk.row.is_some() {
            let mut ahead = reader.stream();
            let position = ahead.offset();
            let bytes = ahead
                .fill_buf()
                .map_err(|error| broken(&error.into(), position))?;
            let taken = walk.plain(bytes);
            ahead.consume(taken);
        }
        used.set(0);
        let event = reader
            .read_event_into(&mut buffer)
            .map_err(|error| broken(&error, reader.error_position()))?;
        between = matches!(event, Event::Start(_) | Event::Empty(_) | Event::End(_));
        match event {
            Event::Start(element) => walk.open(&element)?,
            Event::Empty(element) => {
                walk.open(&element)?;
                walk.close();
            }
            Event::End(_) => walk.close(),
            Event::Text(text) => walk.text(&text),
            Event::CData(text) => walk.text(&text),
            Event::GeneralRef(reference) => walk.reference(&reference),
            Event::DocType(_) => {
                return Err(
                    Error::data("XML 中含有 DOCTYPE 声明，出于安全原因不予读取，请去除后重新报送").into(),
                );
            }
            Event::Eof if walk.depth > 0 => {
                return Err(Error::data("XML 在中途结束，内容不完整，请重新导出后报送").into());
            }
            Event::Eof => return Ok(walk.rows),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

fn broken(error: &quick_xml::Error, position: u64) -> Error {
    if let quick_xml::Error::Io(error) = error {
        let said = if error.kind() == io::ErrorKind::FileTooLarge {
            "一段内容过长"
        } else {
            "读取中断，内容不完整"
        };
        return Error::data(format!("XML 第 {position} 字节附近：{said}"));
    }
    Error::data(format!(
        "XML 第 {position} 字节附近的内容无法识别，请重新导出后报送"
    ))
}

/// The elements that are records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowPath(Vec<String>);

impl RowPath {
    /// Reads `settlements/settlement`.
    ///
    /// # Errors
    /// `config` when a step is empty or there are too many.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let steps: Vec<String> = text.trim_matches('/').split('/').map(str::to_owned).collect();
        if steps.len() > DEPTH_MAX || steps.iter().any(String::is_empty) {
            return Err(Error::config(format!(
                "XML 行路径“{text}”无效，应形如 settlements/settlement"
            )));
        }
        Ok(Self(steps))
    }
}

/// The fields of a record as a tree of element names.
#[derive(Debug)]
pub(crate) struct Records {
    nodes: Vec<Node>,
    texts: Vec<String>,
    taken: Vec<bool>,
    /// Flaws of the open record, told once it is over.
    pub(crate) found: Found,
}

#[derive(Debug, Default)]
struct Node {
    children: Vec<Child>,
    /// The child seen last.
    last: usize,
    attributes: Vec<(String, usize)>,
    column: Option<usize>,
    /// The path as configured, for `_header`.
    path: String,
}

#[derive(Debug)]
struct Child {
    /// Local name.
    name: String,
    node: usize,
    /// The child that came after this one when it was seen last: most likely it does again.
    next: usize,
}

impl Records {
    pub(crate) fn new(fields: Fields) -> Self {
        let mut nodes = vec![Node::default()];
        for (name, column) in fields.all() {
            let mut at = 0;
            for step in name.trim_start_matches('/').split('/') {
                if let Some(attribute) = step.strip_prefix('@') {
                    nodes[at].attributes.push((attribute.to_owned(), column));
                    at = usize::MAX;
                    break;
                }
                let known = nodes[at]
                    .children
                    .iter()
                    .find(|child| child.name == step)
                    .map(|child| child.node);
                at = known.unwrap_or_else(|| {
                    let node = nodes.len();
                    nodes.push(Node::default());
                    nodes[at].children.push(Child {
                        name: step.to_owned(),
                        node,
                        next: 0,
                    });
                    node
                });
            }
            if let Some(node) = nodes.get_mut(at) {
                node.column = Some(column);
                node.path = name.to_owned();
            }
        }
        Self {
            nodes,
            texts: vec![String::new(); fields.names.len()],
            taken: vec![false; fields.names.len()],
            found: Found::new(&fields),
        }
    }

    fn child(&mut self, node: usize, name: &str) -> Option<usize> {
        let Node { children, last, .. } = &mut self.nodes[node];
        let guess = children.get(*last)?.next;
        let found = if children[guess].name == name {
            guess
        } else {
            children.iter().position(|child| child.name == name)?
        };
        children[*last].next = found;
        *last = found;
        Some(children[found].node)
    }
}

struct Walk<'w, S> {
    path: &'w RowPath,
    records: &'w mut Records,
    sink: &'w mut S,
    /// Elements open.
    depth: usize,
    /// Of those, how many from the root are on the row path.
    matched: usize,
    rows: u64,
    row: Option<Row>,
    /// Node of the open record and of each open element below it; None below an unknown one.
    within: Vec<Option<usize>>,
}

/// The open record.
struct Row {
    flaw: Option<(Flaw, Option<usize>)>,
}

impl<S: Sink> Walk<'_, S> {
    fn open(&mut self, element: &BytesStart<'_>) -> Result<(), S::Stop> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Error::data(format!("XML 嵌套超过 {DEPTH_MAX} 层")).into());
        }
        let name = element.local_name();
        let name = name.as_ref();
        if self.row.is_some() {
            if let Some(node) = self.enter(name) {
                self.attributes(node, element);
            }
            return Ok(());
        }
        let steps = &self.path.0;
        let on_path =
            self.matched + 1 == self.depth && steps.get(self.matched).is_some_and(|step| step == name);
        if on_path {
            self.matched += 1;
            if self.matched == steps.len() {
                let number = u32::try_from(self.rows).map_err(|_| Error::data("XML 记录数过多"))?;
                self.sink.row(number)?;
                self.rows += 1;
                self.records.taken.fill(false);
                self.row = Some(Row { flaw: None });
                self.within.push(Some(0));
                self.attributes(0, element);
            }
        }
        Ok(())
    }

    /// Goes into an element of the open record; its node, when it is known.
    fn enter(&mut self, name: &str) -> Option<usize> {
        let parent = self.within.last().copied().flatten();
        let node = parent.and_then(|node| self.records.child(node, name));
        self.within.push(node);
        if node.is_none() {
            self.records.found.saw_extra(name);
        }
        node
    }

    /// Takes the plain elements that `bytes` begin with, and returns how many bytes they are.
    fn plain(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        // Blanks between elements are nobody's text.
        while self.depth < DEPTH_MAX
            && let Some(plain) = plain::element(bytes.get(at..).unwrap_or_default(), self.column().is_none())
        {
            self.depth += 1;
            self.enter(plain.name);
            self.text(plain.text);
            self.close();
            at += plain.length;
        }
        at
    }

    fn attributes(&mut self, node: usize, element: &BytesStart<'_>) {
        if self.records.nodes[node].attributes.is_empty() {
            return;
        }
        for attribute in element
            .attributes()
            .with_checks(false)
            .flatten()
            .take(ATTRIBUTES_MAX)
        {
            let name = attribute.key.local_name();
            let column = self.records.nodes[node]
                .attributes
                .iter()
                .find(|(known, _)| known.as_str() == name.as_ref())
                .map(|(_, column)| *column);
            let Some(column) = column else { continue };
            if let Ok(text) = quick_xml::escape::unescape(&attribute.value) {
                self.records.texts[column].clear();
                self.append(column, &text);
                self.set(column, &format!("@{}", name.as_ref()));
            }
        }
    }

    fn column(&self) -> Option<usize> {
        let node = self.within.last().copied().flatten()?;
        self.records.nodes[node].column
    }

    fn text(&mut self, text: &str) {
        if let Some(column) = self.column() {
            self.append(column, text);
        }
    }

    fn reference(&mut self, reference: &BytesRef<'_>) {
        let Some(column) = self.column() else { return };
        if let Ok(Some(character)) = reference.resolve_char_ref() {
            return self.append(column, character.encode_utf8(&mut [0; 4]));
        }
        let resolved = quick_xml::escape::resolve_predefined_entity(reference);
        match resolved {
            Some(text) => self.append(column, text),
            None => self.flaw(Flaw::Undecodable, Some(column)),
        }
    }

    fn append(&mut self, column: usize, text: &str) {
        if text.contains('\u{fffd}') {
            self.flaw(Flaw::Undecodable, Some(column));
        }
        if self.records.texts[column].len() + text.len() > VALUE_BYTES_MAX {
            return self.flaw(Flaw::TooLong, Some(column));
        }
        self.records.texts[column].push_str(text);
    }

    fn flaw(&mut self, flaw: Flaw, column: Option<usize>) {
        if let Some(row) = &mut self.row {
            row.flaw.get_or_insert((flaw, column));
        }
    }

    /// The element is over: its text is whole.
    fn set(&mut self, column: usize, field: &str) {
        if self.records.texts[column].trim().is_empty() {
            return;
        }
        if self.records.taken[column] {
            self.flaw(Flaw::Repeated, Some(column));
        } else {
            self.records.taken[column] = true;
            self.records.found.saw(column, field);
            self.sink.text(column, &self.records.texts[column]);
        }
        self.records.texts[column].clear();
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        if let Some(row) = &self.row {
            let node = self.within.pop().flatten();
            if self.within.is_empty() {
                if let Some((flaw, column)) = row.flaw {
                    self.sink.flaw(flaw, column);
                }
                self.row = None;
            } else if let Some(node) = node
                && let Some(column) = self.records.nodes[node].column
            {
                let path = std::mem::take(&mut self.records.nodes[node].path);
                self.set(column, &path);
                self.records.nodes[node].path = path;
            }
        }
        if self.row.is_none() {
            self.matched = self.matched.min(self.depth);
        }
    }
}
