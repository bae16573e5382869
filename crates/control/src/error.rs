//! What can be said no to, with Cloudflare's codes. Clients steer by the code, people read the text.

use stepwell_catalogue::StoreError;

/// Why an operation of [`Control`](crate::Control) was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It may not be done; nothing changed.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The catalogue failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A refusal as the API shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// Cloudflare's code.
    pub code: u32,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Refusal {
    fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }
}

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $name:ident($($argument:ident),*) = $status:literal, $code:literal, $text:literal;)+) => {
        /// The table of refusals.
        impl Refusal {
            $($(#[doc = $doc])+
            pub fn $name($($argument: impl std::fmt::Display),*) -> Self {
                Self::new($status, $code, format!($text))
            })+
        }
    };
}

refusals! {
    /// The account does not exist.
    account_not_found(id) = 404, 7003, "there is no account \"{id}\"; `stepwell account create` makes one";
    /// An account that cannot be made or deleted as asked.
    bad_account(what) = 400, 1001, "{what}";
    /// An account's id that is taken.
    account_exists(id) = 409, 1002, "there is an account \"{id}\" already";
    /// An account that is not empty.
    account_in_use(id, what) = 409, 1004, "the account \"{id}\" is not empty: it has {what}; delete them first, or delete it with force, which deletes all of them and their data";
    /// The Worker does not exist. wrangler takes it for "this is the first deploy".
    script_not_found() = 404, 10007, "workers.api.error.script_not_found: this Worker does not exist on this account";
    /// A Worker's name that cannot be one.
    invalid_script_name(name) = 400, 10016, "workers.api.error.invalid_script_name: \"{name}\" is not a Worker's name; use 1 to 63 lower-case letters, digits, \"-\" and \"_\", not beginning with \"-\"";
    /// The Workflow does not exist. wrangler takes it for "the name is free".
    workflow_not_found() = 404, 10200, "workflows.api.error.workflow.not_found";
    /// The body of a request about Workflows does not say what it must.
    workflow_body(what) = 400, 10002, "workflows.api.error.body: {what}";
    /// A Workflow's jurisdiction is for ever.
    jurisdiction_changed() = 409, 10209, "workflows.api.error.workflow.jurisdiction_immutable: a Workflow's jurisdiction cannot be changed after it is created; give it a new name, or delete it first, which also deletes its instances";
    /// The Worker that a Workflow shall run on does not exist or has nothing live.
    workflow_script_missing(script) = 404, 10204, "workflows.api.error.script.not_found: the Worker \"{script}\" does not exist on this account; deploy it before its Workflows";
    /// The live code does not have the Workflow's class.
    workflow_class_missing(class, script, why) = 400, 10205, "workflows.api.error.class.invalid: \"{class}\" of the Worker \"{script}\" cannot be a Workflow: {why}";
    /// The upload is not what it must be.
    bad_upload(what) = 400, 10001, "workers.api.error.bad_upload: {what}";
    /// Service-worker syntax.
    service_worker() = 400, 10021, "Stepwell runs ES modules only, and this is a service-worker script (addEventListener); export a default object with a fetch() handler instead";
    /// Python.
    python() = 400, 10021, "Python Workers are not supported";
    /// `exports` for what is no Workflow.
    exports_unsupported(name, kind) = 400, 100_402, "\"exports.{name}\" with type \"{kind}\" is not supported; declare Durable Object classes with \"migrations\" instead";
    /// Two bindings of one name.
    binding_name_taken(name) = 400, 10053, "Binding name '{name}' already in use. Please use a different name and try again.";
    /// An `inherit` without a predecessor. wrangler knows it by how it begins.
    inherit_invalid(name) = 400, 10057, "inherit binding '{name}' is invalid: the previous version has no binding of this name";
    /// Kinds of bindings that cannot be had.
    unsupported_bindings(named) = 400, 10021, "these bindings are of kinds that Stepwell does not support: {named}; remove them, or start the server with --allow-unsupported, which makes each of them throw when it is used";
    /// A service binding without its Worker.
    service_not_found(binding, target) = 400, 10143, "Could not resolve service binding '{binding}'. Target script '{target}' not found. Please verify the target script and try again.";
    /// A service binding without its entrypoint.
    entrypoint_not_found(binding, target, entrypoint) = 400, 10144, "Could not resolve service binding '{binding}'. Target script '{target}' does not export an entrypoint '{entrypoint}'. Please verify the target and try again.";
    /// A Workflow binding whose Worker is not there.
    workflow_target_not_found(binding, target) = 400, 10143, "Could not resolve Workflow binding '{binding}'. Target script '{target}' not found. Please deploy it first and try again.";
    /// An object binding whose Worker is not there.
    object_target_not_found(binding, target) = 400, 10061, "Cannot create binding '{binding}' for class in script '{target}' that does not exist. Please deploy it first and try again.";
    /// An object binding whose class the other Worker does not have.
    class_not_in_script(binding, class, target) = 400, 10061, "Cannot create binding '{binding}' for class '{class}' because script '{target}' does not have it configured to implement Durable Objects. Ensure a new-class migration has been applied to it.";
    /// An object binding without a migration.
    class_without_migration(binding, class) = 400, 10061, "Cannot create binding '{binding}' for class '{class}' because it is not currently configured to implement Durable Objects. Ensure a --new-class migration has been applied to it.";
    /// Migrations that do not say what they must.
    bad_migrations(what) = 400, 10021, "\"metadata.migrations\": {what}";
    /// The Worker's migrations are not where the client thinks.
    migration_tag(current) = 412, 10079, "Migration tag precondition failed; current tag is '{current}'";
    /// A migration to a class that the code does not export.
    migration_class_missing(step, class, why) = 400, 10070, "Cannot apply {step} migration to class '{class}' that is not exported by script: {why}";
    /// A migration that makes a class that is there.
    migration_class_exists(step, class) = 400, 10074, "Cannot apply {step} migration to class '{class}' that is already depended on by existing Durable Objects";
    /// A migration of a class that is not there.
    migration_class_unknown(step, class) = 400, 10071, "Cannot apply {step} migration to class '{class}': it is not configured to implement Durable Objects";
    /// Objects whose class is gone.
    objects_without_class(class) = 400, 10064, "New version of script does not export class '{class}' which is depended on by existing Durable Objects. If you want to delete the class's Durable Objects, use a delete-class migration.";
    /// A version upload with a migration.
    migration_in_version() = 400, 10211, "Version upload failed. You attempted to upload a version of a Worker that includes a Durable Object migration, but migrations must be fully applied by running \"wrangler deploy\"";
    /// The code does not start, or does not have what its bindings need.
    invalid_script(what) = 400, 10021, "{what}";
    /// Code that nothing can call.
    no_handlers(main) = 400, 10068, "The uploaded script has no registered event handlers: \"{main}\" exports neither a default object with handlers, such as fetch(), nor a class";
    /// A deployment that cannot be.
    bad_deployment(what) = 400, 10021, "{what}";
    /// No such version.
    version_not_found(id) = 404, 10049, "the version {id} does not exist for this Worker";
    /// No such deployment.
    deployment_not_found(id) = 404, 10025, "the deployment {id} does not exist for this Worker";
    /// An address that another Worker has.
    duplicate_route(pattern, script) = 409, 10020, "workers.api.error.duplicate_route: \"{pattern}\" is assigned to the Worker \"{script}\"; take it away from that one first (deploy it without the route), then try again";
    /// No such custom domain.
    domain_not_found() = 404, 100_114, "workers.api.error.domain_not_found: this custom domain does not exist";
    /// An address that is none.
    bad_route(pattern, why) = 400, 10022, "workers.api.error.invalid_route_pattern: \"{pattern}\": {why}";
    /// No such bucket, since there are none.
    bucket_not_found() = 404, 10006, "The specified bucket does not exist.";
    /// A rollback that would change secrets. wrangler reads the names behind the colon.
    secrets_changed(names) = 400, 10220, "Rolling back would change secrets. The following secrets have changed: {names}";
    /// The Worker has no versions.
    no_versions() = 404, 10222, "This Worker has no versions yet; deploy it first";
    /// Secrets of something that is not live. wrangler says what to use instead.
    latest_not_deployed() = 400, 10215, "Secret edit failed. You attempted to modify a secret, but the latest version of your Worker isn't currently deployed. Please ensure that the latest version of your Worker is fully deployed before modifying secrets.";
    /// A secret that is not there.
    binding_not_found(name) = 404, 10056, "There is no binding named '{name}'";
    /// A route or a custom domain whose host is another account's.
    host_of_another_account(pattern) = 409, 10020, "\"{pattern}\": hosts of another account are among these; take a narrower pattern, or remove the routes and custom domains there first";
    /// A cron expression that is none.
    bad_schedule(cron, why) = 400, 10100, "invalid cron string \"{cron}\": {why}";
    /// A Worker that others need.
    script_in_use(callers) = 400, 10064, "the Worker cannot be deleted because other Workers have bindings to it ({callers}); delete it with force to delete it all the same";
    /// No such queue.
    queue_not_found() = 404, 11000, "The specified queue does not exist.";
    /// A queue's name that is taken.
    queue_name_taken(name) = 409, 11009, "Queue name '{name}' is already taken. Please use a different name and try again.";
    /// A queue that cannot be.
    bad_queue(what) = 400, 11003, "{what}";
    /// No such consumer.
    consumer_not_found() = 404, 11005, "The specified consumer does not exist.";
    /// A second consumer.
    consumer_exists() = 409, 11004, "Queue already has a consumer. Remove the existing consumer, or update it.";
    /// No such concurrency key.
    concurrency_key_not_found() = 404, 10300, "workflows.api.error.concurrency_key.not_found";
    /// A concurrency key's name that is taken.
    concurrency_key_taken(name) = 409, 10301, "workflows.api.error.concurrency_key.already_exists: there is a key \"{name}\" already";
    /// Static assets that cannot be had.
    bad_assets(what) = 400, 10304, "{what}";
    /// A token of an upload of static assets that does not count.
    bad_assets_token() = 401, 10305, "the token of this asset upload is not valid or has expired; start the upload again";
    /// A token that cannot be made as asked.
    bad_token(what) = 400, 1001, "{what}";
    /// No such token.
    token_not_found() = 404, 1003, "Token not found";
}
