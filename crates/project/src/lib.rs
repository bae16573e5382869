//! Projects: reads a wrangler configuration, bundles its code, watches its files, and finds the programs
//! that this takes (workerd and esbuild).

pub mod config;
mod diagnostic;
mod place;
pub mod toolchain;

pub use diagnostic::{Diagnostic, Severity};
pub use place::Place;
