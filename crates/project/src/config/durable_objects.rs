//! Reads `durable_objects` and `migrations`, and what classes follow from them.

use super::model::{Config, DurableObjectBinding, DurableObjectClass, Migration};
use super::node::Node;
use super::report::Report;
use super::scalars::not_a_table;
use crate::place::Text;

/// The bindings under `durable_objects.bindings`; what is wrong goes to `report`.
pub(super) fn read(root: &Node, worker: &str, report: &mut Report<'_>) -> Vec<DurableObjectBinding> {
    let Some(node) = root.get("durable_objects") else {
        return Vec::new();
    };
    let field = report.path("durable_objects");
    if not_a_table(node, &field, report) {
        return Vec::new();
    }
    report.unexpected(&field, node, &["bindings", "code_update_strategy"]);
    if let Some(member) = node.member("code_update_strategy") {
        let table = report.optional_table(
            node,
            "code_update_strategy",
            &format!("{field}.code_update_strategy"),
        );
        if table.is_some() {
            report.warn_running(member.at, format!("`{field}.code_update_strategy` is not supported by stepwell dev: objects get new code at once"));
        }
    }
    let bindings = node.get("bindings");
    if let Some(bindings) = bindings.filter(|bindings| !bindings.is_list()) {
        let found = bindings.stringify();
        report.error_with(
            bindings.at,
            format!("The field \"{field}.bindings\" should be an array but got {found}."),
            "for example \"durable_objects\": { \"bindings\": [{ \"name\": \"ROOMS\", \"class_name\": \"Room\" }] }",
        );
    }
    let elements = bindings.map_or(&[][..], Node::elements).iter().enumerate();
    elements
        .filter_map(|(index, entry)| read_one(&format!("{field}.bindings[{index}]"), entry, worker, report))
        .collect()
}

fn read_one(
    field: &str,
    entry: &Node,
    worker: &str,
    report: &mut Report<'_>,
) -> Option<DurableObjectBinding> {
    if !entry.is_table() {
        let found = entry.stringify();
        report.error(
            entry.at,
            format!("Expected \"{field}\" to be an object but got {found}"),
        );
        return None;
    }
    report.unexpected(
        field,
        entry,
        &["name", "class_name", "script_name", "environment"],
    );
    let name = required(field, entry, "name", report);
    let class_name = required(field, entry, "class_name", report);
    if let Some(environment) = entry.member("environment") {
        if environment.value.text().is_none() {
            report.error(
                environment.value.at,
                format!("\"{field}\": the field \"environment\", when present, should be a string."),
            );
        }
        if entry.get("script_name").is_none() {
            report.error(
                environment.at,
                format!(
                    "\"{field}\": binding should have a \"script_name\" field if \"environment\" is present."
                ),
            );
        } else {
            report.warn_running(environment.at, format!("`{field}.environment` is not supported by stepwell dev: an environment is a Worker of its own, named in `script_name` (NAME-ENVIRONMENT); it is ignored"));
        }
    }
    let script_name = entry.get("script_name");
    if let Some(script) = script_name.filter(|script| script.text().is_none()) {
        report.error(
            script.at,
            format!("\"{field}\": the field \"script_name\", when present, should be a string."),
        );
    }
    let script_name = script_name
        .and_then(Node::text)
        .filter(|script| *script != worker && !script.is_empty());
    Some(DurableObjectBinding {
        name: name?,
        class_name: class_name?,
        script_name: script_name.map(str::to_owned),
        place: report.place(entry.at),
        class_place: report.place(entry.get("class_name").unwrap_or(entry).at),
    })
}

fn required(field: &str, entry: &Node, key: &str, report: &mut Report<'_>) -> Option<String> {
    let value = entry.get(key);
    if let Some(text) = value.and_then(Node::text).filter(|text| !text.is_empty()) {
        return Some(text.to_owned());
    }
    let at = value.map_or(entry.at, |value| value.at);
    report.error(
        at,
        format!("\"{field}\": binding should have a string \"{key}\" field."),
    );
    None
}

