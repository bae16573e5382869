//! What a Workflow's code says about its steps, without running it: the graph of spec 4.11.
//!
//! The code is a bundle: one module, often minified. It is read as an interpreter would run it, with values of which
//! little is known (`value.rs`): the one that matters is `step`, which is followed through helpers, methods, fields,
//! aliases and closures. Both ways of a branch are taken, each loop is gone through once, and each function is read once
//! for each kind of arguments, so reading ends with any code.
//!
//! What the code exports is never taken from here: running the bundle says that.

mod graph;
mod module;
mod nesting;
mod prune;
mod shape;
mod value;
mod walk;

pub use graph::{
    Block, Branch, BreakKind, Config, EventOptions, Function, Graph, Kind, Node, ParallelKind, Retries,
    Workflow,
};

use oxc_allocator::Allocator;
use oxc_ast::ast::SourceType;
use oxc_parser::Parser;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

/// Bundles above this are not read: their graphs would tell nobody anything, and take seconds.
const SOURCE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The parser calls itself for each level of nesting. Nesting that leads beyond this is refused before.
const STACK_BYTES: usize = 256 * 1024 * 1024;

/// Why there is no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The source is too large.
    #[error(
        "the main module has {bytes} bytes, and modules above {SOURCE_BYTES_MAX} bytes are not read for a graph"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Brackets or operators in each other, deeper than anybody writes.
    #[error("the main module is nested too deeply to be read for a graph")]
    TooDeep,
    /// It is no ES module.
    #[error("the main module cannot be parsed")]
    NotParsed,
    /// No export of that name leads to a class with `run()`.
    #[error("no class with a run() method was found under the name {0}")]
    NoClass(String),
    /// The thread that reads could not be started.
    #[error("no thread to read the main module: {0}")]
    NoThread(String),
}

/// The graph of the Workflow class that `source`, a bundled ES module, exports as `class_name`, in the form of the
/// account API. `None` if there is none to be had; [`read`] says why.
pub fn of(source: &str, class_name: &str) -> Option<serde_json::Value> {
    let graph = read(source, class_name).ok()?;
    serde_json::to_value(graph).ok()
}

/// The same for several classes, by their names: the source is parsed once. Those without a graph are not there.
pub fn of_all(source: &str, class_names: &[String]) -> BTreeMap<String, serde_json::Value> {
    let graphs = read_all(source, class_names).unwrap_or_default();
    let graphs = class_names.iter().zip(graphs).filter_map(|(name, graph)| {
        let graph = serde_json::to_value(graph.ok()?).ok()?;
        Some((name.clone(), graph))
    });
    graphs.collect()
}

/// As [`of`], typed, and with the reason if there is no graph. Takes time in proportion to the source, up to a few
/// seconds for the largest: call it where blocking is no harm.
pub fn read(source: &str, class_name: &str) -> Result<Graph, Unread> {
    let mut graphs = read_all(source, &[class_name])?;
    graphs.pop().unwrap_or(Err(Unread::NotParsed))
}

/// The graph of each class.
fn read_all<N: AsRef<str> + Sync>(
    source: &str,
    class_names: &[N],
) -> Result<Vec<Result<Graph, Unread>>, Unread> {
    if source.len() > SOURCE_BYTES_MAX {
        return Err(Unread::TooLarge { bytes: source.len() });
    }
    if nesting::is_too_deep(source) {
        return Err(Unread::TooDeep);
    }
    thread::scope(|scope| {
        thread::Builder::new()
            .name("graph".to_owned())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || parse(source, class_names))
            .map_err(|error| Unread::NoThread(error.to_string()))?
            .join()
            // Whatever goes wrong in the parser is a graph that is missing, nothing worse.
            .unwrap_or(Err(Unread::NotParsed))
    })
}

fn parse<N: AsRef<str>>(source: &str, class_names: &[N]) -> Result<Vec<Result<Graph, Unread>>, Unread> {
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, source, SourceType::mjs()).parse();
    if parsed.panicked {
        return Err(Unread::NotParsed);
    }
    let graphs = class_names.iter().map(|name| {
        // One class that cannot be read takes no other with it.
        let read = AssertUnwindSafe(|| walk::graph(&parsed.program, name.as_ref()));
        let graph = catch_unwind(read).map_err(|_| Unread::NotParsed)?;
        graph.ok_or_else(|| Unread::NoClass(name.as_ref().to_owned()))
    });
    Ok(graphs.collect())
}
