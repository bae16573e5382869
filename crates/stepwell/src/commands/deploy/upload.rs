//! The upload of the code, and making it live.

use super::check;
use super::metadata::{annotations, pending};
use super::project::Project;
use crate::arguments::DeployArguments;
use crate::commands::place::{About, explain};
use anyhow::bail;
use serde_json::{Value, json};
use stepwell_client::{Api, Form, Method, Part};
use stepwell_project::bundle::ModuleKind;

/// "This Worker does not exist": the first deploy.
const WORKER_NOT_FOUND: u32 = 10007;

/// What is there before.
#[derive(Debug, Default)]
pub(super) struct Predecessor {
    pub(super) exists: bool,
    pub(super) migration_tag: Option<String>,
}

impl Predecessor {
    pub(super) fn of(api: &Api, script: &str) -> anyhow::Result<Self> {
        match api.get(&["workers", "services", script], &[]) {
            Ok(answer) => {
                let tag = &answer.result["default_environment"]["script"]["migration_tag"];
                Ok(Self {
                    exists: true,
                    migration_tag: tag.as_str().map(str::to_owned),
                })
            }
            Err(error) if error.has_code(WORKER_NOT_FOUND) => Ok(Self::default()),
            Err(error) => Err(explain(&error, api, About::Account)),
        }
    }
}

/// Uploads and makes it live; gives the version's id. A new Worker, and one whose objects change, goes live with the
/// upload; else the version is stored first, then deployed.
pub(super) fn upload(
    api: &Api,
    project: &Project,
    before: &Predecessor,
    metadata: &Value,
    arguments: &DeployArguments,
) -> anyhow::Result<String> {
    let script = project.config.name.as_str();
    let form = form(project, metadata);
    let strict = ("bindings_inherit", "strict".to_owned());
    let explained = |error: stepwell_client::Error| explain(&error, api, About::Account);
    let migrates = pending(&project.config, before).is_some();
    if arguments.check && before.exists && migrates {
        bail!(
            "--check: this deploy has migrations of Durable Objects, which only come into force with it, so its code cannot be tried before\nhint: deploy without --check"
        );
    }
    if !before.exists || migrates {
        let query = [("excludeScript", "true".to_owned()), strict];
        let answer = api
            .upload(&Method::PUT, &["workers", "scripts", script], &query, &form)
            .map_err(explained)?;
        return id(&answer.result["deployment_id"]);
    }
    let version = if arguments.check {
        check::check(api, script, &form, arguments.json)?
    } else {
        let versions = ["workers", "scripts", script, "versions"];
        let answer = api
            .upload(&Method::POST, &versions, &[strict], &form)
            .map_err(explained)?;
        id(&answer.result["id"])?
    };
    let deployment = json!({
        "strategy": "percentage",
        "versions": [{ "version_id": version, "percentage": 100 }],
        "annotations": annotations(arguments),
    });
    api.send(
        &Method::POST,
        &["workers", "scripts", script, "deployments"],
        Some(&deployment),
    )
    .map_err(explained)?;
    Ok(version)
}

fn id(value: &Value) -> anyhow::Result<String> {
    let id = value.as_str().map(str::to_owned);
    id.ok_or_else(|| anyhow::anyhow!("the server took the upload and named no version"))
}

fn form(project: &Project, metadata: &Value) -> Form {
    let bundle = &project.bundle;
    let mut metadata = metadata.clone();
    metadata["main_module"] = json!(bundle.name);
    let mut form = Form::default();
    form.push(Part {
        name: "metadata".to_owned(),
        file_name: None,
        content_type: None,
        bytes: metadata.to_string().into_bytes(),
    });
    form.push(file(&bundle.name, ES_MODULE, bundle.code.clone().into_bytes()));
    for module in &bundle.modules {
        form.push(file(
            &module.name,
            content_type(module.kind),
            module.contents.clone(),
        ));
    }
    let maps = bundle
        .modules
        .iter()
        .map(|module| (&module.name, module.source_map.as_ref()));
    for (name, map) in [(&bundle.name, bundle.source_map.as_ref())]
        .into_iter()
        .chain(maps)
    {
        if let Some(map) = map {
            form.push(file(
                &format!("{name}.map"),
                "application/source-map",
                map.clone().into_bytes(),
            ));
        }
    }
    form
}

fn file(name: &str, content_type: &str, bytes: Vec<u8>) -> Part {
    Part {
        name: name.to_owned(),
        file_name: Some(name.to_owned()),
        content_type: Some(content_type.to_owned()),
        bytes,
    }
}

const ES_MODULE: &str = "application/javascript+module";

fn content_type(kind: ModuleKind) -> &'static str {
    match kind {
        ModuleKind::EsModule => ES_MODULE,
        ModuleKind::CommonJs => "application/javascript",
        ModuleKind::Text => "text/plain",
        ModuleKind::Data => "application/octet-stream",
        ModuleKind::Wasm => "application/wasm",
    }
}
