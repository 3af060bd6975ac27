//! A file of entries, for devices that never meet: what the frames of a session would bring, on a stick.
//!
//! Owns the bytes of the file (`docs/sync-protocol.md`, "A file instead of a stream"). Never opens a file and never judges an
//! entry: what comes out is checked by whoever takes it in, exactly as if a stranger had sent it. The digest at the end tells
//! a file that was cut short or spoilt on its way, and nothing about who wrote it.

use std::io::{self, Read};

use crate::ids::NotebookId;
use crate::limits::FRAME_BYTES_MAX;

/// How every such file of this version begins.
pub const MAGIC: &[u8; 13] = b"moot-carry/1\n";

/// How files of every version begin.
const FAMILY: &[u8] = b"moot-carry/";

const DIGEST_BYTES: usize = 32;

/// Makes the bytes of a file, in the order in which they are to be written.
pub struct Writer {
    hasher: blake3::Hasher,
}

impl Writer {
    /// Begins a file of one notebook; also answers its first bytes.
    pub fn begin(notebook: &NotebookId) -> (Self, Vec<u8>) {
        let mut writer = Self {
            hasher: blake3::Hasher::new(),
        };
        let head = [MAGIC.as_slice(), notebook.as_bytes()].concat();
        writer.hasher.update(&head);
        (writer, head)
    }

    /// The bytes of one frame, which has at most [`FRAME_BYTES_MAX`] bytes and is not empty.
    pub fn frame(&mut self, frame: &[u8]) -> Vec<u8> {
        debug_assert!(!frame.is_empty() && frame.len() <= FRAME_BYTES_MAX);
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let bytes = [length.to_be_bytes().as_slice(), frame].concat();
        self.hasher.update(&bytes);
        bytes
    }

    /// The last bytes. A file without them is known to be cut short.
    pub fn end(mut self) -> Vec<u8> {
        let mark = 0u32.to_be_bytes();
        self.hasher.update(&mark);
        [mark.as_slice(), self.hasher.finalize().as_bytes()].concat()
    }
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// Does not begin as such a file does.
    #[error("this is not a file that `moot carry out` wrote")]
    Foreign,
    /// Begins as one of another version does.
    #[error("this file was written by a newer moot")]
    Newer,
    /// Ends before its end, does not add up to its digest, or goes on after it.
    #[error("this file was cut short or spoilt on its way")]
    Damaged,
    /// Cannot be read at all.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
}

/// Reads a file, frame by frame.
pub struct Reader<R> {
    from: R,
    hasher: blake3::Hasher,
    notebook: NotebookId,
}

impl<R: Read> Reader<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// Every variant of [`FileError`].
    pub fn open(mut from: R) -> Result<Self, FileError> {
        let mut magic = [0; MAGIC.len()];
        let read = read_up_to(&mut from, &mut magic)?;
        if &magic != MAGIC {
            let is_ours = magic.starts_with(FAMILY);
            let is_whole = read == MAGIC.len();
            return Err(match (is_ours, is_whole) {
                (true, true) => FileError::Newer,
                (true, false) => FileError::Damaged,
                (false, _) => FileError::Foreign,
            });
        }
        let mut notebook = NotebookId([0; 16]);
        exactly(&mut from, &mut notebook.0)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(&magic).update(&notebook.0);
        Ok(Self {
            from,
            hasher,
            notebook,
        })
    }

    /// The notebook that the file says it is of.
    pub fn notebook(&self) -> NotebookId {
        self.notebook
    }

    /// The next frame; none at the end, once the whole file has been found to be as it was written.
    ///
    /// # Errors
    /// [`FileError::Damaged`] or [`FileError::Read`].
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>, FileError> {
        let mut length = [0; 4];
        exactly(&mut self.from, &mut length)?;
        self.hasher.update(&length);
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 {
            return self.check_end().map(|()| None);
        }
        if length > FRAME_BYTES_MAX {
            return Err(FileError::Damaged);
        }
        let mut frame = vec![0; length];
        exactly(&mut self.from, &mut frame)?;
        self.hasher.update(&frame);
        Ok(Some(frame))
    }

    fn check_end(&mut self) -> Result<(), FileError> {
        let mut digest = [0; DIGEST_BYTES];
        exactly(&mut self.from, &mut digest)?;
        let adds_up = self.hasher.finalize() == blake3::Hash::from_bytes(digest);
        let goes_on = read_up_to(&mut self.from, &mut [0])? > 0;
        if adds_up && !goes_on {
            Ok(())
        } else {
            Err(FileError::Damaged)
        }
    }
}

fn exactly(from: &mut impl Read, into: &mut [u8]) -> Result<(), FileError> {
    if read_up_to(from, into)? == into.len() {
        Ok(())
    } else {
        Err(FileError::Damaged)
    }
}

fn read_up_to(from: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match from.read(&mut into[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: [&[u8]; 3] = [b"one", b"a second one", &[7; 300]];

    fn file() -> Vec<u8> {
        let (mut writer, mut bytes) = Writer::begin(&NotebookId([3; 16]));
        for frame in FRAMES {
            bytes.extend(writer.frame(frame));
        }
        bytes.extend(writer.end());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<(NotebookId, Vec<Vec<u8>>), FileError> {
        let mut reader = Reader::open(bytes)?;
        let mut frames = Vec::new();
        while let Some(frame) = reader.next_frame()? {
            frames.push(frame);
        }
        Ok((reader.notebook(), frames))
    }

    #[test]
    fn what_is_written_is_read() {
        let (notebook, frames) = read(&file()).unwrap();
        assert_eq!(notebook, NotebookId([3; 16]));
        assert_eq!(frames, FRAMES);
    }

    #[test]
    fn a_file_that_is_cut_short_anywhere_is_damaged() {
        let whole = file();
        for length in FAMILY.len()..whole.len() {
            let error = read(&whole[..length]).unwrap_err();
            assert!(matches!(error, FileError::Damaged), "{length}: {error}");
        }
        let longer = [whole.as_slice(), b"!"].concat();
        assert!(matches!(read(&longer), Err(FileError::Damaged)));
    }

    #[test]
    fn a_file_with_any_bit_flipped_is_refused() {
        let whole = file();
        for at in 0..whole.len() {
            let mut spoilt = whole.clone();
            spoilt[at] ^= 1;
            assert!(read(&spoilt).is_err(), "byte {at}");
        }
    }

    #[test]
    fn files_of_others_and_of_newer_programs_are_told_apart() {
        assert!(matches!(read(b""), Err(FileError::Foreign)));
        assert!(matches!(read(b"# Minutes\n"), Err(FileError::Foreign)));
        let newer = [b"moot-carry/2\n".as_slice(), &[0; 60]].concat();
        assert!(matches!(read(&newer), Err(FileError::Newer)));
    }

    #[test]
    fn a_length_beyond_a_frame_is_refused_before_it_is_held() {
        let (_, mut bytes) = Writer::begin(&NotebookId([3; 16]));
        bytes.extend(u32::MAX.to_be_bytes());
        assert!(matches!(read(&bytes), Err(FileError::Damaged)));
    }
}
