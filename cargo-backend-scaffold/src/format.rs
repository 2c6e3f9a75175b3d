//! Rendered Rust → formatted Rust, by the user's own rustfmt and settings.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::render::Produced;

/// The files that are no module of another.
const ROOTS: &[&str] = &[
    "src/lib.rs",
    "src/main.rs",
    "tests/api.rs",
    "tests/generated.rs",
];

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

    /// Formats the sources of a whole crate by one run of rustfmt, which follows their `mod`s. Where
    /// that fails, each is formatted alone, and the fault is that of one.
    pub(crate) fn format_all(&self, files: &mut [Produced]) -> anyhow::Result<()> {
        let is_source = |file: &Produced| file.path.extension().is_some_and(|end| end == "rs");
        let folder = tempfile::tempdir().context("there is no room for temporary files")?;
        let mut roots = Vec::new();
        for file in files.iter().filter(|file| is_source(file)) {
            let path = folder.path().join(&file.path);
            if let Some(above) = path.parent() {
                fs_err::create_dir_all(above)?;
            }
            fs_err::write(&path, &file.text)?;
            if ROOTS.iter().any(|root| file.path == Path::new(root)) {
                roots.push(path);
            }
        }
        let mut command = Command::new("rustfmt");
        command.args(["--edition", self.edition, "--quiet"]);
        // The temporary files are not below the settings, and rustfmt takes no folder without any.
        if let Some(settings) = self.settings() {
            command.arg("--config-path").arg(settings);
        }
        let output = command.args(&roots).output();
        if !output.is_ok_and(|output| output.status.success()) {
            for file in files.iter_mut().filter(|file| is_source(file)) {
                file.text = self.format(&file.path, &file.text)?;
            }
            return Ok(());
        }
        for file in files.iter_mut().filter(|file| is_source(file)) {
            file.text = fs_err::read_to_string(folder.path().join(&file.path))?;
        }
        Ok(())
    }

    /// The file with the settings for the workspace: the nearest, as rustfmt itself looks for it.
    fn settings(&self) -> Option<PathBuf> {
        let folders = self.root.ancestors();
        let mut files = folders
            .flat_map(|folder| [".rustfmt.toml", "rustfmt.toml"].map(|name| folder.join(name)));
        files.find(|file| file.is_file())
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
