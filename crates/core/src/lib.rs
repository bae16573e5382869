//! What a Workflow instance is and how it moves: ids, durations, limits, values, the journal and the
//! state machine.
//!
//! Nothing here does I/O, reads a clock or draws a random number: time comes in as a parameter, and what
//! should happen in the world goes out as an effect ([`instance::Effect`]).

pub mod duration;
pub mod failure;
pub mod ids;
pub mod instance;
pub mod journal;
pub mod limits;
pub mod names;
pub mod retry;
pub mod run;
pub mod step;
pub mod step_config;
pub mod value;
