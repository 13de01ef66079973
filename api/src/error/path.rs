//! Where in a JSON document something stands.

use std::fmt;

use serde_json::Value;

/// serde_json counts lines and columns from 1, columns in bytes.
pub(super) fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let before: usize = bytes
        .split_inclusive(|&byte| byte == b'\n')
        .take(line.saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    before + column
}

/// Where in a document a byte stands.
pub(super) struct Path(Vec<Step>);

#[derive(PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

impl Path {
    /// The path to the last value that begins before `end`. The document is well formed up to there.
    pub(super) fn to(bytes: &[u8], end: usize) -> Self {
        let mut path = Self(Vec::new());
        let mut scanner = Scanner {
            bytes: bytes.get(..end).unwrap_or(bytes),
            at: 0,
        };
        while let Some(byte) = scanner.next() {
            match byte {
                b'{' => path.push(Step::Key(String::new())),
                b'[' => path.push(Step::Index(0)),
                b'}' | b']' => drop(path.0.pop()),
                b',' => path.advance(),
                b'"' => {
                    let text = scanner.string();
                    if scanner.is_key() {
                        path.replace_key(&text);
                    }
                }
                _ => {}
            }
        }
        path
    }

    /// An object of which no member was read yet has no key.
    pub(super) fn without_blanks(mut self) -> Self {
        self.0
            .retain(|step| !matches!(step, Step::Key(key) if key.is_empty()));
        self
    }

    /// Whether it is another one, or leads below it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The field itself, and what it is in.
    pub(super) fn split_last(&self) -> Option<(&Step, &[Step])> {
        self.0.split_last()
    }

    pub(super) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    fn advance(&mut self) {
        if let Some(Step::Index(index)) = self.0.last_mut() {
            *index += 1;
        }
    }

    pub(super) fn replace_key(&mut self, key: &str) {
        match self.0.last_mut() {
            Some(Step::Key(last)) => key.clone_into(last),
            Some(Step::Index(_)) | None => self.push(Step::Key(key.to_owned())),
        }
    }
}

impl Step {
    pub(super) fn of_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        match self {
            Self::Key(key) => value.get_mut(key),
            Self::Index(index) => value.get_mut(index),
        }
    }

    /// Puts a value there, or takes away what is there; an item of a list cannot go, because others would move.
    pub(super) fn put(&self, parent: &mut Value, candidate: Option<Value>) -> Option<()> {
        match (self, parent, candidate) {
            (Self::Key(key), Value::Object(members), Some(value)) => {
                members.insert(key.clone(), value);
            }
            (Self::Key(key), Value::Object(members), None) => {
                members.remove(key)?;
            }
            (Self::Index(index), Value::Array(items), Some(value)) => {
                *items.get_mut(*index)? = value
            }
            _ => return None,
        }
        Some(())
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) if depth == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    /// The rest of a string whose opening quote was read, its escapes as they are written.
    fn string(&mut self) -> String {
        let start = self.at;
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => drop(self.next()),
                b'"' => break,
                _ => {}
            }
        }
        let text = self
            .bytes
            .get(start..self.at.saturating_sub(1))
            .unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    fn is_key(&self) -> bool {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
    }
}
