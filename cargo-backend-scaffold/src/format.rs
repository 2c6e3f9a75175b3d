//! Rendered Rust → formatted Rust, by the user's own rustfmt and settings.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::Context as _;

/// Formats files for a workspace.
#[derive(Debug)]
pub(crate) struct Formatter<'a> {
    /// Where the settings of rustfmt are looked for.
    root: &'a Path,
    edition: &'a str,
}

impl<'a> Formatter<'a> {
    pub(crate) fn new(root: &'a Path, edition: &'a str) -> Self {
        Self { root, edition }
    }

    /// Formats one file. Without rustfmt, prettyplease does it; it knows no comments but those of
    /// documentation, so the first line is kept by hand.
    pub(crate) fn format(&self, path: &Path, text: &str) -> anyhow::Result<String> {
        let child = Command::new("rustfmt")
            .args(["--edition", self.edition, "--emit", "stdout", "--quiet"])
            .current_dir(self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            return fallback(path, text);
        };
        if let Some(mut stdin) = child.stdin.take() {
            stdin
                .write_all(text.as_bytes())
                .context("cannot talk to rustfmt")?;
        }
        let output = child.wait_with_output().context("rustfmt was lost")?;
        if output.status.success() {
            return String::from_utf8(output.stdout).context("rustfmt wrote no UTF-8");
        }
        // A toolchain without the component has a proxy that only fails.
        fallback(path, text).with_context(|| {
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            format!("rustfmt refused `{}`: {said}", path.display())
        })
    }
}

fn fallback(path: &Path, text: &str) -> anyhow::Result<String> {
    let file = syn::parse_file(text)
        .with_context(|| format!("the generated `{}` is not Rust", path.display()))?;
    let header = text.lines().next().filter(|line| line.starts_with("// "));
    let header = header.map(|line| format!("{line}\n")).unwrap_or_default();
    Ok(header + &prettyplease::unparse(&file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_rustfmt_the_header_stays() {
        let text = "// @generated\nfn  main( ){}";
        assert_eq!(
            fallback(Path::new("a.rs"), text).expect("it is Rust"),
            "// @generated\nfn main() {}\n"
        );
    }
}
