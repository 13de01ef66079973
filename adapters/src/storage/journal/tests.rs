//! The files against a plain list, and what a power failure or a disk does to them.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::prelude::*;
use tempfile::TempDir;

use super::format::{BLOCK, frame_bytes, put_frame};
use super::segment::name;
use super::*;

const SEGMENT: u64 = 64 << 10;

type Body = Vec<u8>;

fn records(bodies: &[Body]) -> impl Iterator<Item = Record<'_>> + Clone {
    bodies.iter().map(|body| Record { partition: 3, body })
}

/// A journal's files, and what must be in them.
struct Model {
    _place: TempDir,
    directory: PathBuf,
    appender: Appender,
    bodies: Vec<Body>,
    trimmed: usize,
}

impl Model {
    fn new() -> Self {
        let place = TempDir::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let directory = place.path().join("journal");
        let appender = Appender::create(&directory, Position(1), SEGMENT).unwrap();
        Self {
            _place: place,
            directory,
            appender,
            bodies: Vec::new(),
            trimmed: 0,
        }
    }

    fn next(&self) -> Position {
        Position(self.bodies.len() as u64 + 1)
    }

    fn append(&mut self, bodies: Vec<Body>) {
        self.appender
            .append(self.next(), records(&bodies), 0)
            .unwrap();
        self.bodies.extend(bodies);
    }

    fn trim(&mut self, to: usize) {
        self.trimmed = self
            .trimmed
            .max(to.min(self.bodies.len().saturating_sub(1)));
        self.appender.trim(Position(self.trimmed as u64)).unwrap();
    }

    fn reopen(&mut self) {
        let (segments, leftover) = Segments::scan(&self.directory).unwrap();
        self.appender = Appender::resume(&self.directory, segments, leftover, SEGMENT).unwrap();
    }

    /// Leaves some blocks of a frame that was being written when the power failed.
    fn tear(&mut self, bodies: &[Body], survives: &[bool]) {
        let mut frame = vec![0; frame_bytes(records(bodies))];
        put_frame(&mut frame, self.next(), records(bodies));
        let newest = self.newest();
        let (path, end) = (newest.file.path().to_owned(), newest.end());
        let file = File::options().write(true).open(path).unwrap();
        let blocks = frame.chunks(BLOCK).enumerate();
        let count = blocks.len();
        // One block at least is missing: a whole frame is committed, whether anybody was told or not.
        for (number, block) in blocks.take(count - 1) {
            if survives[number % survives.len()] {
                let at = end + (number * BLOCK) as u64;
                file.write_all_at(block, at).unwrap();
            }
        }
        self.reopen();
        assert!(!self.newest().ends_in_frame().unwrap(), "the rest is wiped");
    }

    fn newest(&self) -> Arc<segment::Segment> {
        let list = self.appender.segments().list.read();
        Arc::clone(list.back().unwrap())
    }

    fn files(&self) -> usize {
        fs::read_dir(&self.directory).unwrap().count()
    }

