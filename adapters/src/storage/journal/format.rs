//! The bytes of a segment: a header, then one frame for each group that was committed. Numbers are little-endian.
//!
//! ```text
//! header    magic 8 │ format 4 │ zero 4 │ first position 8 │ crc 4                                    one block
//! frame     magic 8 │ first position 8 │ entries 4 │ bytes 4 │ zero 4 │ crc 4 │ entry ...            whole blocks
//! entry     length 4 │ partition 1 │ body
//! ```
//!
//! What must stay true:
//! - a header or a frame begins on a block of [`BLOCK`] bytes, so that it can be written around the system's cache, and so
//!   that no write touches what an earlier one made durable;
//! - a magic begins with a byte that no UTF-8 text has, so that nothing a customer writes looks like a frame;
//! - the CRC covers all but the padding. A frame that was cut short by a power failure has none that fits, and is as if it
//!   had never been written: nobody was told that it was.

use crc32fast::Hasher;
use ecluse_engine::journal::Position;

/// The unit of writing, in bytes: the sector of today's disks, or a multiple of it.
pub(super) const BLOCK: usize = 4_096;

const HEADER_MAGIC: [u8; 8] = *b"\xffECLJRN\n";
const FRAME_MAGIC: [u8; 8] = *b"\xffECLGRP\n";
const HEADER_BYTES: usize = 24;
const FRAME_HEAD: usize = 32;
const ENTRY_HEAD: usize = 5;

/// The newest format that this version reads, and the one that it writes.
pub(super) const FORMAT: u32 = 1;

/// An entry as it is written: its key's partition, and its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record<'a> {
    pub(super) partition: u8,
    pub(super) body: &'a [u8],
}

/// What the first block of a segment says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// The segment begins with this position.
    First(Position),
    /// It was written by a newer version, in this format.
    Newer(u32),
    Damaged,
}

/// Writes a segment's header into one zeroed block.
pub(super) fn put_header(block: &mut [u8], first: Position) {
    block[..8].copy_from_slice(&HEADER_MAGIC);
    block[8..12].copy_from_slice(&FORMAT.to_le_bytes());
    block[16..24].copy_from_slice(&first.0.to_le_bytes());
    let crc = crc32fast::hash(&block[..HEADER_BYTES]);
    block[HEADER_BYTES..HEADER_BYTES + 4].copy_from_slice(&crc.to_le_bytes());
}

/// Reads a segment's header.
pub(super) fn header(block: &[u8]) -> Header {
    let sound = block.len() >= HEADER_BYTES + 4
        && block.starts_with(&HEADER_MAGIC)
        && u32_at(block, HEADER_BYTES) == crc32fast::hash(&block[..HEADER_BYTES]);
    match sound.then(|| u32_at(block, 8)) {
        None => Header::Damaged,
        Some(FORMAT) => Header::First(Position(u64_at(block, 16))),
        Some(newer) => Header::Newer(newer),
    }
}

/// The room that a frame of these records takes, in bytes: whole blocks.
pub(super) fn frame_bytes<'a>(records: impl Iterator<Item = Record<'a>>) -> usize {
    let bytes: usize = records.map(|record| ENTRY_HEAD + record.body.len()).sum();
    (FRAME_HEAD + bytes).next_multiple_of(BLOCK)
}

/// Writes the frame of records that begin at `first`; `frame` is as long as [`frame_bytes`] says.
pub(super) fn put_frame<'a>(
    frame: &mut [u8],
    first: Position,
    records: impl Iterator<Item = Record<'a>>,
) {
    let (mut at, mut count) = (FRAME_HEAD, 0_u32);
    for Record { partition, body } in records {
        let end = at + ENTRY_HEAD + body.len();
        frame[at..at + 4].copy_from_slice(&small(body.len()).to_le_bytes());
        frame[at + 4] = partition;
        frame[at + ENTRY_HEAD..end].copy_from_slice(body);
        (at, count) = (end, count + 1);
    }
    frame[..8].copy_from_slice(&FRAME_MAGIC);
    frame[8..16].copy_from_slice(&first.0.to_le_bytes());
    frame[16..20].copy_from_slice(&count.to_le_bytes());
    frame[20..24].copy_from_slice(&small(at - FRAME_HEAD).to_le_bytes());
    frame[24..28].fill(0);
    let crc = crc(&frame[..28], &frame[FRAME_HEAD..at]);
    frame[28..32].copy_from_slice(&crc.to_le_bytes());
    frame[at..].fill(0);
}

fn small(length: usize) -> u32 {
    u32::try_from(length).expect("a group is cut long before four gigabytes")
}

fn crc(head: &[u8], records: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(head);
    hasher.update(records);
    hasher.finalize()
}

/// What the first block of a frame says about it, before its CRC is known to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    pub(super) first: Position,
    /// Its room in the file, in bytes: whole blocks.
    pub(super) length: u64,
}

