//! What is asked: Stepwell, or `wrangler dev` when it is recorded.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use stepwell_e2e::Wrangler;
use stepwell_e2e::{Client, Project, Server, project};

/// See the module's documentation.
pub(crate) enum Target {
    Stepwell(Box<Server>),
    WranglerDev {
        child: Child,
        client: Client,
        url: String,
        _project: Box<Project>,
    },
}

impl Target {
    pub(crate) fn stepwell() -> Self {
        Self::Stepwell(Box::new(project!("explorer").start()))
    }

    /// `wrangler dev` of this version, without anything that is left from an earlier time.
    pub(crate) fn wrangler_dev(wrangler: &Wrangler) -> Self {
        let project = project!("explorer");
        let mut child = wrangler
            .command()
            .args(["dev", "--port", "0", "--inspector-port", "0", "--persist-to"])
            .arg(project.path("state"))
            .current_dir(project.path(""))
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines
            .by_ref()
            .map(Result::unwrap)
            .find_map(|line| line.split_once("Ready on ").map(|(_, url)| url.trim().to_owned()))
            .expect("wrangler dev becomes ready");
        // It must not come to a halt because nobody reads.
        std::thread::spawn(move || lines.for_each(drop));
        Self::WranglerDev {
            child,
            client: Client::of(url.clone()),
            url,
            _project: Box::new(project),
        }
    }

    /// The port of the Worker.
    pub(crate) fn port(&self) -> String {
        let url = match self {
            Self::Stepwell(server) => server.url(),
            Self::WranglerDev { url, .. } => url.clone(),
        };
        url.rsplit(':').next().unwrap().to_owned()
    }

    fn client(&self) -> Client {
        match self {
            Self::Stepwell(server) => server.client(),
            Self::WranglerDev { client, .. } => client.clone(),
        }
    }

    /// The result of a GET request, if it works.
    pub(crate) fn get(&self, path: &str) -> Option<Value> {
        let answer = self.client().try_get(path)?;
        (answer.status == 200).then(|| answer.json()["result"].clone())
    }

    /// A POST request that must work.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &Value) {
        let answer = self.client().try_post(path, body).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Self::WranglerDev { child, .. } = self {
            // Its whole group: workerd is its grandchild.
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["--", &group]).status();
            let _ = child.wait();
        }
    }
}
