//! What the Worker port needs to know of the first Worker of a session.

use super::context::Context;
use super::member::Member;
use crate::arguments::{DevArguments, Protocol};
use crate::printer::Printer;
use anyhow::bail;
use async_trait::async_trait;
use std::sync::Arc;
use stepwell_api::explorer::Explorer;
use stepwell_api::ingress::{
    Destination, ErrorExplainer, Events, Excerpt, Explained, Frame, Origin, Outcome, Thrown, Upstream,
};
use stepwell_api::tls::Tls;
use stepwell_project::config::{Config, Dev};
use stepwell_project::sourcemap::Call;
use stepwell_project::toolchain::cache_dir;
use stepwell_runtime::{Uncaught, Worker};
use tokio::sync::watch;

/// Where all requests go: to `member`, whose process is at `upstream`.
pub(super) fn destination(
    context: &Context,
    member: &Member,
    upstream: watch::Receiver<Upstream>,
    origin: Origin,
) -> Destination {
    let mut destination = Destination::of(upstream);
    for version in &mut destination.versions {
        version.assets = Some(member.sites());
    }
    Destination {
        name: member.name().into(),
        origin,
        explainer: Some(Arc::new(Explainer {
            printer: context.printer.clone(),
            worker: member.name().to_owned(),
        })),
        events: Some(Arc::new(Handlers(member.worker().clone()))),
        internal: vec![Arc::new(Explorer::new(context.engine.clone()))],
        test_scheduled: context.arguments.test_scheduled,
        ..destination
    }
}

/// What `request.url` begins with: as asked for, else as in production, as far as the configuration says.
pub(super) fn origin(arguments: &DevArguments, config: &Config) -> Origin {
    let dev = &config.dev;
    let inferred = config
        .route_host
        .as_ref()
        .filter(|_| arguments.infer_origin_from_routes);
    let host = arguments
        .local_upstream
        .as_ref()
        .or(dev.host.as_ref())
        .or(inferred);
    let protocol = arguments.upstream_protocol;
    Origin {
        host: host.map(|host| host.as_str().into()),
        https: protocol
            .map(|protocol| protocol == Protocol::Https)
            .or(dev.upstream_https),
    }
}

/// The certificate, if https is asked for.
pub(super) fn tls(arguments: &DevArguments, dev: &Dev) -> anyhow::Result<Option<Tls>> {
    let asked = arguments
        .local_protocol
        .map(|protocol| protocol == Protocol::Https);
    if !asked.unwrap_or(dev.https) {
        return Ok(None);
    }
    let tls = match (&arguments.https_key_path, &arguments.https_cert_path) {
        (Some(key), Some(certificate)) => Tls::from_files(key, certificate)?,
        (None, None) => Tls::self_signed(&cache_dir().join("https"))?,
        _ => bail!(
            "Must specify both certificate path and key path to use a Custom Certificate.\nhint: the options are --https-cert-path and --https-key-path"
        ),
    };
    Ok(Some(tls))
}

/// Asks the printer, which has the source map of the current version.
struct Explainer {
    printer: Arc<Printer>,
    worker: String,
}

impl ErrorExplainer for Explainer {
    fn explain(&self, stack: &str) -> Explained {
        let worker = Some(self.worker.as_str());
        Explained {
            stack: self.printer.map_stack(worker, stack),
            frames: self.printer.calls(worker, stack).into_iter().map(frame).collect(),
        }
    }
}

fn frame(call: Call) -> Frame {
    Frame {
        function: call.function,
        file: call.file,
        line: call.line,
        column: call.column,
        is_user: call.is_own,
        excerpt: call
            .excerpt
            .map(|(first_line, lines)| Excerpt { first_line, lines }),
    }
}

/// The Worker's handlers of events.
struct Handlers(Arc<Worker>);

#[async_trait]
impl Events for Handlers {
    async fn scheduled(&self, cron: &str, time_ms: i64) -> Result<Outcome, String> {
        let told = self
            .0
            .scheduled(cron, time_ms)
            .await
            .map_err(|error| error.to_string())?;
        let no_retry = told.no_retry;
        Ok(match told.outcome {
            stepwell_runtime::Outcome::Ok => Outcome::Ok { no_retry },
            stepwell_runtime::Outcome::NoHandler => Outcome::NoHandler,
            stepwell_runtime::Outcome::Exception => Outcome::Exception {
                thrown: told.error.map(thrown).unwrap_or_default(),
                no_retry,
            },
        })
    }
}

fn thrown(uncaught: Uncaught) -> Thrown {
    Thrown {
        name: uncaught.name,
        message: uncaught.message,
        stack: uncaught.stack,
        cause: uncaught.cause.map(|cause| Box::new(thrown(*cause))),
    }
}
