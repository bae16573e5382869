//! Secrets at rest: AES-256-GCM with a key that is not in the catalogue.

use crate::ports::Random;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

const KEY_BYTES: usize = 32;

/// The key under which secrets are kept.
#[derive(Clone)]
pub struct MasterKey([u8; KEY_BYTES]);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the key for secrets cannot be read from {path}: {error}")]
    File {
        /// The file.
        path: String,
        /// What happened.
        error: std::io::Error,
    },
    /// The text is not a key.
    #[error(
        "the key for secrets ({from}) must be 32 bytes in Base64 (44 characters); make one with `openssl rand -base64 32`"
    )]
    Malformed {
        /// Where it came from.
        from: String,
    },
}

impl MasterKey {
    /// The key of a text in Base64; `from` says where it came from.
    pub fn parse(text: &str, from: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed {
            from: from.to_owned(),
        };
        let bytes = STANDARD.decode(text.trim()).map_err(|_| malformed())?;
        bytes.try_into().map(Self).map_err(|_| malformed())
    }

    /// The key in the file at `path`; made (readable for its owner alone) if there is no file.
    pub fn from_file(path: &Path, random: &dyn Random) -> Result<Self, KeyError> {
        let failed = |error| KeyError::File {
            path: path.display().to_string(),
            error,
        };
        match std::fs::read_to_string(path) {
            Ok(text) => return Self::parse(&text, &path.display().to_string()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let mut key = [0; KEY_BYTES];
        random.fill(&mut key);
        write_new(path, &format!("{}\n", STANDARD.encode(key))).map_err(failed)?;
        Ok(Self(key))
    }
}

/// Written whole or not at all: a key that is half there would lose what is sealed with it.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let half = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&half)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&half, path)?;
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        std::fs::File::open(parent)?.sync_all()?;
    }
    Ok(())
}

/// Seals and opens secrets, and signs tokens.
pub(crate) struct Vault {
    key: LessSafeKey,
    signing: hmac::Key,
}

/// Whose secret it is. A sealed text opens for no other.
pub(crate) fn owner(account: &str, script: &str, name: &str) -> String {
    format!("{account}/{script}/{name}")
}

impl Vault {
    pub(crate) fn new(key: &MasterKey) -> Self {
        // Another key than that for secrets, which follows from it.
        let master = hmac::Key::new(hmac::HMAC_SHA256, &key.0);
        let signing = hmac::sign(&master, b"tokens of asset uploads");
        let key = UnboundKey::new(&AES_256_GCM, &key.0).expect("AES-256 takes 32 bytes");
        Self {
            key: LessSafeKey::new(key),
            signing: hmac::Key::new(hmac::HMAC_SHA256, signing.as_ref()),
        }
    }

    /// The signature of a text.
    pub(crate) fn sign(&self, text: &[u8]) -> Vec<u8> {
        hmac::sign(&self.signing, text).as_ref().to_vec()
    }

    /// Whether the signature is ours. Takes as long for a wrong one as for a right one.
    pub(crate) fn is_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        hmac::verify(&self.signing, text, signature).is_ok()
    }

    /// The nonce and the sealed text in Base64.
    pub(crate) fn seal(&self, random: &dyn Random, owner: &str, text: &str) -> String {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = text.as_bytes().to_vec();
        self.key
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(owner.as_bytes()),
                &mut sealed,
            )
            .expect("a secret is shorter than 64 GiB");
        STANDARD.encode([&nonce[..], &sealed].concat())
    }

    /// The text; `None` if it was sealed with another key, for another owner, or changed since.
    pub(crate) fn open(&self, owner: &str, sealed: &str) -> Option<String> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let text = self
            .key
            .open_in_place(nonce, Aad::from(owner.as_bytes()), &mut sealed);
        String::from_utf8(text.ok()?.to_vec()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{KeyError, MasterKey, Vault, owner};
    use crate::ports::SystemRandom;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_secret_opens_for_its_owner_only() {
        let vault = Vault::new(&MasterKey([1; 32]));
        let mine = owner("default", "orders", "KEY");
        let sealed = vault.seal(&SystemRandom, &mine, "hush");
        assert!(!sealed.contains("hush"));
        assert_eq!(vault.open(&mine, &sealed).as_deref(), Some("hush"));
        assert_eq!(vault.open(&owner("default", "orders", "OTHER"), &sealed), None);
        assert_eq!(Vault::new(&MasterKey([2; 32])).open(&mine, &sealed), None);
        assert_ne!(vault.seal(&SystemRandom, &mine, "hush"), sealed);
        assert_eq!(vault.open(&mine, "AAAA"), None);
    }

    #[test]
    fn the_key_is_made_once_and_only_its_owner_can_read_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secrets.key");
        let first = MasterKey::from_file(&path, &SystemRandom).unwrap();
        assert_eq!(MasterKey::from_file(&path, &SystemRandom).unwrap().0, first.0);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
        std::fs::write(&path, "short").unwrap();
        let malformed = MasterKey::from_file(&path, &SystemRandom);
        assert!(matches!(malformed, Err(KeyError::Malformed { .. })));
    }
}
