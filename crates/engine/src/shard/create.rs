//! Creates instances.

use super::resident::Resident;
use super::{Mode, NewRequest, Shard};
use crate::committer::{After, Refused};
use crate::engine::unreadable;
use crate::operations::OperationError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use stepwell_store::{NewInstance, Op};
use tokio::sync::oneshot;

impl Shard {
    pub(super) async fn on_create(
        &mut self,
        requests: Vec<NewRequest>,
        answer: oneshot::Sender<Vec<Result<Arc<str>, OperationError>>>,
    ) {
        if self.shared.full.load(Ordering::Acquire) {
            let _ = answer.send(requests.iter().map(|_| Err(OperationError::Full)).collect());
            return;
        }
        let mut results = Vec::with_capacity(requests.len());
        for request in requests {
            results.push(self.create(request).await);
        }
        self.answer_when_durable(results, answer);
    }

    /// Gives results out when everything decided so far is durable; a refusal of the commit is one of each.
    pub(super) fn answer_when_durable<T: Send + 'static>(
        &mut self,
        results: Vec<Result<T, OperationError>>,
        answer: oneshot::Sender<Vec<Result<T, OperationError>>>,
    ) {
        self.after.push(After::Answer(Box::new(move |outcome| {
            let results = match outcome {
                Ok(()) => results,
                Err(why) => results
                    .into_iter()
                    .map(|result| result.and(Err(refused(why))))
                    .collect(),
            };
            let _ = answer.send(results);
        })));
    }

    async fn create(&mut self, request: NewRequest) -> Result<Arc<str>, OperationError> {
        if let Mode::Closed(why) = self.mode {
            return Err(refused(why));
        }
        if self.draining {
            return Err(OperationError::Unavailable {
                reason: "it is stopping".into(),
            });
        }
        if self.shared.registry.get(request.workflow).is_none() {
            return Err(OperationError::NoVersion); // it was taken away a moment ago
        }
        let NewRequest {
            workflow,
            version,
            id,
            fresh_id,
            params,
            options,
            trigger,
        } = request;
        if !fresh_id
            && self
                .number_of(workflow, &id)
                .await
                .map_err(|error| unreadable(&error))?
                .is_some()
        {
            return Err(OperationError::AlreadyExists { id: id.to_string() });
        }
        let now_ms = self.now_ms();
        let number = self.allocate(now_ms);
        // Not the clock's, which may have gone back: lists find instances of a time by their numbers.
        let created_ms = number.created_ms();
        let new = NewInstance {
            number,
            workflow,
            id: id.clone(),
            version,
            created_ms,
            trigger,
            options,
            params,
        };
        self.keep(Resident::created(&new));
        self.ops.push(Op::CreateInstance(Box::new(new)));
        self.shared.meters.created.increase();
        self.look_again_when_durable(number);
        Ok(id)
    }
}

/// What a caller is told when its group was refused.
pub(super) fn refused(why: Refused) -> OperationError {
    match why {
        Refused::Full => OperationError::Full,
        Refused::Lost => OperationError::Unavailable {
            reason: "its storage failed".into(),
        },
    }
}
