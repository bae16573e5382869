//! Durable Object migrations: which classes have namespaces. State stays with the namespace, whatever its class is called.

use crate::Control;
use crate::error::Refusal;
use crate::inspected::{ExportKind, Inspected};
use crate::model::{Namespace, ObjectMove, Script};
use crate::state::{State, key2};
use crate::transaction::Transaction;
use serde_json::Value as Json;

/// `migrations` of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Migrations {
    old_tag: Option<String>,
    new_tag: Option<String>,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Step {
    new_classes: Vec<String>,
    new_sqlite_classes: Vec<String>,
    renamed: Vec<(String, String)>,
    deleted: Vec<String>,
    transferred: Vec<Transfer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Transfer {
    from: String,
    from_script: String,
    to: String,
}

/// What migrations lead to.
#[derive(Debug)]
pub(crate) struct Migrated {
    /// The Worker's namespaces, after them.
    pub(crate) namespaces: Vec<Namespace>,
    /// Its tag, after them.
    pub(crate) tag: Option<String>,
    /// Workers that gave namespaces away.
    givers: Vec<Script>,
    moves: Vec<ObjectMove>,
}

impl Migrations {
    pub(crate) fn parse(given: &Json) -> Result<Self, Refusal> {
        if !given.is_object() {
            return Err(Refusal::bad_migrations("it must be an object"));
        }
        let tag = |key: &str| match given.get(key) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(tag)) => Ok(Some(tag.clone())),
            Some(_) => Err(Refusal::bad_migrations(format!("\"{key}\" must be a string"))),
        };
        let steps = match given.get("steps") {
            None | Some(Json::Null) => vec![Step::parse(given)?],
            Some(Json::Array(steps)) => steps.iter().map(Step::parse).collect::<Result<_, _>>()?,
            Some(_) => return Err(Refusal::bad_migrations("\"steps\" must be an array")),
        };
        Ok(Self {
            old_tag: tag("old_tag")?,
            new_tag: tag("new_tag")?,
            steps,
        })
    }

    /// The Workers that namespaces are taken from.
    pub(crate) fn givers(&self) -> impl Iterator<Item = &str> {
        let transfers = self.steps.iter().flat_map(|step| &step.transferred);
        transfers.map(|transfer| transfer.from_script.as_str())
    }
}

impl Step {
    fn parse(given: &Json) -> Result<Self, Refusal> {
        let items = |key: &str| match given.get(key) {
            None | Some(Json::Null) => Ok(&[][..]),
            Some(Json::Array(items)) => Ok(items.as_slice()),
            Some(_) => Err(Refusal::bad_migrations(format!("\"{key}\" must be an array"))),
        };
        let text = |key: &str, item: Option<&Json>| {
            let text = item.and_then(Json::as_str).filter(|text| !text.is_empty());
            text.map(str::to_owned).ok_or_else(|| {
                Refusal::bad_migrations(format!("\"{key}\" must have strings that are not empty"))
            })
        };
        let classes = |key: &str| -> Result<Vec<String>, Refusal> {
            items(key)?.iter().map(|item| text(key, Some(item))).collect()
        };
        let renamed = items("renamed_classes")?.iter().map(|item| {
            Ok((
                text("renamed_classes[].from", item.get("from"))?,
                text("renamed_classes[].to", item.get("to"))?,
            ))
        });
        let transferred = items("transferred_classes")?.iter().map(|item| {
            Ok(Transfer {
                from: text("transferred_classes[].from", item.get("from"))?,
                from_script: text("transferred_classes[].from_script", item.get("from_script"))?,
                to: text("transferred_classes[].to", item.get("to"))?,
            })
        });
        Ok(Self {
            new_classes: classes("new_classes")?,
            new_sqlite_classes: classes("new_sqlite_classes")?,
            renamed: renamed.collect::<Result<_, Refusal>>()?,
            deleted: classes("deleted_classes")?,
            transferred: transferred.collect::<Result<_, Refusal>>()?,
        })
    }
}

impl Migrated {
    /// Nothing changes.
    pub(crate) fn unchanged(script: Option<&Script>) -> Self {
        Self {
            namespaces: script.map(|script| script.namespaces.clone()).unwrap_or_default(),
            tag: script.and_then(|script| script.migration_tag.clone()),
            givers: Vec::new(),
            moves: Vec::new(),
        }
    }

    /// Refuses code that does not have the classes of all namespaces.
    pub(crate) fn check_exports(
        &self,
        before: Option<&Script>,
        inspected: &Inspected,
    ) -> Result<(), Refusal> {
        for namespace in &self.namespaces {
            let class = &namespace.class_name;
            let Some(why) = inspected.lacks(class, ExportKind::DurableObject) else {
                continue;
            };
            let is_old = before.is_some_and(|before| before.namespaces.contains(namespace));
            return Err(if is_old {
                Refusal::objects_without_class(class)
            } else {
                let step = if namespace.sqlite {
                    "new-sqlite-class"
                } else {
                    "new-class"
                };
                Refusal::migration_class_missing(step, class, why)
            });
        }
        Ok(())
    }

