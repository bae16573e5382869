//! What comes of a value that a step returns, and where Stepwell means to differ.

use super::Workerd;
use serde::Deserialize;

/// A value of the corpus and what came of it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    pub(crate) group: String,
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
    /// How often the step's callback ran (workerd's engine).
    pub(crate) executions: Option<u32>,
    /// The first bytes of the encoding (the shim).
    #[serde(default)]
    pub(crate) bytes: Vec<u8>,
    /// How many there are.
    pub(crate) length: Option<usize>,
    /// What of them counts for the limit of 1 MiB.
    pub(crate) size: Option<usize>,
    /// Whether two decodings gave the same object.
    #[serde(default)]
    pub(crate) shared: bool,
}

/// What came of a value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// It was recorded, and came back as described.
    Accepted(String),
    /// The attempt failed with this error.
    Refused(String),
    /// The instance ended with this error.
    Fatal(String),
}

/// Requests at once.
const THREADS: u64 = 6;

/// Every case of the corpus, as the Worker tells them.
pub(crate) fn all(worker: &Workerd) -> Vec<Case> {
    let count = worker.get("/").as_u64().unwrap();
    let part = |first: u64| -> Vec<(u64, Case)> {
        let positions = (first..count).step_by(THREADS as usize);
        positions
            .map(|position| (position, one(worker, position)))
            .collect()
    };
    let mut cases: Vec<(u64, Case)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|first| scope.spawn(move || part(first)))
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    cases.sort_by_key(|(position, _)| *position);
    cases.into_iter().map(|(_, case)| case).collect()
}

fn one(worker: &Workerd, position: u64) -> Case {
    let answer = worker.get(&format!("/?position={position}"));
    serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

/// A value of which Stepwell makes something else than workerd's engine does.
pub(crate) struct Difference {
    /// The value's name in the corpus.
    pub(crate) name: &'static str,
    /// The compatibility date; at both if there is none.
    pub(crate) date: Option<&'static str>,
    /// Why.
    pub(crate) reason: &'static str,
}

const WINDOW: &str = "Only the bytes in the window are recorded; workerd's engine keeps the whole buffer.";
const SHARED: &str = "Views that share a buffer come back with a buffer each: only windows are recorded.";

/// All of them.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "DataView",
        date: None,
        reason: WINDOW,
    },
    Difference {
        name: "window of a buffer",
        date: None,
        reason: WINDOW,
    },
    Difference {
        name: "two windows of one buffer",
        date: None,
        reason: SHARED,
    },
    Difference {
        name: "a view and its buffer",
        date: None,
        reason: SHARED,
    },
    Difference {
        name: "Request with body",
        date: None,
        reason: "The body is read and recorded; workerd's engine ends the instance.",
    },
    Difference {
        name: "Error as its own cause",
        date: Some(super::DATES[1]),
        reason: "It is recorded, as at older dates; workerd's engine cannot read back what it wrote.",
    },
    Difference {
        name: "Error without stack",
        date: Some(super::DATES[0]),
        reason: "A stack is filled in at every date, as workerd's engine does at the newest.",
    },
];

/// The difference that is meant for this value at this date.
pub(crate) fn difference(name: &str, date: &str) -> Option<&'static Difference> {
    DIFFERENCES
        .iter()
        .find(|difference| difference.name == name && difference.date.is_none_or(|only| only == date))
}
