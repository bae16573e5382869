//! The HTTP faces of Stepwell: the account API, the endpoint behind Workflow bindings, the ingress to Workers, the Local
//! Explorer's API.

pub mod account;
pub mod admin;
pub mod assets;
pub mod binding;
mod body;
pub mod explorer;
pub mod ingress;

mod input;
mod listen;
mod meters;
mod shape;
pub mod tls;

pub use input::time::parse as parse_time;
