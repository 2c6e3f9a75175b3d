//! A run as text, for people and for programs.

pub(crate) mod human;
pub(crate) mod json;
