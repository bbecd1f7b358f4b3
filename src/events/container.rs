//! Opens what events are packed in, by its content and never by its name: gzip, zstd, zip, UTF-16, and these in one
//! another. What is inside is for [`Reader`].

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Cursor, Read, Seek as _};

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};
use zip::ZipArchive;

use super::kind::Tally;
use super::reader::Reader;
use super::{Block, Gone, files};

/// Packed in packed: Firehose packs what CloudWatch Logs packed already.
const DEEPEST: usize = 5;
/// By so many bytes it is known what an input is.
const MAGIC: usize = 4;

/// What was found in an input.
#[derive(Debug, Default)]
pub struct Found {
    /// Of what is in it.
    pub tally: Tally,
    /// What could not be read, each to follow on the input's name.
    pub errors: Vec<String>,
    /// Files of an archive that were left out, being called digests.
    pub digests: u64,
}

/// What an input is packed in.
enum Packed {
    Gzip,
    Zstd,
    Zip,
    Utf16(&'static encoding_rs::Encoding),
    /// In something that this program does not open, and what to do.
    Other(&'static str),
    Not,
}

/// By the first bytes (RFC 1952, RFC 8878, the ZIP specification, the file formats of the others).
fn packed(start: &[u8]) -> Packed {
    const COLUMNS: &str = "has columns and no events: query it for JSON first";
    match start {
        [0x1f, 0x8b, ..] => Packed::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd] => Packed::Zstd,
        start if is_skipped(start) => Packed::Zstd,
        [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] => Packed::Zip,
        [0xff, 0xfe, ..] | [b'{' | b'[' | b'"', 0, _, 0] => Packed::Utf16(UTF_16LE),
        [0xfe, 0xff, ..] | [0, b'{' | b'[' | b'"', 0, _] => Packed::Utf16(UTF_16BE),
        [0xfd, b'7', b'z', b'X'] => Packed::Other("is packed with xz: unpack it first"),
        [b'B', b'Z', b'h', _] => Packed::Other("is packed with bzip2: unpack it first"),
        [b'7', b'z', 0xbc, 0xaf] => Packed::Other("is packed with 7-Zip: unpack it first"),
        [0x04, 0x22, 0x4d, 0x18] => Packed::Other("is packed with LZ4: unpack it first"),
        b"PAR1" => Packed::Other("is Parquet, which has columns and no events: query it for JSON first"),
        b"ORC\x03" | b"ORC\x0a" | b"ARRO" | b"FEA1" | b"Obj\x01" => Packed::Other(COLUMNS),
        _ => Packed::Not,
    }
}

/// Reads an input and everything that is packed in it.
pub(super) struct Opener<'s> {
    to: &'s mut dyn FnMut(Block) -> Result<(), Gone>,
    pub(super) found: Found,
    /// Precedes each message: the file of an archive.
    place: String,
    /// Nobody waits for what is there.
    fills: bool,
}

impl<'s> Opener<'s> {
    pub(super) fn new(fills: bool, to: &'s mut dyn FnMut(Block) -> Result<(), Gone>) -> Self {
        Self { to, found: Found::default(), place: String::new(), fills }
    }

    /// A file, which may be an archive.
    pub(super) fn file(&mut self, mut file: File) -> Result<(), Gone> {
        let mut start = [0; MAGIC];
        let is_zip = file.read_exact(&mut start).is_ok() && matches!(packed(&start), Packed::Zip);
        // What cannot go back is no archive either: a named pipe.
        if file.rewind().is_err() {
            return self.stream(&mut Cursor::new(start).chain(file), 0);
        }
        if is_zip { self.archive(file, 0) } else { self.stream(&mut file, 0) }
    }

