//! A part of a file as a body.

use crate::body::BodyError;
use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};

/// How much is read at once.
const PIECE: u64 = 64 << 10;

/// The next bytes of a file.
pub(super) struct FileBody {
    file: File,
    remaining: u64,
    /// Kept across polls: a read that has to wait is asked for again.
    piece: Vec<u8>,
}

impl FileBody {
    /// `len` bytes from where `file` is.
    pub(super) fn new(file: std::fs::File, len: u64) -> Self {
        Self {
            file: File::from_std(file),
            remaining: len,
            piece: Vec::new(),
        }
    }
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.remaining == 0 {
            return Poll::Ready(None);
        }
        let this = &mut *self;
        this.piece.resize(PIECE.min(this.remaining) as usize, 0);
        let mut buffer = ReadBuf::new(&mut this.piece);
        ready!(Pin::new(&mut this.file).poll_read(context, &mut buffer))?;
        let read = buffer.filled().len();
        if read == 0 {
            // It became shorter. The head has said how much comes, so the client must learn that this is not all.
            return Poll::Ready(Some(Err("the file became shorter while it was sent".into())));
        }
        this.remaining -= read as u64;
        this.piece.truncate(read);
        let piece = Bytes::from(std::mem::take(&mut this.piece));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.remaining == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.remaining)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;
    use std::io::{Seek as _, SeekFrom, Write as _};

    #[tokio::test]
    async fn a_part_is_sent_and_a_file_that_became_shorter_breaks_off() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![7; 200_000]).unwrap();
        file.seek(SeekFrom::Start(1000)).unwrap();
        let body = FileBody::new(file.try_clone().unwrap(), 150_000);
        assert_eq!(body.collect().await.unwrap().to_bytes().len(), 150_000);
        file.seek(SeekFrom::Start(1000)).unwrap();
        let body = FileBody::new(file, 199_001);
        assert!(body.collect().await.is_err());
    }
}
