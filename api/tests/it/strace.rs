//! Reads what strace saw of a node: which 200 left before its messages were durable, and what a power cut would leave.
//!
//! Lines are in the order in which strace saw them. A call that another thread's interrupted has two: where it began and
//! where it returned. A write counts from its return, an fsync covers what was written before it began and counts from
//! its return, and an answer counts from where it began: each time the later and so the stricter reading.

use std::collections::{BTreeMap, BTreeSet};
#[cfg(feature = "peers")]
use std::path::Path;

/// Ids that the reader knows begin like this and go on with digits.
pub(crate) const ID: &str = "wamid.T";

/// The calls that the reader wants to see.
#[cfg(feature = "peers")]
const CALLS: &str = "trace=read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg,pwrite64,pwritev,\
    ftruncate,fallocate,rename,unlink,fsync,fdatasync";

/// How strace is called: every thread, with paths and whole strings in hexadecimal, into a file; and with what it does to
/// some of the calls, as its `-e` says it.
#[cfg(feature = "peers")]
pub(crate) fn command(log: &Path, injected: &str) -> Vec<String> {
    let mut words = vec![
        "strace", "-f", "-tt", "-yy", "-xx", "-s", "131072", "-e", CALLS,
    ];
    if !injected.is_empty() {
        words.extend(["-e", injected]);
    }
    words.extend(["-o", log.to_str().unwrap()]);
    words.into_iter().map(str::to_owned).collect()
}

/// One call, whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) name: String,
    /// The first argument: a path, or a descriptor with its path or its ends. The new path of a `rename` is its data.
    pub(crate) file: String,
    /// Every string among the arguments, decoded, one after the other.
    pub(crate) data: Vec<u8>,
    /// The numbers after the first argument and its string.
    pub(crate) numbers: Vec<u64>,
    /// The lines where it began and returned.
    pub(crate) began: usize,
    pub(crate) returned: usize,
}

impl Call {
    fn is_sync(&self) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync")
    }

    fn is_write(&self) -> bool {
        matches!(
            self.name.as_str(),
            "pwrite64" | "pwritev" | "write" | "writev" | "sendto" | "sendmsg"
        )
    }

    fn is_read(&self) -> bool {
        matches!(
            self.name.as_str(),
            "recvfrom" | "recvmsg" | "read" | "readv"
        )
    }

    /// The file's name in the data directory.
    fn name_of_file(&self) -> &str {
        let path = self
            .file
            .split_once('<')
            .map_or(self.file.as_str(), |(_, path)| path);
        let path = path
            .trim_end_matches('>')
            .trim_end_matches("(deleted)")
            .trim_matches('"');
        last_part(path)
    }

    fn ids(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.data);
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
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether a file of this name is one of the journal's, in use or spare.
fn is_journal(name: &str) -> bool {
    name.ends_with(".log") || name.starts_with("spare-")
}

/// The calls of a trace, in the order in which they returned.
pub(crate) fn calls(trace: &str) -> Vec<Call> {
    let mut inside: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    let mut calls = Vec::new();
    for (number, line) in trace.lines().enumerate() {
        let Some((thread, rest)) = line.split_once(' ') else {
            continue;
        };
        let Some((_time, rest)) = rest.trim_start().split_once(' ') else {
            continue;
        };
        if let Some(resumed) = rest.strip_prefix("<... ") {
            let (Some((began, first)), Some((_, second))) =
                (inside.remove(thread), resumed.split_once(" resumed>"))
            else {
                continue;
            };
            calls.extend(call(&[first, second].concat(), began, number));
        } else if let Some(first) = rest.strip_suffix(" <unfinished ...>") {
            inside.insert(thread, (number, first));
        } else {
            calls.extend(call(rest, number, number));
        }
    }
    // What the end of the process interrupted has begun and never returned.
    let unfinished = inside
        .into_values()
        .filter_map(|(began, first)| call(first, began, usize::MAX));
    calls.extend(unfinished);
    calls
}

