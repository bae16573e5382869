//! A stream of Cap'n Proto messages, taken apart into whole messages.

use bytes::{Buf, Bytes, BytesMut};
use std::io::{Error, Result};
use tokio::io::{AsyncRead, AsyncReadExt};

/// More than any sender uses.
const MOST_SEGMENTS: usize = 512;

/// The messages that come from one end.
pub(super) struct Frames<R> {
    stream: R,
    buffer: BytesMut,
}

impl<R: AsyncRead + Unpin> Frames<R> {
    pub(super) fn new(stream: R) -> Self {
        Self {
            stream,
            buffer: BytesMut::new(),
        }
    }

    /// The next whole message; `None` at the end. Nothing is lost if this is dropped and called again.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            if let Some(length) = length(&self.buffer)?
                && self.buffer.len() >= length
            {
                return Ok(Some(self.buffer.split_to(length).freeze()));
            }
            self.buffer.reserve(16 * 1024);
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Ok(None);
            }
        }
    }
}

/// The length of the message that `buffer` begins with, once its table of segments is there.
fn length(buffer: &BytesMut) -> Result<Option<usize>> {
    let mut table: &[u8] = buffer;
    if table.len() < 4 {
        return Ok(None);
    }
    let segments = table.get_u32_le() as usize + 1;
    if segments > MOST_SEGMENTS {
        return Err(Error::other("not a Cap'n Proto message"));
    }
    if table.len() < segments * 4 {
        return Ok(None);
    }
    let words: usize = (0..segments).map(|_| table.get_u32_le() as usize).sum();
    let header = (4 + segments * 4).next_multiple_of(8);
    Ok(Some(header + words * 8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;

    #[tokio::test]
    async fn messages_are_whole_however_they_come() {
        // One segment of a word; two segments of a word each, with a table that is padded.
        let one = [0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
        let mut two = vec![1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0];
        two.extend([7; 16]);
        let all = [&one[..], &two, &one].concat();
        for size in 1..all.len() {
            let (mut sender, receiver) = tokio::io::duplex(size);
            let bytes = all.clone();
            tokio::spawn(async move { sender.write_all(&bytes).await });
            let mut frames = Frames::new(receiver);
            for expected in [&one[..], &two, &one] {
                assert_eq!(frames.next().await.unwrap().unwrap(), expected, "{size}");
            }
            assert!(frames.next().await.unwrap().is_none());
        }
        let garbage: &[u8] = b"HTTP/1.1 200 OK\r\n";
        Frames::new(garbage).next().await.unwrap_err();
    }
}
