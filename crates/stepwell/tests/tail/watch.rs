//! A `wrangler tail` that runs.

use parking_lot::Mutex;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Deserializer, Value};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use stepwell_e2e::wait::{DEADLINE, eventually, within};
use stepwell_e2e::{Served, Wrangler};

/// A running `wrangler tail`.
pub(crate) struct Tail {
    child: Mutex<Child>,
    text: Arc<Mutex<String>>,
    errors: Arc<Mutex<String>>,
}

impl Tail {
    /// Starts one.
    pub(crate) fn start(wrangler: &Wrangler, served: &Served, arguments: &[&str]) -> Self {
        Self::spawn(wrangler.command().arg("tail").args(arguments), served)
    }

    /// Starts a `stepwell tail`.
    pub(crate) fn of_stepwell(served: &Served, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stepwell"));
        Self::spawn(command.arg("tail").args(arguments), served)
    }

    /// Starts `command`, which watches `served`.
    pub(crate) fn spawn(command: &mut Command, served: &Served) -> Self {
        let mut child = command
            .envs(served.client_environment())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = Arc::new(Mutex::new(String::new()));
        let errors = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().unwrap(), text.clone());
        collect(child.stderr.take().unwrap(), errors.clone());
        Self {
            child: Mutex::new(child),
            text,
            errors,
        }
    }

    /// What it has printed.
    pub(crate) fn text(&self) -> String {
        self.text.lock().clone()
    }

    /// What it has printed to standard error.
    pub(crate) fn errors(&self) -> String {
        self.errors.lock().clone()
    }

    /// The JSON objects that it has printed; the last one may not be there yet.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let text = self.text();
        let start = text.find('{').unwrap_or(text.len());
        let messages = Deserializer::from_str(&text[start..]).into_iter();
        messages.map_while(Result::ok).collect()
    }

    /// Ctrl-C.
    pub(crate) fn interrupt(&self) {
        let pid = Pid::from_raw(self.child.lock().id().cast_signed()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
    }

    /// Waits until `found` finds something in what it has printed.
    #[track_caller]
    pub(crate) fn wait_for<T>(&self, what: &str, mut found: impl FnMut(&Self) -> Option<T>) -> T {
        let found = within(DEADLINE, || found(self));
        found.unwrap_or_else(|| panic!("no {what} in time in\n{}\n{}", self.text(), self.errors()))
    }

    /// Waits for its end.
    pub(crate) fn ended(&self) -> Option<i32> {
        let status = eventually("wrangler ends", || self.child.lock().try_wait().unwrap());
        status.code()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        let mut child = self.child.lock();
        let _ = child.kill();
        let _ = child.wait();
    }
}

fn collect(mut stream: impl Read + Send + 'static, text: Arc<Mutex<String>>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        // A character may be cut in two; nothing here prints such.
        while let Ok(length @ 1..) = stream.read(&mut buffer) {
            text.lock().push_str(&String::from_utf8_lossy(&buffer[..length]));
        }
    });
}
