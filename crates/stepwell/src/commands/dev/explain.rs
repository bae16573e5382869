//! What a start-up error of the runtime looks like to the user.

use crate::printer::Printer;
use anyhow::anyhow;
use stepwell_project::config::Config;
use stepwell_project::{Diagnostic, Place, print_all};
use stepwell_runtime::{ExportProblem, StartError};

/// Stacks name the user's own files; a class that is not what the configuration says is shown where it is named.
pub(super) fn explain(error: &StartError, config: &Config, printer: &Printer) -> anyhow::Error {
    let StartError::Exports { problems, .. } = error else {
        return anyhow!("{}", printer.map_stack(Some(&config.name), &error.to_string()));
    };
    let places: Option<Vec<Diagnostic>> = problems
        .iter()
        .map(|problem| Some(Diagnostic::error_at(place(problem, config)?, problem.to_string())))
        .collect();
    match places {
        Some(diagnostics) => anyhow!("{}", print_all(&diagnostics)),
        None => anyhow!("{error}"),
    }
}

/// Where the configuration names the class.
fn place<'a>(problem: &ExportProblem, config: &'a Config) -> Option<&'a Place> {
    let workflows = config
        .workflows
        .iter()
        .map(|workflow| (&workflow.class_name, &workflow.class_place));
    let objects = config
        .durable_objects
        .iter()
        .map(|object| (&object.class_name, &object.class_place));
    let named = |(class, _): &(&String, &Place)| **class == problem.class_name;
    let mut places: Box<dyn Iterator<Item = _>> = if problem.key.starts_with("workflows") {
        Box::new(workflows)
    } else {
        Box::new(objects)
    };
    places.find(named).map(|(_, place)| place)
}