/// The calls of processes that went on one after the other with the same files. What the end of one interrupted is made
/// then, as the next one sees it; but nothing is synced by it.
#[cfg(feature = "peers")]
pub(crate) fn in_turn(logs: &[impl AsRef<Path>]) -> Vec<Call> {
    let (mut all, mut begins) = (Vec::new(), 0);
    for log in logs {
        let trace = std::fs::read_to_string(log).unwrap();
        let ends = begins + trace.lines().count();
        for mut call in calls(&trace) {
            let is_whole = call.returned < usize::MAX;
            call.began += begins;
            if is_whole {
                call.returned += begins;
            } else if !call.is_sync() {
                call.returned = ends;
            }
            all.push(call);
        }
        begins = ends + 1;
    }
    all
}

fn call(text: &str, began: usize, returned: usize) -> Option<Call> {
    let (name, arguments) = text.split_once('(')?;
    if !name
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    {
        return None;
    }
    let (mut strings, rest) = take_strings(arguments);
    let (arguments, result) = rest.rsplit_once(") = ").unwrap_or((&rest, "?"));
    // What failed has changed nothing; what has no result was interrupted by the end of the process.
    let returned = match result.trim_start() {
        failed if failed.starts_with('-') => return None,
        none if none.starts_with('?') => usize::MAX,
        _ => returned,
    };
    let mut arguments = arguments.split(", ").map(str::trim);
    let mut file = arguments.next().unwrap_or_default().to_owned();
    if matches!(name, "unlink" | "rename") {
        file = String::from_utf8_lossy(&strings.remove(0)).into_owned();
    }
    let numbers = arguments.filter_map(|number| number.parse().ok()).collect();
    Some(Call {
        name: name.to_owned(),
        file,
        data: strings.concat(),
        numbers,
        began,
        returned,
    })
}

/// The strings, decoded, and the arguments without them.
fn take_strings(arguments: &str) -> (Vec<Vec<u8>>, String) {
    let (mut strings, mut rest) = (Vec::<Vec<u8>>::new(), String::new());
    let mut letters = arguments.chars();
    let mut is_string = false;
    while let Some(letter) = letters.next() {
        match (is_string, letter) {
            (_, '"') => {
                is_string = !is_string;
                if is_string {
                    strings.push(Vec::new());
                }
            }
            (false, '\\') => rest.push(char::from(escaped(&mut letters))),
            (false, other) => rest.push(other),
            (true, letter) => {
                let string = strings.last_mut().expect("a quotation mark began it");
                match letter {
                    '\\' => string.push(escaped(&mut letters)),
                    other => string.extend(other.to_string().bytes()),
                }
            }
        }
    }
    (strings, rest)
}

fn escaped(letters: &mut std::str::Chars<'_>) -> u8 {
    match letters.next() {
        Some('x') => {
            let digits: String = letters.by_ref().take(2).collect();
            u8::from_str_radix(&digits, 16).unwrap()
        }
        Some('r') => b'\r',
        Some('n') => b'\n',
        Some(other) => other as u8,
        None => b'\\',
    }
}

/// The lines after which a new segment has its name for certain, and nothing in it yet.
#[cfg(feature = "peers")]
pub(crate) fn segments_named(calls: &[Call]) -> Vec<usize> {
    let syncs = calls.iter().filter(|call| call.is_sync());
    let named = syncs.filter(|call| call.name_of_file() == "journal");
    named.map(|call| call.returned + 1).collect()
}

/// What the calls show about answers.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Messages whose body was answered with 200, and the line where that answer began.
    pub(crate) answered: BTreeMap<String, usize>,
    /// Returned fsyncs of the journal's segments.
    pub(crate) syncs: usize,
    /// Messages whose 200 left before they were durable.
    pub(crate) too_early: BTreeSet<String>,
}