    /// Bytes one after the other.
    pub(super) fn stream(&mut self, input: &mut dyn Read, depth: usize) -> Result<(), Gone> {
        let mut start = Vec::with_capacity(MAGIC);
        if let Err(error) = input.take(MAGIC as u64).read_to_end(&mut start) {
            self.error(format_args!("cannot be read: {error}"));
            return Ok(());
        }
        let kind = packed(&start);
        let mut whole = Cursor::new(start).chain(input);
        if depth >= DEEPEST && !matches!(kind, Packed::Not) {
            self.error(format_args!("is packed {DEEPEST} times over"));
            return Ok(());
        }
        match kind {
            Packed::Gzip => self.stream(&mut MultiGzDecoder::new(whole), depth + 1),
            Packed::Zstd => self.stream(&mut Zstd::new(whole), depth + 1),
            Packed::Zip => {
                // An archive is read from its end.
                let spooled = tempfile::tempfile().and_then(|mut file| io::copy(&mut whole, &mut file).map(|_| file));
                match spooled {
                    Ok(file) => self.archive(file, depth + 1),
                    Err(error) => {
                        self.error(format_args!("cannot be read: {error}"));
                        Ok(())
                    }
                }
            }
            Packed::Utf16(encoding) => self.events(&mut Utf16::new(whole, encoding)),
            Packed::Other(what) => {
                self.error(format_args!("{what}"));
                Ok(())
            }
            Packed::Not => self.events(&mut whole),
        }
    }

    fn events(&mut self, input: &mut dyn Read) -> Result<(), Gone> {
        let (tally, error) = Reader::new(input, self.fills, self.to).run()?;
        if let Some(what) = tally.refused {
            self.error(format_args!("{what}"));
        }
        for damage in &tally.damages {
            self.found.errors.push(format!("{}is damaged at byte {}: {}", self.place, damage.at, damage.what));
        }
        if tally.damaged > tally.damages.len() as u64 {
            let more = tally.damaged - tally.damages.len() as u64;
            self.found.errors.push(format!("{}is damaged in {more} more places", self.place));
        }
        self.found.tally.add(tally);
        if let Some((at, error)) = error {
            self.error(format_args!("cannot be read beyond byte {at}: {error}"));
        }
        Ok(())
    }

    /// The files of an archive, in its order. What is wrong with one of them leaves the others.
    fn archive(&mut self, file: File, depth: usize) -> Result<(), Gone> {
        let mut archive = match ZipArchive::new(&file) {
            Ok(archive) => archive,
            Err(error) => {
                self.error(format_args!("is no archive that can be read: {error}"));
                return self.cut_archive(&file, depth);
            }
        };
        let around = self.place.clone();
        for index in 0..archive.len() {
            let name = archive.name_for_index(index).map_or_else(|| index.to_string(), str::to_owned);
            if files::is_digest(&name) {
                self.found.digests += 1;
                continue;
            }
            self.place = format!("{around}{name}: ");
            match archive.by_index(index) {
                Ok(entry) if entry.is_dir() => {}
                Ok(mut entry) => self.stream(&mut entry, depth + 1)?,
                Err(error) => self.error(format_args!("cannot be read: {error}")),
            }
        }
        self.place = around;
        Ok(())
    }

    /// The files of an archive that lacks its end, where its directory is: those that are whole, and the beginning of the last.
    fn cut_archive(&mut self, mut file: &File, depth: usize) -> Result<(), Gone> {
        if file.rewind().is_err() {
            return Ok(());
        }
        let around = self.place.clone();
        while let Ok(Some(mut entry)) = zip::read::read_zipfile_from_stream(&mut file) {
            if files::is_digest(entry.name()) {
                self.found.digests += 1;
                continue;
            }
            self.place = format!("{around}{}: ", entry.name());
            if entry.is_file() {
                self.stream(&mut entry, depth + 1)?;
            }
        }
        self.place = around;
        Ok(())
    }

    fn error(&mut self, what: std::fmt::Arguments<'_>) {
        self.found.errors.push(format!("{}{what}", self.place));
    }
}

