//! Static assets over HTTP: on the Worker port, and for the `ASSETS` binding on a unix socket.

mod cache;
mod file;

pub use cache::{AssetCache, Blobs};

use crate::body::Answer;
use crate::listen;
use bytes::Bytes;
use file::FileBody;
use http_body_util::{BodyExt, Empty};
use hyper::http::request::Parts;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::io::{Seek as _, SeekFrom};
use std::sync::Arc;
use stepwell_assets::{Body, Site};
use tokio::net::UnixListener;
use tokio::sync::watch;

/// The site as it is now; another one after a reload, none while there are no assets.
pub type Sites = watch::Receiver<Option<Arc<Site>>>;

/// Answers what Workers ask of their `ASSETS` binding, until the future is dropped.
pub async fn serve_binding(listener: UnixListener, sites: Sites) {
    listen::serve(listener, |stream, ()| {
        let sites = sites.clone();
        async move {
            let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
                let site = sites.borrow().clone();
                async move {
                    Ok::<_, Infallible>(match site {
                        Some(site) => answer(site, request.into_parts().0).await,
                        None => empty(StatusCode::NOT_FOUND),
                    })
                }
            });
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            if let Err(error) = connection.await {
                tracing::debug!("a connection for assets ended: {error}");
            }
        }
    })
    .await;
}

/// What the assets answer to a request.
pub(crate) async fn answer(site: Arc<Site>, request: Parts) -> Answer {
    // Files are opened, and read where they are new.
    let served = tokio::task::spawn_blocking(move || {
        let answer = site.serve(&request);
        let body = match answer.body {
            Body::Empty => None,
            Body::File { mut file, start, len } => {
                file.seek(SeekFrom::Start(start))?;
                Some((file, len))
            }
        };
        Ok::<_, std::io::Error>((answer.status, answer.headers, body))
    });
    let (status, headers, body) = match served
        .await
        .map_err(std::io::Error::other)
        .and_then(|served| served)
    {
        Ok(served) => served,
        Err(error) => {
            tracing::error!("cannot read an asset: {error}");
            return empty(StatusCode::INTERNAL_SERVER_ERROR);
        }
    };
    let mut answer = match body {
        Some((file, len)) => Response::new(FileBody::new(file, len).boxed()),
        None => empty(status),
    };
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}

fn empty(status: StatusCode) -> Answer {
    let body = Empty::<Bytes>::new().map_err(|never| match never {}).boxed();
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer
}
