//! What user code logs, on its way to the [`LogSink`] of the settings.

mod invocations;
mod run_lines;

pub(crate) use invocations::Feed;
pub(crate) use run_lines::SentLine;
pub use run_lines::{Logs, RunLog};
pub use stepwell_logs::{
    Console, Interest, Invocation, Line, LogSink, Place, RunFailure, Source, SourceMaps, Stacks, now_ms,
};
