//! XML records: every element at a row path is a record, its fields are the elements and attributes below it.
//! Here because a grid company's dialect is two paths in a configuration, not code.
//! In: bytes in any encoding the kit knows, paths by local names (`settlements/settlement`, `price/unit`, `@no`). Out: rows.
//! Not here: schemas, entities of a DOCTYPE (a document with one is refused), zip and gzip around it.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use plugin_api::Error;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::{Fields, Flaw, Found, Sink, VALUE_BYTES_MAX};

/// Deepest nesting of elements.
const DEPTH_MAX: usize = 64;
/// Most bytes of one tag, text or comment.
const EVENT_BYTES_MAX: u64 = 4 << 20;
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
    };
    let mut buffer = Vec::with_capacity(8 << 10);
    loop {
        buffer.clear();
        used.set(0);
        let event = reader
            .read_event_into(&mut buffer)
            .map_err(|error| broken(&error, reader.error_position()))?;
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
    /// Local name, child node.
    children: Vec<(String, usize)>,
    attributes: Vec<(String, usize)>,
    column: Option<usize>,
    /// The path as configured, for `_header`.
    path: String,
    /// The child seen last: the next one is most likely its neighbour.
    hint: Cell<usize>,
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
                    .find(|(child, _)| child == step)
                    .map(|(_, node)| *node);
                at = known.unwrap_or_else(|| {
                    let node = nodes.len();
                    nodes.push(Node::default());
                    nodes[at].children.push((step.to_owned(), node));
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

    fn child(&self, node: usize, name: &str) -> Option<usize> {
        let Node { children, hint, .. } = &self.nodes[node];
        let count = children.len();
        (0..count)
            .map(|offset| (hint.get() + offset) % count)
            .find_map(|index| {
                let (child, at) = &children[index];
                (child == name).then(|| {
                    hint.set(index + 1);
                    *at
                })
            })
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
}

/// The open record.
struct Row {
    /// Node of each open element below the record; None below an unknown one.
    open: Vec<Option<usize>>,
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
        if let Some(row) = &mut self.row {
            let node = row
                .open
                .last()
                .copied()
                .flatten()
                .and_then(|node| self.records.child(node, name));
            row.open.push(node);
            if node.is_none() {
                self.records.found.saw_extra(name);
            }
            if let Some(node) = node {
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
                self.row = Some(Row {
                    open: vec![Some(0)],
                    flaw: None,
                });
                self.attributes(0, element);
            }
        }
        Ok(())
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
        let node = self.row.as_ref()?.open.last().copied().flatten()?;
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
        if let Some(row) = &mut self.row {
            let node = row.open.pop().flatten();
            if row.open.is_empty() {
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

/// Ends an event that has grown beyond its bound: the parser itself has none.
struct Metered<R> {
    inner: R,
    used: Rc<Cell<u64>>,
}

impl<R: BufRead> Read for Metered<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.used.set(self.used.get() + read as u64);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Metered<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used.get() > EVENT_BYTES_MAX {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                "one event is too long",
            ));
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.used.set(self.used.get() + amount as u64);
        self.inner.consume(amount);
    }
}
