//! What the Workers of a session share.

use super::neighbours::Neighbours;
use super::places::Places;
use crate::arguments::DevArguments;
use crate::printer::Printer;
use std::path::PathBuf;
use std::sync::Arc;
use stepwell_engine::Engine;
use stepwell_runtime::Settings;

/// What the Workers of a session share.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) arguments: Arc<DevArguments>,
    pub(super) printer: Arc<Printer>,
    pub(super) places: Places,
    pub(super) engine: Engine,
    pub(super) settings: Settings,
    pub(super) neighbours: Arc<Neighbours>,
    pub(super) esbuild: PathBuf,
}
