//! The state machine of one instance: `(state, input, now) -> (state, effects)`.
//!
//! The state is the fold of the journal plus what is known of the run that is in memory. Each transition has a file
//! of its own; each takes the input and the time and pushes [`Effect`]s. Nothing here waits, reads or writes.

mod effect;
mod end;
mod event;
mod fold;
mod pause;
mod rest;
mod restart;
mod run;
mod start;
mod state;
mod timer;
mod wait;

#[cfg(test)]
mod tests;

pub use effect::{Effect, Effects, Phase};
pub use rest::Rest;
pub use restart::StepNotFound;
pub use state::{BufferedEvent, Instance, Lifecycle, Step, StepEnd, StepState};
