//! Frames: lines of text, with values in the binary form behind them.

use bytes::{BufMut, Bytes, BytesMut};
use std::fmt::Write as _;
use stepwell_core::value::Value;
use thiserror::Error;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// A frame that the protocol does not know.
#[derive(Debug, Error)]
pub enum FrameError {
    /// The header or a length is cut short.
    #[error("the frame is cut short")]
    Short,
    /// A header is not UTF-8.
    #[error("the frame's header is not UTF-8")]
    Encoding,
    /// No run number in the first line.
    #[error("the frame does not begin with a run number")]
    Run,
    /// A line is no message.
    #[error("a message cannot be read: {0}")]
    Message(#[from] serde_json::Error),
    /// A config that was validated before is invalid now.
    #[error("a step's config is invalid: {0}")]
    Config(String),
}

/// A received frame, read line by line. Values are slices of it.
#[derive(Debug)]
pub(super) struct FrameReader {
    header: Utf8Bytes,
    at: usize,
    blobs: Bytes,
    run: u64,
}

impl FrameReader {
    /// The frame in a WebSocket message; `None` if the message is none of ours (pings and the like).
    pub(super) fn read(message: Message) -> Result<Option<Self>, FrameError> {
        let (header, blobs) = match message {
            Message::Text(text) => (text, Bytes::new()),
            Message::Binary(bytes) => split(bytes)?,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_) => return Ok(None),
        };
        let mut reader = Self {
            header,
            at: 0,
            blobs,
            run: 0,
        };
        let line = reader.line_range().ok_or(FrameError::Run)?;
        reader.run = reader.header.as_str()[line]
            .parse()
            .map_err(|_| FrameError::Run)?;
        Ok(Some(reader))
    }

    /// The run that the frame is of.
    pub(super) fn run(&self) -> u64 {
        self.run
    }

    /// The next line.
    pub(super) fn line(&mut self) -> Option<Line> {
        let range = self.line_range()?;
        Some(Line {
            header: self.header.clone(),
            range,
        })
    }

    /// The value that follows the message that was read last.
    pub(super) fn value(&mut self) -> Result<Value, FrameError> {
        let range = self.line_range().ok_or(FrameError::Short)?;
        let line = &self.header.as_str()[range.clone()];
        let Some(length) = line.strip_prefix('#') else {
            let bytes: &Bytes = self.header.as_ref();
            return Ok(Value::from_bytes(bytes.slice(range)));
        };
        let length: usize = length.parse().map_err(|_| FrameError::Short)?;
        if length > self.blobs.len() {
            return Err(FrameError::Short);
        }
        Ok(Value::from_bytes(self.blobs.split_to(length)))
    }

    fn line_range(&mut self) -> Option<std::ops::Range<usize>> {
        let rest = self.header.as_str().get(self.at..)?;
        let length = rest.find('\n').unwrap_or(rest.len());
        let range = self.at..self.at + length;
        // One past the end when this was the last line, so that the next call finds nothing.
        self.at = range.end + 1;
        Some(range)
    }
}

/// One line of a frame, without its frame's lifetime.
#[derive(Debug)]
pub(super) struct Line {
    header: Utf8Bytes,
    range: std::ops::Range<usize>,
}

impl Line {
    /// The text.
    pub(super) fn text(&self) -> &str {
        self.header.as_str().get(self.range.clone()).unwrap_or_default()
    }
}

fn split(mut bytes: Bytes) -> Result<(Utf8Bytes, Bytes), FrameError> {
    let length = bytes.get(..4).and_then(|length| length.try_into().ok());
    let length = u32::from_le_bytes(length.ok_or(FrameError::Short)?) as usize;
    let _ = bytes.split_to(4);
    if length > bytes.len() {
        return Err(FrameError::Short);
    }
    let header = Utf8Bytes::try_from(bytes.split_to(length)).map_err(|_| FrameError::Encoding)?;
    Ok((header, bytes))
}

/// A frame that is being written.
#[derive(Debug)]
pub(super) struct FrameWriter {
    text: String,
    blobs: Vec<Bytes>,
    blob_bytes: usize,
}

impl FrameWriter {
    /// An empty frame of a run.
    pub(super) fn new(run: u64) -> Self {
        let mut text = String::with_capacity(64);
        let _ = write!(text, "{run}");
        Self {
            text,
            blobs: Vec::new(),
            blob_bytes: 0,
        }
    }

    /// Begins a line; the message's JSON text is to be appended.
    pub(super) fn line(&mut self) -> &mut String {
        self.text.push('\n');
        &mut self.text
    }

    /// Appends the value of the message that was written last.
    pub(super) fn value(&mut self, value: &Value) {
        let bytes = value.bytes();
        // JSON that came from elsewhere than the shim may be spread over lines.
        let line = match bytes.first() {
            Some(first) if *first >= 0x20 && *first != b'#' => std::str::from_utf8(bytes).ok(),
            _ => None,
        };
        if let Some(text) = line.filter(|text| !text.contains('\n')) {
            self.line().push_str(text);
        } else {
            let _ = write!(self.line(), "#{}", bytes.len());
            self.blob_bytes += bytes.len();
            self.blobs.push(bytes.clone());
        }
    }

    /// How large the frame is so far.
    pub(super) fn len(&self) -> usize {
        self.text.len() + self.blob_bytes
    }

    /// The frame as a WebSocket message.
    pub(super) fn finish(self) -> Message {
        if self.blobs.is_empty() {
            return Message::Text(self.text.into());
        }
        let mut bytes = BytesMut::with_capacity(4 + self.len());
        bytes.put_u32_le(self.text.len() as u32);
        bytes.put_slice(self.text.as_bytes());
        for blob in &self.blobs {
            bytes.put_slice(blob);
        }
        Message::Binary(bytes.freeze())
    }
}
