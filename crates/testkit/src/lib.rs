//! What tests of the engine stand on: a clock that is set by hand, a runtime that runs scripts instead of JavaScript, a
//! store that fails as told, and a node that can crash and start again.

mod clock;
mod fault_store;
mod ledger;
mod program;
mod random;
mod scripted;
mod world;

pub use clock::SimClock;
pub use fault_store::{Fault, FaultStore};
pub use ledger::{Execution, Ledger};
pub use program::Program;
pub use random::Random;
pub use scripted::ScriptedRuntime;
pub use world::{World, request};
