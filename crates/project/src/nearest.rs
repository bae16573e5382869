//! What was probably meant by a name that is unknown.

/// The known name that is nearest to what was typed, if it is near enough to be a slip of the pen.
pub fn nearest<'k>(typed: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let found = known
        .into_iter()
        .map(|known| (distance(typed, known), known))
        .min()?;
    (found.0 <= 2 && found.0 < found.1.len() / 2 + 1).then_some(found.1)
}

/// How many letters have to be changed, added or removed (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    // Long keys are not slips of the pen, and the table would grow with their length.
    for (i, a) in from.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in to.iter().enumerate() {
            let substituted = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[to.len()]
}
