//! What two ends of a connection that carries RPC still expect of each other.

use super::message::Message;
use std::collections::HashMap;

/// One of the two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Caller,
    Callee,
}

/// What an end has asked, and what the other end has of it.
#[derive(Debug, Default)]
struct Side {
    questions: HashMap<u32, Question>,
    /// References to its capabilities that the other end holds.
    given: HashMap<u32, u64>,
    embargoes: usize,
}

/// A question lives until it is answered and the asking end has said that it needs the answer no more.
#[derive(Debug, Default)]
struct Question {
    parameters: Vec<u32>,
    results: Vec<u32>,
    answered: bool,
    finished: bool,
    releases_results: bool,
}

impl Side {
    fn give(&mut self, capabilities: &[u32]) {
        for capability in capabilities {
            *self.given.entry(*capability).or_default() += 1;
        }
    }

    fn take_back(&mut self, capability: u32, count: u64) {
        if let Some(references) = self.given.get_mut(&capability) {
            *references = references.saturating_sub(count);
            if *references == 0 {
                self.given.remove(&capability);
            }
        }
    }
}

/// The account of one connection.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    caller: Side,
    callee: Side,
    /// Something was seen that is not kept account of.
    unsure: bool,
}

impl Ledger {
    fn sides(&mut self, from: End) -> (&mut Side, &mut Side) {
        match from {
            End::Caller => (&mut self.caller, &mut self.callee),
            End::Callee => (&mut self.callee, &mut self.caller),
        }
    }

    /// Notes a message of one end.
    pub(super) fn note(&mut self, from: End, message: &Message) {
        let (sender, receiver) = self.sides(from);
        match message {
            Message::Bootstrap { question } => {
                sender.questions.insert(*question, Question::default());
            }
            Message::Call {
                question,
                capabilities,
                ..
            } => {
                sender.give(capabilities);
                let asked = Question {
                    parameters: capabilities.clone(),
                    ..Question::default()
                };
                sender.questions.insert(*question, asked);
            }
            Message::Return {
                question,
                capabilities,
                releases_parameters,
            } => {
                sender.give(capabilities);
                let Some(asked) = receiver.questions.get_mut(question) else {
                    self.unsure = true;
                    return;
                };
                asked.answered = true;
                asked.results.clone_from(capabilities);
                if *releases_parameters {
                    for capability in std::mem::take(&mut asked.parameters) {
                        receiver.take_back(capability, 1);
                    }
                }
                self.close(from, *question);
            }
            Message::Finish {
                question,
                releases_results,
            } => {
                if let Some(asked) = sender.questions.get_mut(question) {
                    asked.finished = true;
                    asked.releases_results = *releases_results;
                }
                self.close(from.other(), *question);
            }
            Message::Resolve { capability } => sender.give(capability.as_slice()),
            Message::Release { capability, count } => receiver.take_back(*capability, u64::from(*count)),
            Message::Embargo => sender.embargoes += 1,
            Message::EmbargoEnds => receiver.embargoes = receiver.embargoes.saturating_sub(1),
            Message::Passing => {}
            Message::Unknown => self.unsure = true,
        }
    }

    /// Forgets a question that is done; `answering` is the end that answered it.
    fn close(&mut self, answering: End, question: u32) {
        let (answering, asking) = self.sides(answering);
        if !asking
            .questions
            .get(&question)
            .is_some_and(|asked| asked.answered && asked.finished)
        {
            return;
        }
        if let Some(asked) = asking.questions.remove(&question)
            && asked.releases_results
        {
            for capability in asked.results {
                answering.take_back(capability, 1);
            }
        }
    }

    /// Whether the two ends expect nothing of each other, save that the caller has the capability `first`.
    pub(super) fn is_quiet(&self, first: u32) -> bool {
        !self.unsure
            && [&self.caller, &self.callee]
                .iter()
                .all(|side| side.questions.is_empty() && side.embargoes == 0)
            && self.caller.given.is_empty()
            && self.callee.given.keys().all(|capability| *capability == first)
    }
}

impl End {
    fn other(self) -> Self {
        match self {
            Self::Caller => Self::Callee,
            Self::Callee => Self::Caller,
        }
    }
}
