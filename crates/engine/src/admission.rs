//! Who may run: the limit of the process and of each Workflow, the queue above it, and quarantine (spec 2.13).
//!
//! Woken instances go before new ones; inside each of the two the order is that of asking. A Workflow that is at its
//! own limit does not hold others back.

use crate::inspect::Limit;
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use stepwell_core::ids::{InstanceNumber, ShardId, WorkflowId};

/// Which queue an instance stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// It ran before and goes on.
    Woken,
    /// It has never run.
    New,
    /// It may have killed a process: it runs alone.
    Quarantine,
}

/// A place in the queue, or a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) shard: ShardId,
    pub(crate) number: InstanceNumber,
    pub(crate) workflow: WorkflowId,
    pub(crate) lane: Lane,
}

#[derive(Debug, Default)]
struct Workflow {
    running: usize,
    queue: BTreeMap<(Lane, u64), Ticket>,
}

#[derive(Debug, Default)]
struct Inner {
    running: usize,
    quarantined: usize,
    arrivals: u64,
    queued: usize,
    workflows: HashMap<WorkflowId, Workflow>,
    quarantine: BTreeMap<u64, Ticket>,
    limits: HashMap<WorkflowId, usize>,
}

/// The gate. Cheap to call; never waits.
#[derive(Debug)]
pub(crate) struct Admission {
    running_max: usize,
    quarantined_max: usize,
    inner: Mutex<Inner>,
}

impl Admission {
    pub(crate) fn new(running_max: usize, quarantined_max: usize) -> Self {
        Self {
            running_max: running_max.max(1),
            quarantined_max: quarantined_max.max(1),
            inner: Mutex::new(Inner::default()),
        }
    }

    /// Sets the Workflows' own limits. Returns who may run now because of it.
    pub(crate) fn set_limits(&self, limits: HashMap<WorkflowId, usize>) -> Vec<Ticket> {
        let mut inner = self.inner.lock();
        inner.limits = limits;
        self.admit(&mut inner)
    }

    /// Asks for a slot: true if it is had at once, else the ticket is queued and will be returned by a later call.
    pub(crate) fn ask(&self, ticket: Ticket) -> bool {
        let mut inner = self.inner.lock();
        inner.arrivals += 1;
        let arrival = inner.arrivals;
        if ticket.lane == Lane::Quarantine {
            if inner.quarantined < self.quarantined_max {
                inner.quarantined += 1;
                return true;
            }
            inner.quarantine.insert(arrival, ticket);
            return false;
        }
        let limit = inner.limits.get(&ticket.workflow).copied().unwrap_or(usize::MAX);
        let total = inner.running;
        let workflow = inner.workflows.entry(ticket.workflow).or_default();
        if workflow.queue.is_empty() && workflow.running < limit && total < self.running_max {
            workflow.running += 1;
            inner.running += 1;
            return true;
        }
        workflow.queue.insert((ticket.lane, arrival), ticket);
        inner.queued += 1;
        false
    }

    /// Gives a slot back. Returns who has one now.
    pub(crate) fn release(&self, workflow: WorkflowId, lane: Lane) -> Vec<Ticket> {
        let mut inner = self.inner.lock();
        if lane == Lane::Quarantine {
            inner.quarantined = inner.quarantined.saturating_sub(1);
        } else {
            inner.running = inner.running.saturating_sub(1);
            if let Some(workflow) = inner.workflows.get_mut(&workflow) {
                workflow.running = workflow.running.saturating_sub(1);
            }
        }
        self.admit(&mut inner)
    }

