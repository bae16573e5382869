//! A control plane over a catalogue in memory and a platform that only pretends.
#![allow(dead_code)] // Not every test file uses all of it.

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use stepwell_catalogue::Catalogue;
use stepwell_catalogue::memory::MemoryCatalogue;
use stepwell_control::model::{Retention, WorkflowSettings};
use stepwell_control::{
    Applied, BoundValue, By, Candidate, Clock, Control, Error, ExportKind, Inspected, MasterKey, Options,
    Part, Parts, Platform, PutWorkflow, Random, Refusal, Refused, Upload, Uploaded, WorkerState,
};

/// The account of the tests.
pub(crate) const ACCOUNT: &str = "default";

/// A clock that goes on by a second at each look.
#[derive(Default)]
pub(crate) struct Ticks(AtomicI64);

impl Clock for Ticks {
    fn now_ms(&self) -> i64 {
        1_795_382_738_000 + self.0.fetch_add(1000, Ordering::Relaxed)
    }
}

/// A generator whose bytes are different each time and the same in each test.
#[derive(Default)]
pub(crate) struct Count(AtomicU64);

impl Random for Count {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let next = self.0.fetch_add(1, Ordering::Relaxed);
            let next = (next + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes();
            chunk.copy_from_slice(&next[..chunk.len()]);
        }
    }
}

/// What the platform was told, and what it pretends.
#[derive(Default)]
pub(crate) struct Pretend {
    /// `inspect orders 1`, `prepare orders 1`, `apply orders 1`, …, with the newest version's number.
    pub(crate) told: Mutex<Vec<String>>,
    /// The last state of each Worker that was applied.
    pub(crate) applied: Mutex<Vec<Arc<WorkerState>>>,
    /// Whether live versions refuse to start.
    pub(crate) refuses: Mutex<bool>,
    /// How many more times it fails to do as it is told.
    pub(crate) fails: AtomicU64,
}

impl Pretend {
    fn note(&self, what: &str, worker: &WorkerState) {
        let newest = worker.versions.last().map_or(0, |version| version.facts.number);
        self.told.lock().push(format!("{what} {} {newest}", worker.name));
    }

    /// Whether this time is one of those that fail.
    fn failures(&self) -> Option<()> {
        let less = |left: u64| left.checked_sub(1);
        let failed = self
            .fails
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
        failed.ok().map(drop)
    }

    /// The Worker as it was applied last.
    pub(crate) fn worker(&self, name: &str) -> Arc<WorkerState> {
        let applied = self.applied.lock();
        applied
            .iter()
            .rfind(|worker| worker.name == name)
            .expect("an applied Worker")
            .clone()
    }
}

#[async_trait]
impl Platform for Pretend {
    async fn inspect(&self, candidate: &Candidate) -> Result<Inspected, Refused> {
        let Some(main) = candidate.version.facts.main() else {
            return Ok(Inspected::default());
        };
        for bound in &candidate.version.bindings {
            let demands = matches!(
                bound.value,
                BoundValue::Objects { .. }
                    | BoundValue::Workflow {
                        class_name: Some(_),
                        ..
                    }
            );
            assert!(
                !demands,
                "{bound:?} would be refused with a code of the platform's"
            );
        }
        let code = String::from_utf8(candidate.blobs[&main.digest].to_vec()).expect("text");
        let mut inspected = Inspected {
            default_handlers: Some(vec!["fetch".into()]),
            startup_ms: 7,
            ..Inspected::default()
        };
        for line in code.lines() {
            let (kind, name) = line.split_once(' ').unwrap_or((line, ""));
            let kind = match kind {
                "workflow" => ExportKind::Workflow,
                "object" => ExportKind::DurableObject,
                "entrypoint" => ExportKind::Entrypoint,
                "nothing" => {
                    inspected.default_handlers = None;
                    continue;
                }
                "throw" => {
                    return Err(Refused {
                        message: name.to_owned(),
                    });
                }
                _ => continue,
            };
            inspected.named.insert(name.to_owned(), kind);
        }
        Ok(inspected)
    }

    async fn prepare(&self, worker: &WorkerState) -> Result<(), Refused> {
        self.note("prepare", worker);
        if *self.refuses.lock() {
            return Err(Refused {
                message: "it does not start".to_owned(),
            });
        }
        Ok(())
    }

