//! Every code that the account API answers with, in one table (spec 4.14 and Cloudflare's general ones).

use hyper::StatusCode;

/// A reason for a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    /// What clients go by.
    pub(crate) number: u32,
    /// The HTTP status that goes with it.
    pub(crate) status: StatusCode,
    /// The text where there is nothing more exact to say.
    pub(crate) text: &'static str,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $number:literal, $status:ident, $text:literal;)+) => {
        $($(#[doc = $doc])+
        pub(crate) const $name: Code = Code { number: $number, status: StatusCode::$status, text: $text };)+
    };
}

codes! {
    /// A request without credentials, or with some that cannot be read.
    NO_CREDENTIALS = 9106, UNAUTHORIZED, "Missing X-Auth-Key, X-Auth-Email or Authorization headers";
    /// A token that does not exist (any more).
    UNKNOWN_TOKEN = 10000, UNAUTHORIZED, "Authentication error";
    /// A token that may not do this, or not in this account.
    FORBIDDEN = 10000, FORBIDDEN, "Authentication error";
    /// A path that is nothing.
    NO_ROUTE = 7003, NOT_FOUND, "Could not route to this path, perhaps your object identifier is invalid?";
    /// A method that a path does not have.
    WRONG_METHOD = 7001, METHOD_NOT_ALLOWED, "This method is not available for this path";
    /// Something went wrong here.
    INTERNAL = 10001, INTERNAL_SERVER_ERROR, "workflows.api.error.internal_server";
    /// A body, a query or a part of a path that breaks a rule.
    INVALID = 10002, BAD_REQUEST, "workflows.api.error.body";
    /// What this version cannot do yet. No 5xx: clients would try again.
    NOT_SUPPORTED = 10003, BAD_REQUEST, "not supported by this version of Stepwell yet";
    /// An upload that is not what it must be.
    BAD_UPLOAD = 10001, BAD_REQUEST, "workers.api.error.bad_upload";
    /// No such database, since there are none.
    DATABASE_NOT_FOUND = 7404, NOT_FOUND, "The database does not exist: Stepwell does not have D1";
    /// A cursor that this server did not make, or for another list.
    BAD_CURSOR = 10004, BAD_REQUEST, "the cursor is not one of this list: begin again without a cursor";
    /// No such tail, or not any more.
    TAIL_NOT_FOUND = 10057, NOT_FOUND, "workers.api.error.tail_not_found: this tail does not exist, or it has ended";
    /// As many tails as a Worker may have.
    TOO_MANY_TAILS = 10058, CONFLICT, "this Worker has too many tails";
    /// A body that took too long.
    BODY_TIMEOUT = 10408, REQUEST_TIMEOUT, "The request body did not arrive in time";
    /// A body that is too large.
    BODY_TOO_LARGE = 10413, PAYLOAD_TOO_LARGE, "The request body is too large";
    /// More new instances than the rate allows.
    RATE_LIMITED = 10429, TOO_MANY_REQUESTS, "too many new instances";
    /// The server is stopping, or its storage cannot be reached.
    UNAVAILABLE = 10503, SERVICE_UNAVAILABLE, "the server is unavailable";
    /// The disk is full.
    FULL = 10507, INSUFFICIENT_STORAGE, "the store is full";
    /// No such Workflow: wrangler's signal for its first deploy.
    WORKFLOW_NOT_FOUND = 10200, NOT_FOUND, "workflows.api.error.workflow.not_found";
    /// No such version of a Workflow.
    VERSION_NOT_FOUND = 10201, NOT_FOUND, "workflows.api.error.version.not_found";
    /// A Workflow, or a version of it, whose code is gone.
    NO_CODE = 10202, CONFLICT, "the Workflow has no code to run on";
    /// No such instance.
    INSTANCE_NOT_FOUND = 10400, NOT_FOUND, "workflows.api.error.instance.not_found";
    /// No such step of an instance.
    STEP_NOT_FOUND = 10401, NOT_FOUND, "workflows.api.error.step.not_found";
    /// An id that is taken.
    INSTANCE_EXISTS = 10405, CONFLICT, "workflows.api.error.instance.already_exists";
    /// The instance's state does not allow it.
    INSTANCE_STATE = 10409, CONFLICT, "workflows.api.error.instance.state";
    /// An id that comes twice in a batch.
    DUPLICATE_IN_BATCH = 10415, CONFLICT, "workflows.api.error.instance.duplicate_in_batch";
}