    /// What is written besides the Worker itself. Returns the names of the other Workers that change.
    pub(crate) fn write(self, transaction: &mut Transaction) -> Vec<String> {
        for object_move in self.moves {
            transaction.put(object_move);
        }
        let names = self.givers.iter().map(|giver| giver.name.clone()).collect();
        for giver in self.givers {
            transaction.put(giver);
        }
        names
    }

    fn position(&self, step: &str, class: &str) -> Result<usize, Refusal> {
        let at = self
            .namespaces
            .iter()
            .position(|namespace| namespace.class_name == class);
        at.ok_or_else(|| Refusal::migration_class_unknown(step, class))
    }

    fn free(&self, step: &str, class: &str) -> Result<(), Refusal> {
        match self.position(step, class) {
            Ok(_) => Err(Refusal::migration_class_exists(step, class)),
            Err(_) => Ok(()),
        }
    }
}

impl Control {
    /// What the migrations make of a Worker. `before` is the Worker, if there is one.
    pub(crate) fn migrate(
        &self,
        state: &State,
        account: &str,
        script: &str,
        before: Option<&Script>,
        migrations: &Migrations,
    ) -> Result<Migrated, Refusal> {
        let mut migrated = Migrated::unchanged(before);
        if migrated.tag != migrations.old_tag {
            let current = migrated.tag.as_deref().unwrap_or_default();
            return Err(Refusal::migration_tag(current));
        }
        migrated.tag.clone_from(&migrations.new_tag);
        for step in &migrations.steps {
            self.migrate_step(state, account, script, step, &mut migrated)?;
        }
        Ok(migrated)
    }

    fn migrate_step(
        &self,
        state: &State,
        account: &str,
        script: &str,
        step: &Step,
        migrated: &mut Migrated,
    ) -> Result<(), Refusal> {
        for transfer in &step.transferred {
            self.transfer(state, account, script, transfer, migrated)?;
        }
        for class in &step.deleted {
            let at = migrated.position("delete-class", class)?;
            let gone = migrated.namespaces.remove(at);
            migrated
                .moves
                .push(self.object_move(account, script, gone.id, None));
        }
        for (from, to) in &step.renamed {
            migrated.free("rename-class", to)?;
            let at = migrated.position("rename-class", from)?;
            migrated.namespaces[at].class_name.clone_from(to);
        }
        let plain = step.new_classes.iter().map(|class| ("new-class", class, false));
        let sqlite = step
            .new_sqlite_classes
            .iter()
            .map(|class| ("new-sqlite-class", class, true));
        for (kind, class, sqlite) in plain.chain(sqlite) {
            migrated.free(kind, class)?;
            migrated.namespaces.push(Namespace {
                id: self.hex_id(),
                class_name: class.clone(),
                sqlite,
            });
        }
        Ok(())
    }

    fn transfer(
        &self,
        state: &State,
        account: &str,
        script: &str,
        transfer: &Transfer,
        migrated: &mut Migrated,
    ) -> Result<(), Refusal> {
        let unknown = || {
            let class = format!("{}' of script '{}", transfer.from, transfer.from_script);
            Refusal::migration_class_unknown("transfer-class", class)
        };
        if transfer.from_script == script {
            return Err(unknown());
        }
        migrated.free("transfer-class", &transfer.to)?;
        let known = migrated
            .givers
            .iter()
            .position(|giver| giver.name == transfer.from_script);
        let at = if let Some(known) = known {
            known
        } else {
            let giver = state.scripts.get(&key2(account, &transfer.from_script));
            migrated.givers.push((**giver.ok_or_else(unknown)?).clone());
            migrated.givers.len() - 1
        };
        let giver = &mut migrated.givers[at].namespaces;
        let at = giver
            .iter()
            .position(|namespace| namespace.class_name == transfer.from);
        let mut namespace = giver.remove(at.ok_or_else(unknown)?);
        namespace.class_name.clone_from(&transfer.to);
        let object_move =
            self.object_move(account, &transfer.from_script, namespace.id.clone(), Some(script));
        migrated.moves.push(object_move);
        migrated.namespaces.push(namespace);
        Ok(())
    }

    fn object_move(&self, account: &str, from: &str, namespace: String, to: Option<&str>) -> ObjectMove {
        ObjectMove {
            id: self.uuid(),
            account: account.to_owned(),
            from: from.to_owned(),
            namespace,
            to: to.map(str::to_owned),
        }
    }
}