/// Follows each message from its request over the journal and its fsync to the answer.
pub(crate) fn follow(calls: &[Call]) -> Seen {
    let is_journal = |call: &&Call| is_journal(call.name_of_file());
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    for call in calls
        .iter()
        .filter(|call| call.is_write())
        .filter(is_journal)
    {
        for id in call.ids() {
            let first = written.entry(id).or_insert(call.returned);
            *first = call.returned.min(*first);
        }
    }
    let syncs: Vec<&Call> = calls
        .iter()
        .filter(|call| call.is_sync())
        .filter(is_journal)
        .collect();
    let durable_at = |id: &str| {
        let written = *written.get(id)?;
        syncs
            .iter()
            .filter(|sync| sync.began > written)
            .map(|sync| sync.returned)
            .min()
    };
    let mut seen = Seen {
        syncs: syncs.len(),
        ..Seen::default()
    };
    for (id, answer) in answers(calls) {
        if durable_at(&id).is_none_or(|durable| durable >= answer) {
            seen.too_early.insert(id.clone());
        }
        seen.answered.insert(id, answer);
    }
    seen
}

/// The line where the 200 of each message's request began.
fn answers(calls: &[Call]) -> Vec<(String, usize)> {
    let mut points: Vec<(usize, &Call)> = Vec::new();
    for call in calls.iter().filter(|call| call.file.contains("<TCP")) {
        if call.is_read() {
            points.push((call.returned, call));
        } else if call.is_write() && call.data.starts_with(b"HTTP/1.1 200 ") {
            points.push((call.began, call));
        }
    }
    points.sort_by_key(|(line, _)| *line);
    let mut asked: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut answered = Vec::new();
    for (line, call) in points {
        let ids = call.ids();
        if !call.is_read() {
            let asked = asked.remove(call.file.as_str()).unwrap_or_default();
            answered.extend(asked.into_iter().map(|id| (id, line)));
        } else if !ids.is_empty() {
            asked.insert(&call.file, ids);
        }
    }
    answered
}

/// What a disk holds of one file: what is certain, and changes that no fsync has covered yet.
#[derive(Clone, Debug, Default)]
struct Image {
    certain: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone, Debug)]
struct Change {
    call: Call,
}

impl Change {
    fn make(&self, bytes: &mut Vec<u8>) {
        let Call {
            name,
            data,
            numbers,
            ..
        } = &self.call;
        match (name.as_str(), numbers.as_slice()) {
            ("pwrite64", [count, offset]) => {
                assert_eq!(*count, data.len() as u64, "strace cut a string short");
                let from = usize::try_from(*offset).unwrap();
                bytes.resize(bytes.len().max(from + data.len()), 0);
                bytes[from..from + data.len()].copy_from_slice(data);
            }
            ("ftruncate", [length]) => bytes.resize(usize::try_from(*length).unwrap(), 0),
            ("fallocate", [.., offset, length]) => {
                let end = usize::try_from(offset + length).unwrap();
                bytes.resize(bytes.len().max(end), 0);
            }
            ("unlink", _) => bytes.clear(),
            (name, numbers) => panic!("the reader does not know {name} {numbers:?}"),
        }
    }
}

/// Which file has which name: as the process sees it, and as the disk does.
#[derive(Clone, Debug, Default)]
struct Names {
    seen: BTreeMap<String, usize>,
    certain: BTreeMap<String, usize>,
    pending: Vec<Rename>,
}

#[derive(Clone, Debug)]
struct Rename {
    /// Which file: its old name may be another's by the time that this one is certain.
    file: usize,
    from: String,
    /// Nothing when it was removed.
    to: Option<String>,
    returned: usize,
}

impl Rename {
    fn make(&self, names: &mut BTreeMap<String, usize>) {
        if names.get(&self.from) != Some(&self.file) {
            return;
        }
        names.remove(&self.from);
        if let Some(to) = &self.to {
            names.insert(to.clone(), self.file);
        }
    }
}

/// What a disk holds.
#[derive(Clone, Debug, Default)]
struct Disk {
    names: Names,
    images: Vec<Image>,
}

