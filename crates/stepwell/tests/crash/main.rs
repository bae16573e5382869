//! The crash test: the binary is killed under load, and then an outside ledger is compared with what it says.

mod check;
mod load;
mod points;
mod random;
