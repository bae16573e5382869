//! The cases. Each takes a fresh store and panics if the store is wrong.

pub mod batches;
pub mod events;
pub mod fencing;
pub mod inbox;
pub mod instances;
pub mod journals;
pub mod leases;
pub mod listing;
pub mod timers;
pub mod upkeep;
