//! One module per command.

pub(crate) mod dev;
pub(crate) mod doctor;
pub(crate) mod init;
pub(crate) mod serve;