/// Whether a frame seems to begin here.
pub(super) fn frame_head(bytes: &[u8]) -> Option<FrameHead> {
    (bytes.len() >= FRAME_HEAD && bytes.starts_with(&FRAME_MAGIC)).then(|| FrameHead {
        first: Position(u64_at(bytes, 8)),
        length: (FRAME_HEAD as u64 + u64::from(u32_at(bytes, 20))).next_multiple_of(BLOCK as u64),
    })
}

/// A frame whose CRC fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) first: Position,
    pub(super) count: u32,
    /// Its room in the file, in bytes: whole blocks.
    pub(super) length: usize,
    records: &'a [u8],
}

impl<'a> Frame<'a> {
    /// The frame at the beginning of `bytes`, if it is whole.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let FrameHead { first, .. } = frame_head(bytes)?;
        let end = FRAME_HEAD + usize::try_from(u32_at(bytes, 20)).ok()?;
        let records = bytes.get(FRAME_HEAD..end)?;
        (u32_at(bytes, 28) == crc(&bytes[..28], records)).then_some(Self {
            first,
            count: u32_at(bytes, 16),
            length: end.next_multiple_of(BLOCK),
            records,
        })
    }

    /// Its entries, each with its position.
    pub(super) fn records(self) -> impl Iterator<Item = (Position, Record<'a>)> {
        let mut left = self.records;
        (self.first.0..).map_while(move |position| {
            let (head, rest) = left.split_at_checked(ENTRY_HEAD)?;
            let (body, rest) = rest.split_at_checked(u32_at(head, 0) as usize)?;
            left = rest;
            let partition = head[4];
            Some((Position(position), Record { partition, body }))
        })
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes are four"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes are eight"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn framed(first: u64, bodies: &[Vec<u8>]) -> Vec<u8> {
        let records = || {
            (0..).zip(bodies).map(|(partition, body)| Record {
                partition,
                body: body.as_slice(),
            })
        };
        // What an earlier life left there must not shine through.
        let mut frame = vec![0xAA; frame_bytes(records())];
        put_frame(&mut frame, Position(first), records());
        frame
    }

    fn bodies() -> impl Strategy<Value = Vec<Vec<u8>>> {
        prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3_000), 1..12)
    }

    proptest! {
        #[test]
        fn a_frame_reads_as_it_was_written(first in 1..u64::MAX / 2, bodies in bodies()) {
            let bytes = framed(first, &bodies);
            prop_assert_eq!(bytes.len() % BLOCK, 0);
            let frame = Frame::read(&bytes).expect("it is whole");
            let head = frame_head(&bytes).expect("it begins here");
            prop_assert_eq!((head.first, head.length), (Position(first), bytes.len() as u64));
            prop_assert_eq!(frame.count as usize, bodies.len());
            let found: Vec<_> = frame.records().collect();
            prop_assert_eq!(found.len(), bodies.len());
            for (number, (position, record)) in (0..).zip(found) {
                prop_assert_eq!(position, Position(first + number));
                prop_assert_eq!(u64::from(record.partition), number);
                prop_assert_eq!(record.body, &bodies[number as usize]);
            }
        }

        #[test]
        fn a_changed_byte_or_a_missing_block_makes_it_no_frame(bodies in bodies(), at in any::<prop::sample::Index>()) {
            let bytes = framed(7, &bodies);
            let used = FRAME_HEAD + bodies.iter().map(|body| ENTRY_HEAD + body.len()).sum::<usize>();
            let mut changed = bytes.clone();
            changed[at.index(used)] ^= 0x10;
            prop_assert!(Frame::read(&changed).is_none());
            let blocks = bytes.len() / BLOCK;
            for lost in (0..blocks).filter(|lost| lost * BLOCK < used) {
                let mut torn = bytes.clone();
                torn[lost * BLOCK..(lost + 1) * BLOCK].fill(0xAA);
                prop_assert!(Frame::read(&torn).is_none());
            }
            prop_assert!(Frame::read(&bytes[..used - 1]).is_none());
        }
    }

    #[test]
    fn a_header_says_where_its_segment_begins() {
        let mut block = vec![0; BLOCK];
        put_header(&mut block, Position(42));
        assert_eq!(header(&block), Header::First(Position(42)));
        assert_eq!(header(&block[..20]), Header::Damaged);
        assert_eq!(header(&[0; BLOCK]), Header::Damaged);
        block[17] = 1;
        assert_eq!(header(&block), Header::Damaged);
        block[8..12].copy_from_slice(&9_u32.to_le_bytes());
        let crc = crc32fast::hash(&block[..HEADER_BYTES]);
        block[HEADER_BYTES..HEADER_BYTES + 4].copy_from_slice(&crc.to_le_bytes());
        assert_eq!(header(&block), Header::Newer(9));
    }
}
