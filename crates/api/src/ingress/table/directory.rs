//! The Workers of a server, and the addresses that follow.

use super::{Pattern, Table};
use crate::ingress::{Asked, Destination, Host, Routes};
use parking_lot::{RwLock, RwLockUpgradableReadGuard};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How the addresses of Workers are made from their names.
#[derive(Debug, Clone)]
pub struct Naming {
    /// The domains whose subdomains are Workers.
    pub domains: Vec<Host>,
    /// The account whose Workers are `<script>.<domain>`; those of others are `<script>.<account>.<domain>`.
    pub default_account: String,
    /// The Worker of that account for `localhost`, IP addresses and hosts that nobody has. Without it, the only Worker
    /// there is answers the first two.
    pub default_worker: Option<String>,
}

/// A Worker and where it is reached.
#[derive(Clone)]
pub struct Listed {
    /// Its account.
    pub account: String,
    /// Its name there.
    pub script: String,
    /// Whether it has a host by its name (`workers_dev`).
    pub has_own_host: bool,
    /// Hosts that are its own (custom domains).
    pub custom_hosts: Vec<Host>,
    /// Its routes.
    pub routes: Vec<Pattern>,
    /// Who answers.
    pub destination: Arc<Destination>,
}

/// All Workers of a server, as they come and go while it serves. Cheap to clone.
#[derive(Clone)]
pub struct Directory {
    inner: Arc<Inner>,
}

struct Inner {
    naming: Naming,
    state: RwLock<State>,
}

/// A Worker, and the hosts that it has by its name.
struct Known {
    worker: Listed,
    own_hosts: Vec<Host>,
}

#[derive(Default)]
struct State {
    workers: BTreeMap<(String, String), Known>,
    /// What follows from these; made when it is needed, for whoever changes many Workers.
    table: Option<Table<Arc<Destination>>>,
}

impl Directory {
    /// No Worker, yet.
    pub fn new(naming: Naming) -> Self {
        Self {
            inner: Arc::new(Inner {
                naming,
                state: RwLock::default(),
            }),
        }
    }

    /// From now on the Worker is reached like this, and no longer as before.
    pub fn put(&self, worker: Listed) {
        let key = (worker.account.clone(), worker.script.clone());
        let own_hosts = worker.own_hosts(&self.inner.naming);
        let mut state = self.inner.state.write();
        state.workers.insert(key, Known { worker, own_hosts });
        state.table = None;
    }

    /// From now on there is no such Worker.
    pub fn remove(&self, account: &str, script: &str) {
        let mut state = self.inner.state.write();
        state.workers.remove(&(account.to_owned(), script.to_owned()));
        state.table = None;
    }
}

impl Routes for Directory {
    fn find(&self, asked: &Asked<'_>) -> Option<Arc<Destination>> {
        let naming = &self.inner.naming;
        let found = |table: &Table<Arc<Destination>>| table.find(asked, &naming.domains).cloned();
        if let Some(table) = &self.inner.state.read().table {
            return found(table);
        }
        let state = self.inner.state.upgradable_read();
        if let Some(table) = &state.table {
            return found(table);
        }
        let table = state.table(naming);
        let found = found(&table);
        RwLockUpgradableReadGuard::upgrade(state).table = Some(table);
        found
    }

    fn hosts(&self) -> Vec<String> {
        let state = self.inner.state.read();
        let own = state.workers.values().flat_map(|Known { worker, own_hosts }| {
            let hosts = own_hosts
                .iter()
                .chain(&worker.custom_hosts)
                .map(ToString::to_string);
            let routes = worker.routes.iter().map(ToString::to_string);
            hosts.chain(routes).collect::<Vec<_>>()
        });
        own.collect()
    }

    fn without_host(&self) -> Vec<String> {
        let state = self.inner.state.read();
        let hidden = state.workers.values().filter(|Known { worker, own_hosts }| {
            own_hosts.is_empty() && worker.custom_hosts.is_empty() && worker.routes.is_empty()
        });
        hidden
            .map(|known| known.worker.destination.name.to_string())
            .collect()
    }
}

impl State {
    fn table(&self, naming: &Naming) -> Table<Arc<Destination>> {
        let mut table = Table::default();
        for known in self.workers.values() {
            known.enter(&mut table);
        }
        match &naming.default_worker {
            Some(script) => {
                let key = (naming.default_account.clone(), script.clone());
                let worker = self.workers.get(&key);
                let worker = worker.map(|known| known.worker.destination.clone());
                table.machine.clone_from(&worker);
                table.other = worker;
            }
            None if self.workers.len() == 1 => {
                let only = self.workers.values().next();
                table.machine = only.map(|known| known.worker.destination.clone());
            }
            None => {}
        }
        table
    }
}

