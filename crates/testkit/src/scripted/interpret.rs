//! Does what a program says.

use super::replay::Settled;
use super::run::Run;
use crate::program::Program;
use serde_json::json;
use std::future::{Future, pending};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use stepwell_core::failure::Failure;
use stepwell_core::ids::CallId;
use stepwell_core::run::{FromRun, Verdict};
use stepwell_core::step::{StepKey, StepKind};
use stepwell_core::step_config::StepConfig;
use stepwell_core::value::Value;
use tokio::sync::mpsc;

/// What a callback does.
#[derive(Clone, Copy)]
struct Callback {
    failures: u32,
    deadly: u32,
    takes: Duration,
    retried: bool,
}

impl Run {
    pub(super) fn perform<'a>(
        self: &'a Arc<Self>,
        program: &'a Program,
    ) -> Pin<Box<dyn Future<Output = Settled> + Send + 'a>> {
        Box::pin(self.perform_one(program))
    }

    async fn perform_one(self: &Arc<Self>, program: &Program) -> Settled {
        match program {
            Program::Do {
                name,
                failures,
                deadly,
                takes,
                config,
            } => {
                let callback = Callback {
                    failures: *failures,
                    deadly: *deadly,
                    takes: *takes,
                    retried: true,
                };
                self.step(name, callback, config.clone()).await
            }
            Program::NonRetryable(name) => {
                let callback = Callback {
                    failures: u32::MAX,
                    deadly: 0,
                    takes: Duration::ZERO,
                    retried: false,
                };
                self.step(name, callback, None).await
            }
            Program::Sleep(name, duration) => {
                let duration = json!(duration.as_millis() as u64);
                self.wait(self.key(StepKind::Sleep, name), |call, step| FromRun::Sleep {
                    call,
                    step,
                    duration,
                })
                .await
            }
            Program::SleepUntil(name, ms) => {
                let until_ms = Some(*ms);
                self.wait(self.key(StepKind::Sleep, name), |call, step| {
                    FromRun::SleepUntil { call, step, until_ms }
                })
                .await
            }
            Program::Wait(name, event_type, timeout) => {
                let (event_type, timeout) = (event_type.clone(), Some(json!(timeout.as_millis() as u64)));
                self.wait(self.key(StepKind::WaitForEvent, name), |call, step| {
                    FromRun::Wait {
                        call,
                        step,
                        event_type,
                        timeout,
                    }
                })
                .await
            }
            Program::Sequence(programs) => {
                let mut last = Value::undefined();
                for program in programs {
                    last = self.perform(program).await?;
                }
                Ok(last)
            }
            Program::Loop(times, program) => {
                let mut last = Value::undefined();
                for _ in 0..*times {
                    last = self.perform(program).await?;
                }
                Ok(last)
            }
            Program::Parallel(programs) => {
                let mut results = self.spawn(programs);
                let mut last = Value::undefined();
                for _ in programs {
                    last = results.recv().await.unwrap_or_else(|| Ok(Value::undefined()))?;
                }
                Ok(last)
            }
            Program::Race(programs) => {
                let mut results = self.spawn(programs);
                results.recv().await.unwrap_or_else(|| Ok(Value::undefined()))
            }
            Program::Catch(program) => Ok(self
                .perform(program)
                .await
                .unwrap_or_else(|failure| Value::from_json(&json!(format!("caught {failure}"))))),
            Program::Outside(duration) => {
                self.outside.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(*duration).await;
                self.outside.fetch_sub(1, Ordering::Relaxed);
                self.work.notify_one();
                Ok(Value::undefined())
            }
            Program::Hang => pending().await,
            Program::Die(times) => {
                if self.runtime.deaths(self.instance()) < *times {
                    self.dies();
                    pending::<()>().await;
                }
                Ok(Value::undefined())
            }
            Program::Throw(message) => Err(Failure::new("Error", message.clone())),
        }
    }

    fn spawn(self: &Arc<Self>, programs: &[Program]) -> mpsc::UnboundedReceiver<Settled> {
        let (sender, receiver) = mpsc::unbounded_channel();
        for program in programs {
            let (run, program, sender) = (self.clone(), program.clone(), sender.clone());
            self.branches.lock().spawn(async move {
                let settled = run.perform(&program).await;
                let _ = sender.send(settled);
            });
        }
        receiver
    }

    async fn wait(&self, step: StepKey, message: impl FnOnce(CallId, StepKey) -> FromRun) -> Settled {
        let settled = if let Some(recorded) = self.recorded(&step) {
            recorded
        } else {
            let (call, settled) = self.open(&step, None);
            self.say(message(call, step));
            settled
        };
        match settled.await {
            Ok(settled) => settled,
            Err(_) => pending().await, // the run is being dropped
        }
    }

    async fn step(&self, name: &str, callback: Callback, config: Option<StepConfig>) -> Settled {
        let step = self.key(StepKind::Do, name);
        if let Some(recorded) = self.recorded(&step) {
            return match recorded.await {
                Ok(settled) => settled,
                Err(_) => pending().await,
            };
        }
        let (sender, mut attempts) = mpsc::unbounded_channel();
        let started = self.may_start(&step);
        if started {
            let _ = sender.send(1);
        }
        let (call, mut settled) = self.open(&step, Some(sender));
        self.say(FromRun::Do {
            call,
            step: step.clone(),
            config,
            started,
        });
        let mut attempt = None;
        loop {
            let running = async {
                match attempt {
                    Some(attempt) => self.attempt(&step, call, attempt, callback).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                end = &mut settled => match end {
                    Ok(end) => return end,
                    Err(_) => pending::<()>().await,
                },
                Some(next) = attempts.recv() => attempt = Some(next),
                () = running => attempt = None,
            }
        }
    }

    async fn attempt(&self, step: &StepKey, call: CallId, attempt: u32, callback: Callback) {
        self.called(step, attempt);
        if !callback.takes.is_zero() {
            tokio::time::sleep(callback.takes).await;
        }
        if attempt <= callback.deadly {
            self.dies();
            pending::<()>().await;
        }
        if attempt <= callback.failures {
            let failure = Failure::new("Error", format!("{step} failed in attempt {attempt}"));
            let verdict = if callback.retried {
                Verdict::Retry
            } else {
                Verdict::Final
            };
            return self.say(FromRun::Failed {
                call,
                attempt,
                failure,
                verdict,
            });
        }
        let value = Value::from_json(&json!(format!("{step} by attempt {attempt}")));
        self.sends(call, &value);
        self.say(FromRun::Succeeded { call, attempt, value });
    }
}
