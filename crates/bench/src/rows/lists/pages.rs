//! The pages that are asked for.

use super::fill::SPAN;
use crate::reader::{Line, request};
use anyhow::{Context, Result};
use serde_json::Value;
use std::time::Duration;
use stepwell_core::value::iso_string;

/// What every entry has once.
pub(super) const MARK: &[u8] = b"\"created_on\"";

const INSTANCES: &str = "/workflows/bench/instances";
/// As many as a page may have.
const STRIDE: u32 = 100;
/// As many as a page has where nothing is said.
const ENTRIES: usize = 50;

/// One of them.
pub(super) struct Page {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) request: Vec<u8>,
    /// How many entries it has, if it is one of a list.
    pub(super) entries: Option<usize>,
}

/// All pages of a store with `count` instances.
pub(super) async fn all(line: &mut Line, count: u32, oldest_ms: i64) -> Result<Vec<Page>> {
    let deep = middle(line, "", count / 2).await?;
    let common = "status=complete&direction=asc";
    let deep_common = middle(line, common, count * 7 / 20).await?;
    let tenth = |tenths: u32| time(oldest_ms, SPAN / 10 * tenths);
    let (from, until) = (tenth(4), tenth(5));
    let some = first_id(line).await?;
    let lists = [
        ("newest", "newest first", String::new()),
        (
            "deep",
            "the page in the middle, by cursor",
            format!("cursor={deep}"),
        ),
        ("oldest", "oldest first", "direction=asc".to_owned()),
        ("common", "of a common status", "status=complete".to_owned()),
        (
            "common_deep",
            "of a common status, oldest first, in the middle",
            format!("{common}&cursor={deep_common}"),
        ),
        (
            "rare",
            "of a rare status (60 have it)",
            "status=paused".to_owned(),
        ),
        (
            "rare_oldest",
            "of a rare status, oldest first",
            "status=paused&direction=asc".to_owned(),
        ),
        (
            "dates",
            "a tenth of the time",
            format!("date_start={from}&date_end={until}"),
        ),
        (
            "dates_oldest",
            "a tenth of the time, of a common status, oldest first",
            format!("date_start={from}&date_end={until}&{common}"),
        ),
        ("numbered", "by its number, the third", "page=3".to_owned()),
    ];
    let mut pages = Vec::new();
    for (id, title, query) in lists {
        pages.push(page(id, title, &format!("{INSTANCES}?{query}"), Some(ENTRIES)));
    }
    let none = format!("{INSTANCES}?status=running");
    pages.push(page("none", "of a status that none has", &none, Some(0)));
    let counted = format!("{INSTANCES}?page=2&date_start={from}&date_end={until}");
    pages.push(page(
        "counted",
        "by its number, a tenth of the time",
        &counted,
        Some(ENTRIES),
    ));
    pages.push(page(
        "workflow",
        "the Workflow with its counts",
        "/workflows/bench",
        None,
    ));
    pages.push(page(
        "instance",
        "one instance",
        &format!("{INSTANCES}/{some}"),
        None,
    ));
    Ok(pages)
}

fn page(id: &'static str, title: &'static str, path: &str, entries: Option<usize>) -> Page {
    Page {
        id,
        title,
        request: request(path),
        entries,
    }
}

/// The cursor after the first `depth` instances: the pages are walked through.
async fn middle(line: &mut Line, query: &str, depth: u32) -> Result<String> {
    let mut cursor = String::new();
    for _ in 0..depth / STRIDE {
        let path = format!("{INSTANCES}?{query}&per_page={STRIDE}&cursor={cursor}");
        let page: Value = serde_json::from_slice(line.ask(&request(&path)).await?)?;
        let next = page["result_info"]["cursor"].as_str();
        next.context("the list ended too early")?.clone_into(&mut cursor);
    }
    Ok(cursor)
}

async fn first_id(line: &mut Line) -> Result<String> {
    let path = format!("{INSTANCES}?status=errored&direction=asc");
    let page: Value = serde_json::from_slice(line.ask(&request(&path)).await?)?;
    Ok(page["result"][0]["id"]
        .as_str()
        .context("no instance")?
        .to_owned())
}

/// A moment as the API reads it.
fn time(oldest_ms: i64, after: Duration) -> String {
    iso_string(oldest_ms as f64 + after.as_secs_f64() * 1e3).unwrap_or_default()
}