impl Disk {
    /// A file that is new has its name for certain, because nothing depends on that before its directory is synced.
    fn image(&mut self, name: &str) -> &mut Image {
        let next = self.images.len();
        let file = *self.names.seen.entry(name.to_owned()).or_insert(next);
        if file == next {
            self.images.push(Image::default());
            self.names.certain.insert(name.to_owned(), file);
        }
        &mut self.images[file]
    }

    fn see(&mut self, call: &Call, line: usize) {
        let name = call.name_of_file();
        match call.name.as_str() {
            "rename" | "unlink" if is_journal(name) => {
                let new = String::from_utf8_lossy(&call.data);
                let Some(file) = self.names.seen.get(name).copied() else {
                    return;
                };
                let renamed = Rename {
                    file,
                    from: name.to_owned(),
                    to: (call.name == "rename").then(|| last_part(&new).to_owned()),
                    returned: call.returned,
                };
                renamed.make(&mut self.names.seen);
                self.names.pending.push(renamed);
            }
            "rename" => {}
            _ if call.is_sync() && call.returned < line => self.sync(name, call.began),
            _ if call.is_sync() => {}
            _ => self.image(name).pending.push(Change { call: call.clone() }),
        }
    }

    /// Makes certain what had returned before this sync began.
    fn sync(&mut self, name: &str, began: usize) {
        if name == "journal" {
            let Names {
                certain, pending, ..
            } = &mut self.names;
            pending.retain(|renamed| {
                let is_covered = renamed.returned < began;
                if is_covered {
                    renamed.make(certain);
                }
                !is_covered
            });
        } else {
            self.image(name).sync(began);
        }
    }

    /// What is left of it.
    fn cut(mut self, mut survives: impl FnMut() -> bool) -> BTreeMap<String, Vec<u8>> {
        for image in &mut self.images {
            for change in image.pending.iter().filter(|_| survives()) {
                change.make(&mut image.certain);
            }
        }
        let mut certain = self.names.certain;
        let kept = self.names.pending.iter().filter(|_| survives());
        kept.for_each(|renamed| renamed.make(&mut certain));
        let named = certain.into_iter().map(|(name, file)| {
            let place = if is_journal(&name) {
                format!("journal/{name}")
            } else {
                name
            };
            (place, self.images[file].certain.clone())
        });
        named.collect()
    }
}

impl Image {
    fn sync(&mut self, began: usize) {
        let (covered, later) = self
            .pending
            .drain(..)
            .partition(|change| change.call.returned < began);
        self.pending = later;
        for change in &covered as &Vec<Change> {
            change.make(&mut self.certain);
        }
    }
}

/// The files that a power cut at `line` leaves in a directory that held `before`. Of the changes that no fsync covered,
/// `survives` says which reached the disk: any of them may, in any order, and each whole.
pub(crate) fn power_cut(
    before: &BTreeMap<String, Vec<u8>>,
    calls: &[Call],
    line: usize,
    survives: impl FnMut() -> bool,
) -> BTreeMap<String, Vec<u8>> {
    let mut disk = Disk::default();
    for (name, bytes) in before {
        disk.image(name).certain.clone_from(bytes);
    }
    let is_ours = |call: &Call| {
        let name = call.name_of_file();
        name.ends_with(".db") || name.ends_with(".db-wal") || is_journal(name) || name == "journal"
    };
    let mut begun: Vec<&Call> = calls
        .iter()
        .filter(|call| call.began < line && is_ours(call))
        .collect();
    begun.sort_by_key(|call| {
        if call.is_sync() {
            call.returned
        } else {
            call.began
        }
    });
    for call in begun {
        disk.see(call, line);
    }
    disk.cut(survives)
}

/// A trace of one body, in the order of `lines`.
fn trace(lines: &[&str]) -> Vec<Call> {
    calls(
        &lines
            .iter()
            .map(|line| format!("{line}\n"))
            .collect::<String>(),
    )
}

