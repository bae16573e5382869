//! The programs and packages that Stepwell fetches when it needs them for the first time.

use std::path::PathBuf;
use std::sync::Once;
use stepwell_project::toolchain::{Locate, Tool, cache_dir, cached_path, locate, polyfills};

/// Where the programs are. Fetches them, if that was not done yet.
pub(crate) fn directory() -> PathBuf {
    fetch();
    let program = cached_path(&cache_dir(), Tool::Workerd);
    let directory = program.ancestors().nth(2);
    directory
        .expect("a program is in a folder of the directory")
        .to_owned()
}

/// Fetches what is not there, once: a server that had to do it would miss the deadline of its test where the network is slow.
pub(crate) fn fetch() {
    static FETCHED: Once = Once::new();
    FETCHED.call_once(|| {
        let mut request = Locate::new(std::env::temp_dir(), cache_dir());
        request.progress = false;
        // What cannot be fetched is the server's to report, if it needs it.
        let _ = locate(Tool::Workerd, &request);
        let _ = locate(Tool::Esbuild, &request);
        let _ = polyfills(&request);
    });
}
