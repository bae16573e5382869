//! Requests at a given rate, whatever the answers do: each has its moment, and its time counts from that moment, also when it
//! had to wait because the ones before it were slow.

use super::Line;
use anyhow::{Context, Result};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::fs;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::task::LocalSet;

/// How long answers may take when the last request has been sent.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is asked, how often and how long.
pub(crate) struct Load {
    pub(crate) port: u16,
    /// Taken in turn.
    pub(crate) requests: Vec<Vec<u8>>,
    pub(crate) per_second: u32,
    pub(crate) connections: usize,
    pub(crate) duration: Duration,
}

/// How it went.
pub(crate) struct Outcome {
    /// Milliseconds from the moment at which each request was due until its answer was there.
    pub(crate) latencies_ms: Vec<f64>,
    /// Processor time of the reader itself.
    pub(crate) processor: Duration,
}

/// A request and when it was due.
type Due = (Instant, usize);

/// What the connections share; all of them are on one thread.
#[derive(Default)]
struct Board {
    /// Requests that no connection was free for.
    late: VecDeque<Due>,
    /// Connections that have nothing to do.
    idle: Vec<usize>,
    /// What a connection is to ask, until it has seen it.
    given: Vec<Option<Due>>,
    latencies_ms: Vec<f64>,
    error: Option<anyhow::Error>,
}

impl Load {
    /// Runs on a thread of its own, to its end.
    pub(crate) async fn run(self) -> Result<Outcome> {
        tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let before = thread_time()?;
            let latencies_ms = LocalSet::new().block_on(&runtime, self.read())?;
            let processor = thread_time()?.saturating_sub(before);
            Ok(Outcome {
                latencies_ms,
                processor,
            })
        })
        .await?
    }

    async fn read(self) -> Result<Vec<f64>> {
        let requests = Arc::new(self.requests);
        let board = Rc::new(RefCell::new(Board::default()));
        let mut wake = Vec::new();
        for index in 0..self.connections {
            let line = Line::open(self.port).await?;
            let bell = Rc::new(Notify::new());
            wake.push(Rc::clone(&bell));
            board.borrow_mut().idle.push(index);
            board.borrow_mut().given.push(None);
            let connection = answer(line, index, bell, Rc::clone(&board), Arc::clone(&requests));
            tokio::task::spawn_local(connection);
        }
        let count = (f64::from(self.per_second) * self.duration.as_secs_f64()) as usize;
        let begin = Instant::now();
        let due = |number: usize| begin + Duration::from_secs_f64(number as f64 / f64::from(self.per_second));
        let mut next = 0;
        while next < count {
            while next < count && due(next) <= Instant::now() {
                give(&board, &wake, (due(next), next % requests.len()));
                next += 1;
            }
            if next < count {
                tokio::time::sleep_until(due(next).into()).await;
            }
        }
        let last = Instant::now();
        loop {
            let missing = board.borrow().missing(count)?;
            if missing == 0 {
                return Ok(board.take().latencies_ms);
            }
            anyhow::ensure!(
                last.elapsed() < PATIENCE,
                "{missing} of {count} requests have no answer"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Board {
    /// How many of `count` requests have no answer yet.
    fn missing(&self, count: usize) -> Result<usize> {
        match &self.error {
            Some(error) => anyhow::bail!("{error:#}"),
            None => Ok(count - self.latencies_ms.len()),
        }
    }

    /// Notes an answer to the connection with this index, which can be given the next request.
    fn answered(&mut self, index: usize, due: Instant) {
        self.latencies_ms.push(due.elapsed().as_secs_f64() * 1e3);
        match self.late.pop_front() {
            Some(late) => self.given[index] = Some(late),
            None => self.idle.push(index),
        }
    }
}

fn give(board: &RefCell<Board>, wake: &[Rc<Notify>], due: Due) {
    let mut board = board.borrow_mut();
    match board.idle.pop() {
        Some(index) => {
            board.given[index] = Some(due);
            wake[index].notify_one();
        }
        None => board.late.push_back(due),
    }
}

async fn answer(
    mut line: Line,
    index: usize,
    bell: Rc<Notify>,
    board: Rc<RefCell<Board>>,
    requests: Arc<Vec<Vec<u8>>>,
) {
    loop {
        let given = board.borrow_mut().given[index].take();
        let Some((due, request)) = given else {
            bell.notified().await;
            continue;
        };
        if let Err(error) = line.ask(&requests[request]).await {
            board.borrow_mut().error.get_or_insert(error);
            return;
        }
        board.borrow_mut().answered(index, due);
    }
}

/// Processor time of this thread.
fn thread_time() -> Result<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = text.split_whitespace().next().context("no schedstat")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}