const ASK: &str = r#"11 10:00:00.000001 recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:7]>, "POST /webhooks/meta HTTP/1.1\r\n\r\n{\"id\":\"wamid.T000001\"}", 8192, 0, NULL, NULL) = 99"#;
const WRITE: &str = r#"12 10:00:00.000002 pwrite64(5</d/journal/00000000000000000001.log>, "\x7b{\"id\":\"wamid.T000001\"}", 4096, 56) = 4096"#;
const SYNC: &str = "12 10:00:00.000003 fdatasync(5</d/journal/00000000000000000001.log>) = 0";
const ANSWER: &str = r#"11 10:00:00.000004 writev(9<TCP:[127.0.0.1:80->127.0.0.1:7]>, [{iov_base="HTTP/1.1 200 OK\r\n", iov_len=17}], 1) = 17"#;
const SYNC_BEGINS: &str =
    "12 10:00:00.000003 fdatasync(5</d/journal/00000000000000000001.log> <unfinished ...>";
const SYNC_RETURNS: &str = "12 10:00:00.000003 <... fdatasync resumed>) = 0";
const SYNC_FAILS: &str = "12 10:00:00.000003 fdatasync(5</d/journal/00000000000000000001.log>) = -1 EIO (Input/output error)";
const SYNC_ENDS_IT: &str =
    "12 10:00:00.000003 fdatasync(5</d/journal/00000000000000000001.log>) = ?";
const STORE_SYNC: &str = "13 10:00:00.000003 fdatasync(6</d/store.db-wal>) = 0";
const STORE_WRITE: &str =
    r#"13 10:00:00.000002 pwrite64(6</d/store.db-wal>, "wamid.T000001\"", 4096, 56) = 4096"#;
const OTHER_ANSWER: &str = r#"11 10:00:00.000004 sendto(9<TCP:[127.0.0.1:80->127.0.0.1:8]>, "HTTP/1.1 200 OK\r\n", 17, 0, NULL, 0) = 17"#;
const ASK_BEGINS: &str =
    "11 10:00:00.000001 recvfrom(9<TCP:[127.0.0.1:80->127.0.0.1:7]>,  <unfinished ...>";
const ASK_RETURNS: &str = r#"11 10:00:00.000001 <... recvfrom resumed>"{\"id\":\"wamid.T000001\"}", 8192, 0, NULL, NULL) = 99"#;

#[test]
fn the_reader_knows_a_safe_answer() {
    for lines in [
        [ASK, WRITE, SYNC, ANSWER].as_slice(),
        &[ASK, WRITE, SYNC_BEGINS, STORE_SYNC, SYNC_RETURNS, ANSWER],
        &[ASK_BEGINS, STORE_SYNC, ASK_RETURNS, WRITE, SYNC, ANSWER],
    ] {
        let seen = follow(&trace(lines));
        assert_eq!((seen.answered.len(), seen.syncs), (1, 1), "{lines:#?}");
        assert!(
            seen.answered.contains_key("000001") && seen.too_early.is_empty(),
            "{lines:#?}"
        );
    }
    let other = follow(&trace(&[ASK, WRITE, SYNC, OTHER_ANSWER]));
    assert!(
        other.answered.is_empty(),
        "the answer of another connection"
    );
}

#[test]
fn the_reader_finds_an_answer_before_its_fsync() {
    for lines in [
        [ASK, ANSWER].as_slice(),
        &[ASK, WRITE, ANSWER, SYNC],
        &[ASK, WRITE, SYNC_FAILS, ANSWER],
        &[ASK, WRITE, SYNC_ENDS_IT, ANSWER],
        &[ASK, SYNC, WRITE, ANSWER],
        &[ASK, WRITE, SYNC_BEGINS, ANSWER, SYNC_RETURNS],
        &[ASK, SYNC_BEGINS, WRITE, SYNC_RETURNS, ANSWER],
        &[ASK, WRITE, STORE_SYNC, ANSWER],
        &[ASK, STORE_WRITE, SYNC, ANSWER],
    ] {
        let seen = follow(&trace(lines));
        assert_eq!(
            seen.too_early,
            BTreeSet::from(["000001".to_owned()]),
            "{lines:#?}"
        );
    }
}

