//! Invocations of host processes, which come over a unix socket when they have ended.

use crate::config::tails::TailSockets;
use crate::http::Connection;
use crate::script::Script;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use stepwell_logs::{Invocation, LogSink, Source, Stacks};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// The runtime bounds what it keeps of an invocation's log to a few hundred kilobytes.
const LARGEST: usize = 16 << 20;

/// Takes the invocations of a Worker's process, and of those that replace it, until it is dropped.
#[derive(Debug)]
pub(crate) struct Feed {
    sockets: TailSockets,
    tasks: [JoinHandle<()>; 2],
    /// Counts the processes.
    started: watch::Sender<u64>,
}

impl Feed {
    /// Listens for those of a version, which go to `sink`.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn listen(sockets: TailSockets, script: &Script, sink: Arc<dyn LogSink>) -> io::Result<Self> {
        let listener = UnixListener::bind(&sockets.logs)?;
        let interest = sink.interest(&script.name);
        let taker = Taker {
            source: Source {
                worker: script.name.as_str().into(),
                version: script.version,
            },
            stacks: script.stacks.clone(),
            sink,
        };
        let (started, starts) = watch::channel(0);
        let tell = {
            let sockets = sockets.clone();
            async move { tell(&sockets, interest, starts).await }
        };
        Ok(Self {
            sockets,
            tasks: [
                tokio::spawn(accept(listener, Arc::new(taker))),
                tokio::spawn(tell),
            ],
            started,
        })
    }

    /// A process listens on the sockets now.
    pub(crate) fn started(&self) {
        self.started.send_modify(|count| *count += 1);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
        for socket in [&self.sockets.logs, &self.sockets.wanted] {
            let _ = std::fs::remove_file(socket);
        }
    }
}

/// Tells each process what is wanted, whenever that changes.
async fn tell(
    sockets: &TailSockets,
    mut interest: watch::Receiver<stepwell_logs::Interest>,
    mut starts: watch::Receiver<u64>,
) {
    // A new process wants nothing.
    let mut told = false;
    loop {
        let changed = async {
            if interest.changed().await.is_err() {
                std::future::pending::<()>().await; // it stays as it is
            }
        };
        tokio::select! {
            () = changed => {}
            started = starts.changed() => match started {
                Ok(()) => told = false,
                Err(_) => return,
            },
        }
        let all = interest.borrow_and_update().values;
        if all == told {
            continue;
        }
        let path = if all { "/all" } else { "/thrown" };
        let asked = async {
            Connection::open(&sockets.wanted)
                .await?
                .ask(Method::POST, path)
                .await
        };
        match asked.await {
            Ok(_) => told = all,
            // It has ended; the next one is told.
            Err(error) => tracing::debug!("a process was not told which invocations are wanted: {error}"),
        }
    }
}

/// Takes the invocations of one version.
struct Taker {
    source: Source,
    stacks: Stacks,
    sink: Arc<dyn LogSink>,
}

async fn accept(listener: UnixListener, taker: Arc<Taker>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(serve(stream, taker.clone()));
                }
                Err(error) => {
                    tracing::warn!("cannot accept a connection with logs: {error}");
                    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: UnixStream, taker: Arc<Taker>) {
    let service = service_fn(move |request| {
        let taker = taker.clone();
        async move {
            taker.take(request).await;
            Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
        }
    });
    // It ends with the process; nobody is waiting for what was not read.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

impl Taker {
    async fn take(&self, request: Request<Incoming>) {
        let Ok(body) = Limited::new(request.into_body(), LARGEST).collect().await else {
            return;
        };
        let body = body.to_bytes();
        let text = String::from_utf8_lossy(&body);
        if let Some(mut invocation) = Invocation::read(&text) {
            self.map(&mut invocation);
            self.sink.invocation(&self.source, &invocation);
        } else {
            tracing::debug!("an invocation's log is no JSON");
        }
    }

    /// Names the user's own files in what was thrown and logged.
    fn map(&self, invocation: &mut Invocation) {
        for (list, field) in [("exceptions", "stack"), ("logs", "message")] {
            let items = invocation.0.get_mut(list).and_then(Value::as_array_mut);
            let fields = items.into_iter().flatten().filter_map(|item| item.get_mut(field));
            fields.for_each(|value| self.stacks.map_value(value));
        }
    }
}
