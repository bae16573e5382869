//! Processes of this machine, as `/proc` shows them.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// A process; its start time tells it from a later one with its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Process {
    pub(crate) pid: u32,
    started: u64,
}

struct Stat {
    process: Process,
    parent: u32,
    state: char,
}

impl Process {
    pub(crate) fn of(pid: u32) -> Option<Self> {
        stat(pid).map(|stat| stat.process)
    }

    /// Whether it runs; one that has ended and waits to be reaped does not.
    pub(crate) fn lives(self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.process == self && !matches!(stat.state, 'Z' | 'X'))
    }

    /// Its children and theirs.
    pub(crate) fn descendants(self) -> Vec<Self> {
        let all: Vec<Stat> = fs::read_dir("/proc")
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
            .filter_map(stat)
            .collect();
        let mut found = vec![self];
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            found.extend(
                all.iter()
                    .filter(|stat| stat.parent == parent.pid)
                    .map(|stat| stat.process),
            );
            next += 1;
        }
        found.split_off(1)
    }

    /// The unix sockets it listens on or has accepted, by name.
    pub(crate) fn sockets(self) -> Vec<String> {
        let own: HashSet<String> = fs::read_dir(format!("/proc/{}/fd", self.pid))
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                Some(
                    fs::read_link(entry.ok()?.path())
                        .ok()?
                        .to_string_lossy()
                        .into_owned(),
                )
            })
            .collect();
        let table = fs::read_to_string("/proc/net/unix").unwrap_or_default();
        let name = |line: &str| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (inode, path) = (fields.get(6)?, fields.get(7)?);
            let name = Path::new(path).file_name()?.to_str()?;
            own.contains(&format!("socket:[{inode}]"))
                .then(|| name.to_owned())
        };
        table.lines().filter_map(name).collect()
    }
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the program's name in parentheses, which may hold anything.
    let mut fields = text.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    let started = fields.nth(17)?.parse().ok()?;
    Some(Stat {
        process: Process { pid, started },
        parent,
        state,
    })
}
