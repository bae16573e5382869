//! A socket of the run channel: it carries one run at a time.

use super::configs::Configs;
use super::frame::{FrameError, FrameReader, FrameWriter};
use super::incoming::{Incoming, Remains};
use super::outgoing;
use super::wire::Wire;
use crate::logs::{Logs, RunLog};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use stepwell_core::ids::{InstanceNumber, RunNumber};
use stepwell_core::run::{FromRun, Verdict};
use stepwell_engine::runtime::{RunEvent, RunSink, RunStart, ToSocket};
use thiserror::Error;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::{Error as WebSocketError, Message};

/// How long what a run left behind (promises given to `waitUntil`) may go on.
const GRACE: Duration = Duration::from_secs(30);
/// Recorded values travel together in frames of about this size.
const VALUES_FRAME: usize = 256 << 10;

/// A socket to a run process, ready for a run.
#[derive(Debug)]
pub struct Socket {
    wire: Box<Wire>,
    configs: Configs,
}

/// What became of a run and its socket.
#[derive(Debug)]
pub enum Outcome {
    /// The run has ended and left nothing behind: the socket may carry another.
    Clean(Socket),
    /// The run has ended; the socket is not to be used again, and is being closed.
    Unclean,
    /// The engine has let go of the run; the socket is closed.
    Dropped,
    /// The socket broke while the run went on. The engine has not been told.
    Lost(LostReason),
}

