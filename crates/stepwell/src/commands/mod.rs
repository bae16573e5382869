//! One module per command.

pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod init;
mod running;
pub(crate) mod serve;
