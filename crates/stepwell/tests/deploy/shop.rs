//! A project, a server, and a wrangler between them.

use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use stepwell_e2e::wait::eventually;
use stepwell_e2e::{Installation, Project, Said, Served, Wrangler, installation, project};

/// See the module's documentation.
pub(crate) struct Shop {
    pub(crate) served: Served,
    pub(crate) project: Project,
    pub(crate) wrangler: Wrangler,
}

impl Shop {
    /// A new server, and the Worker `shop`, which is not deployed.
    pub(crate) fn new(wrangler: Wrangler) -> Self {
        Self::on(installation!(), wrangler)
    }

    /// The same on a server that is run in a certain way.
    pub(crate) fn on(installation: Installation, wrangler: Wrangler) -> Self {
        Self {
            served: installation.start(),
            project: project!("shop"),
            wrangler,
        }
    }

    /// A wrangler in the project's directory, told where the server is.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.wrangler.command();
        command
            .current_dir(self.project.path(""))
            .envs(self.served.client_environment())
            .args(arguments);
        command
    }

    /// Runs wrangler in the project's directory.
    pub(crate) fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }

    /// The same; it must work. Returns what it prints.
    #[track_caller]
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(
            said.code,
            Some(0),
            "wrangler {arguments:?}:\n{}\n{}\n{}",
            said.stdout,
            said.stderr,
            self.served.log().text()
        );
        said.stdout
    }

    /// `wrangler deploy`; returns the id of the version that it prints.
    #[track_caller]
    pub(crate) fn deploy(&self) -> String {
        let text = self.ok(&["deploy"]);
        let id = text
            .lines()
            .find_map(|line| line.strip_prefix("Current Version ID: "));
        id.unwrap_or_else(|| panic!("no version in {text}")).to_owned()
    }

    /// Changes the code, so that versions can be told from each other.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        self.project.replace(
            "src/index.ts",
            &format!("EDITION = \"{from}\""),
            &format!("EDITION = \"{to}\""),
        );
    }

    /// What the Worker says of itself.
    #[track_caller]
    pub(crate) fn about(&self) -> Value {
        self.served.get("shop", "/").ok()
    }

    /// Creates an instance through the API.
    #[track_caller]
    pub(crate) fn create(&self, id: &str, params: &Value) -> Value {
        let body = json!({ "instance_id": id, "params": params });
        self.served
            .call("POST", "/workflows/order/instances", Some(&body))
            .ok()["result"]
            .clone()
    }

    /// An instance as the API describes it.
    #[track_caller]
    pub(crate) fn instance(&self, id: &str) -> Value {
        let path = format!("/workflows/order/instances/{id}");
        self.served.call("GET", &path, None).ok()["result"].clone()
    }

    /// Waits until an instance has a status, and returns its description.
    #[track_caller]
    pub(crate) fn until(&self, id: &str, status: &str) -> Value {
        eventually(&format!("{id} is {status}"), || {
            Some(self.instance(id)).filter(|instance| instance["status"] == status)
        })
    }

    /// A path in the project.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.project.path(file)
    }
}