impl Listed {
    /// The hosts that it has by its name.
    fn own_hosts(&self, naming: &Naming) -> Vec<Host> {
        if !self.has_own_host {
            return Vec::new();
        }
        let own = naming.domains.iter().filter_map(|domain| {
            Host::parse(&if self.account == naming.default_account {
                format!("{}.{domain}", self.script)
            } else {
                format!("{}.{}.{domain}", self.script, self.account)
            })
        });
        own.collect()
    }
}

impl Known {
    fn enter(&self, table: &mut Table<Arc<Destination>>) {
        let worker = &self.worker;
        let has_it = |is_new: bool, address: &dyn std::fmt::Display| {
            if !is_new {
                let (account, script) = (&worker.account, &worker.script);
                tracing::warn!(
                    "{address} is not led to the Worker {script} of the account {account}: another one has it"
                );
            }
        };
        for host in &self.own_hosts {
            has_it(table.add_own(host, worker.destination.clone()), host);
        }
        for host in &worker.custom_hosts {
            has_it(table.add_custom(host, worker.destination.clone()), host);
        }
        for pattern in &worker.routes {
            has_it(table.add_route(pattern, worker.destination.clone()), pattern);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(account: &str, script: &str) -> Listed {
        Listed {
            account: account.to_owned(),
            script: script.to_owned(),
            has_own_host: true,
            custom_hosts: Vec::new(),
            routes: Vec::new(),
            destination: Arc::new(Destination {
                name: format!("{account}/{script}").into(),
                ..Destination::default()
            }),
        }
    }

    fn directory(default_worker: Option<&str>) -> Directory {
        Directory::new(Naming {
            domains: ["localhost", "workers.example"]
                .map(|domain| Host::parse(domain).unwrap())
                .to_vec(),
            default_account: "default".to_owned(),
            default_worker: default_worker.map(str::to_owned),
        })
    }

    fn found(directory: &Directory, host: &str) -> Option<String> {
        let host = Host::parse(host);
        let asked = Asked {
            host: host.as_ref(),
            target: "/",
            secure: false,
        };
        directory.find(&asked).map(|worker| worker.name.to_string())
    }

    #[test]
    fn workers_have_hosts_by_their_names() {
        let directory = directory(None);
        directory.put(listed("default", "shop"));
        directory.put(listed("Team_1", "shop"));
        let hidden = Listed {
            has_own_host: false,
            custom_hosts: vec![Host::parse("hidden.example").unwrap()],
            routes: vec!["*.example/hidden".parse().unwrap(), "x.example/".parse().unwrap()],
            ..listed("default", "hidden")
        };
        directory.put(hidden);
        for (host, expected) in [
            ("shop.localhost:8787", Some("default/shop")),
            ("SHOP.workers.example", Some("default/shop")),
            ("shop.team_1.localhost", Some("Team_1/shop")),
            ("shop.default.localhost", None),
            ("hidden.localhost", None),
            ("hidden.example", Some("default/hidden")),
            ("x.example", Some("default/hidden")),
            ("localhost", None),
        ] {
            assert_eq!(found(&directory, host).as_deref(), expected, "{host}");
        }
        assert!(directory.hosts().contains(&"hidden.example".to_owned()));
        assert!(!directory.hosts().contains(&"hidden.localhost".to_owned()));
        directory.remove("default", "hidden");
        assert_eq!(found(&directory, "hidden.example"), None);
    }

    #[test]
    fn the_only_worker_is_this_machines() {
        let directory = directory(None);
        directory.put(listed("default", "shop"));
        assert_eq!(found(&directory, "localhost").as_deref(), Some("default/shop"));
        assert_eq!(found(&directory, "10.0.0.1").as_deref(), Some("default/shop"));
        assert_eq!(found(&directory, "other.example"), None);
        directory.put(listed("default", "blog"));
        assert_eq!(found(&directory, "localhost"), None);
    }

    #[test]
    fn a_default_worker_has_what_nobody_has() {
        let directory = directory(Some("blog"));
        directory.put(listed("default", "shop"));
        assert_eq!(found(&directory, "localhost"), None, "it is not there yet");
        directory.put(listed("default", "blog"));
        for host in ["localhost", "[::1]", "other.example", "workers.example"] {
            assert_eq!(found(&directory, host).as_deref(), Some("default/blog"), "{host}");
        }
        assert_eq!(found(&directory, "missing.localhost"), None);
    }

    #[test]
    fn who_has_an_address_keeps_it() {
        let directory = directory(None);
        let route: Pattern = "a.example/*".parse().unwrap();
        for script in ["b", "a"] {
            directory.put(Listed {
                routes: vec![route.clone()],
                custom_hosts: vec![Host::parse("c.example").unwrap()],
                ..listed("default", script)
            });
        }
        // By name, so that it does not depend on who came when.
        assert_eq!(found(&directory, "a.example").as_deref(), Some("default/a"));
        assert_eq!(found(&directory, "c.example").as_deref(), Some("default/a"));
    }
}
