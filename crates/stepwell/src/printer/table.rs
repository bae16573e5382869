//! Tables without lines, as wide as they have to be and no wider than the terminal.

use super::style;
use unicode_width::UnicodeWidthStr;

/// Between columns.
const GAP: usize = 2;
/// A column is not cut below this.
const SHORTEST: usize = 8;

/// A column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Above it.
    pub(crate) title: &'static str,
    /// Whether its texts may be cut: names and ids that are copied are cut last.
    pub(crate) cut: Cut,
}

/// When a column gives way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cut {
    First,
    Last,
}

/// What is in a row of a column.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    /// What is shown instead where there is little room.
    short: Option<String>,
    style: Style,
}

/// What it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Good,
    Bad,
    Doubtful,
}

impl Cell {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            short: None,
            style: Style::Plain,
        }
    }

    pub(crate) fn or_short(mut self, short: impl Into<String>) -> Self {
        self.short = Some(short.into());
        self
    }

    pub(crate) fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }
}

/// The table, a line for each row and one for the titles.
pub(crate) fn table(columns: &[Column], rows: &[Vec<Cell>], width: usize) -> String {
    let mut rows = rows.to_vec();
    let mut widths = natural(columns, &rows);
    if total(&widths) > width {
        for cell in rows.iter_mut().flatten() {
            if let Some(short) = cell.short.take() {
                cell.text = short;
            }
        }
        widths = natural(columns, &rows);
    }
    for cut in [Cut::First, Cut::Last] {
        narrow(&mut widths, columns, cut, width);
    }
    let titles: Vec<Cell> = columns.iter().map(|column| Cell::new(column.title)).collect();
    let mut text = style::strong(&line(&titles, &widths));
    for row in &rows {
        text.push('\n');
        text.push_str(&line(row, &widths));
    }
    text
}

fn natural(columns: &[Column], rows: &[Vec<Cell>]) -> Vec<usize> {
    let widest = |at: usize, column: &Column| {
        let cells = rows
            .iter()
            .filter_map(|row| row.get(at))
            .map(|cell| cell.text.width());
        cells.chain([column.title.width()]).max().unwrap_or_default()
    };
    columns
        .iter()
        .enumerate()
        .map(|(at, column)| widest(at, column))
        .collect()
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// Takes from the widest of these columns until it fits, or there is no more to take.
fn narrow(widths: &mut [usize], columns: &[Column], cut: Cut, width: usize) {
    while total(widths) > width {
        let may =
            |at: &usize| columns[*at].cut == cut && widths[*at] > SHORTEST.max(columns[*at].title.width());
        let Some(widest) = (0..widths.len()).filter(may).max_by_key(|at| widths[*at]) else {
            return;
        };
        widths[widest] -= 1;
    }
}

fn line(cells: &[Cell], widths: &[usize]) -> String {
    let mut text = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate() {
        let shown = fit(&cell.text, *width);
        let missing = width.saturating_sub(shown.width());
        text.push_str(&match cell.style {
            Style::Plain => shown,
            Style::Good => style::good(&shown),
            Style::Bad => style::bad(&shown),
            Style::Doubtful => style::doubtful(&shown),
        });
        if at + 1 < cells.len() {
            text.push_str(&" ".repeat(missing + GAP));
        }
    }
    text
}

/// A text on one line in so many columns, with `…` for what does not fit.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.width() <= width {
        return text;
    }
    let mut cut = String::new();
    for c in text.chars() {
        cut.push(c);
        if cut.width() + 1 > width {
            cut.pop();
            break;
        }
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::{Cell, Column, Cut, fit, table};
    use unicode_width::UnicodeWidthStr;

    const COLUMNS: [Column; 3] = [
        Column {
            title: "Instance ID",
            cut: Cut::Last,
        },
        Column {
            title: "Created",
            cut: Cut::First,
        },
        Column {
            title: "Status",
            cut: Cut::Last,
        },
    ];

    fn rows() -> Vec<Vec<Cell>> {
        let row = |id: &str, status: &str| {
            vec![
                Cell::new(id),
                Cell::new("2026-11-23 00:58:16Z (3 min ago)").or_short("3 min ago"),
                Cell::new(status),
            ]
        };
        vec![
            row("0d0a3096-95a4-4e3a-9a58-1d1f8e2b1a11", "✅ Completed"),
            row("order-7", "⏸️ Paused"),
        ]
    }

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn it_is_as_wide_as_it_needs() {
        let text = plain(&table(&COLUMNS, &rows(), usize::MAX));
        assert_eq!(
            text,
            "Instance ID                           Created                           Status\n\
             0d0a3096-95a4-4e3a-9a58-1d1f8e2b1a11  2026-11-23 00:58:16Z (3 min ago)  ✅ Completed\n\
             order-7                               2026-11-23 00:58:16Z (3 min ago)  ⏸️ Paused"
        );
    }

    #[test]
    fn times_become_short_before_anything_is_cut() {
        let text = plain(&table(&COLUMNS, &rows(), 80));
        assert_eq!(
            text,
            "Instance ID                           Created    Status\n\
             0d0a3096-95a4-4e3a-9a58-1d1f8e2b1a11  3 min ago  ✅ Completed\n\
             order-7                               3 min ago  ⏸️ Paused"
        );
    }

    #[test]
    fn it_fits_where_it_can() {
        for width in 40..=120 {
            let text = plain(&table(&COLUMNS, &rows(), width));
            assert!(text.lines().all(|line| line.width() <= width), "{width}:\n{text}");
        }
        let text = plain(&table(&COLUMNS, &rows(), 40));
        assert!(text.contains("0d0a3096-95a4-4…"), "{text}");
    }

    #[test]
    fn a_text_is_one_line() {
        assert_eq!(fit("a\nb\u{1b}[0m", 20), "a b [0m");
        assert_eq!(fit("日本語", 5), "日本…");
        assert_eq!(fit("", 0), "");
    }
}
