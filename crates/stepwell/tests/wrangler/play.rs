//! Plays a story: commands, one after the other, each compared with what was recorded.

use crate::recorded::{self, Block};
use crate::target::Target;
use serde_json::{Value, json};
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Wrangler, normal};

/// A story that is being played.
pub(crate) struct Play {
    pub(crate) wrangler: Wrangler,
    target: Target,
    recorded: Option<Vec<Block>>,
    blocks: Vec<Block>,
    wrong: Vec<String>,
}

/// Where Stepwell is meant to print something else: (`wrangler dev`, Stepwell).
pub(crate) type Difference<'a> = (&'a str, &'a str);

impl Play {
    /// A new server and no instances.
    pub(crate) fn begin(wrangler: Wrangler) -> Self {
        let recording = std::env::var_os("STEPWELL_UPDATE").is_some();
        Self {
            target: if recording {
                Target::wrangler_dev(&wrangler)
            } else {
                Target::stepwell()
            },
            recorded: (!recording).then(|| recorded::read(wrangler.version)),
            wrangler,
            blocks: Vec::new(),
            wrong: Vec::new(),
        }
    }

    /// Runs `wrangler workflows <command> --local`, which is to print what was recorded. Parts of the command that have
    /// spaces or quotes in them are in single quotes.
    pub(crate) fn run(&mut self, command: &str) {
        self.differs(command, &[]);
    }

    /// The same, refused by Stepwell with `why` where `wrangler dev` does it and prints `done`.
    pub(crate) fn refused(&mut self, command: &str, done: &str, why: &str) {
        let refusal = format!("stderr:\n✘ [ERROR] Local API error: {why}\n\nexit: Some(1)");
        self.differs(command, &[(done, &refusal)]);
    }

    /// The same with differences, each of which must be one.
    pub(crate) fn differs(&mut self, command: &str, differences: &[Difference<'_>]) {
        let port = self.target.port();
        let mut arguments = vec!["workflows"];
        arguments.extend(words(command));
        arguments.extend(["--local", "--port", &port]);
        let block = Block {
            command: command.to_owned(),
            output: normal::text(&self.wrangler.run(&arguments)),
        };
        if let Some(recorded) = &self.recorded {
            let same = |recorded: &&Block| recorded.command == block.command;
            match recorded.get(self.blocks.len()).filter(same) {
                Some(recorded) => self.wrong.extend(compare(&recorded.output, differences, &block)),
                None => self
                    .wrong
                    .push(format!("not recorded here: {command}\n{}", block.output)),
            }
        }
        self.blocks.push(block);
    }

    /// Creates an instance without wrangler.
    #[track_caller]
    pub(crate) fn create(&self, id: &str, params: &Value) {
        self.target.post(
            &self.api("/workflows/flow/instances"),
            &json!({ "id": id, "params": params }),
        );
    }

    /// Waits until something can be seen of an instance.
    #[track_caller]
    pub(crate) fn until(&self, id: &str, seen: impl Fn(&Value) -> bool) {
        let path = self.api(&format!("/workflows/flow/instances/{id}"));
        eventually(id, || self.target.get(&path).filter(&seen));
    }

    /// Waits until an instance has a status.
    #[track_caller]
    pub(crate) fn until_is(&self, id: &str, status: &str) {
        self.until(id, |instance| instance["status"] == status);
    }

    /// Waits until an instance waits for something, which `wrangler dev` calls running.
    #[track_caller]
    pub(crate) fn until_waits(&self, id: &str) {
        let waits = if self.recorded.is_some() {
            "waiting"
        } else {
            "running"
        };
        self.until_is(id, waits);
    }

    /// Waits until an instance has begun a step.
    #[track_caller]
    pub(crate) fn until_in(&self, id: &str, step: &str) {
        self.until(id, |instance| {
            instance["steps"]
                .as_array()
                .is_some_and(|steps| steps.iter().any(|known| known["name"] == step))
        });
    }

    /// Waits until no instance does anything any more.
    #[track_caller]
    pub(crate) fn until_all_are(&self, status: &str, count: usize) {
        let path = self.api(&format!("/workflows/flow/instances?status={status}"));
        eventually(status, || {
            self.target
                .get(&path)
                .filter(|list| list.as_array().map(Vec::len) == Some(count))
        });
    }

    fn api(&self, path: &str) -> String {
        format!("{}{path}", self.wrangler.api)
    }

    /// Ends the story.
    #[track_caller]
    pub(crate) fn end(self) {
        let Some(recorded) = &self.recorded else {
            recorded::write(self.wrangler.version, &self.blocks);
            return;
        };
        assert!(self.wrong.is_empty(), "{}", self.wrong.join("\n\n"));
        assert_eq!(
            recorded.len(),
            self.blocks.len(),
            "more was recorded than is played"
        );
    }
}

fn compare(recorded: &str, differences: &[Difference<'_>], block: &Block) -> Option<String> {
    let mut expected = recorded.to_owned();
    for (original, ours) in differences {
        if !expected.contains(original) {
            return Some(format!(
                "$ {}\nis no longer different in {original:?}",
                block.command
            ));
        }
        expected = expected.replace(original, ours);
    }
    (expected != block.output).then(|| {
        format!(
            "$ {}\n{}{}in\n{}",
            block.command,
            lacking(&expected, &block.output, '-'),
            lacking(&block.output, &expected, '+'),
            block.output
        )
    })
}

/// The lines of `text` that `other` does not have.
fn lacking(text: &str, other: &str, mark: char) -> String {
    let known: Vec<&str> = other.lines().collect();
    let mut marked = String::new();
    for line in text.lines().filter(|line| !known.contains(line)) {
        marked.extend([mark, ' ']);
        marked.push_str(line);
        marked.push('\n');
    }
    marked
}

/// The words of a command.
fn words(command: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = command;
    while !rest.is_empty() {
        let (quoted, end) = match rest.strip_prefix('\'') {
            Some(inside) => (inside, '\''),
            None => (rest, ' '),
        };
        let (word, after) = quoted.split_once(end).unwrap_or((quoted, ""));
        words.push(word);
        rest = after.trim_start();
    }
    words
}
