//! The rules for names.

/// Whether `name` can be written after `env.`, which the name of a Workflow's binding must be.
pub(super) fn is_identifier(name: &str) -> bool {
    let starts = |character: char| character.is_alphabetic() || matches!(character, '_' | '$');
    name.starts_with(starts)
        && name
            .chars()
            .all(|character| starts(character) || character.is_numeric())
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
        for (name, identifier, worker) in [
            ("abc", true, true),
            ("MY_WORKFLOW", true, false),
            ("a-b", false, true),
            ("-a", false, false),
            ("1a", false, true),
            ("_x", true, true),
            ("$x", true, false),
            ("a b", false, false),
            ("é", true, false),
            ("", false, false),
        ] {
            assert_eq!(is_identifier(name), identifier, "{name}");
            assert_eq!(is_worker_name(name), worker, "{name}");
        }
    }
}
