//! The HTTP faces of Stepwell: the endpoint behind Workflow bindings, the ingress to Workers, the Local Explorer's API.

pub mod admin;
pub mod binding;
pub mod explorer;
pub mod ingress;
mod shape;
