//! The table.

use super::figure::number;
use super::{Cell, Report, Row};
use crate::arguments::Engine;
use std::fmt;

const ENGINES: [Engine; 3] = [Engine::Stepwell, Engine::Workerd, Engine::Wrangler];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = &self.machine;
        writeln!(
            f,
            "{} cores ({}), {} MiB, Linux {}, {}; append of 512 bytes and fdatasync: p50 {:.0} µs, p99 {:.0} µs",
            machine.cores,
            machine.processor,
            machine.memory_mib,
            machine.kernel,
            machine.system,
            self.disk.p50_us,
            self.disk.p99_us
        )?;
        writeln!(f, "{}", pairs(&self.versions))?;
        writeln!(f, "{}", pairs(&self.settings))?;
        writeln!(
            f,
            "median (range) ·cores that other programs kept busy meanwhile\n"
        )?;
        let engines: Vec<Engine> = ENGINES
            .into_iter()
            .filter(|engine| self.rows.iter().any(|row| row.of(*engine).is_some()))
            .collect();
        let mut lines = vec![heading(&engines)];
        lines.extend(self.rows.iter().map(|row| line(row, &engines)));
        write_aligned(f, &lines)?;
        for row in &self.rows {
            for cell in &row.cells {
                if let Some(error) = &cell.error {
                    writeln!(f, "! {}, {}: {error}", row.figure.title, cell.engine.title())?;
                }
            }
        }
        let unfinished = if self.unfinished {
            ", stopped before the end"
        } else {
            ""
        };
        write!(f, "\n{:.0} s in all{unfinished}", self.seconds)
    }
}

fn pairs(pairs: &[(String, String)]) -> String {
    let texts: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    texts.join(", ")
}

fn heading(engines: &[Engine]) -> Vec<String> {
    let mut line = vec!["figure".to_owned()];
    line.extend(engines.iter().map(|engine| engine.title().to_owned()));
    line.extend(["ratio".to_owned(), "asked of it".to_owned()]);
    line
}

fn line(row: &Row, engines: &[Engine]) -> Vec<String> {
    let mut line = vec![row.figure.title.clone()];
    line.extend(engines.iter().map(|engine| {
        row.of(*engine)
            .map_or_else(String::new, |cell| text(cell, row.figure.unit.suffix()))
    }));
    line.push(
        row.ratio()
            .map_or_else(String::new, |ratio| format!("{ratio:.1}×")),
    );
    line.push(row.figure.target.to_owned());
    line
}

fn text(cell: &Cell, suffix: &str) -> String {
    let Some(median) = cell.median() else {
        return "failed, see below".to_owned();
    };
    let (low, high) = cell.range();
    let range = if cell.samples.len() > 1 {
        format!(" ({}–{})", number(low), number(high))
    } else {
        String::new()
    };
    format!("{}{suffix}{range} ·{:.1}", number(median), cell.load())
}

fn write_aligned(f: &mut fmt::Formatter<'_>, lines: &[Vec<String>]) -> fmt::Result {
    let columns = lines.first().map_or(0, Vec::len);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            lines
                .iter()
                .map(|line| line[column].chars().count())
                .max()
                .unwrap_or(0)
        })
        .collect();
    for (index, line) in lines.iter().enumerate() {
        let cells: Vec<String> = line
            .iter()
            .zip(&widths)
            .map(|(text, width)| format!("{text:<width$}"))
            .collect();
        writeln!(f, "{}", cells.join("  ").trim_end())?;
        if index == 0 {
            let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
            writeln!(f, "{}", rules.join("  "))?;
        }
    }
    Ok(())
}