    async fn abandon(&self, worker: &WorkerState) {
        self.note("abandon", worker);
    }

    async fn apply(&self, worker: Arc<WorkerState>) -> Applied {
        self.note("apply", &worker);
        if self.failures().is_some() {
            return Applied {
                moved: Vec::new(),
                trouble: Some("as told".to_owned()),
            };
        }
        let moved = worker.object_moves.iter().map(|it| it.id.clone()).collect();
        self.applied.lock().push(worker);
        Applied { moved, trouble: None }
    }

    async fn remove(&self, _: &str, script: &str) -> Result<(), String> {
        self.told.lock().push(format!("remove {script}"));
        self.failures().map_or(Ok(()), |()| Err("as told".to_owned()))
    }

    async fn remove_workflow(&self, _: &str, workflow: &str) {
        self.told.lock().push(format!("remove workflow {workflow}"));
    }
}

/// A control plane and what is below it.
pub(crate) struct Plane {
    pub(crate) control: Control,
    pub(crate) platform: Arc<Pretend>,
    pub(crate) catalogue: Arc<dyn Catalogue>,
    pub(crate) options: Options,
}

impl Plane {
    /// A new one with the account `default`.
    pub(crate) async fn new() -> Self {
        Self::with(Arc::new(MemoryCatalogue::new()), Options::default()).await
    }

    /// One over this catalogue.
    pub(crate) async fn with(catalogue: Arc<dyn Catalogue>, options: Options) -> Self {
        let platform = Arc::new(Pretend::default());
        let control = open(&catalogue, &platform, &options).await;
        control.bootstrap(None).await.expect("an account");
        Self {
            control,
            platform,
            catalogue,
            options,
        }
    }

    /// What a new process would read.
    pub(crate) async fn reopened(&self) -> Control {
        open(&self.catalogue, &self.platform, &self.options).await
    }

    /// Uploads code and has it live.
    pub(crate) async fn put(&self, script: &str, code: &str, metadata: Json) -> Result<Uploaded, Error> {
        self.control
            .put_script(ACCOUNT, script, upload(code, metadata), by())
            .await
    }

    /// Uploads code.
    pub(crate) async fn upload(&self, script: &str, code: &str, metadata: Json) -> Result<Uploaded, Error> {
        self.control
            .upload_version(ACCOUNT, script, upload(code, metadata), by())
            .await
    }
}

async fn open(catalogue: &Arc<dyn Catalogue>, platform: &Arc<Pretend>, options: &Options) -> Control {
    let parts = Parts {
        catalogue: Arc::clone(catalogue),
        platform: Arc::clone(platform) as Arc<dyn Platform>,
        clock: Arc::new(Ticks::default()),
        random: Arc::new(Count::default()),
        key: MasterKey::parse("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "a test").expect("a key"),
        options: options.clone(),
    };
    Control::open(parts).await.expect("a catalogue that can be read")
}

/// Who does it.
pub(crate) fn by() -> By {
    By {
        author: "tester".to_owned(),
        source: "wrangler".to_owned(),
    }
}

/// An upload of one module. `metadata` goes over what every upload has.
pub(crate) fn upload(code: &str, metadata: Json) -> Upload {
    let mut all = json!({ "main_module": "index.js", "compatibility_date": "2026-11-01" });
    if let (Json::Object(all), Json::Object(more)) = (&mut all, metadata) {
        all.extend(more);
    }
    Upload {
        metadata: all,
        parts: vec![Part {
            name: "index.js".to_owned(),
            content_type: Some("application/javascript+module".to_owned()),
            bytes: Bytes::from(code.to_owned()),
        }],
        strict_inherit: true,
    }
}

/// A Workflow of a Worker.
pub(crate) fn workflow(script: &str, class: &str) -> PutWorkflow {
    PutWorkflow {
        settings: WorkflowSettings {
            script: script.to_owned(),
            class_name: class.to_owned(),
            step_limit: None,
            concurrency_limit: None,
            crons: Vec::new(),
            retention: Retention::default(),
        },
        jurisdiction: None,
    }
}

/// The refusal that something must have led to.
pub(crate) fn refusal<T>(result: Result<T, Error>) -> Refusal {
    match result {
        Err(Error::Refused(refusal)) => refusal,
        Err(error) => panic!("{error} is no refusal"),
        Ok(_) => panic!("it must be refused"),
    }
}
