//! Processes as /proc shows them.

use rustix::process::{Pid, Signal, kill_process};
use std::collections::HashMap;
use std::fs;

/// Clock ticks per second in /proc: 100 on every Linux that Rust runs on.
pub(super) const TICKS: f64 = 100.0;

/// One line of /proc/PID/stat.
struct Stat {
    parent: u32,
    /// User and system time in clock ticks, with that of children that have been waited for.
    ticks: u64,
}

/// The processes below `root`, without it.
pub(crate) fn descendants(root: u32) -> Vec<u32> {
    below(root, &all())
}

/// Clock ticks that `root` and everything below it have used.
pub(crate) fn ticks(root: u32) -> u64 {
    let all = all();
    let mut tree = below(root, &all);
    tree.push(root);
    tree.iter()
        .filter_map(|pid| all.get(pid))
        .map(|stat| stat.ticks)
        .sum()
}

/// Seconds of processor time that `root` and everything below it have used.
pub(crate) fn processor_seconds(root: u32) -> f64 {
    ticks(root) as f64 / TICKS
}

/// Kills `root` and everything below it at once, as a crash of the machine's owner would.
pub(crate) fn kill_tree(root: u32) {
    let mut tree = vec![root];
    tree.extend(descendants(root));
    for pid in tree {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            // It may have ended by itself.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

/// Resident memory of a process tree in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    /// The process itself.
    pub(crate) own: u64,
    /// Everything below it.
    pub(crate) children: u64,
}

/// What `root` and its children hold in memory now.
pub(crate) fn memory(root: u32) -> Memory {
    Memory {
        own: resident(root),
        children: descendants(root).into_iter().map(resident).sum(),
    }
}

fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok())
        .map_or(0, |kibibytes| kibibytes * 1024)
}

fn all() -> HashMap<u32, Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            Some((pid, parse(&fs::read_to_string(entry.path().join("stat")).ok()?)?))
        })
        .collect()
}

fn parse(line: &str) -> Option<Stat> {
    // The name, in parentheses, may hold anything, spaces and parentheses too.
    let fields: Vec<&str> = line[line.rfind(')')? + 1..].split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: number(1)? as u32,
        ticks: (11..=14).filter_map(number).sum(),
    })
}

fn below(root: u32, all: &HashMap<u32, Stat>) -> Vec<u32> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(parent) = open.pop() {
        let children = all.iter().filter(|(_, stat)| stat.parent == parent);
        let children: Vec<u32> = children.map(|(pid, _)| *pid).collect();
        open.extend(&children);
        found.extend(children);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_line_of_stat() {
        let line = "42 (a (b) c) S 7 1 1 0 -1 0 0 0 0 0 10 5 2 1 20 0 1 0 99 0 0";
        let stat = parse(line).unwrap();
        assert_eq!((stat.parent, stat.ticks), (7, 18));
    }

    #[test]
    fn this_process_has_memory() {
        assert!(memory(std::process::id()).own > 0);
    }
}
