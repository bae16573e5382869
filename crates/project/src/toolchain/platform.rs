//! Which of the prebuilt packages fits this machine.

use super::error::Error;

/// A platform that both workerd and esbuild are built for, and that Stepwell supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Platform {
    LinuxX64,
    LinuxArm64,
    DarwinX64,
    DarwinArm64,
}

impl Platform {
    #[cfg(test)]
    pub(super) const ALL: [Self; 4] = [
        Self::LinuxX64,
        Self::LinuxArm64,
        Self::DarwinX64,
        Self::DarwinArm64,
    ];

    /// The name of the platform's directory in the cache.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::LinuxX64 => "linux-x64",
            Self::LinuxArm64 => "linux-arm64",
            Self::DarwinX64 => "darwin-x64",
            Self::DarwinArm64 => "darwin-arm64",
        }
    }

    pub(super) const fn is_linux(self) -> bool {
        matches!(self, Self::LinuxX64 | Self::LinuxArm64)
    }
}

/// The platform of this build of Stepwell.
///
/// # Errors
///
/// [`Error::Platform`] where there is no workerd that Stepwell can run.
pub(super) fn current() -> Result<Platform, Error> {
    of(std::env::consts::OS, std::env::consts::ARCH)
}

fn of(os: &str, arch: &str) -> Result<Platform, Error> {
    match (os, arch) {
        ("linux", "x86_64") => Ok(Platform::LinuxX64),
        ("linux", "aarch64") => Ok(Platform::LinuxArm64),
        ("macos", "x86_64") => Ok(Platform::DarwinX64),
        ("macos", "aarch64") => Ok(Platform::DarwinArm64),
        _ => Err(Error::Platform {
            os: os.to_owned(),
            arch: arch.to_owned(),
            hint: if os == "windows" {
                " On Windows, run it in WSL 2."
            } else {
                ""
            },
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_is_not_supported() {
        assert_eq!(of("linux", "x86_64").unwrap(), Platform::LinuxX64);
        let windows = of("windows", "x86_64").unwrap_err().to_string();
        assert!(
            windows.contains("windows/x86_64") && windows.contains("WSL 2"),
            "{windows}"
        );
        let other = of("linux", "riscv64").unwrap_err().to_string();
        assert!(
            other.contains("linux/riscv64") && !other.contains("WSL"),
            "{other}"
        );
    }
}
