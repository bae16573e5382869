//! A certificate that vouches for itself, made once and kept.

use super::TlsError;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SanType};
use std::io::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const FILE: &str = "localhost.pem";
/// How long a new one is valid.
const VALID: Duration = Duration::from_secs(365 * DAY_S);
/// One that ends sooner is replaced: a session may last.
const LEFT: Duration = Duration::from_secs(DAY_S);
const DAY_S: u64 = 24 * 60 * 60;
/// Before the certificate, where PEM leaves room for notes: the certificate's own encoding would have to be parsed.
const NOTE: &str = "Stepwell's certificate for this machine. Not valid after (Unix seconds): ";

/// The file with key and certificate, made anew if it is missing, no longer valid or not Stepwell's.
pub(super) fn file(directory: &Path, now: SystemTime) -> Result<PathBuf, TlsError> {
    let path = directory.join(FILE);
    let is_valid = std::fs::read_to_string(&path).is_ok_and(|text| {
        let until = text.lines().find_map(|line| line.strip_prefix(NOTE));
        let until = until
            .and_then(|until| until.parse().ok())
            .map(Duration::from_secs);
        until.is_some_and(|until| UNIX_EPOCH + until > now + LEFT)
    });
    if !is_valid {
        let text = make(now)?;
        keep(&path, &text).map_err(|source| TlsError::Keep {
            path: path.clone(),
            source,
        })?;
    }
    Ok(path)
}

/// Key and certificate in one, so that they cannot but belong together.
fn make(now: SystemTime) -> Result<String, TlsError> {
    let until = now + VALID;
    let mut parameters = CertificateParams::new(vec!["localhost".to_owned()])?;
    for address in [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()] {
        parameters.subject_alt_names.push(SanType::IpAddress(address));
    }
    parameters.distinguished_name = DistinguishedName::new();
    parameters
        .distinguished_name
        .push(DnType::CommonName, "localhost (stepwell dev)");
    // Another machine's clock may be behind.
    parameters.not_before = (now - Duration::from_secs(DAY_S)).into();
    parameters.not_after = until.into();
    let key = KeyPair::generate()?;
    let certificate = parameters.self_signed(&key)?;
    let until_s = until
        .duration_since(UNIX_EPOCH)
        .map_or(0, |until| until.as_secs());
    Ok(format!(
        "{NOTE}{until_s}\n{}{}",
        certificate.pem(),
        key.serialize_pem()
    ))
}

/// Writes the file whole, readable by its owner only.
fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory)?;
    // Of this process: two may start at once.
    let new = directory.join(format!("{FILE}.{}", std::process::id()));
    let _ = std::fs::remove_file(&new);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(text.as_bytes())?;
    std::fs::rename(&new, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn it_is_kept_until_its_last_day_and_then_renewed() {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("a/b");
        let now = SystemTime::now();
        let path = file(&below, now).unwrap();
        let first = std::fs::read(&path).unwrap();
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        file(&below, now + VALID - LEFT - Duration::from_secs(5)).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), first, "it is still valid");
        file(&below, now + VALID - LEFT + Duration::from_secs(5)).unwrap();
        let second = std::fs::read(&path).unwrap();
        assert_ne!(second, first, "it was about to end");
        std::fs::write(&path, "something else").unwrap();
        file(&below, now).unwrap();
        assert!(
            std::fs::read_to_string(&path)
                .unwrap()
                .contains("BEGIN CERTIFICATE")
        );
        assert_eq!(
            std::fs::read_dir(&below).unwrap().count(),
            1,
            "nothing is left behind"
        );
    }
}
