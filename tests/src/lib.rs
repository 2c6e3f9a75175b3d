//! The harness of the end-to-end tests, and the demo, which is the longest of them.

pub mod database;
pub mod plugin;
pub mod project;
pub mod service;
