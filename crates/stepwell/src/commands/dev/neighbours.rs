//! What the Workers of a session must know of each other: where the data of their Durable Objects lies.

use parking_lot::RwLock;
use std::collections::HashMap;
use stepwell_project::config::Config;
use stepwell_runtime::ObjectClass;

/// The Durable Object classes of the session's Workers.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    classes: RwLock<HashMap<String, Vec<ObjectClass>>>,
}

impl Neighbours {
    /// Notes what a Worker has.
    pub(super) fn note(&self, config: &Config) {
        self.classes
            .write()
            .insert(config.name.clone(), own_classes(config));
    }

    /// A class of another Worker; a guess if that Worker is not in the session, where nothing depends on it.
    pub(super) fn class(&self, worker: &str, class_name: &str) -> ObjectClass {
        let classes = self.classes.read();
        let known = classes
            .get(worker)
            .and_then(|classes| classes.iter().find(|class| class.class_name == class_name));
        known.cloned().unwrap_or_else(|| ObjectClass {
            class_name: class_name.to_owned(),
            unique_key: unique_key(worker, class_name),
            sqlite: true,
        })
    }
}

/// The Durable Object classes of a Worker.
pub(super) fn own_classes(config: &Config) -> Vec<ObjectClass> {
    config
        .durable_object_classes()
        .into_iter()
        .map(|class| ObjectClass {
            unique_key: unique_key(&config.name, first_name(config, &class.class_name)),
            class_name: class.class_name,
            sqlite: class.sqlite,
        })
        .collect()
}

fn unique_key(worker: &str, class_name: &str) -> String {
    format!("{worker}-{class_name}")
}

/// The name that a Durable Object class had at first: its data stays where it is when a migration renames it.
fn first_name<'a>(config: &'a Config, class_name: &'a str) -> &'a str {
    let renames = config
        .migrations
        .iter()
        .rev()
        .flat_map(|migration| migration.renamed_classes.iter().rev());
    renames.fold(
        class_name,
        |name, (from, to)| if to == name { from } else { name },
    )
}
