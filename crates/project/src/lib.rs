//! Projects: reads a wrangler configuration, bundles its code, watches its files, and finds the programs
//! that this takes (workerd and esbuild).

pub mod toolchain;