    /// Where an instance stands: what is used up, and how many go before it. `None` if it does not stand in the queue. Looks
    /// at every one that does.
    pub(crate) fn place(&self, number: InstanceNumber, workflow: WorkflowId) -> Option<(Limit, u64)> {
        let inner = self.inner.lock();
        let quarantine = inner.quarantine.values();
        if let Some(ahead) = quarantine.clone().position(|ticket| ticket.number == number) {
            return Some((Limit::Quarantine(self.quarantined_max), ahead as u64));
        }
        let own = inner.workflows.get(&workflow)?;
        let mut queue = own.queue.iter().enumerate();
        let (place, (key, _)) = queue.find(|(_, (_, ticket))| ticket.number == number)?;
        if let Some(limit) = inner.limits.get(&workflow)
            && own.running >= *limit
        {
            return Some((Limit::Workflow(*limit), place as u64));
        }
        let before = |workflow: &Workflow| workflow.queue.range(..*key).count() as u64;
        Some((
            Limit::Running(self.running_max),
            inner.workflows.values().map(before).sum(),
        ))
    }

    /// Whether instances stand in the queue.
    pub(crate) fn is_pressed(&self) -> bool {
        self.inner.lock().queued > 0
    }

    fn admit(&self, inner: &mut Inner) -> Vec<Ticket> {
        let mut admitted = Vec::new();
        while inner.quarantined < self.quarantined_max {
            let Some((_, ticket)) = inner.quarantine.pop_first() else {
                break;
            };
            inner.quarantined += 1;
            admitted.push(ticket);
        }
        while inner.running < self.running_max {
            let limits = &inner.limits;
            let first = inner
                .workflows
                .iter()
                .filter(|(id, workflow)| limits.get(id).is_none_or(|limit| workflow.running < *limit))
                .filter_map(|(id, workflow)| Some((*workflow.queue.first_key_value()?.0, *id)))
                .min();
            let Some((key, id)) = first else { break };
            let Some(workflow) = inner.workflows.get_mut(&id) else {
                break;
            };
            let Some(ticket) = workflow.queue.remove(&key) else {
                break;
            };
            workflow.running += 1;
            inner.running += 1;
            inner.queued -= 1;
            admitted.push(ticket);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(number: u64, workflow: u32, lane: Lane) -> Ticket {
        Ticket {
            shard: ShardId(0),
            number: InstanceNumber(number),
            workflow: WorkflowId(workflow),
            lane,
        }
    }

    fn numbers(tickets: &[Ticket]) -> Vec<u64> {
        tickets.iter().map(|ticket| ticket.number.0).collect()
    }

    #[test]
    fn woken_instances_go_before_new_ones_and_each_in_order() {
        let gate = Admission::new(1, 1);
        assert!(gate.ask(ticket(1, 1, Lane::New)));
        for (number, lane) in [(2, Lane::New), (3, Lane::New), (4, Lane::Woken), (5, Lane::Woken)] {
            assert!(!gate.ask(ticket(number, 1, lane)));
        }
        let order: Vec<_> = (0..4)
            .flat_map(|_| numbers(&gate.release(WorkflowId(1), Lane::New)))
            .collect();
        assert_eq!(order, [4, 5, 2, 3]);
        assert!(!gate.is_pressed());
    }

    #[test]
    fn a_workflow_at_its_own_limit_does_not_hold_others_back() {
        let gate = Admission::new(10, 1);
        gate.set_limits(HashMap::from([(WorkflowId(1), 1)]));
        assert!(gate.ask(ticket(1, 1, Lane::New)));
        assert!(!gate.ask(ticket(2, 1, Lane::New)));
        assert!(gate.ask(ticket(3, 2, Lane::New)));
        assert_eq!(
            numbers(&gate.set_limits(HashMap::from([(WorkflowId(1), 2)]))),
            [2]
        );
    }

    #[test]
    fn quarantine_has_slots_of_its_own() {
        let gate = Admission::new(1, 1);
        assert!(gate.ask(ticket(1, 1, Lane::New)));
        assert!(gate.ask(ticket(2, 1, Lane::Quarantine)));
        assert!(!gate.ask(ticket(3, 1, Lane::Quarantine)));
        assert_eq!(numbers(&gate.release(WorkflowId(1), Lane::Quarantine)), [3]);
    }
}