#[test]
fn a_power_cut_keeps_what_was_synced_and_anything_else_or_not() {
    let write = |text: &str, at: u64| {
        format!(
            r#"12 10:00:00.000002 pwrite64(5</d/journal/00000000000000000001.log>, "{text}", {}, {at}) = 1"#,
            text.len()
        )
    };
    let cut =
        "12 10:00:00.000002 ftruncate(5</d/journal/00000000000000000001.log>, 2) = 0".to_owned();
    let lines = [
        write("abc", 0),
        SYNC.to_owned(),
        write("X", 1),
        write("YZ", 3),
        cut,
        SYNC.to_owned(),
    ];
    let calls = trace(&lines.each_ref().map(String::as_str));
    let name = "00000000000000000001.log";
    let before = BTreeMap::from([(name.to_owned(), b"before".to_vec())]);
    let left = |line, survives: &[bool]| {
        let mut survives = survives.iter().copied();
        let files = power_cut(&before, &calls, line, || survives.next().unwrap());
        String::from_utf8(files[&format!("journal/{name}")].clone()).unwrap()
    };
    assert_eq!(left(0, &[]), "before");
    assert_eq!(left(1, &[false]), "before");
    assert_eq!(left(1, &[true]), "abcore");
    assert_eq!(left(2, &[]), "abcore");
    assert_eq!(left(4, &[false, true]), "abcYZe");
    assert_eq!(left(4, &[true, false]), "aXcore");
    assert_eq!(left(5, &[true, false, true]), "aX");
    assert_eq!(left(6, &[]), "aX");
}

#[test]
fn a_power_cut_keeps_a_name_that_was_synced_and_any_other_or_not() {
    let (old, new) = ("00000000000000000001.log", "00000000000000000009.log");
    let lines = [
        format!(r#"12 10:00:00.000002 rename("/d/journal/{old}", "/d/journal/spare-1") = 0"#),
        r#"12 10:00:00.000003 pwrite64(5</d/journal/spare-1>, "X", 1, 0) = 1"#.to_owned(),
        "12 10:00:00.000004 fsync(5</d/journal/spare-1>) = 0".to_owned(),
        format!(r#"12 10:00:00.000005 rename("/d/journal/spare-1", "/d/journal/{new}") = 0"#),
        "12 10:00:00.000006 fsync(6</d/journal>) = 0".to_owned(),
        format!(r#"12 10:00:00.000007 unlink("/d/journal/{new}") = 0"#),
    ];
    let calls = trace(&lines.each_ref().map(String::as_str));
    let before = BTreeMap::from([(old.to_owned(), b"abc".to_vec())]);
    let left = |line, survives: &[bool]| {
        let mut survives = survives.iter().copied();
        let files = power_cut(&before, &calls, line, || survives.next().unwrap());
        let files = files.into_iter().map(|(name, bytes)| {
            let name = name.strip_prefix("journal/").unwrap().to_owned();
            (name, String::from_utf8(bytes).unwrap())
        });
        files.collect::<Vec<_>>()
    };
    let file = |name: &str, bytes: &str| vec![(name.to_owned(), bytes.to_owned())];
    assert_eq!(left(1, &[false]), file(old, "abc"));
    assert_eq!(left(1, &[true]), file("spare-1", "abc"));
    assert_eq!(left(3, &[false]), file(old, "Xbc"));
    assert_eq!(left(4, &[true, false]), file("spare-1", "Xbc"));
    assert_eq!(left(4, &[true, true]), file(new, "Xbc"));
    assert_eq!(left(5, &[]), file(new, "Xbc"));
    assert_eq!(left(6, &[false]), file(new, "Xbc"));
    assert_eq!(left(6, &[true]), []);
}
