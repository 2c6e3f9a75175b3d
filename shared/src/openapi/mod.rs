//! OpenAPI documents with a position for every node: text → `Source` → `Document`.
//!
//! What a document means for a plugin (routes, scenarios) is the plugin's; here it is only read,
//! and refused with file, line and column where it cannot be followed.

mod document;
mod fault;
mod files;
mod flow;
mod keyword;
mod lift;
mod older;
mod reference;
mod source;
mod swagger;

pub use document::{Document, METHODS, Node, load, load_in_order};
pub use source::Source;