/// A class while the migrations are applied: whether it has SQLite storage.
type Classes = Vec<DurableObjectClass>;

/// The entries of `migrations`; what is wrong, also among them, goes to `report`.
pub(super) fn read_migrations(root: &Node, report: &mut Report<'_>) -> Vec<Migration> {
    let Some(node) = root.get("migrations") else {
        return Vec::new();
    };
    if !node.is_list() {
        let found = node.stringify();
        report.error(
            node.at,
            format!("The optional \"migrations\" field should be an array, but got {found}"),
        );
        return Vec::new();
    }
    let mut migrations: Vec<Migration> = Vec::new();
    let mut classes = Classes::new();
    for (index, entry) in node.elements().iter().enumerate() {
        let field = format!("migrations[{index}]");
        let migration = read_migration(&field, entry, report);
        if !migration.tag.is_empty() && migrations.iter().any(|other| other.tag == migration.tag) {
            let at = entry.get("tag").map_or(entry.at, |tag| tag.at);
            report.error_with(
                at,
                format!(
                    "\"{field}\" has the tag {:?}, which an earlier migration has already.",
                    migration.tag
                ),
                "give each migration a tag of its own; an applied one is never changed",
            );
        }
        if let Err(problem) = apply(&migration, &mut classes) {
            report.error(entry.at, format!("\"{field}\": {problem}"));
        }
        migrations.push(migration);
    }
    migrations
}

fn read_migration(field: &str, entry: &Node, report: &mut Report<'_>) -> Migration {
    const KEYS: [&str; 6] = [
        "tag",
        "new_classes",
        "new_sqlite_classes",
        "renamed_classes",
        "deleted_classes",
        "transferred_classes",
    ];
    if !entry.is_table() {
        let found = entry.stringify();
        report.error(
            entry.at,
            format!("\"{field}\" should be an object but got {found}."),
        );
        return Migration::default();
    }
    report.unexpected("migrations", entry, &KEYS);
    let tag_field = format!("{field}.tag");
    let tag = report.optional_text(entry, "tag", &tag_field).map(|(_, tag)| tag);
    if entry.get("tag").is_none() || tag == Some("") {
        let at = entry.get("tag").map_or(entry.at, |tag| tag.at);
        report.error(at, format!("\"{tag_field}\" is a required field."));
    }
    if let Some(member) = entry.member("transferred_classes") {
        report.warn_running(
            member.at,
            "`transferred_classes` is not supported by Stepwell yet; it is ignored",
        );
    }
    let mut names = |key: &str| -> Vec<String> {
        let Some(node) = entry.get(key) else {
            return Vec::new();
        };
        report
            .typed_texts(&format!("{field}.{key}"), node)
            .into_iter()
            .map(|(_, name)| name)
            .collect()
    };
    Migration {
        tag: tag.unwrap_or_default().to_owned(),
        new_classes: names("new_classes"),
        new_sqlite_classes: names("new_sqlite_classes"),
        deleted_classes: names("deleted_classes"),
        renamed_classes: renamed(field, entry, report),
    }
}

fn renamed(field: &str, entry: &Node, report: &mut Report<'_>) -> Vec<(String, String)> {
    let Some(node) = entry.get("renamed_classes") else {
        return Vec::new();
    };
    let pair = |node: &Node| {
        Some((
            node.get("from")?.text()?.to_owned(),
            node.get("to")?.text()?.to_owned(),
        ))
    };
    let pairs: Vec<_> = node.elements().iter().filter_map(pair).collect();
    if !node.is_list() || pairs.len() != node.elements().len() {
        let found = node.stringify();
        report.error(node.at, format!("Expected \"{field}.renamed_classes\" to be an array of \"{{from: string, to: string}}\" objects but got {found}."));
    }
    pairs
}

