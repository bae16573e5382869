//! Checks that the classes which the configuration names are exported.

use super::Bundle;
use crate::config::Config;
use crate::diagnostic::Diagnostic;

/// An error for each Workflow and Durable Object class of this Worker that the bundle does not export, at the
/// place of its `class_name`. Whether an exported one extends the right class only the runtime can tell.
pub fn missing_classes(config: &Config, bundle: &Bundle) -> Vec<Diagnostic> {
    let workflows = config
        .workflows
        .iter()
        .filter(|found| found.script_name.is_none());
    let workflows = workflows.map(|found| {
        let what = format!("the class of the Workflow {:?}", found.name);
        (what, "WorkflowEntrypoint", &found.class_name, &found.class_place)
    });
    let objects = config
        .durable_objects
        .iter()
        .filter(|found| found.script_name.is_none());
    let objects = objects.map(|found| {
        let what = format!("the class of the Durable Object binding {:?}", found.name);
        (what, "DurableObject", &found.class_name, &found.class_place)
    });
    let main = config.entry().display();
    let names: Vec<&str> = bundle.exports.iter().map(String::as_str).collect();
    let exported = names.join(", ");
    workflows
        .chain(objects)
        .filter(|(_, _, class, _)| !names.contains(&class.as_str()))
        .map(|(what, base, class, place)| {
            let text = format!("{what} is {class:?}, which {main} does not export (it exports {exported})");
            let note =
                format!("write `export class {class} extends {base}` there, or correct \"class_name\"");
            Diagnostic::error_at(place, text).with_note(note)
        })
        .collect()
}
