//! An orderly stop.

use super::Shard;
use std::time::Duration;
use stepwell_core::ids::InstanceNumber;
use stepwell_core::run::ToRun;
use tokio::sync::oneshot;

impl Shard {
    /// Starts nothing more. Attempts that run may end within `grace`; then the answer comes.
    pub(super) fn on_drain(&mut self, answer: oneshot::Sender<()>, grace: Duration) {
        if !self.draining {
            self.draining = true;
            for resident in self.residents.values() {
                if let Some(run) = &resident.run {
                    run.send(ToRun::Hold);
                }
            }
        }
        let busy = self
            .residents
            .values()
            .any(|resident| resident.instance.is_attempting());
        if busy && !grace.is_zero() {
            let mailbox = self.mailbox.clone();
            let step = grace.min(Duration::from_millis(20));
            tokio::spawn(async move {
                tokio::time::sleep(step).await;
                mailbox.send(super::Message::Drain {
                    answer,
                    grace: grace.saturating_sub(step),
                });
            });
            return;
        }
        // Runs go before the last commit, so that nothing they still say is lost without a trace of why.
        let numbers: Vec<InstanceNumber> = self.residents.keys().copied().collect();
        for number in numbers {
            if let Some(resident) = self.residents.get_mut(&number) {
                resident.run = None;
            }
        }
        self.after
            .push(crate::committer::After::Answer(Box::new(move |_| {
                let _ = answer.send(());
            })));
    }
}
