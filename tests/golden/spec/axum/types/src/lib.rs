//! What is lent, and how it is asked for.

mod book;
pub mod paging;
pub mod reject;

pub use book::*;