/// Why a socket broke.
#[derive(Debug, Error)]
pub enum LostReason {
    /// The process closed it, or is gone.
    #[error("the connection to the process broke: {0}")]
    Connection(#[from] Box<WebSocketError>),
    /// The shim sent what the protocol does not know.
    #[error("the run channel is out of order: {0}")]
    Frame(#[from] FrameError),
}

impl From<WebSocketError> for LostReason {
    fn from(error: WebSocketError) -> Self {
        Self::Connection(Box::new(error))
    }
}

impl Socket {
    /// Dials the socket of a run process.
    ///
    /// # Errors
    /// What the system says, or that the other end is no WebSocket.
    pub async fn dial(path: &Path) -> io::Result<Self> {
        Ok(Self {
            wire: Box::new(Wire::dial(path).await?),
            configs: Configs::default(),
        })
    }

    /// Runs `start`: forwards `commands` to it and its messages to `sink`, until it ends or every sender of
    /// `commands` is gone, which drops the run. What it logs goes to `logs`. [`RunEvent::Lost`] is the caller's to send.
    ///
    /// Dropping the future drops the run, too.
    pub async fn serve_run(
        self,
        start: RunStart,
        commands: UnboundedReceiver<ToSocket>,
        sink: Arc<dyn RunSink>,
        logs: &Logs,
    ) -> Outcome {
        let mut log = logs.of_run(&start);
        let first = match outgoing::start(&start, log.wanted()) {
            Ok(first) => first,
            Err(error) => return Outcome::Lost(FrameError::Message(error).into()),
        };
        let mut run = Run {
            socket: self,
            number: start.number,
            id: start.run,
            sink,
            log,
            sent: VecDeque::new(),
        };
        drop(start);
        for frame in first {
            run.socket.wire.queue(frame);
        }
        let ended = run.serve(commands).await;
        run.socket.wire.clear();
        match ended {
            Ok(Some(Remains::Nothing)) => Outcome::Clean(run.socket),
            Ok(Some(Remains::Objects)) => Outcome::Unclean,
            Ok(Some(Remains::Open)) => {
                tokio::spawn(async move {
                    // Ends early when nothing is left, or the process is gone.
                    let _ = tokio::time::timeout(GRACE, run.linger()).await;
                });
                Outcome::Unclean
            }
            Ok(None) => Outcome::Dropped,
            Err(reason) => {
                if let LostReason::Frame(error) = &reason {
                    tracing::error!(run = run.id.0, %error, "closed a run's socket");
                }
                Outcome::Lost(reason)
            }
        }
    }
}

/// One run on a socket.
struct Run {
    socket: Socket,
    number: InstanceNumber,
    id: RunNumber,
    sink: Arc<dyn RunSink>,
    log: RunLog,
    /// Sizes of the recorded values that are on their way.
    sent: VecDeque<u64>,
}

enum Step {
    Received(Message),
    LetGo,
}

impl Run {
    /// Serves the run to its end; `None` if the engine let go of it.
    async fn serve(
        &mut self,
        mut commands: UnboundedReceiver<ToSocket>,
    ) -> Result<Option<Remains>, LostReason> {
        let mut change = pin!(self.log.change());
        loop {
            let step = tokio::select! {
                biased;
                step = poll_fn(|context| self.poll_step(&mut commands, context)) => step?,
                () = &mut change => {
                    let wanted = self.log.wanted();
                    self.socket.wire.queue(outgoing::logs(self.id.0, wanted));
                    change.set(self.log.change());
                    continue;
                }
            };
            let Step::Received(message) = step else {
                return Ok(None);
            };
            if let Some(remains) = self.take(message)? {
                return Ok(Some(remains));
            }
        }
    }

    /// Queues all commands that have come, sends them with one flush, and looks for a message.
    fn poll_step(
        &mut self,
        commands: &mut UnboundedReceiver<ToSocket>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Step, LostReason>> {
        let mut values: Option<FrameWriter> = None;
        let mut let_go = false;
        while let Poll::Ready(command) = commands.poll_recv(context) {
            match command {
                Some(ToSocket::Value { position, value }) => {
                    self.sent.push_back(value.bytes().len() as u64);
                    let frame = values.get_or_insert_with(|| FrameWriter::new(self.id.0));
                    outgoing::value(frame, position, &value);
                    if frame.len() >= VALUES_FRAME {
                        self.queue_values(&mut values);
                    }
                }
                Some(ToSocket::Message(message)) => {
                    self.queue_values(&mut values);
                    self.socket.wire.queue(outgoing::message(self.id.0, &message));
                }
                None => {
                    let_go = true;
                    break;
                }
            }
        }
        self.queue_values(&mut values);
        if let_go {
            return Poll::Ready(Ok(Step::LetGo));
        }
        if let Err(error) = self.socket.wire.poll_send(context) {
            return Poll::Ready(Err(error.into()));
        }
        self.socket
            .wire
            .poll_receive(context)
            .map(|received| Ok(Step::Received(received?)))
    }

    fn queue_values(&mut self, values: &mut Option<FrameWriter>) {
        if let Some(frame) = values.take() {
            self.socket.wire.queue(frame.finish());
        }
    }

    fn take(&mut self, message: Message) -> Result<Option<Remains>, LostReason> {
        let Some(mut frame) = FrameReader::read(message)? else {
            return Ok(None);
        };
        if frame.run() != self.id.0 {
            return Ok(None);
        }
        while let Some(incoming) = Incoming::next(&mut frame, &mut self.socket.configs)? {
            match incoming {
                Incoming::Message(message) => self.tell(RunEvent::Message(message)),
                Incoming::Taken(values) => {
                    let bytes = (0..values).filter_map(|_| self.sent.pop_front()).sum();
                    self.tell(RunEvent::Credit(bytes));
                }
                Incoming::Asked(position) => self.tell(RunEvent::Asked(position)),
                Incoming::Config { question, step, raw } => {
                    let answer = self.socket.configs.answer(&step, &raw);
                    self.socket
                        .wire
                        .queue(outgoing::config(self.id.0, question, &answer));
                }
                Incoming::Failed(mut message, step) => {
                    self.failed(&mut message, &step);
                    self.tell(RunEvent::Message(message));
                }
                Incoming::End(mut message, remains) => {
                    if let FromRun::Threw { failure, .. } = &mut message {
                        self.log.map(failure);
                        self.log.failed(None, failure);
                    }
                    self.tell(RunEvent::Message(message));
                    return Ok(Some(remains));
                }
                Incoming::Log(line) => self.log.line(line),
                Incoming::Quiet => {}
            }
        }
        Ok(None)
    }

    /// Says what a step's attempt failed with, and what its run does if it ends with it.
    fn failed(&self, message: &mut FromRun, step: &str) {
        let FromRun::Failed {
            attempt,
            failure,
            verdict,
            ..
        } = message
        else {
            return;
        };
        self.log.map(failure);
        self.log.failed(Some((step, *attempt)), failure);
        if let Verdict::EndInstance(failure) = verdict {
            self.log.failed(None, failure);
        }
    }

    fn tell(&self, event: RunEvent) {
        self.sink.run_event(self.number, self.id, event);
    }

    /// Keeps the socket open for what the run left behind, until that is gone.
    async fn linger(&mut self) {
        loop {
            let received = poll_fn(|context| match self.socket.wire.poll_send(context) {
                Ok(()) => self.socket.wire.poll_receive(context),
                Err(error) => Poll::Ready(Err(error)),
            });
            let Ok(Ok(Some(mut frame))) = received.await.map(FrameReader::read) else {
                return;
            };
            while let Ok(Some(incoming)) = Incoming::next(&mut frame, &mut self.socket.configs) {
                match incoming {
                    Incoming::Quiet => return,
                    Incoming::Log(line) => self.log.line(line),
                    _ => {}
                }
            }
        }
    }
}
