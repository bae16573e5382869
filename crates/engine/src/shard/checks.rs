//! Looks at runs now and then: does it rest, does it hang?

use super::{Mode, Shard};
use std::sync::atomic::Ordering;
use std::time::Duration;
use stepwell_core::ids::InstanceNumber;
use stepwell_core::instance::{Instance, Rest};
use tokio::time::Instant;

/// How long to wait before the next look at a run that is busy outside of steps.
const BUSY_LOOK: Duration = Duration::from_secs(1);

/// How long a suspect with no call open has to run alone before its answer clears it.
const CLEARED_AFTER: Duration = Duration::from_secs(2);

impl Shard {
    /// Looks at the run again after `delay`, unless a look is scheduled already.
    pub(super) fn schedule_check(&mut self, number: InstanceNumber, delay: Duration) {
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if !std::mem::replace(&mut resident.check_scheduled, true) {
            self.checks.insert((Instant::now() + delay, number));
        }
    }

    /// How long a run may rest in memory: less while others wait for its place.
    pub(super) fn pace(&self) -> Duration {
        let options = &self.shared.options;
        if self.shared.admission.is_pressed() {
            options.rest_after_pressed
        } else {
            options.rest_after
        }
    }

    pub(super) async fn run_checks(&mut self) {
        let now = Instant::now();
        while self.checks.first().is_some_and(|(due, _)| *due <= now) {
            let Some((_, number)) = self.checks.pop_first() else {
                return;
            };
            if let Some(resident) = self.residents.get_mut(&number) {
                resident.check_scheduled = false;
                self.check(number, now);
            }
        }
        if let Mode::Closed(_) = self.mode {
            self.try_to_reopen().await;
        }
        self.extend_timers().await;
    }

    fn check(&mut self, number: InstanceNumber, now: Instant) {
        let now_ms = self.now_ms();
        let options = &self.shared.options;
        let pace = self.pace();
        let (short_wait, hang_after) = (options.short_wait, options.hang_after);
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if std::mem::take(&mut resident.backing_off) {
            return self.queue_if_runnable(number);
        }
        if resident.run.is_none() {
            return;
        }
        if self.shared.full.load(Ordering::Acquire) {
            // What was decided has not reached the run: it is not the run that is silent.
            resident.quiet = None;
            return self.schedule_check(number, BUSY_LOOK);
        }
        let activity = resident.instance.activity();
        let since = match resident.quiet {
            Some((seen, since)) if seen == activity => since,
            _ => {
                resident.quiet = Some((activity, now));
                now
            }
        };
        let quiet_for = now.saturating_duration_since(since);
        let ask = match resident.instance.rest() {
            Rest::Busy => false,
            Rest::Waits { due_ms } => {
                let far = due_ms.is_none_or(|due| due - now_ms > short_wait.as_millis() as i64);
                far && quiet_for >= pace.mul_f32(0.9)
            }
            Rest::Silent if resident.is_cleared_by_silence() => quiet_for >= CLEARED_AFTER.min(hang_after),
            Rest::Silent => quiet_for >= hang_after,
        };
        if ask {
            self.apply(number, |instance, _, effects| instance.ask_idle(effects));
        }
        self.schedule_check(number, pace);
    }

    /// The run said what it has pending outside of steps.
    pub(super) fn on_idle(&mut self, number: InstanceNumber, pending_outside: u32) {
        let grace = self.shared.options.grace;
        let Some(resident) = self.residents.get_mut(&number) else {
            return;
        };
        if !resident.instance.idle_answer_counts() {
            return; // something happened in between
        }
        let quiet_for = resident
            .quiet
            .map_or(Duration::ZERO, |(_, since)| since.elapsed());
        match resident.instance.rest() {
            Rest::Waits { .. } if pending_outside == 0 || quiet_for >= grace => self.hibernate(number),
            // It has run alone for a while and still answers: it is not this run that loops, and others wait for the place.
            Rest::Silent if resident.is_cleared_by_silence() => {
                resident.suspect = None;
                self.run_again(number);
            }
            Rest::Silent if pending_outside == 0 => {
                self.apply(number, |instance, now_ms, effects| {
                    instance.end_errored(Instance::hung(), now_ms, effects);
                });
            }
            // It has not come to the step that it is suspected for, and may never.
            Rest::Silent if resident.suspect.is_some() && quiet_for >= grace => {
                resident.suspect = None;
                self.run_again(number);
            }
            _ => self.schedule_check(number, BUSY_LOOK),
        }
    }

    fn hibernate(&mut self, number: InstanceNumber) {
        self.apply(number, |instance, _, effects| instance.hibernate(effects));
    }

    pub(super) async fn fire_timers(&mut self) {
        if self.mode != Mode::Open || self.draining {
            return;
        }
        let now_ms = self.now_ms();
        for _ in 0..super::TIMERS_PER_TURN {
            let Some(timer) = self.timers.pop_due(now_ms) else {
                return;
            };
            match self.ensure_loaded(timer.instance).await {
                Ok(true) => {
                    let lag_ms = (now_ms - timer.due_ms).max(0) as f64;
                    self.shared.meters.timer_lag.observe(lag_ms / 1e3);
                    self.apply(timer.instance, |instance, now_ms, effects| {
                        // Not before its time, even if the clock went back since.
                        instance.timer_fired(timer.key, now_ms.max(timer.due_ms), effects);
                    });
                    self.unload_if_idle(timer.instance);
                }
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(target: "stepwell::storage", "loading an instance for its timer failed, trying again: {error}");
                    self.send_later(super::Message::Timer(timer));
                }
            }
        }
    }

    /// Reads the next window of timers if it is time.
    pub(super) async fn extend_timers(&mut self) {
        let options = &self.shared.options;
        let window_ms = options.timer_window.as_millis() as i64;
        let now_ms = self.now_ms();
        if self.mode != Mode::Open || !self.timers.wants_more(now_ms, window_ms, options.timers_max / 4) {
            return;
        }
        let until_ms = now_ms + window_ms;
        let limit = options.timers_max;
        match self
            .shared
            .store
            .timers(self.id, self.timers.cursor(), until_ms, limit)
            .await
        {
            Ok(read) => {
                let full = read.len() >= limit;
                self.timers.extend(read, until_ms, full);
            }
            Err(error) => tracing::error!(target: "stepwell::storage", "reading timers failed: {error}"),
        }
    }
}
