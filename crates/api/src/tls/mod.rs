//! TLS on the Worker port: a certificate of the user's, or one that Stepwell makes for itself.

mod self_signed;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ProtocolVersion, ServerConfig};
use tokio_rustls::server::TlsStream;

/// A certificate with its key, ready to serve.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// What a client has agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Session {
    /// As Cloudflare writes it: `TLSv1.3`.
    pub(crate) version: &'static str,
    /// The name of the cipher suite.
    pub(crate) cipher: &'static str,
}

impl Session {
    /// That of an encrypted connection.
    pub(crate) fn of(stream: &TlsStream<TcpStream>) -> Self {
        let (_, session) = stream.get_ref();
        let cipher = session.negotiated_cipher_suite();
        Self {
            version: match session.protocol_version() {
                Some(ProtocolVersion::TLSv1_3) => "TLSv1.3",
                _ => "TLSv1.2",
            },
            cipher: cipher
                .and_then(|cipher| cipher.suite().as_str())
                .unwrap_or_default(),
        }
    }
}

/// Why a certificate or its key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of the key is not there (wrangler's text).
    #[error("Missing Custom Certificate Key at {}", .0.display())]
    MissingKey(PathBuf),
    /// The file of the certificate is not there (wrangler's text).
    #[error("Missing Custom Certificate File at {}", .0.display())]
    MissingCertificate(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("{} holds no {what} in PEM format: {why}", .path.display())]
    NoPem {
        /// The file.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
        /// What was found instead.
        why: pem::Error,
    },
    /// Certificate and key do not belong together.
    #[error("the key in {} is not that of the certificate in {}", .key.display(), .certificate.display())]
    Mismatch {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
    },
    /// The certificate or the key is damaged, or of a kind that is not supported.
    #[error("the key in {} cannot serve the certificate in {}", .key.display(), .certificate.display())]
    Unusable {
        /// The file of the key.
        key: PathBuf,
        /// The file of the certificate.
        certificate: PathBuf,
        /// Why not.
        source: rustls::Error,
    },
    /// A certificate of Stepwell's own cannot be made.
    #[error("cannot make a certificate for https")]
    Make(#[from] rcgen::Error),
    /// A certificate of Stepwell's own cannot be kept.
    #[error("cannot keep the certificate for https in {}", .path.display())]
    Keep {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Tls {
    /// The certificate chain and the key in these files, in PEM format.
    ///
    /// # Errors
    /// [`TlsError`] names the file and what is wrong with it.
    pub fn from_files(key: &Path, certificate: &Path) -> Result<Self, TlsError> {
        if !key.exists() {
            return Err(TlsError::MissingKey(key.to_owned()));
        }
        if !certificate.exists() {
            return Err(TlsError::MissingCertificate(certificate.to_owned()));
        }
        let key_pem = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|why| TlsError::NoPem {
            path: key.to_owned(),
            what: "private key",
            why,
        })?;
        let no_certificate = |why| TlsError::NoPem {
            path: certificate.to_owned(),
            what: "certificate",
            why,
        };
        let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&read(certificate)?)
            .collect::<Result<_, _>>()
            .map_err(no_certificate)?;
        if chain.is_empty() {
            return Err(no_certificate(pem::Error::NoItemsFound));
        }
        let (key, certificate) = (key.to_owned(), certificate.to_owned());
        Self::of(chain, key_pem).map_err(|source| match source {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch { key, certificate },
            source => TlsError::Unusable {
                key,
                certificate,
                source,
            },
        })
    }

    /// The certificate for this machine's own names that is kept in `directory`; made when there is none that is valid
    /// for another day. Browsers ask once whether it is to be trusted.
    ///
    /// # Errors
    /// [`TlsError`] if it cannot be made or kept.
    pub fn self_signed(directory: &Path) -> Result<Self, TlsError> {
        let file = self_signed::file(directory, std::time::SystemTime::now())?;
        Self::from_files(&file, &file)
    }

    fn of(chain: Vec<CertificateDer<'static>>, key: PrivateKeyDer<'static>) -> Result<Self, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
        })
    }

    /// Whether a client that has just connected begins with TLS.
    ///
    /// # Errors
    /// It has gone.
    pub(crate) async fn is_spoken(stream: &TcpStream) -> io::Result<bool> {
        /// What a TLS connection begins with.
        const HANDSHAKE: u8 = 22;
        let mut first = [0];
        let known = stream.peek(&mut first).await?;
        Ok(known == 0 || first[0] == HANDSHAKE)
    }

    /// The client's connection, encrypted.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Read {
        path: path.to_owned(),
        source,
    })
}
