//! Supervises workerd, generates its configuration and speaks the run channel.

pub mod shim;
