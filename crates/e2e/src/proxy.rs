//! Something between a client and a server, to do harm in the middle of a request.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// A moment in the life of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// It has come; the server knows nothing of it.
    Come,
    /// The server has the first half of it.
    Half,
    /// The server has all of it, and may be at any point of what it does.
    Sent,
    /// The server has answered; the client does not know.
    Answered,
}

/// Called at each moment of each request with its number from 1 and its first line. `false` cuts the client off.
type Hook = dyn FnMut(usize, &str, Moment) -> bool + Send;

/// Passes requests on, each on a connection of its own.
pub struct Proxy {
    url: String,
    shared: Arc<Shared>,
}

struct Shared {
    to: Mutex<String>,
    hook: Mutex<Box<Hook>>,
    seen: Mutex<Vec<String>>,
}

impl Proxy {
    /// Listens on a port of this machine, and passes on to `to` (`127.0.0.1:1234`).
    pub fn start(to: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it has an address"));
        let shared = Arc::new(Shared {
            to: Mutex::new(to.to_owned()),
            hook: Mutex::new(Box::new(|_, _, _| true)),
            seen: Mutex::default(),
        });
        let accepting = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let shared = accepting.clone();
                // What breaks here was cut by the test.
                thread::spawn(move || shared.pass(client));
            }
        });
        Self { url, shared }
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on passes on to this.
    pub fn moved_to(&self, to: &str) {
        to.clone_into(&mut lock(&self.shared.to));
    }

    /// From now on asks this at every moment, and counts requests from 1 again.
    pub fn at_each(&self, hook: impl FnMut(usize, &str, Moment) -> bool + Send + 'static) {
        *lock(&self.shared.hook) = Box::new(hook);
        lock(&self.shared.seen).clear();
    }

    /// The first lines of the requests since then.
    pub fn seen(&self) -> Vec<String> {
        lock(&self.shared.seen).clone()
    }
}

impl Shared {
    /// Serves one request. `None` when one side is gone.
    fn pass(&self, mut client: TcpStream) -> Option<()> {
        let (head, body) = request(&mut client)?;
        let line = head.lines().next().unwrap_or_default().to_owned();
        let number = {
            let mut seen = lock(&self.seen);
            seen.push(line.clone());
            seen.len()
        };
        let ask = |moment| (lock(&self.hook))(number, &line, moment).then_some(());
        ask(Moment::Come)?;
        let mut server = TcpStream::connect(lock(&self.to).as_str()).ok()?;
        let sent = [head.as_bytes(), &body].concat();
        let (first, second) = sent.split_at(head.len() / 2 + body.len() / 2);
        server.write_all(first).ok()?;
        ask(Moment::Half)?;
        server.write_all(second).ok()?;
        ask(Moment::Sent)?;
        let mut answer = Vec::new();
        let read = server.read_to_end(&mut answer);
        ask(Moment::Answered)?;
        read.ok()?;
        client.write_all(&answer).ok()?;
        client.shutdown(Shutdown::Write).ok()
    }
}

/// A request with a length, told to be the last of its connection.
fn request(client: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        let mut more = [0; 4096];
        let count = client.read(&mut more).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&more[..count]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut body = bytes.split_off(end + 4);
    let field = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines.find_map(|(known, value)| known.eq_ignore_ascii_case(name).then(|| value.trim().to_owned()))
    };
    let length: usize = field("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let have = body.len();
    body.resize(length.max(have), 0);
    client.read_exact(&mut body[have..]).ok()?;
    let kept: Vec<&str> = head
        .lines()
        .filter(|line| !line.to_ascii_lowercase().starts_with("connection:"))
        .collect();
    Some((
        format!("{}\r\nconnection: close\r\n\r\n", kept.join("\r\n")),
        body,
    ))
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