/// Whether a frame that begins so is to be skipped (RFC 8878, 3.1.2).
fn is_skipped(start: &[u8]) -> bool {
    matches!(start, [0x50..=0x5f, 0x2a, 0x4d, 0x18])
}

/// The frames of a zstd file, one after the other (RFC 8878, 3.1).
struct Zstd<R: Read> {
    frame: Option<Box<StreamingDecoder<Begun<R>, FrameDecoder>>>,
    /// Between two frames.
    between: Option<BufReader<R>>,
}

/// A frame whose first bytes were looked at.
type Begun<R> = io::Chain<Cursor<[u8; MAGIC]>, BufReader<R>>;

/// What comes behind a frame.
enum Next<R: Read> {
    Frame(Box<StreamingDecoder<Begun<R>, FrameDecoder>>),
    End(BufReader<R>),
}

impl<R: Read> Zstd<R> {
    fn new(input: R) -> Self {
        Self { frame: None, between: Some(BufReader::new(input)) }
    }

    /// The next frame that is not to be skipped.
    fn next(mut input: BufReader<R>) -> io::Result<Next<R>> {
        loop {
            if input.fill_buf()?.is_empty() {
                return Ok(Next::End(input));
            }
            let mut magic = [0; MAGIC];
            input.read_exact(&mut magic)?;
            if !is_skipped(&magic) {
                let begun = Cursor::new(magic).chain(input);
                let decoder = StreamingDecoder::new(begun);
                return decoder
                    .map(|frame| Next::Frame(Box::new(frame)))
                    .map_err(|_| io::Error::other("it is no zstd frame"));
            }
            let mut length = [0; 4];
            input.read_exact(&mut length)?;
            let length = u64::from(u32::from_le_bytes(length));
            if io::copy(&mut input.by_ref().take(length), &mut io::sink())? < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                match frame.read(buffer).map_err(|_| io::Error::other("the zstd frame is damaged or cut"))? {
                    0 if is_wrong(&frame.decoder) => {
                        return Err(io::Error::other("the checksum of the zstd frame is wrong"));
                    }
                    0 => self.between = self.frame.take().map(|frame| frame.into_inner().into_inner().1),
                    read => return Ok(read),
                }
            }
            let Some(input) = self.between.take() else { return Ok(0) };
            match Self::next(input)? {
                Next::Frame(frame) => self.frame = Some(frame),
                Next::End(input) => {
                    self.between = Some(input);
                    return Ok(0);
                }
            }
        }
    }
}

/// Whether what a frame holds is not what its checksum is of.
fn is_wrong(frame: &FrameDecoder) -> bool {
    frame.get_checksum_from_data().zip(frame.get_calculated_checksum()).is_some_and(|(given, found)| given != found)
}

/// UTF-16 as UTF-8. What is no text becomes U+FFFD.
struct Utf16<R> {
    input: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// Decoded, and how much of it was handed out.
    text: Vec<u8>,
    given: usize,
    is_at_end: bool,
}

impl<R: Read> Utf16<R> {
    /// Bytes that are decoded at once.
    const RAW: usize = 1 << 16;

    fn new(input: R, encoding: &'static encoding_rs::Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { input, decoder, raw: vec![0; Self::RAW], text: Vec::new(), given: 0, is_at_end: false }
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.is_at_end {
            let read = self.input.read(&mut self.raw)?;
            self.is_at_end = read == 0;
            let raw = self.raw.get(..read).unwrap_or_default();
            // A character of two bytes is at most three of UTF-8, and some may be left from before.
            self.text.resize(Self::RAW * 2, 0);
            let (_, _, written, _) = self.decoder.decode_to_utf8(raw, &mut self.text, self.is_at_end);
            self.text.truncate(written);
            self.given = 0;
        }
        let mut left = self.text.get(self.given..).unwrap_or_default();
        let count = left.read(buffer)?;
        self.given += count;
        Ok(count)
    }
}
