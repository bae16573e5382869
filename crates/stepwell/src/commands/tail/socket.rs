//! The WebSocket of a session.

use anyhow::Context as _;
use rustls_platform_verifier::BuilderVerifierExt as _;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{WebSocketStream, client_async};

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin {}
impl<S: AsyncRead + AsyncWrite + Unpin> Stream for S {}

pub(super) type Socket = WebSocketStream<Box<dyn Stream>>;

/// Connects to the address that the server gave.
pub(super) async fn open(url: &str, ca_file: Option<&Path>) -> anyhow::Result<Socket> {
    let mut request = url
        .into_client_request()
        .with_context(|| format!("{url} is no address of a WebSocket"))?;
    request
        .headers_mut()
        .insert("sec-websocket-protocol", HeaderValue::from_static("trace-v1"));
    let uri = request.uri().clone();
    let secure = uri.scheme_str() == Some("wss");
    let host = uri.host().unwrap_or_default().to_owned();
    let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let stream = TcpStream::connect((bare, port))
        .await
        .with_context(|| format!("no answer from {host}:{port}"))?;
    let stream: Box<dyn Stream> = if secure {
        let name = ServerName::try_from(bare.to_owned())
            .with_context(|| format!("{host} is no name of a server"))?;
        Box::new(connector(ca_file)?.connect(name, stream).await?)
    } else {
        Box::new(stream)
    };
    let (socket, _) = client_async(request, stream)
        .await
        .context("the server does not speak WebSocket there")?;
    Ok(socket)
}

/// Trusts what the file names, or else what the system trusts, as the rest of the client does.
fn connector(ca_file: Option<&Path>) -> anyhow::Result<TlsConnector> {
    let builder = ClientConfig::builder();
    let config = match ca_file {
        Some(file) => builder.with_root_certificates(roots(file)?),
        None => builder.with_platform_verifier()?,
    };
    Ok(TlsConnector::from(Arc::new(config.with_no_client_auth())))
}

fn roots(file: &Path) -> anyhow::Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let certificates =
        CertificateDer::pem_file_iter(file).with_context(|| format!("cannot read {}", file.display()))?;
    for certificate in certificates {
        roots.add(
            certificate.with_context(|| format!("{} has no certificate in PEM form", file.display()))?,
        )?;
    }
    Ok(roots)
}
