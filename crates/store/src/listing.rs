//! Which instances a list or a count is about.

use crate::{InstanceHead, Phase};
use stepwell_core::ids::{InstanceNumber, WorkflowId};

/// A span of creation times, Unix milliseconds, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Created {
    /// From then on.
    pub from_ms: i64,
    /// Until then.
    pub until_ms: i64,
}

impl Created {
    /// Whenever.
    pub const EVER: Self = Self {
        from_ms: i64::MIN,
        until_ms: i64::MAX,
    };

    /// Whether this moment is in it.
    pub fn contains(self, at_ms: i64) -> bool {
        (self.from_ms..=self.until_ms).contains(&at_ms)
    }
}

/// A page of instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Of this Workflow.
    pub workflow: WorkflowId,
    /// In one of these phases.
    pub phases: Vec<Phase>,
    /// Created then.
    pub created: Created,
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
            created: Created::EVER,
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
        self.reaches(head.number)
            && head.workflow == self.workflow
            && self.phases.contains(&head.phase)
            && self.created.contains(head.created_ms)
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
