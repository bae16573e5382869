//! The ledger outside of the system: a server to which steps report that they were executed.

use crate::wait::{DEADLINE, eventually};
use serde_json::Value;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// One report.
#[derive(Debug, Clone)]
pub struct Record {
    /// When it came.
    pub at: Instant,
    /// What it says.
    pub value: Value,
}

/// A loopback server that keeps every report, in order.
#[derive(Debug, Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
    url: String,
}

#[derive(Debug, Default)]
struct Shared {
    records: Mutex<Vec<Record>>,
    /// How often each gate was reached; and whether it is open.
    gates: Mutex<HashMap<String, (u32, bool)>>,
    changed: Condvar,
}

/// A place where user code waits until the test lets it go on.
#[derive(Debug)]
pub struct Gate<'a> {
    ledger: &'a Ledger,
    name: String,
}

impl Ledger {
    /// Starts one. It ends with the test's process.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let ledger = Self {
            shared: Arc::default(),
            url: format!("http://127.0.0.1:{port}"),
        };
        let shared = ledger.shared.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = shared.clone();
                std::thread::spawn(move || serve(&shared, stream));
            }
        });
        ledger
    }

    /// Its address, for params.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// All reports so far.
    pub fn records(&self) -> Vec<Record> {
        lock(&self.shared.records).clone()
    }

    /// The reports so far with this `what`.
    pub fn of(&self, what: &str) -> Vec<Record> {
        let mut records = self.records();
        records.retain(|record| record.value["what"] == what);
        records
    }

    /// How many reports there are so far with this `what`.
    pub fn count(&self, what: &str) -> usize {
        self.of(what).len()
    }

    /// Waits until there are so many reports with this `what`.
    #[track_caller]
    pub fn wait_for(&self, what: &str, count: usize) {
        eventually(&format!("{count} reports of {what}"), || {
            (self.count(what) >= count).then_some(())
        });
    }

    /// A gate, closed until it is opened.
    pub fn gate(&self, name: &str) -> Gate<'_> {
        Gate {
            ledger: self,
            name: name.to_owned(),
        }
    }
}

impl Gate<'_> {
    /// Waits until user code has come to it so often.
    #[track_caller]
    pub fn reached(&self, times: u32) {
        eventually(&format!("gate {} reached {times} times", self.name), || {
            let gates = lock(&self.ledger.shared.gates);
            gates
                .get(&self.name)
                .filter(|(reached, _)| *reached >= times)
                .map(drop)
        });
    }

    /// Lets everybody through, from now on.
    pub fn open(&self) {
        lock(&self.ledger.shared.gates)
            .entry(self.name.clone())
            .or_default()
            .1 = true;
        self.ledger.shared.changed.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(shared: &Shared, stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    match path.strip_prefix("/gate/") {
        Some(gate) => pass(shared, gate),
        None => lock(&shared.records).push(Record {
            at: Instant::now(),
            value: serde_json::from_slice(&body).ok()?,
        }),
    }
    let mut stream = stream;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        .ok()
}

fn pass(shared: &Shared, gate: &str) {
    let mut gates = lock(&shared.gates);
    gates.entry(gate.to_owned()).or_default().0 += 1;
    let closed = |gates: &mut HashMap<String, (u32, bool)>| !gates.get(gate).is_some_and(|(_, open)| *open);
    drop(shared.changed.wait_timeout_while(gates, DEADLINE, closed));
}
