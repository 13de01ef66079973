//! Reads what strace saw: whether a 200 left before the fsync that covers its messages had returned.
//!
//! A message is written when its id is in a page that was written to `journal.db-wal`; it is durable when an fsync of
//! that file, begun after that write ended, has returned. Lines are in the order in which strace saw them, and a call
//! that was interrupted by another thread's has two: where it began and where it returned.

use std::collections::{BTreeMap, BTreeSet};

/// Ids that the reader knows begin like this and go on with digits.
pub(crate) const ID: &str = "wamid.T";

const WAL: &str = "/journal.db-wal>";

/// What the calls show.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Messages whose body was answered with 200.
    pub(crate) answered: BTreeSet<String>,
    /// Returned fsyncs of the journal's WAL.
    pub(crate) syncs: usize,
    /// Messages whose 200 left before they were durable.
    pub(crate) too_early: BTreeSet<String>,
}

/// A call's line in a trace of `strace -f -yy -o FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line<'t> {
    thread: &'t str,
    call: &'t str,
    /// The arguments seen here, and the result if it is known.
    rest: &'t str,
    begins: bool,
    returns: bool,
}

fn read_line(line: &str) -> Option<Line<'_>> {
    let (thread, rest) = line.split_once(' ')?;
    let (_time, rest) = rest.trim_start().split_once(' ')?;
    if let Some(resumed) = rest.strip_prefix("<... ") {
        let (call, rest) = resumed.split_once(" resumed>")?;
        return Some(Line {
            thread,
            call,
            rest,
            begins: false,
            returns: true,
        });
    }
    let (call, rest) = rest.split_once('(')?;
    let interrupted = rest.strip_suffix(" <unfinished ...>");
    let (rest, returns) = (interrupted.unwrap_or(rest), interrupted.is_none());
    Some(Line {
        thread,
        call,
        rest,
        begins: true,
        returns,
    })
}

#[derive(Default)]
struct Reader {
    seen: Seen,
    /// Messages written, by the number of the line where the write returned.
    written: BTreeMap<String, usize>,
    durable: BTreeSet<String>,
    /// For each thread inside a call: the line where it began and its first arguments.
    inside: BTreeMap<String, (usize, String)>,
    /// For each socket the messages of the request that came last.
    asked: BTreeMap<String, Vec<String>>,
}

/// Reads a trace.
pub(crate) fn read(trace: &str) -> Seen {
    let mut reader = Reader::default();
    for (number, line) in trace.lines().enumerate() {
        if let Some(line) = read_line(line) {
            reader.line(number, &line);
        }
    }
    reader.seen
}

impl Reader {
    fn line(&mut self, number: usize, line: &Line<'_>) {
        if line.begins && matches!(line.call, "write" | "writev" | "sendto" | "sendmsg") {
            self.answer(line.rest);
        }
        if line.begins && !line.returns {
            self.inside
                .insert(line.thread.to_owned(), (number, line.rest.to_owned()));
            return;
        }
        let (began, first) = match self.inside.remove(line.thread) {
            Some(inside) if !line.begins => inside,
            Some(_) | None => (number, String::new()),
        };
        let all = first + line.rest;
        match line.call {
            "pwrite64" | "pwritev" | "write" | "writev" if file(&all).ends_with(WAL) => {
                self.wrote(number, &all)
            }
            "fsync" | "fdatasync" if file(&all).ends_with(WAL) => self.synced(began),
            "recvfrom" | "recvmsg" | "read" | "readv" if file(&all).contains("<TCP") => {
                self.ask(&all)
            }
            _ => {}
        }
    }

    fn wrote(&mut self, number: usize, arguments: &str) {
        for id in ids(arguments) {
            self.written.entry(id).or_insert(number);
        }
    }

    fn synced(&mut self, began: usize) {
        self.seen.syncs += 1;
        let covered = self.written.iter().filter(|(_, written)| **written < began);
        self.durable.extend(covered.map(|(id, _)| id.clone()));
    }

    fn ask(&mut self, arguments: &str) {
        let ids = ids(arguments);
        if !ids.is_empty() {
            self.asked.insert(file(arguments).to_owned(), ids);
        }
    }

    fn answer(&mut self, arguments: &str) {
        if !arguments.contains("\"HTTP/1.1 200 ") {
            return;
        }
        for id in self.asked.remove(file(arguments)).into_iter().flatten() {
            if !self.durable.contains(&id) {
                self.seen.too_early.insert(id.clone());
            }
            self.seen.answered.insert(id);
        }
    }
}

