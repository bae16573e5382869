//! The real `wrangler workflows … --local` against a real `stepwell dev`: every command with every option, and what it
//! prints.
//!
//! `recorded/` has what it prints against `wrangler dev` of the same version, for the same Worker and the same story;
//! with `STEPWELL_UPDATE=1` the stories are played there, and recorded anew. Where Stepwell is meant to differ, the story
//! says so, and why.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod newest;
mod oldest;
mod play;
mod recorded;
mod target;
