//! The rules for names.

/// Whether `name` can be written after `env.`, which the name of a Workflow's binding must be.
pub(super) fn is_identifier(name: &str) -> bool {
    let starts = |character: char| character.is_alphabetic() || matches!(character, '_' | '$');
    name.starts_with(starts)
        && name
            .chars()
            .all(|character| starts(character) || character.is_numeric())
}

/// Whether `name` is a Workflow's name (spec, workflows.md 3.1).
pub(super) fn is_workflow_name(name: &str) -> bool {
    let starts = |character: char| character.is_ascii_alphanumeric() || character == '_';
    name.len() <= 64
        && name.starts_with(starts)
        && name
            .chars()
            .all(|character| starts(character) || character == '-')
}

/// Whether `name` is a Worker's name, by the rule that wrangler has for `name`.
pub(super) fn is_worker_name(name: &str) -> bool {
    let starts =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    name.starts_with(starts)
        && name
            .chars()
            .all(|character| starts(character) || character == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, identifier, workflow, worker) in [
            ("abc", true, true, true),
            ("MY_WORKFLOW", true, true, false),
            ("a-b", false, true, true),
            ("-a", false, false, false),
            ("1a", false, true, true),
            ("_x", true, true, true),
            ("$x", true, false, false),
            ("a b", false, false, false),
            ("é", true, false, false),
            ("", false, false, false),
        ] {
            assert_eq!(is_identifier(name), identifier, "{name}");
            assert_eq!(is_workflow_name(name), workflow, "{name}");
            assert_eq!(is_worker_name(name), worker, "{name}");
        }
        assert!(is_workflow_name(&"a".repeat(64)) && !is_workflow_name(&"a".repeat(65)));
    }
}
