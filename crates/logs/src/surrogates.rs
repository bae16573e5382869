//! Lone surrogates in JSON text: JavaScript writes them, and nobody else reads them.

use serde::de::DeserializeOwned;

/// Reads JSON text that may hold lone surrogates.
pub(crate) fn parse<T: DeserializeOwned>(json: &str) -> Option<T> {
    serde_json::from_str(json)
        .or_else(|_| serde_json::from_str(&replaced(json)))
        .ok()
}

/// `json` with every escape of a lone surrogate replaced by that of U+FFFD.
fn replaced(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let taken = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => {
                out.push_str(&escape[..12]);
                12
            }
            (Some(0xd800..=0xdfff), _) => {
                out.push_str("\\ufffd");
                6
            }
            // Two characters, so that the second half of `\\` begins nothing.
            _ => {
                let end = escape.char_indices().nth(2).map_or(escape.len(), |(end, _)| end);
                out.push_str(&escape[..end]);
                end
            }
        };
        rest = &escape[taken..];
    }
    out.push_str(rest);
    out
}

/// The code unit of an escape that `text` begins with.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_lone_ones_are_replaced() {
        for (json, expected) in [
            (r#"["\ud83d\ude00"]"#, r#"["\ud83d\ude00"]"#),
            (r#"["\ud800"]"#, r#"["\ufffd"]"#),
            (r#"["\ud800\ud83d\ude00x"]"#, r#"["\ufffd\ud83d\ude00x"]"#),
            (r#"["\udc00\ud800"]"#, r#"["\ufffd\ufffd"]"#),
            (r#"["\\ud800\n\é"#, r#"["\\ud800\n\é"#),
            ("\\", "\\"),
            ("\\u", "\\u"),
            ("\\ud80", "\\ud80"),
        ] {
            assert_eq!(replaced(json), expected);
        }
    }
}
