//! The HTTP faces of Stepwell: the endpoint behind Workflow bindings and the ingress to Workers.

pub mod admin;
pub mod binding;
pub mod ingress;
