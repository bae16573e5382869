//! Stand-in.
use std::path::Path;
use std::sync::Arc;
use stepwell_engine::runtime::{RunSink, RunStart, ToSocket};
use tokio::sync::mpsc::UnboundedReceiver;

#[derive(Debug)]
pub(super) struct Socket;

#[allow(dead_code)]
pub(super) enum Outcome {
    Clean(Socket),
    Spent,
    Broken(String),
}

impl Socket {
    pub(super) async fn dial(path: &Path) -> std::io::Result<Self> {
        tokio::net::UnixStream::connect(path).await?;
        Ok(Self)
    }
    pub(super) async fn run(
        self,
        _start: RunStart,
        _orders: UnboundedReceiver<ToSocket>,
        _sink: Arc<dyn RunSink>,
    ) -> Outcome {
        std::future::pending().await
    }
}
