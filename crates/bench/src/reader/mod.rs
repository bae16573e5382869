//! Somebody who reads at the account API. Connections are plain sockets that stay open, requests are bytes made beforehand,
//! and of an answer no more is read than where it ends: what the reader does, it does on the cores that are measured.

mod load;

pub(crate) use load::Load;

use crate::engines::{ACCOUNT, TOKEN};
use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A GET request to something of the account.
pub(crate) fn request(path: &str) -> Vec<u8> {
    format!(
        "GET /client/v4/accounts/{ACCOUNT}{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {TOKEN}\r\n\r\n"
    )
    .into_bytes()
}

/// One connection.
pub(crate) struct Line {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Line {
    /// Connects to the API.
    pub(crate) async fn open(port: u16) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    /// Sends a request and returns the body of its answer, which must be good.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<&[u8]> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let mut body = None;
        while body.is_none_or(|(begin, length)| self.buffer.len() < begin + length) {
            let read = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(read > 0, "the server closed the connection");
            if body.is_none() {
                body = head(&self.buffer)?;
            }
        }
        let (begin, length) = body.context("no answer")?;
        let body = &self.buffer[begin..begin + length];
        if !self.buffer.starts_with(b"HTTP/1.1 200 ") {
            let asked = String::from_utf8_lossy(request);
            let asked = asked.lines().next().unwrap_or_default();
            bail!("{asked}: {}", String::from_utf8_lossy(body));
        }
        Ok(body)
    }
}

/// Where the body begins and how long it is, when the head is there.
fn head(answer: &[u8]) -> Result<Option<(usize, usize)>> {
    const END: &[u8] = b"\r\n\r\n";
    const LENGTH: &[u8] = b"content-length: ";
    let Some(end) = answer.windows(END.len()).position(|bytes| bytes == END) else {
        return Ok(None);
    };
    let length = answer[..end]
        .windows(LENGTH.len())
        .position(|bytes| bytes.eq_ignore_ascii_case(LENGTH))
        .context("an answer without a length")?;
    let digits = answer[length + LENGTH.len()..]
        .iter()
        .take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    Ok(Some((end + END.len(), length)))
}

#[cfg(test)]
mod tests {
    use super::head;

    #[test]
    fn finds_the_body() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\ndate: now\r\n\r\nhello";
        assert_eq!(head(answer).unwrap(), Some((answer.len() - 5, 12)));
        assert_eq!(head(&answer[..30]).unwrap(), None);
        assert!(head(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
