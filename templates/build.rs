//! Cargo looks at the folder again when a template is added.

fn main() {
    println!("cargo::rerun-if-changed=files");
}
