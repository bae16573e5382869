//! The engine's end of the run channel (docs/internals/run-channel.md).

mod configs;
mod frame;
mod incoming;
mod outgoing;
pub mod socket;
#[cfg(test)]
mod tests;
mod wire;

pub use frame::FrameError;
