//! Numbers in queries.

/// The number of a text as JavaScript's `Number` reads it, as far as people write numbers: nothing is 0.
pub(crate) fn parse(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0.0);
    }
    // Rust knows words, too: "inf", "nan".
    let plain = text
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    plain
        .then(|| text.parse().ok())?
        .filter(|number: &f64| number.is_finite())
}
