//! What was measured, for people and for programs.

mod figure;
mod json;
mod table;

pub(crate) use figure::{Better, Figure, Unit};

use crate::arguments::Engine;
use crate::machine::{Machine, SyncLatency};
use crate::statistics::median;

/// One measurement and the cores that others kept busy during it.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub(crate) struct Sample {
    pub(crate) value: f64,
    pub(crate) other_load: f64,
}

/// One figure of one engine.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Cell {
    pub(crate) engine: Engine,
    pub(crate) samples: Vec<Sample>,
    /// Why there are no samples.
    pub(crate) error: Option<String>,
}

/// One figure of all engines.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) figure: Figure,
    pub(crate) cells: Vec<Cell>,
}

/// Everything.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    pub(crate) disk: SyncLatency,
    pub(crate) versions: Vec<(String, String)>,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) seconds: f64,
    /// The time was over before everything was measured.
    pub(crate) unfinished: bool,
    pub(crate) rows: Vec<Row>,
}

impl Report {
    /// Adds one sample.
    pub(crate) fn add(&mut self, figure: &Figure, engine: Engine, value: f64, other_load: f64) {
        self.cell(figure, engine)
            .samples
            .push(Sample { value, other_load });
    }

    /// Notes why `engine` has no figure.
    pub(crate) fn fail(&mut self, figure: &Figure, engine: Engine, error: &anyhow::Error) {
        self.cell(figure, engine).error = Some(format!("{error:#}"));
    }

    fn cell(&mut self, figure: &Figure, engine: Engine) -> &mut Cell {
        let row = self.rows.iter().position(|row| row.figure.id == figure.id);
        let row = row.unwrap_or_else(|| {
            self.rows.push(Row {
                figure: figure.clone(),
                cells: Vec::new(),
            });
            self.rows.len() - 1
        });
        let cells = &mut self.rows[row].cells;
        let cell = cells.iter().position(|cell| cell.engine == engine);
        let cell = cell.unwrap_or_else(|| {
            cells.push(Cell {
                engine,
                samples: Vec::new(),
                error: None,
            });
            cells.len() - 1
        });
        &mut cells[cell]
    }
}

impl Row {
    pub(crate) fn of(&self, engine: Engine) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.engine == engine)
    }

    /// How many times better Stepwell is than workerd's own engine.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let ours = self.of(Engine::Stepwell)?.median()?;
        let theirs = self.of(Engine::Workerd)?.median()?;
        match self.figure.better {
            Better::Higher => Some(ours / theirs),
            Better::Lower => Some(theirs / ours),
            Better::Neither => None,
        }
        .filter(|ratio| ratio.is_finite())
    }
}

impl Cell {
    pub(crate) fn median(&self) -> Option<f64> {
        let values: Vec<f64> = self.samples.iter().map(|sample| sample.value).collect();
        (!values.is_empty()).then(|| median(&values))
    }

    pub(crate) fn range(&self) -> (f64, f64) {
        let values = self.samples.iter().map(|sample| sample.value);
        (
            values.clone().fold(f64::INFINITY, f64::min),
            values.fold(f64::NEG_INFINITY, f64::max),
        )
    }

    pub(crate) fn load(&self) -> f64 {
        let loads: Vec<f64> = self.samples.iter().map(|sample| sample.other_load).collect();
        median(&loads)
    }
}
