//! The harness of the end-to-end tests, and the demo, which is the longest of them.
#![expect(
    clippy::panic,
    reason = "a test that cannot be set up must fail with the reason, not return it"
)]

pub mod database;
pub mod demo;
pub mod own_server;
pub mod pairs;
pub mod plugin;
pub mod project;
pub mod service;
