//! Projects: reads a wrangler configuration, bundles its code, watches its files, and finds the programs
//! that this takes (workerd and esbuild).

pub mod bundle;
pub mod config;
mod diagnostic;
mod nearest;
mod place;
pub mod sourcemap;
pub mod toolchain;
pub mod watch;

pub use nearest::nearest;

pub use diagnostic::{Diagnostic, Severity, print_all};
pub use place::Place;
