//! Which API a command asks, and what to do when it says no.

use crate::arguments::{PlaceArguments, ServerArguments};
use stepwell_client::{Api, Error, Place, Server};

/// Where `stepwell serve` has its API unless told otherwise.
const SERVER: &str = "http://localhost:8788/client/v4";
const TOKEN: &str = "CLOUDFLARE_API_TOKEN";

/// The API that the arguments and the environment name.
pub(crate) fn connect(arguments: &PlaceArguments) -> anyhow::Result<Api> {
    let named = arguments.server.api_url.is_some() || token().is_some();
    if arguments.local || !named {
        return Ok(Api::new(Place::Local { port: arguments.port })?);
    }
    connect_to_server(&arguments.server)
}

/// The account of the server that the arguments and the environment name.
pub(crate) fn connect_to_server(arguments: &ServerArguments) -> anyhow::Result<Api> {
    Ok(Api::new(Place::Server(server(arguments)?))?)
}

/// That server as its operator sees it.
pub(crate) fn connect_to_installation(arguments: &ServerArguments) -> anyhow::Result<Api> {
    Ok(Api::new(Place::Installation(server(arguments)?))?)
}

fn server(arguments: &ServerArguments) -> anyhow::Result<Server> {
    let Some(token) = token() else {
        anyhow::bail!(
            "the server needs an API token, and {TOKEN} is not set\nhint: the first start of `stepwell serve` prints an \
             admin token; `stepwell token create` makes others"
        );
    };
    Ok(Server {
        base_url: base_url(arguments.api_url.as_deref().unwrap_or(SERVER))?,
        token,
        account: arguments.account.clone(),
        ca_file: arguments.ca_file.clone(),
    })
}

/// The address with the API's path, which people leave away.
fn base_url(typed: &str) -> anyhow::Result<String> {
    let url = typed.trim_end_matches('/');
    let Some((_, rest)) = url
        .split_once("://")
        .filter(|(scheme, _)| matches!(*scheme, "http" | "https"))
    else {
        anyhow::bail!(
            "\"{typed}\" is no URL of a server's API\nhint: CLOUDFLARE_API_BASE_URL (or --api-url) begins with http:// or \
             https://, such as {SERVER}"
        );
    };
    Ok(if rest.contains('/') {
        url.to_owned()
    } else {
        format!("{url}/client/v4")
    })
}

fn token() -> Option<String> {
    let named = |name| {
        std::env::var(name)
            .ok()
            .filter(|token: &String| !token.is_empty())
    };
    named(TOKEN).or_else(|| named("CLOUDFLARE_API_KEY"))
}

/// What was asked about, for hints.
#[derive(Debug, Clone, Copy)]
pub(crate) enum About<'a> {
    Installation,
    Account,
    Workflow,
    VersionOf(&'a str),
    Instance(&'a str, &'a str),
}

/// Codes of the API that hints go by.
const WORKFLOW_NOT_FOUND: u32 = 10200;
const VERSION_NOT_FOUND: u32 = 10201;
const INSTANCE_NOT_FOUND: u32 = 10400;
/// The local API has one for both.
const LOCAL_NOT_FOUND: u32 = 10501;

/// The error with what to do next.
pub(crate) fn explain(error: &Error, api: &Api, about: About<'_>) -> anyhow::Error {
    let hint = hint(error, api, about);
    let text = match error {
        Error::Refused {
            status: 500..,
            request,
            ..
        } => format!("the server failed at {request}: {error}"),
        _ => error.to_string(),
    };
    let text = match hint {
        Some(hint) => format!("{text}\nhint: {hint}"),
        None => text,
    };
    Explained {
        text,
        code: error.code(),
    }
    .into()
}

/// An error of the API with what to do next.
#[derive(Debug)]
pub(crate) struct Explained {
    text: String,
    /// The API's code, if it refused.
    pub(crate) code: Option<u32>,
}

impl std::fmt::Display for Explained {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl std::error::Error for Explained {}

/// What helps if nobody answers at a server's address.
fn unreachable(url: &str, why: &str) -> String {
    let variable = "CLOUDFLARE_API_BASE_URL (or --api-url)";
    let host = url.split('/').nth(2).unwrap_or_default();
    if url.starts_with("https:") && why.contains("InvalidContentType") {
        return format!("{host} speaks http, not https: {variable} should be http://{host}");
    }
    if url.starts_with("http:") && why.contains("http parse fail") {
        return format!("{host} may speak https: then {variable} should be https://{host}");
    }
    format!(
        "is a server running there? `stepwell serve` starts one; {variable} says where it is, such as {SERVER}"
    )
}

fn hint(error: &Error, api: &Api, about: About<'_>) -> Option<String> {
    let local = if api.is_local() { " --local" } else { "" };
    let no_instance =
        |workflow: &str| format!("see which there are: stepwell workflows instances list {workflow}{local}");
    let no_workflow = format!("see which there are: stepwell workflows list{local}");
    Some(match (error, about) {
        (Error::Unreachable { .. }, _) if api.is_local() => format!(
            "start it with `stepwell dev DIR`, say its port with --port, or set CLOUDFLARE_API_BASE_URL and {TOKEN} to ask \
             a server"
        ),
        (Error::Unreachable { why, .. }, _) if why.contains("certificate") => {
            "--ca-file FILE (or NODE_EXTRA_CA_CERTS) names the certificates to trust".to_owned()
        }
        (Error::Unreachable { url, why }, _) => unreachable(url, why),
        (Error::Malformed { .. }, _) => {
            format!("CLOUDFLARE_API_BASE_URL (or --api-url) must be a server's API, such as {SERVER}")
        }
        (Error::Refused { status: 401, .. }, _) => format!("{TOKEN} must be a token of this server"),
        (Error::Refused { status: 403, .. }, About::Installation) => {
            "accounts are managed with an admin token of the account \"default\"; without one, stop the server and use --data \
             DIR"
                .to_owned()
        }
        (Error::Refused { status: 403, .. }, _) => {
            "the token is of another account or may not do this; an admin makes one that may: stepwell token create NAME \
             --scope SCOPE"
                .to_owned()
        }
        (error, _) if error.has_code(WORKFLOW_NOT_FOUND) => no_workflow,
        (error, About::VersionOf(workflow)) if error.has_code(VERSION_NOT_FOUND) => {
            format!("see which there are: stepwell workflows versions list {workflow}")
        }
        (error, About::Instance(workflow, _)) if error.has_code(INSTANCE_NOT_FOUND) => no_instance(workflow),
        (error, About::Instance(workflow, _)) if error.has_code(LOCAL_NOT_FOUND) => {
            if error.to_string().contains("Workflow instance") { no_instance(workflow) } else { no_workflow }
        }
        (error, About::Workflow) if error.has_code(LOCAL_NOT_FOUND) => no_workflow,
        (Error::Refused { status: 409, .. }, About::Instance(workflow, id)) => {
            format!("see how it is doing: stepwell workflows instances describe {workflow} {id}{local}")
        }
        (Error::Refused { status: 429, .. }, _) => "try again in a moment".to_owned(),
        (Error::Refused { status: 500.., .. }, _) => "the server's log says more".to_owned(),
        _ => return None,
    })
}
