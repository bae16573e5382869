//! What user code logs and throws: the events, who takes them, and the sessions of those who watch.
//!
//! The runtime makes the events (of runs at once, of everything else when it has ended) and hands them to the one
//! [`LogSink`] that it was given.

mod console;
mod event;
mod sink;
mod stacks;
mod surrogates;
pub mod tail;
mod thrown;

pub use console::Console;
pub use event::{Invocation, Line, Place, RunFailure, Source, now_ms};
pub use sink::{Interest, LogSink};
pub use stacks::{SourceMaps, Stacks};
