//! Whatever is asked, the answer is as described, in time, and never the server's fault.

use crate::support::Server;
use std::time::Duration;
use stepwell_e2e::{Bounds, fuzz};

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_asked_breaks_it() {
    let server = Server::start().await;
    let (origin, token) = (
        format!("http://{}", server.address),
        server.token("default.admin").to_owned(),
    );
    let bounds = Bounds {
        examples: 3,
        answer: Duration::from_secs(10),
    };
    let fuzzed = tokio::task::spawn_blocking(move || fuzz(&origin, &token, "flow", bounds)).await;
    fuzzed.unwrap().unwrap_or_else(|found| panic!("{found}"));
}
