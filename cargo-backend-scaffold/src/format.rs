//! Rendered Rust → formatted Rust, by the user's own rustfmt and settings.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

use crate::render::Produced;

/// The files that are no module of another.
const ROOTS: &[&str] = &[
    "src/lib.rs",
    "src/main.rs",
    "tests/api.rs",
    "tests/generated.rs",
];

/// More processes than this cost more to start than they give.
const MOST_PROCESSES: usize = 8;

/// Smaller crates than this many bytes are not worth a second process.
const WORTH_SHARING: usize = 20_000;

/// Which files each process formats, by their numbers: about as many bytes each. The first has those
/// with modules in files of their own, besides others.
fn share_out(texts: &[(&Path, &str)], processes: usize) -> Vec<Vec<usize>> {
    let total: usize = texts.iter().map(|(_, text)| text.len()).sum();
    let processes = processes.clamp(1, 1 + total / WORTH_SHARING);
    let mut shares = vec![(0, Vec::new()); processes];
    let (above, mut alone): (Vec<usize>, Vec<usize>) = (0..texts.len()).partition(|&number| {
        let (path, text) = texts[number];
        is_root(path) || names_modules(text)
    });
    alone.sort_by_key(|&number| Reverse(texts[number].1.len()));
    for number in above {
        shares[0].0 += texts[number].1.len();
        shares[0].1.push(number);
    }
    for number in alone {
        if let Some(share) = shares.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            share.0 += texts[number].1.len();
            share.1.push(number);
        }
    }
    shares.into_iter().map(|(_, numbers)| numbers).collect()
}

fn is_root(path: &Path) -> bool {
    ROOTS.iter().any(|root| path == Path::new(root))
}

/// Whether there may be a `mod name;` in it, for which rustfmt looks for a file.
fn names_modules(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim();
        line.ends_with(';') && line.split(' ').any(|word| word == "mod")
    })
}

/// The files of a crate where its `mod`s look for them, empty where they are not of the share; tells
/// the roots.
fn lay_out_crate(
    folder: &Path,
    texts: &[(&Path, &str)],
    share: &[usize],
    places: &mut [PathBuf],
) -> anyhow::Result<Vec<PathBuf>> {
    let mut roots = Vec::new();
    let share: BTreeSet<usize> = share.iter().copied().collect();
    for (number, (path, text)) in texts.iter().enumerate() {
        let place = folder.join("crate").join(path);
        if let Some(above) = place.parent() {
            fs_err::create_dir_all(above)?;
        }
        if share.contains(&number) {
            fs_err::write(&place, text)?;
            places[number].clone_from(&place);
        } else {
            fs_err::write(&place, "")?;
        }
        if is_root(path) {
            roots.push(place);
        }
    }
    Ok(roots)
}

/// The files of a share as modules of one root, which is told: so many paths are no command line.
fn lay_out_share(
    folder: &Path,
    share: usize,
    texts: &[(&Path, &str)],
    numbers: &[usize],
    places: &mut [PathBuf],
) -> anyhow::Result<PathBuf> {
    let folder = folder.join(share.to_string());
    fs_err::create_dir_all(&folder)?;
    let mut modules = String::new();
    for &number in numbers {
        let place = folder.join(format!("file{number}.rs"));
        fs_err::write(&place, texts[number].1)?;
        places[number] = place;
        writeln!(modules, "mod file{number};")?;
    }
    let root = folder.join("root.rs");
    fs_err::write(&root, modules)?;
    Ok(root)
}

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

    /// Formats the sources of a whole crate: a rustfmt for each core, as it works on one alone. The
    /// first follows the `mod`s of the crate's roots; files without any are shared out, and are empty
    /// where it meets them. Where that fails, each is formatted alone, and the fault is that of one.
    pub(crate) fn format_all(&self, files: &mut [Produced]) -> anyhow::Result<()> {
        let folder = tempfile::tempdir().context("there is no room for temporary files")?;
        let sources: Vec<&mut Produced> = files
            .iter_mut()
            .filter(|file| file.path.extension().is_some_and(|end| end == "rs"))
            .collect();
        let texts: Vec<(&Path, &str)> = sources
            .iter()
            .map(|file| (file.path.as_path(), file.text.as_str()))
            .collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shares = share_out(&texts, cores.min(MOST_PROCESSES));
        let mut places = vec![PathBuf::new(); sources.len()];
        let mut children = Vec::new();
        for (number, share) in shares.iter().enumerate() {
            let roots = match number {
                0 => lay_out_crate(folder.path(), &texts, share, &mut places)?,
                _ => vec![lay_out_share(
                    folder.path(),
                    number,
                    &texts,
                    share,
                    &mut places,
                )?],
            };
            children.push(self.start(&roots));
        }
        let mut sound = true;
        for child in children {
            let output = child.and_then(Child::wait_with_output);
            sound &= output.is_ok_and(|output| output.status.success());
        }
        for (file, place) in sources.into_iter().zip(places) {
            file.text = match sound {
                true => fs_err::read_to_string(place)?,
                false => self.format(&file.path, &file.text)?,
            };
        }
        Ok(())
    }

    fn start(&self, roots: &[PathBuf]) -> std::io::Result<Child> {
        let mut command = Command::new("rustfmt");
        command.args(["--edition", self.edition, "--quiet"]);
        // The temporary files are not below the settings, and rustfmt takes no folder without any.
        if let Some(settings) = self.settings() {
            command.arg("--config-path").arg(settings);
        }
        command
            .args(roots)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
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
