//! Any text as a document: it is refused, or becomes files of which every one for Rust is Rust.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let files = cargo_backend_scaffold::trial::render_document(text);
    for (path, file) in &files {
        if path.ends_with(".rs")
            && let Err(fault) = syn::parse_file(file)
        {
            panic!("{path}: {fault}\n{file}");
        }
    }
    // What is refused teaches the reader's paths; both are kept.
    Corpus::Keep
});
