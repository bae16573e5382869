//! A connection that carries RPC. A caller keeps one for all its calls, so it must outlive the callee's process.
//!
//! When the process is to leave, calls that begin something new are held back; once the two ends expect nothing of each
//! other any more, the connection goes on to the next process, which is first asked for the capability that everything
//! begins with, as the caller asked the first one, and then gets what was held back.

use super::frames::Frames;
use super::ledger::{End, Ledger};
use super::message::{Message, On};
use super::presence::{self, Busy};
use super::way::{Connected, Way};
use bytes::Bytes;
use std::collections::HashSet;
use std::io::{Error, Result};
use std::sync::Arc;
use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadHalf, WriteHalf, split,
};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// As in the configurations of workerd.
const CONNECT: &[u8] = b"CONNECT stepwell HTTP/1.1\r\n\r\n";

/// Joins a caller with the callee until either end closes the connection, or the process is gone.
pub(super) async fn join<S>(client: S, connected: Connected, way: Way) -> Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (reader, writer) = split(client);
    let mut callee = Callee::open(connected).await?;
    let mut session = Session {
        way,
        caller: Frames::new(reader),
        to_caller: writer,
        ledger: Ledger::default(),
        first: First::default(),
        held: Held::default(),
    };
    while let Some(first) = session.serve(&mut callee).await? {
        drop(callee);
        callee = session.next(first).await?;
    }
    Ok(())
}

/// The end that is a host process.
struct Callee {
    from: Frames<BufReader<OwnedReadHalf>>,
    to: OwnedWriteHalf,
    process: Arc<presence::Callee>,
    _busy: Busy,
}

impl Callee {
    /// Turns a connection into one for RPC.
    async fn open(connected: Connected) -> Result<Self> {
        let (reader, mut to) = UnixStream::into_split(connected.stream);
        to.write_all(CONNECT).await?;
        let mut from = BufReader::new(reader);
        let mut line = String::new();
        from.read_line(&mut line).await?;
        if !line.contains(" 200 ") {
            return Err(Error::other(format!(
                "the Worker refuses RPC: {}",
                line.trim_end()
            )));
        }
        while !line.trim_end().is_empty() {
            line.clear();
            from.read_line(&mut line).await?;
        }
        Ok(Self {
            from: Frames::new(from),
            to,
            process: connected.callee,
            _busy: connected.busy,
        })
    }

    async fn next(&mut self) -> Result<Bytes> {
        self.from
            .next()
            .await?
            .ok_or_else(|| Error::other("the Worker's process has ended"))
    }
}

/// How the caller got the capability that everything begins with.
#[derive(Default)]
struct First {
    question: Option<u32>,
    /// The messages with which it asked, and ended the question.
    asked: Option<Bytes>,
    finished: Option<Bytes>,
    capability: Option<u32>,
}

/// What the next process will get.
#[derive(Default)]
struct Held {
    messages: Vec<Bytes>,
    questions: HashSet<u32>,
}

struct Session<S> {
    way: Way,
    caller: Frames<ReadHalf<S>>,
    to_caller: WriteHalf<S>,
    ledger: Ledger,
    first: First,
    held: Held,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    /// Passes messages on. Gives the capability that everything begins with when it is time to go on to the next process.
    async fn serve(&mut self, callee: &mut Callee) -> Result<Option<u32>> {
        let mut presence = self.way.presence.clone();
        loop {
            let now = presence.borrow_and_update().clone();
            if !now.has(&callee.process) {
                return Ok(None);
            }
            let leaving = !now.takes(&callee.process);
            let quiet = self.first.capability.filter(|first| self.ledger.is_quiet(*first));
            if leaving && quiet.is_some() {
                return Ok(quiet);
            }
            tokio::select! {
                frame = self.caller.next() => match frame? {
                    Some(frame) => self.bring(frame, callee, leaving).await?,
                    None => return Ok(None),
                },
                frame = callee.next() => self.bring_back(&frame?).await?,
                changed = presence.changed() => changed.map_err(Error::other)?,
            }
        }
    }

    async fn bring(&mut self, frame: Bytes, callee: &mut Callee, leaving: bool) -> Result<()> {
        let message = Message::read(&frame);
        if leaving && self.is_for_the_next(&message) {
            self.held.messages.push(frame);
            return Ok(());
        }
        match message {
            Message::Bootstrap { question } if self.first.question.is_none() => {
                self.first.question = Some(question);
                self.first.asked = Some(frame.clone());
            }
            Message::Finish { question, .. }
                if self.first.question == Some(question) && self.first.finished.is_none() =>
            {
                self.first.finished = Some(frame.clone());
            }
            _ => {}
        }
        self.ledger.note(End::Caller, &message);
        callee.to.write_all(&frame).await
    }

    /// Whether a message begins something new, or belongs to what does.
    fn is_for_the_next(&mut self, message: &Message) -> bool {
        match message {
            Message::Call { question, on, .. } => {
                let new = match on {
                    On::Capability(capability) => Some(*capability) == self.first.capability,
                    On::Question(question) => self.held.questions.contains(question),
                };
                if new {
                    self.held.questions.insert(*question);
                }
                new
            }
            Message::Finish { question, .. } => self.held.questions.contains(question),
            _ => false,
        }
    }

    async fn bring_back(&mut self, frame: &Bytes) -> Result<()> {
        let message = Message::read(frame);
        if let Message::Return {
            question,
            capabilities,
            ..
        } = &message
            && self.first.capability.is_none()
            && self.first.question == Some(*question)
        {
            self.first.capability = capabilities.first().copied();
        }
        self.ledger.note(End::Callee, &message);
        self.to_caller.write_all(frame).await
    }

    /// Waits for the next process, and brings it what was held back.
    async fn next(&mut self, first: u32) -> Result<Callee> {
        let (Some(asked), Some(finished)) = (self.first.asked.clone(), self.first.finished.clone()) else {
            return Err(Error::other("the connection had not begun"));
        };
        let mut callee = Callee::open(self.way.connect().await?).await?;
        callee.to.write_all(&asked).await?;
        let answer = Message::read(&callee.next().await?);
        let as_before =
            matches!(&answer, Message::Return { capabilities, .. } if capabilities[..] == [first]);
        if !as_before {
            return Err(Error::other("the new process numbers its capabilities otherwise"));
        }
        callee.to.write_all(&finished).await?;
        self.ledger = Ledger::default();
        for frame in std::mem::take(&mut self.held).messages {
            self.bring(frame, &mut callee, false).await?;
        }
        Ok(callee)
    }
}
