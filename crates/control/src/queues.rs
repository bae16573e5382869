//! Queues as records.

use crate::Control;
use crate::error::{Error, Refusal};
use crate::model::{Consumer, Queue};
use crate::state::{key2, of};
use crate::transaction::Transaction;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// What a consumer is set to.
#[derive(Debug, Clone)]
pub struct PutConsumer {
    /// `worker` or `http_pull`.
    pub kind: String,
    /// The Worker, if it is one.
    pub script: Option<String>,
    /// The queue that takes what fails.
    pub dead_letter_queue: Option<String>,
    /// `batch_size`, `max_retries`, …
    pub settings: Json,
}

impl Control {
    /// The queues of an account, oldest first; those of these names, if any are given.
    pub fn queues(&self, account: &str, names: &[String]) -> Vec<Arc<Queue>> {
        let state = self.state();
        let asked = |queue: &&Arc<Queue>| names.is_empty() || names.contains(&queue.name);
        let mut queues: Vec<_> = of(&state.queues, account).filter(asked).cloned().collect();
        queues.sort_by(|a, b| (a.created_ms, &a.name).cmp(&(b.created_ms, &b.name)));
        queues
    }

    /// A queue.
    ///
    /// # Errors
    /// Refused if there is none.
    pub fn queue(&self, account: &str, id: &str) -> Result<Arc<Queue>, Refusal> {
        let queue = self.state().queues.get(&key2(account, id)).cloned();
        queue.ok_or_else(Refusal::queue_not_found)
    }

    /// The Workers whose live versions send to a queue.
    pub fn producers(&self, queue: &Queue) -> Vec<String> {
        let scripts = self.scripts(&queue.account).into_iter();
        let sends = |script: &Arc<crate::model::Script>| {
            let live = self.live_versions(script);
            let mut bindings = live.iter().flat_map(|version| &version.bindings);
            bindings
                .any(|binding| binding.kind() == "queue" && binding.text("queue_name") == Some(&queue.name))
        };
        scripts.filter(sends).map(|script| script.name.clone()).collect()
    }

    /// Makes a queue.
    ///
    /// # Errors
    /// Refused if the name is taken, or is not 1 to 63 letters, digits and `-`.
    pub async fn create_queue(
        &self,
        account: &str,
        name: &str,
        settings: Map<String, Json>,
    ) -> Result<Arc<Queue>, Error> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if !(1..=63).contains(&name.len()) || !name.bytes().all(allowed) {
            return Err(Refusal::bad_queue(format!(
                "\"{name}\" is not a queue's name; use 1 to 63 letters, digits and \"-\""
            ))
            .into());
        }
        let writing = self.writing().await;
        if !self.queues(account, &[name.to_owned()]).is_empty() {
            return Err(Refusal::queue_name_taken(name).into());
        }
        let now_ms = self.now_ms();
        let mut transaction = Transaction::default();
        let queue = transaction.put(Queue {
            id: self.hex_id(),
            account: account.to_owned(),
            name: name.to_owned(),
            created_ms: now_ms,
            modified_ms: now_ms,
            settings: Json::Object(settings),
            consumers: Vec::new(),
        });
        self.commit(transaction, writing).await?;
        Ok(queue)
    }

    /// Sets what is given of a queue's settings.
    pub async fn patch_queue(
        &self,
        account: &str,
        id: &str,
        settings: Map<String, Json>,
    ) -> Result<Arc<Queue>, Error> {
        self.change_queue(account, id, |queue| {
            if let Json::Object(set) = &mut queue.settings {
                set.extend(settings);
            }
            Ok(())
        })
        .await
    }

    /// Deletes a queue.
    pub async fn delete_queue(&self, account: &str, id: &str) -> Result<(), Error> {
        let writing = self.writing().await;
        let queue = self.queue(account, id)?;
        let mut transaction = Transaction::default();
        transaction.delete(&*queue);
        self.commit(transaction, writing).await
    }

    /// Adds a consumer, or changes the one of this id.
    ///
    /// # Errors
    /// Refused if there is no such queue or consumer, or it has this Worker already.
    pub async fn put_consumer(
        &self,
        account: &str,
        queue: &str,
        id: Option<&str>,
        put: PutConsumer,
    ) -> Result<(Arc<Queue>, Consumer), Error> {
        let mut consumer = Consumer {
            id: id.map_or_else(|| self.hex_id(), str::to_owned),
            kind: put.kind,
            script: put.script,
            dead_letter_queue: put.dead_letter_queue,
            settings: put.settings,
            created_ms: self.now_ms(),
        };
        if let Some(script) = &consumer.script {
            self.existing(account, script)?;
        }
        let queue = self.change_queue(account, queue, |queue| {
            let at = queue.consumers.iter().position(|known| known.id == consumer.id);
            match (id, at) {
                (Some(_), Some(at)) => {
                    consumer.created_ms = queue.consumers[at].created_ms;
                    consumer.script = consumer.script.clone().or(queue.consumers[at].script.clone());
                    queue.consumers[at] = consumer.clone();
                    Ok(())
                }
                (Some(_), None) => Err(Refusal::consumer_not_found()),
                (None, _)
                    if queue
                        .consumers
                        .iter()
                        .any(|known| known.script == consumer.script) =>
                {
                    Err(Refusal::consumer_exists())
                }
                (None, _) => {
                    queue.consumers.push(consumer.clone());
                    Ok(())
                }
            }
        });
        Ok((queue.await?, consumer))
    }

    /// Deletes a consumer.
    pub async fn delete_consumer(&self, account: &str, queue: &str, id: &str) -> Result<(), Error> {
        let changed = self.change_queue(account, queue, |queue| {
            let before = queue.consumers.len();
            queue.consumers.retain(|consumer| consumer.id != id);
            if queue.consumers.len() == before {
                return Err(Refusal::consumer_not_found());
            }
            Ok(())
        });
        changed.await.map(drop)
    }

    async fn change_queue(
        &self,
        account: &str,
        id: &str,
        change: impl FnOnce(&mut Queue) -> Result<(), Refusal>,
    ) -> Result<Arc<Queue>, Error> {
        let writing = self.writing().await;
        let mut queue = (*self.queue(account, id)?).clone();
        change(&mut queue)?;
        queue.modified_ms = self.now_ms();
        let mut transaction = Transaction::default();
        let queue = transaction.put(queue);
        self.commit(transaction, writing).await?;
        Ok(queue)
    }
}
