//! One module per command.

pub(crate) mod account;
pub(crate) mod backup;
pub(crate) mod completions;
pub(crate) mod deploy;
pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod man;
mod offline;
pub(crate) mod place;
mod running;
pub(crate) mod serve;
pub(crate) mod tail;
pub(crate) mod token;
mod watch;
pub(crate) mod why;
pub(crate) mod workflows;
