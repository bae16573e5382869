//! Which instances a list or a count is about.

use crate::{InstanceHead, Phase};
use stepwell_core::ids::{InstanceNumber, WorkflowId};

/// A span of numbers, both ends included: since numbers are in the order of creation, a span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From this one on.
    pub first: InstanceNumber,
    /// Up to this one.
    pub last: InstanceNumber,
}

impl Span {
    /// All.
    pub const ALL: Self = Self {
        first: InstanceNumber(0),
        last: InstanceNumber(u64::MAX),
    };

    /// Whether this number is in it.
    pub fn contains(self, number: InstanceNumber) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

/// A page of instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Of this Workflow.
    pub workflow: WorkflowId,
    /// In one of these phases.
    pub phases: Vec<Phase>,
    /// By number from the lowest, which is the oldest; from the highest otherwise.
    pub ascending: bool,
    /// Those that come after this one, in that order.
    pub after: Option<InstanceNumber>,
    /// Those up to this one, in that order.
    pub until: Option<InstanceNumber>,
    /// At most so many.
    pub limit: usize,
}

impl Listing {
    /// All instances of a Workflow, newest first.
    pub fn all(workflow: WorkflowId) -> Self {
        Self {
            workflow,
            phases: Phase::ALL.to_vec(),
            ascending: false,
            after: None,
            until: None,
            limit: usize::MAX,
        }
    }

    /// Whether an instance with this number can be on this page or a later one.
    pub fn reaches(&self, number: InstanceNumber) -> bool {
        let (first, last) = if self.ascending {
            (self.after, self.until)
        } else {
            (self.until, self.after)
        };
        let above = first.is_none_or(|first| number > first || (number == first && !self.ascending));
        let below = last.is_none_or(|last| number < last || (number == last && self.ascending));
        above && below
    }

    /// Whether an instance belongs to the list, on this page or a later one.
    pub fn has(&self, head: &InstanceHead) -> bool {
        self.reaches(head.number) && head.workflow == self.workflow && self.phases.contains(&head.phase)
    }

    /// Puts instances into the order of the list, and leaves as many as a page has.
    pub fn cut(&self, heads: &mut Vec<InstanceHead>) {
        heads.sort_unstable_by_key(|head| head.number);
        if !self.ascending {
            heads.reverse();
        }
        heads.truncate(self.limit);
    }
}