/// The first argument: a descriptor with its path or its ends, as `-yy` shows it.
fn file(arguments: &str) -> &str {
    let end = arguments.find([',', ')']).unwrap_or(arguments.len());
    &arguments[..end]
}

fn ids(text: &str) -> Vec<String> {
    let digits = |at: usize| {
        text[at + ID.len()..]
            .chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
    };
    text.match_indices(ID)
        .map(|(at, _)| digits(at))
        .filter(|digits| !digits.is_empty())
        .collect()
}

/// A trace of one body, in the order of `calls`.
fn trace(calls: &[&str]) -> String {
    calls.iter().map(|call| format!("{call}\n")).collect()
}

const ASK: &str = r#"11 10:00:00.000001 recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:7]>, "POST /webhooks/meta HTTP/1.1\r\n\r\n{\"id\":\"wamid.T000001\"}", 8192, 0, NULL, NULL) = 99"#;
const WRITE: &str = r#"12 10:00:00.000002 pwrite64(5</d/journal.db-wal>, "\1{\"id\":\"wamid.T000001\"}", 4096, 56) = 4096"#;
const SYNC: &str = "12 10:00:00.000003 fdatasync(5</d/journal.db-wal>) = 0";
const ANSWER: &str = r#"11 10:00:00.000004 writev(9<TCP:[127.0.0.1:80->127.0.0.1:7]>, [{iov_base="HTTP/1.1 200 OK\r\n", iov_len=17}], 1) = 17"#;
const SYNC_BEGINS: &str = "12 10:00:00.000003 fdatasync(5</d/journal.db-wal> <unfinished ...>";
const SYNC_RETURNS: &str = "12 10:00:00.000003 <... fdatasync resumed>) = 0";
const STORE_SYNC: &str = "13 10:00:00.000003 fdatasync(6</d/store.db-wal>) = 0";
const STORE_WRITE: &str =
    r#"13 10:00:00.000002 pwrite64(6</d/store.db-wal>, "wamid.T000001\"", 4096, 56) = 4096"#;
const OTHER_ANSWER: &str = r#"11 10:00:00.000004 sendto(9<TCP:[127.0.0.1:80->127.0.0.1:8]>, "HTTP/1.1 200 OK\r\n", 17, 0, NULL, 0) = 17"#;
const ASK_BEGINS: &str =
    "11 10:00:00.000001 recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:7]>,  <unfinished ...>";
const ASK_RETURNS: &str = r#"11 10:00:00.000001 <... recvfrom resumed>"{\"id\":\"wamid.T000001\"}", 8192, 0, NULL, NULL) = 99"#;

#[test]
fn the_reader_knows_a_safe_answer() {
    for calls in [
        [ASK, WRITE, SYNC, ANSWER].as_slice(),
        &[ASK, WRITE, SYNC_BEGINS, STORE_SYNC, SYNC_RETURNS, ANSWER],
        &[ASK_BEGINS, STORE_SYNC, ASK_RETURNS, WRITE, SYNC, ANSWER],
    ] {
        let seen = read(&trace(calls));
        let answered = BTreeSet::from(["000001".to_owned()]);
        assert_eq!(
            seen,
            Seen {
                answered,
                syncs: 1,
                too_early: BTreeSet::new()
            },
            "{calls:#?}"
        );
    }
    let other = read(&trace(&[ASK, WRITE, SYNC, OTHER_ANSWER]));
    assert!(
        other.answered.is_empty(),
        "the answer of another connection"
    );
}

#[test]
fn the_reader_finds_an_answer_before_its_fsync() {
    for calls in [
        [ASK, ANSWER].as_slice(),
        &[ASK, WRITE, ANSWER, SYNC],
        &[ASK, SYNC, WRITE, ANSWER],
        &[ASK, WRITE, SYNC_BEGINS, ANSWER, SYNC_RETURNS],
        &[ASK, SYNC_BEGINS, WRITE, SYNC_RETURNS, ANSWER],
        &[ASK, WRITE, STORE_SYNC, ANSWER],
        &[ASK, STORE_WRITE, SYNC, ANSWER],
    ] {
        let seen = read(&trace(calls));
        assert_eq!(
            seen.too_early,
            BTreeSet::from(["000001".to_owned()]),
            "{calls:#?}"
        );
    }
}
