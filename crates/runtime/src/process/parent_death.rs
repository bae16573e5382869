//! What a child sets up between fork and exec: it dies with its parent, and it inherits chosen descriptors.

use rustix::io::FdFlags;
use rustix::process::{Pid, Signal};
use std::os::fd::OwnedFd;
use tokio::process::Command;

/// Has the kernel kill the child when the thread that spawns it ends, and lets it inherit `descriptors` under their
/// own numbers.
#[allow(unsafe_code)]
pub(super) fn tie(command: &mut Command, descriptors: Vec<OwnedFd>) {
    let parent = Pid::from_raw(std::process::id().cast_signed());
    // SAFETY: between fork and exec the closure makes system calls only (prctl, getppid, fcntl), which are
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
            Ok(())
        });
    }
}
