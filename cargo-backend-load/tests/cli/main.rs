//! The program as its users have it: a process, a server that keeps its own count, and what both say.

mod command;
mod compare;
mod connection;
mod failures;
mod figures;
mod judgement;
mod log;
mod output;
mod pace;
mod redirects;
mod server;
mod usage;
