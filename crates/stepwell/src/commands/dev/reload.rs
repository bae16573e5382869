//! New code while it runs: instances go on with it (design 2, principle 6).

use super::build;
use super::explain::explain;
use super::session::Session;
use std::time::Instant;

impl Session {
    /// Reloads at each change; never returns while files are watched.
    pub(crate) async fn reload_for_ever(&mut self) {
        loop {
            let Some((_, changes)) = &mut self.watcher else {
                return std::future::pending().await;
            };
            if changes.recv().await.is_none() {
                return std::future::pending().await;
            }
            if let Err(error) = self.reload().await {
                self.printer.error(&error);
                self.printer.status(
                    "Kept",
                    "the last version that worked goes on; save again to retry",
                );
            }
        }
    }

    async fn reload(&mut self) -> anyhow::Result<()> {
        let since = Instant::now();
        let loaded = build::load(&self.arguments, &self.printer)?;
        let version = self.version + 1;
        let build = build::build(
            &self.arguments,
            &loaded.config,
            &self.esbuild,
            &self.places,
            version,
            &self.printer,
        )?;
        if let Some((watcher, _)) = &mut self.watcher {
            watcher.set_inputs(&build.bundle.inputs);
        }
        if build.fingerprint == self.fingerprint {
            return Ok(()); // saved without a change
        }
        if loaded.config.name != self.name {
            self.engine.retire(&self.name);
            self.name.clone_from(&loaded.config.name);
        }
        let deployment = self
            .engine
            .prepare(&loaded.config.name, build.definitions)
            .await?;
        let engine = self.engine.clone();
        self.worker
            .replace(build.script, move |fleet| engine.adopt(deployment, fleet))
            .await
            .map_err(|error| explain(&error, &loaded.config, &self.printer))?;
        self.version = version;
        self.fingerprint = build.fingerprint;
        self.printer
            .status("Reloaded", &format!("in {} ms", since.elapsed().as_millis()));
        Ok(())
    }
}
