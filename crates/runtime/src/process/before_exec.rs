//! What a child sets up between fork and exec: it dies with its parent, it inherits chosen descriptors, its memory is bounded.

use rustix::io::FdFlags;
use rustix::process::{Pid, Resource, Rlimit, Signal};
use std::os::fd::OwnedFd;
use tokio::process::Command;

/// Has the kernel kill the child when the thread that spawns it ends, and lets it inherit `descriptors` under their
/// own numbers. `memory_mb` bounds what it may allocate.
#[allow(unsafe_code)]
pub(super) fn prepare(command: &mut Command, descriptors: Vec<OwnedFd>, memory_mb: Option<u64>) {
    let parent = Pid::from_raw(std::process::id().cast_signed());
    // SAFETY: between fork and exec the closure makes system calls only (prctl, getppid, fcntl, setrlimit), which are
    // async-signal-safe; it neither allocates nor takes a lock. The descriptors are open: the closure owns them.
    unsafe {
        command.pre_exec(move || {
            #[cfg(target_os = "linux")]
            {
                rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
                // The parent may have died before the call above; nobody would ever signal then.
                if rustix::process::getppid() != parent {
                    return Err(rustix::io::Errno::SRCH.into());
                }
            }
            for descriptor in &descriptors {
                rustix::io::fcntl_setfd(descriptor, FdFlags::empty())?;
            }
            if let Some(mb) = memory_mb {
                // Not the address space, of which V8 reserves far more than it uses.
                let bytes = Some(mb * 1024 * 1024);
                let limit = Rlimit {
                    current: bytes,
                    maximum: bytes,
                };
                rustix::process::setrlimit(Resource::Data, limit)?;
            }
            Ok(())
        });
    }
}
