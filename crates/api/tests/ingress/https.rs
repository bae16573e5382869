//! The Worker port with a certificate.

use crate::support::{Server, parts, worker};
use std::path::Path;
use std::sync::Arc;
use stepwell_api::ingress::Options;
use stepwell_api::tls::Tls;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

async fn server(directory: &Path) -> Server {
    let options = Options {
        tls: Some(Tls::self_signed(directory).unwrap()),
        ..Options::default()
    };
    Server::start_with(worker(), options).await
}

/// A connection by a client that trusts the certificate in `directory`, and nothing else.
async fn connect(server: &Server, directory: &Path) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_file(directory.join("localhost.pem")).unwrap();
    roots.add(certificate).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

#[tokio::test]
async fn the_worker_is_told_that_it_was_https() {
    let directory = tempfile::tempdir().unwrap();
    let server = server(directory.path()).await;
    let mut stream = connect(&server, directory.path()).await;
    stream
        .write_all(b"GET /a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert_eq!(parts(&answer).0, 200);
    assert!(answer.contains("[\"stepwell-protocol\",\"https\"]"), "{answer}");
}

#[tokio::test]
async fn a_websocket_passes() {
    let directory = tempfile::tempdir().unwrap();
    let server = server(directory.path()).await;
    let mut stream = connect(&server, directory.path()).await;
    stream
        .write_all(b"GET /upgrade HTTP/1.1\r\nhost: h\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101"));
    stream.write_all(b"echo this").await.unwrap();
    let mut echo = [0; 9];
    stream.read_exact(&mut echo).await.unwrap();
    assert_eq!(&echo, b"echo this");
}

#[tokio::test]
async fn plain_http_is_told_to_say_https() {
    let directory = tempfile::tempdir().unwrap();
    let server = server(directory.path()).await;
    let answer = server.get("/", &[]).await;
    assert_eq!(parts(&answer).0, 400);
    assert!(
        answer.ends_with("This port speaks https: begin the address with https://\n"),
        "{answer}"
    );
}

#[test]
fn files_that_do_not_serve_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = (directory.path().join("one"), directory.path().join("two"));
    Tls::self_signed(&one).unwrap();
    Tls::self_signed(&two).unwrap();
    let (one, two) = (one.join("localhost.pem"), two.join("localhost.pem"));
    assert!(Tls::from_files(&one, &one).is_ok());
    let told = |key: &Path, certificate: &Path| Tls::from_files(key, certificate).unwrap_err().to_string();
    let mismatch = told(&one, &two);
    assert!(
        mismatch.starts_with(&format!(
            "the key in {} is not that of the certificate in {}",
            one.display(),
            two.display()
        )),
        "{mismatch}"
    );
    let missing = directory.path().join("missing");
    assert_eq!(
        told(&missing, &one),
        format!("Missing Custom Certificate Key at {}", missing.display())
    );
    assert_eq!(
        told(&one, &missing),
        format!("Missing Custom Certificate File at {}", missing.display())
    );
    let text = directory.path().join("text");
    std::fs::write(&text, "no certificate\n").unwrap();
    let (key, certificate) = (told(&text, &one), told(&one, &text));
    assert!(
        key.starts_with(&format!("{} holds no private key in PEM format", text.display())),
        "{key}"
    );
    assert!(
        certificate.starts_with(&format!("{} holds no certificate in PEM format", text.display())),
        "{certificate}"
    );
    let broken = directory.path().join("broken");
    std::fs::write(
        &broken,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert!(
        told(&one, &broken).contains("cannot serve the certificate"),
        "{}",
        told(&one, &broken)
    );
    assert!(told(directory.path(), &one).starts_with("cannot read "));
}
