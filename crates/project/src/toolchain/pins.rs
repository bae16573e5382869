//! The pinned versions and, for each package, the checksum that a fetched tarball must have.

use super::Tool;
use super::platform::Platform;

/// The workerd that Stepwell is built for and tested with.
pub const WORKERD_VERSION: &str = "1.20261117.1";

/// The newest compatibility date that this workerd knows; `workerd --version` prints it.
pub const WORKERD_COMPATIBILITY_DATE: &str = "2026-11-17";

/// The esbuild that Stepwell is built for and tested with.
pub const ESBUILD_VERSION: &str = "0.28.2";

/// About how large the package is that is fetched, in megabytes.
pub(super) const fn megabytes(tool: Tool) -> u32 {
    match tool {
        Tool::Workerd => 46,
        Tool::Esbuild => 5,
    }
}

/// The npm package that holds `tool` for `platform`.
pub(super) const fn package(tool: Tool, platform: Platform) -> &'static str {
    match (tool, platform) {
        (Tool::Workerd, Platform::LinuxX64) => "@cloudflare/workerd-linux-64",
        (Tool::Workerd, Platform::LinuxArm64) => "@cloudflare/workerd-linux-arm64",
        (Tool::Workerd, Platform::DarwinX64) => "@cloudflare/workerd-darwin-64",
        (Tool::Workerd, Platform::DarwinArm64) => "@cloudflare/workerd-darwin-arm64",
        (Tool::Esbuild, Platform::LinuxX64) => "@esbuild/linux-x64",
        (Tool::Esbuild, Platform::LinuxArm64) => "@esbuild/linux-arm64",
        (Tool::Esbuild, Platform::DarwinX64) => "@esbuild/darwin-x64",
        (Tool::Esbuild, Platform::DarwinArm64) => "@esbuild/darwin-arm64",
    }
}

/// The SHA-512 of the package's tarball in base64, as `npm view <package>@<version> dist.integrity` gives it
/// after `sha512-`; `None` where it is not known, which means that the package is not fetched.
pub(super) const fn checksum(tool: Tool, platform: Platform) -> Option<&'static str> {
    match (tool, platform) {
        (Tool::Workerd, Platform::LinuxX64) => {
            Some("gZLA8X11m/luZwn+YA3+mDu61vdxNJzpksP/QZqjydKTQ+VUCulsK5gtn9Bqst1p3KJu2kafQpJ1nDQv4B23jA==")
        }
        (Tool::Workerd, Platform::LinuxArm64) => {
            Some("gxWngFojq41ULKNKb9rpWYvKotN5hT2I/xot+Bpy31cXzrwcTgtDLSMb2t75sW5BJxH7hihFvikgYb577kB3Zg==")
        }
        // These two packages could not be looked up when the version was pinned. A checksum that nobody has
        // seen is worse than none: until they are filled in, macOS uses a workerd that npm installed.
        (Tool::Workerd, Platform::DarwinX64 | Platform::DarwinArm64) => None,
        (Tool::Esbuild, Platform::LinuxX64) => {
            Some("4xTZr1FUmSoQW4XIWmit3tzQrUTZM+N3P0XV8xROKYF50XfI7xeO90+1bZvNwxIufQ9hDQVRJH5YhgPVF8A/HQ==")
        }
        (Tool::Esbuild, Platform::LinuxArm64) => {
            Some("pW4AC0P3it8c7do9MVM4p51FzHzdM/TZrerurgRcHJ2WTa1VQ1CIq18xncfpBJw4ojkiZZrKW2yIBWBP92j6Ug==")
        }
        (Tool::Esbuild, Platform::DarwinX64) => {
            Some("uq6suIWYP37qzGddBKPw5QEQPi6HiLGsO7UmkpfyaYNQ3D+rN6w6WfwH+nuqcGXWvawGwxOEroO4YGnFh95azw==")
        }
        (Tool::Esbuild, Platform::DarwinArm64) => {
            Some("n4KqkOQrraxHJcgjM1RvwbigfQKIKJVpM7xp+KsxiyUSrRdIXnt73VhrPAx0fV44hgfmIVKjxMN9J1t5jySVkw==")
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    #[test]
    fn every_checksum_is_a_sha512() {
        for tool in [Tool::Workerd, Tool::Esbuild] {
            for platform in Platform::ALL {
                if let Some(checksum) = checksum(tool, platform) {
                    let bytes = base64::engine::general_purpose::STANDARD
                        .decode(checksum)
                        .unwrap();
                    assert_eq!(bytes.len(), 64, "{}", package(tool, platform));
                }
            }
        }
    }

    #[test]
    fn the_compatibility_date_is_the_one_in_the_version() {
        let compact = WORKERD_COMPATIBILITY_DATE.replace('-', "");
        assert_eq!(WORKERD_VERSION.split('.').nth(1), Some(compact.as_str()));
    }
}