    /// Reads all that is there, in steps, and compares it.
    fn check(&self, step: usize) {
        for segments in [
            Arc::clone(self.appender.segments()),
            Arc::new(Segments::scan(&self.directory).unwrap().0),
        ] {
            let Some((oldest, newest)) = segments.ends() else {
                assert!(self.bodies.is_empty());
                continue;
            };
            assert_eq!(newest.0 as usize, self.bodies.len());
            assert!(
                oldest.0 as usize <= self.trimmed + 1,
                "{oldest:?} is the oldest"
            );
            let mut after = oldest.0 as usize - 1;
            while after < self.bodies.len() {
                let mut found = Vec::new();
                segments
                    .show(Position(after as u64), step, |position, body| {
                        found.push((position.0 as usize, body.to_vec()));
                        Ok(())
                    })
                    .unwrap();
                let until = (after + step).min(self.bodies.len());
                let expected = (after + 1..).zip(self.bodies[after..until].iter().cloned());
                assert_eq!(found, expected.collect::<Vec<_>>());
                after = until;
            }
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Append(Vec<Body>),
    Trim(prop::sample::Index),
    Reopen,
    Tear(Vec<Body>, Vec<bool>),
}

fn group() -> impl Strategy<Value = Vec<Body>> {
    let body = prop_oneof![
        6 => prop::collection::vec(any::<u8>(), 0..2_000),
        1 => prop::collection::vec(any::<u8>(), 10_000..100_000),
    ];
    prop::collection::vec(body, 1..10)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => group().prop_map(Step::Append),
        2 => any::<prop::sample::Index>().prop_map(Step::Trim),
        1 => Just(Step::Reopen),
        1 => (group(), prop::collection::vec(any::<bool>(), 1..20)).prop_map(|(group, survives)| Step::Tear(group, survives)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]
    #[test]
    fn the_files_hold_what_a_list_would(steps in prop::collection::vec(step(), 1..30), at_once in 1..40_usize) {
        let mut model = Model::new();
        for step in steps {
            match step {
                Step::Append(bodies) => model.append(bodies),
                Step::Trim(to) => model.trim(to.index(model.bodies.len() + 1)),
                Step::Reopen => model.reopen(),
                Step::Tear(bodies, survives) => model.tear(&bodies, &survives),
            }
            model.check(at_once);
        }
    }
}

/// It is still read from there, and must not be written over.
#[test]
fn a_segment_that_somebody_reads_is_trimmed_later() {
    let mut model = Model::new();
    (0..9).for_each(|mark| model.append(quarter(mark)));
    let read = Arc::clone(model.appender.segments().list.read().front().unwrap());
    let to = Position(8);
    assert!(!model.appender.trim(to).unwrap());
    assert_eq!(model.appender.segments().ends().unwrap().0, Position(1));
    (9..30).for_each(|mark| model.append(quarter(mark)));
    let mut bodies = Vec::new();
    let shown = read.read(Position(1), 9, &mut |_, body: &[u8]| {
        bodies.push(body.to_vec());
        Ok(())
    });
    assert_eq!(shown.unwrap(), 3);
    assert_eq!(bodies, model.bodies[..3]);
    drop(read);
    assert!(model.appender.trim(to).unwrap());
    model.trimmed = 8;
    assert!(model.appender.segments().ends().unwrap().0 > Position(1));
    model.check(4);
}

/// A group that takes a quarter of a segment.
fn quarter(mark: u8) -> Vec<Body> {
    vec![vec![mark; SEGMENT as usize / 4 - 100]]
}

#[test]
fn trimmed_segments_are_written_again_and_their_number_stays_bounded() {
    let mut model = Model::new();
    let mut most = 0;
    for round in 0..100 {
        model.append(quarter(round));
        model.trim(model.bodies.len());
        most = most.max(model.files());
        model.check(7);
    }
    assert!(most <= 4, "{most} files at once");
    let waiting = 60;
    (0..waiting).for_each(|round| model.append(quarter(round)));
    assert!(model.files() >= usize::from(waiting) / 4);
    model.trim(model.bodies.len());
    assert!(
        model.files() <= 7,
        "{} files after all of it",
        model.files()
    );
    model.reopen();
    model.append(quarter(0));
    model.check(1_000);
}

#[test]
fn a_full_disk_is_got_over_as_soon_as_something_may_be_trimmed() {
    let mut model = Model::new();
    let bytes_max = 3 * SEGMENT;
    let mut written = 0;
    let full = loop {
        let group = quarter(written);
        match model
            .appender
            .append(model.next(), records(&group), bytes_max)
        {
            Ok(()) => model.bodies.extend(group),
            Err(error) => break error,
        }
        written += 1;
    };
    assert!(shortage(&full) == Some(Shortage::Room), "{full}");
    assert!((6..=12).contains(&written), "{written}");
    model.check(5);
    let group = quarter(written);
    let again = model
        .appender
        .append(model.next(), records(&group), bytes_max);
    assert!(shortage(&again.unwrap_err()) == Some(Shortage::Room));
    model.trim(4);
    model
        .appender
        .append(model.next(), records(&group), bytes_max)
        .unwrap();
    model.bodies.extend(group);
    model.check(5);
}

#[test]
fn a_copy_has_the_newest_entry_also_when_a_segment_has_just_begun() {
    let mut model = Model::new();
    (0..6).for_each(|mark| model.append(quarter(mark)));
    let head = model.bodies.len() as u64;
    let mut block = vec![0; BLOCK];
    format::put_header(&mut block, model.next());
    fs::write(model.directory.join(name(model.next())), block).unwrap();
    for above in 0..=head {
        let to = model.directory.with_extension(format!("copy{above}"));
        copy(&model.directory, &to, Position(above)).unwrap();
        let (oldest, newest) = Segments::scan(&to).unwrap().0.ends().unwrap();
        assert!(
            oldest.0 <= above + 1 && newest.0 == head,
            "{oldest:?}, {newest:?}"
        );
    }
    model.reopen();
    model.append(quarter(7));
    model.check(3);
}

fn damaged(directory: &Path) -> String {
    match Segments::scan(directory) {
        Err(error @ JournalError::Damaged { .. }) => error.to_string(),
        other => panic!("it is damaged, and not {other:?}"),
    }
}

#[test]
fn damage_is_told_from_a_power_failure() {
    let mut model = Model::new();
    let groups = 3 * (SEGMENT as usize / BLOCK);
    for mark in 0..groups {
        model.append(vec![vec![mark as u8; 100]]);
    }
    let first = model.directory.join(name(Position(1)));
    let sound = fs::read(&first).unwrap();
    let with = |at: usize, what: &str| {
        let mut bytes = sound.clone();
        bytes[at] ^= 1;
        fs::write(&first, bytes).unwrap();
        let said = damaged(&model.directory);
        assert!(said.contains(what), "{said}");
    };
    with(8, "its header");
    with(3 * BLOCK + 50, "entry 3, although entry 4");
    let last = SEGMENT as usize / BLOCK - 1;
    with(last * BLOCK + 50, &format!("entry {last} cannot be read"));
    fs::write(&first, &sound).unwrap();

    // The last group of the last segment is another thing: whether it was ever whole, nobody can say.
    let newest = model.newest();
    let file = File::options()
        .write(true)
        .open(newest.file.path())
        .unwrap();
    file.write_all_at(&[0xFF], newest.end() - BLOCK as u64 + 60)
        .unwrap();
    let (segments, _) = Segments::scan(&model.directory).unwrap();
    assert_eq!(segments.ends().unwrap().1, Position(groups as u64 - 1));

    let newer = {
        let mut block = vec![0; BLOCK];
        put_header_of_format(&mut block, 2);
        block
    };
    fs::write(&first, newer).unwrap();
    let refused = Segments::scan(&model.directory).unwrap_err().to_string();
    assert!(refused.contains("newer version"), "{refused}");
}

fn put_header_of_format(block: &mut [u8], format: u32) {
    format::put_header(block, Position(1));
    block[8..12].copy_from_slice(&format.to_le_bytes());
    let crc = crc32fast::hash(&block[..24]);
    block[24..28].copy_from_slice(&crc.to_le_bytes());
}

#[test]
fn what_a_power_failure_brings_back_of_the_trimmed_is_no_part_of_the_journal() {
    let mut model = Model::new();
    (0..16).for_each(|mark| model.append(quarter(mark)));
    let before = TempDir::new().unwrap();
    let segments: Vec<_> = {
        let list = model.appender.segments().list.read();
        list.iter()
            .map(|segment| segment.file.path().to_owned())
            .collect()
    };
    assert!(segments.len() > 4);
    for path in &segments {
        fs::copy(path, before.path().join(path.file_name().unwrap())).unwrap();
    }
    model.trim(13);
    // The first comes back and the second does not; and one comes back that is already written again.
    let name = segments[0].file_name().unwrap();
    fs::copy(before.path().join(name), &segments[0]).unwrap();
    let newest = model.newest();
    fs::copy(newest.file.path(), &segments[2]).unwrap();
    model.reopen();
    model.check(3);
    assert!(!segments[0].exists() && !segments[2].exists());
    model.append(quarter(1));
    model.check(3);
}

#[test]
fn who_reads_while_it_is_written_sees_whole_groups_in_order() {
    let mut model = Model::new();
    let is_over = AtomicBool::new(false);
    let followed = AtomicU64::new(0);
    let directory = model.directory.clone();
    let own = Arc::clone(model.appender.segments());
    std::thread::scope(|scope| {
        let stranger = scope.spawn(|| {
            let mut scans = 0;
            while !is_over.load(Ordering::Acquire) {
                let segments = Segments::scan(&directory).unwrap().0;
                let _ = shown(&segments);
                scans += 1;
            }
            scans
        });
        let follower = scope.spawn(|| {
            let mut after = 0;
            while !is_over.load(Ordering::Acquire) {
                after = follow(&own, after);
                followed.store(after, Ordering::Release);
            }
            // Each look shows a part; the last of them shows nothing new.
            loop {
                let before = after;
                after = follow(&own, after);
                if after == before {
                    return after;
                }
            }
        });
        for round in 0..400_usize {
            let count = round % 7 + 1;
            let begins = model.bodies.len();
            let bodies = (0..count)
                .map(|place| body_of(begins + place + 1))
                .collect();
            model.append(bodies);
            if round % 50 == 49 {
                model.trim(usize::try_from(followed.load(Ordering::Acquire)).unwrap());
            }
        }
        is_over.store(true, Ordering::Release);
        assert!(stranger.join().unwrap() > 0);
        assert_eq!(follower.join().unwrap(), model.bodies.len() as u64);
    });
    model.check(100);
}

fn body_of(position: usize) -> Body {
    let length = position * 37 % 3_000 + 8;
    let mut body = vec![position as u8; length];
    body[..8].copy_from_slice(&(position as u64).to_le_bytes());
    body
}

/// Reads on, and checks that nothing is left out or changed.
fn follow(segments: &Segments, mut after: u64) -> u64 {
    segments
        .show(Position(after), 50, |position, body| {
            assert_eq!(position.0, after + 1);
            assert_eq!(body, body_of(position.0 as usize));
            after = position.0;
            Ok(())
        })
        .unwrap();
    after
}

/// Goes through all of it from the oldest. A file may be used again under a stranger's eyes; what it then reads fits no
/// more, and it is told so.
fn shown(segments: &Segments) -> Result<(), JournalError> {
    let mut expected = None;
    segments.show(Position(0), usize::MAX, |position, body| {
        assert!(expected.is_none_or(|expected| expected == position.0));
        assert_eq!(body, body_of(position.0 as usize));
        expected = Some(position.0 + 1);
        Ok(())
    })
}

#[test]
fn the_journal_of_an_older_version_is_taken_over_once() {
    let place = TempDir::new().unwrap();
    let directory = place.path().join("journal");
    let table = rusqlite::Connection::open(older(&directory)).unwrap();
    table
        .execute_batch(
            "PRAGMA journal_mode = WAL; \
             CREATE TABLE entries (position INTEGER PRIMARY KEY, partition INTEGER NOT NULL, body BLOB NOT NULL); \
             WITH RECURSIVE n(i) AS (VALUES (101) UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
             INSERT INTO entries SELECT i, i % 64, CAST('body ' || i AS BLOB) FROM n",
        )
        .unwrap();
    let open = |checkpoint| JournalFiles::open(&directory, Position(checkpoint), SEGMENT);
    // An attempt that a power failure ended.
    fs::create_dir(directory.with_extension("new")).unwrap();
    let mut half = File::create(directory.with_extension("new").join(name(Position(101)))).unwrap();
    half.write_all(b"half").unwrap();
    assert!(matches!(open(50), Err(JournalError::Gap { .. })));
    assert!(older(&directory).exists(), "what is refused is not removed");
    let files = open(9_990).unwrap();
    assert_eq!(files.head(), Position(10_000));
    let mut expected = 101;
    files
        .reader()
        .0
        .show(Position(100), usize::MAX, |position, body| {
            assert_eq!(position.0, expected);
            assert_eq!(body, format!("body {expected}").as_bytes());
            expected += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(expected, 10_001);
    drop(files);
    for extension in ["db", "db-wal", "db-shm", "new"] {
        assert!(!directory.with_extension(extension).exists(), "{extension}");
    }
    // What the older version made anew, after it was started once more by mistake.
    fs::write(older(&directory), "").unwrap();
    assert_eq!(open(9_990).unwrap().head(), Position(10_000));
    assert!(!older(&directory).exists());
}
