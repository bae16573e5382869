//! The recordings: one file per version, one block per command.

use std::path::PathBuf;

const HEAD: &str = "$ wrangler workflows ";

/// A command and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) command: String,
    pub(crate) output: String,
}

fn file(version: &str) -> PathBuf {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wrangler/recorded");
    PathBuf::from(directory).join(format!("{version}.txt"))
}

/// What was recorded of a version.
pub(crate) fn read(version: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(file(version)).unwrap();
    let blocks = text.split(HEAD).skip(1).map(|block| {
        let (command, output) = block.split_once('\n').unwrap();
        Block {
            command: command.to_owned(),
            output: output.trim().to_owned(),
        }
    });
    blocks.collect()
}

/// Records a version.
pub(crate) fn write(version: &str, blocks: &[Block]) {
    let text: Vec<String> = blocks
        .iter()
        .map(|block| format!("{HEAD}{}\n{}\n", block.command, block.output))
        .collect();
    std::fs::write(file(version), text.join("\n")).unwrap();
}
