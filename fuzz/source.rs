//! Any text as the source of a service: it is refused, or becomes a document that reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(document) = cargo_backend_scaffold::trial::describe_source(text) {
        // The tool's own reader takes it, whatever it then says of it.
        let _files = cargo_backend_scaffold::trial::render_document(&document);
    }
});
