//! The machine: what it is and what it is busy with.

mod cpu;
mod disk;
mod facts;
mod processes;

pub(crate) use cpu::Load;
pub(crate) use disk::{SyncLatency, sync_latency};
pub(crate) use facts::{Machine, raise_file_limit};
pub(crate) use processes::{Memory, descendants, kill_tree, memory, processor_seconds};
