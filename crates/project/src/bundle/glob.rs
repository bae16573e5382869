//! The patterns of `rules`, which mean what the npm package `glob-to-regexp` makes of them: only `*` is special.

/// What a pattern is held against, which decides what its stars match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The text of an import: a star matches anything.
    Import,
    /// The path of a file: a star stays within a directory, and `**/` goes through any number of them.
    File,
}

enum Token {
    Byte(u8),
    Anything,
    WithinDirectory,
    Directories,
}

/// Whether all of `text` matches `glob`.
pub(super) fn matches(glob: &str, text: &str, subject: Subject) -> bool {
    // Nearly all texts fail here, and a project has thousands of imports. `**/` may match nothing, its slash included.
    let end = glob.rsplit('*').next().unwrap_or(glob).trim_start_matches('/');
    text.ends_with(end) && run(&tokens(glob.as_bytes(), subject), text.as_bytes())
}

/// The ending that every match has, if the pattern stands for all files with that ending: `.md` of `**/*.md`.
pub(super) fn ending(glob: &str) -> Option<&str> {
    let name = glob.trim_start_matches("**/").strip_prefix('*')?;
    let is_ending = name.len() > 1 && name.starts_with('.') && !name.contains(['*', '/', '?', '=', ',']);
    is_ending.then_some(name)
}

fn tokens(glob: &[u8], subject: Subject) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = glob.get(at) {
        if *byte != b'*' {
            tokens.push(Token::Byte(*byte));
            at += 1;
            continue;
        }
        let stars = glob[at..].iter().take_while(|byte| **byte == b'*').count();
        let before = at.checked_sub(1).map(|before| glob[before]);
        at += stars;
        let after = glob.get(at);
        let is_whole_part =
            stars > 1 && before.is_none_or(|byte| byte == b'/') && after.is_none_or(|byte| *byte == b'/');
        if subject == Subject::Import {
            tokens.push(Token::Anything);
        } else if is_whole_part {
            tokens.push(Token::Directories);
            at += 1;
        } else {
            tokens.push(Token::WithinDirectory);
        }
    }
    tokens
}

fn run(tokens: &[Token], text: &[u8]) -> bool {
    let Some((token, rest)) = tokens.split_first() else {
        return text.is_empty();
    };
    let slash = text.iter().position(|byte| *byte == b'/');
    match token {
        Token::Byte(byte) => text.first() == Some(byte) && run(rest, &text[1..]),
        Token::Anything => (0..=text.len()).any(|end| run(rest, &text[end..])),
        Token::WithinDirectory => (0..=slash.unwrap_or(text.len())).any(|end| run(rest, &text[end..])),
        Token::Directories => {
            run(rest, text) || run(rest, &[]) || slash.is_some_and(|slash| run(tokens, &text[slash + 1..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_what_the_package_matches() {
        // Each is what `globToRegExp(glob, { globstar: true })` and `globToRegExp(glob)` of 0.4.1 say.
        for (glob, text, file, import) in [
            ("**/*.md", "a.md", true, false),
            ("**/*.md", "./a.md", true, true),
            ("**/*.md", "a/b/c.md", true, true),
            ("*.md", "a/b.md", false, true),
            ("*.md", "b.md", true, true),
            ("**/*.wasm?module", "./a.wasm?module", true, true),
            ("**/*.wasm", "./a.wasm?module", false, false),
            ("a/**/b.txt", "a/b.txt", true, false),
            ("a/**/b.txt", "a/x/y/b.txt", true, true),
            ("a**b", "axxb", true, true),
            ("a**b", "a/b", false, true),
            ("**", "x/y", true, true),
            ("lang/*", "lang/en.js", true, true),
            ("lang/*", "lang/x/en.js", false, true),
            ("lang/*", "./lang/en.js", false, false),
            ("**/[ab].txt", "x/[ab].txt", true, true),
        ] {
            assert_eq!(matches(glob, text, Subject::File), file, "{glob} {text}");
            assert_eq!(matches(glob, text, Subject::Import), import, "{glob} {text}");
        }
    }

    #[test]
    fn knows_endings() {
        let endings = [
            "**/*.md",
            "*.md",
            "**/*.tpl.js",
            "a/*.md",
            "**/*",
            "**/*.*",
            "**/*.wasm?module",
        ];
        let expected = [Some(".md"), Some(".md"), Some(".tpl.js"), None, None, None, None];
        assert_eq!(endings.map(ending), expected);
    }
}
