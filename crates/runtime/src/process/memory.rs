//! Memory of a process, from `/proc`.

/// The memory that the process holds, in bytes; `None` where `/proc` does not tell.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    parse(&statm, rustix::param::page_size() as u64)
}

fn parse(statm: &str, page_bytes: u64) -> Option<u64> {
    let resident: u64 = statm.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(resident * page_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_resident() {
        assert_eq!(parse("900 25 10 1 0 5 0\n", 4096), Some(102_400));
        assert_eq!(parse("garbage", 4096), None);
        assert!(resident_bytes(std::process::id()).is_some());
    }
}