fn apply(migration: &Migration, classes: &mut Classes) -> Result<(), String> {
    let position = |classes: &Classes, name: &str| classes.iter().position(|class| class.class_name == name);
    let new = [
        (&migration.new_classes, false),
        (&migration.new_sqlite_classes, true),
    ];
    for (names, sqlite) in new {
        for name in names {
            if position(classes, name).is_some() {
                return Err(format!(
                    "the class {name:?} exists already; a class is new in one migration only"
                ));
            }
            classes.push(DurableObjectClass {
                class_name: name.clone(),
                sqlite,
            });
        }
    }
    for (from, to) in &migration.renamed_classes {
        let Some(index) = position(classes, from) else {
            return Err(format!(
                "the class {from:?}, which is renamed, does not exist at this point"
            ));
        };
        if position(classes, to).is_some() {
            return Err(format!(
                "the class {to:?}, to which {from:?} is renamed, exists already"
            ));
        }
        classes[index].class_name.clone_from(to);
    }
    for name in &migration.deleted_classes {
        let Some(index) = position(classes, name) else {
            return Err(format!(
                "the class {name:?}, which is deleted, does not exist at this point"
            ));
        };
        classes.remove(index);
    }
    Ok(())
}

/// Warns about bound classes that no migration mentions: without any migration in wrangler's words.
pub(super) fn check_classes(root: &Node, config: &Config, text: &Text, report: &mut Report<'_>) {
    let own = config
        .durable_objects
        .iter()
        .filter(|binding| binding.script_name.is_none());
    let own: Vec<&DurableObjectBinding> = own.collect();
    let declared = |class: &str| {
        let export = root.get("exports").and_then(|exports| exports.get(class));
        let kind = export.and_then(|export| export.get("type")?.text());
        let state = export.and_then(|export| export.get("state")?.text());
        kind == Some("durable-object") && matches!(state, None | Some("created" | "expecting-transfer"))
    };
    if config.migrations.is_empty() {
        let names: Vec<&str> = own
            .iter()
            .map(|binding| binding.class_name.as_str())
            .filter(|class| !declared(class))
            .collect();
        if let (Some(member), false) = (root.member("durable_objects"), names.is_empty()) {
            let (file, names) = (text.file_name(), names.join(", "));
            let added = serde_json::json!(names.split(", ").collect::<Vec<_>>());
            report.warn(member.at, format!("In your {file} file, you have configured `durable_objects` exported by this Worker ({names}), but no `migrations` for them. This may not work as expected until you add a `migrations` section to your {file} file. Here they get SQLite storage. Add the following configuration: \"migrations\": [{{ \"tag\": \"v1\", \"new_sqlite_classes\": {added} }}]"));
        }
        return;
    }
    let classes = classes(&config.migrations);
    for binding in own {
        let name = &binding.class_name;
        if !classes.iter().any(|class| class.class_name == *name) && !declared(name) {
            report.warn_at(binding.class_place.clone(), format!("the Durable Object class {name:?} is in no migration, which `wrangler deploy` would refuse; it gets SQLite storage. Add it to \"migrations\": [{{ \"tag\": \"v1\", \"new_sqlite_classes\": [{name:?}] }}]"));
        }
    }
}

fn classes(migrations: &[Migration]) -> Classes {
    let mut classes = Classes::new();
    for migration in migrations {
        // What cannot be applied was an error when the file was read.
        let _ = apply(migration, &mut classes);
    }
    classes
}

impl Config {
    /// The Durable Object classes of this Worker: those of the migrations, and those that are bound without
    /// one, which get SQLite storage.
    pub fn durable_object_classes(&self) -> Vec<DurableObjectClass> {
        let mut classes = classes(&self.migrations);
        for binding in self
            .durable_objects
            .iter()
            .filter(|binding| binding.script_name.is_none())
        {
            if !classes.iter().any(|class| class.class_name == binding.class_name) {
                classes.push(DurableObjectClass {
                    class_name: binding.class_name.clone(),
                    sqlite: true,
                });
            }
        }
        classes
    }
}
