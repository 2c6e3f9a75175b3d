//! Rendered Rust → formatted Rust, by the user's own rustfmt and settings.

use std::cmp::Reverse;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use cargo_backend_shared::config::Environment;

use crate::render::Produced;

/// More processes than this cost more to start than they give.
const MOST_PROCESSES: usize = 8;

/// Sources of fewer bytes than this are not worth a second process.
const WORTH_SHARING: usize = 20_000;

/// Which texts each process formats, by their numbers: about as many bytes each.
fn share_out(texts: &[&str], processes: usize) -> Vec<Vec<usize>> {
    let total: usize = texts.iter().map(|text| text.len()).sum();
    let processes = processes.clamp(1, 1 + total / WORTH_SHARING);
    let mut shares = vec![(0, Vec::new()); processes];
    let mut numbers: Vec<usize> = (0..texts.len()).collect();
    numbers.sort_by_key(|&number| Reverse(texts[number].len()));
    for number in numbers {
        if let Some(share) = shares.iter_mut().min_by_key(|(bytes, _)| *bytes) {
            share.0 += texts[number].len();
            share.1.push(number);
        }
    }
    shares.into_iter().map(|(_, numbers)| numbers).collect()
}

/// The comments and attributes of a file as a whole, and its items: the former may stand nowhere but at
/// the top of a file.
fn behead(text: &str) -> (&str, &str) {
    let of_the_file = |line: &&str| {
        let line = line.trim();
        line.is_empty()
            || line == "//"
            || ["//!", "// "].iter().any(|start| line.starts_with(start))
            || (line.starts_with("#![") && line.ends_with(']'))
    };
    let head = text.split_inclusive('\n').take_while(of_the_file);
    let length = head.map(str::len).sum();
    text.split_at(length)
}

/// An item that stands between two files where rustfmt gets many as one. It moves no item across
/// another that is neither `use` nor `mod`.
fn seam(number: usize) -> String {
    format!("const _{number}: () = ();")
}

/// The items of many files as those of one: a process for each file costs ten times what a file does.
fn join<'a>(bodies: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::new();
    for (number, body) in bodies.enumerate() {
        joined.push_str(body);
        joined.push_str("\n\n");
        joined.push_str(&seam(number));
        joined.push_str("\n\n");
    }
    joined
}

/// The files again; none where rustfmt did not leave the seams as they were.
fn part(formatted: &str, count: usize) -> Option<Vec<&str>> {
    let mut rest = formatted;
    let mut parts = Vec::with_capacity(count);
    for number in 0..count {
        let (before, after) = rest.split_once(&seam(number))?;
        parts.push(before.trim_matches(['\r', '\n']));
        rest = after;
    }
    rest.trim().is_empty().then_some(parts)
}

/// A file from its head as it was rendered and its items as they were formatted.
fn whole(head: &str, body: &str) -> String {
    let ending = if body.contains("\r\n") { "\r\n" } else { "\n" };
    let blank = head.ends_with("\n\n");
    let mut lines: Vec<&str> = head.trim_end().lines().collect();
    if blank && !lines.is_empty() && !body.is_empty() {
        lines.push("");
    }
    if !body.is_empty() {
        lines.push(body);
    }
    lines.push("");
    lines.join(ending)
}

/// Formats files for a workspace.
#[derive(Debug)]
pub(crate) struct Formatter<'a> {
    /// Where the settings of rustfmt are looked for.
    root: &'a Path,
    edition: &'a str,
    program: PathBuf,
}

impl<'a> Formatter<'a> {
    pub(crate) fn new(root: &'a Path, edition: &'a str, environment: &Environment) -> Self {
        Self {
            root,
            edition,
            program: rustfmt(environment),
        }
    }

    /// Formats the sources of a whole crate: a rustfmt for each core, as it works on one alone. Where
    /// that fails, each is formatted alone, and the fault is that of one.
    pub(crate) fn format_all(&self, files: &mut [Produced]) -> anyhow::Result<()> {
        let sources: Vec<&mut Produced> = files
            .iter_mut()
            .filter(|file| file.path.extension().is_some_and(|end| end == "rs"))
            .collect();
        let parts: Vec<(&str, &str)> = sources.iter().map(|file| behead(&file.text)).collect();
        let bodies: Vec<&str> = parts.iter().map(|(_, body)| *body).collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shares = share_out(&bodies, cores.min(MOST_PROCESSES));
        let formatted: Vec<Option<String>> = std::thread::scope(|scope| {
            let threads: Vec<_> = shares
                .iter()
                .map(|share| {
                    let joined = join(share.iter().map(|&number| bodies[number]));
                    scope.spawn(move || self.run(&joined).ok().flatten())
                })
                .collect();
            let results = threads.into_iter().map(|thread| thread.join().ok());
            results.map(Option::flatten).collect()
        });
        let mut texts: Vec<Option<String>> = vec![None; sources.len()];
        for (share, formatted) in shares.iter().zip(&formatted) {
            let formatted = formatted.as_deref();
            let Some(bodies) = formatted.and_then(|text| part(text, share.len())) else {
                continue;
            };
            for (&number, body) in share.iter().zip(bodies) {
                texts[number] = Some(whole(parts[number].0, body));
            }
        }
        for (file, text) in sources.into_iter().zip(texts) {
            file.text = match text {
                Some(text) => text,
                None => self.format(&file.path, &file.text)?,
            };
        }
        Ok(())
    }

    /// Formats one file. Without rustfmt, prettyplease does it; it knows no comments but those of
    /// documentation, so the first line is kept by hand.
    pub(crate) fn format(&self, path: &Path, text: &str) -> anyhow::Result<String> {
        match self.run(text) {
            Ok(Some(formatted)) => Ok(formatted),
            Ok(None) => fallback(path, text),
            // A toolchain without the component has a proxy that only fails.
            Err(refusal) => fallback(path, text)
                .with_context(|| format!("rustfmt refused `{}`: {refusal:#}", path.display())),
        }
    }

    /// What rustfmt makes of a text; none where there is no rustfmt.
    fn run(&self, text: &str) -> anyhow::Result<Option<String>> {
        let child = Command::new(&self.program)
            .args(["--edition", self.edition, "--emit", "stdout", "--quiet"])
            .current_dir(self.root)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut child) = child else {
            return Ok(None);
        };
        let stdin = child.stdin.take();
        let (written, output) = std::thread::scope(|scope| {
            let writer = scope.spawn(|| stdin.map(|mut stdin| stdin.write_all(text.as_bytes())));
            let output = child.wait_with_output();
            (writer.join(), output)
        });
        let output = output.context("rustfmt was lost")?;
        if !output.status.success() {
            anyhow::bail!("{}", String::from_utf8_lossy(&output.stderr));
        }
        let written = written.ok().flatten().transpose();
        written.context("cannot talk to rustfmt")?;
        let formatted = String::from_utf8(output.stdout).context("rustfmt wrote no UTF-8")?;
        Ok(Some(formatted))
    }
}

/// The rustfmt of the toolchain in use: what `RUSTFMT` says, as `cargo fmt` has it; else the one beside
/// the cargo that runs this, which spares rustup a choice that it has made; else that of the path.
fn rustfmt(environment: &Environment) -> PathBuf {
    if let Some(given) = environment.get("RUSTFMT") {
        return PathBuf::from(given);
    }
    let name = format!("rustfmt{}", std::env::consts::EXE_SUFFIX);
    let beside = environment.get("CARGO").map(Path::new);
    beside
        .map(|cargo| cargo.with_file_name(&name))
        .filter(|beside| beside.is_file())
        .unwrap_or_else(|| PathBuf::from(name))
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

    #[test]
    fn the_rustfmt_is_that_of_the_toolchain_that_runs_this() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let name = format!("rustfmt{}", std::env::consts::EXE_SUFFIX);
        let (cargo, beside) = (folder.path().join("cargo"), folder.path().join(&name));
        let cargo = cargo
            .to_str()
            .expect("a temporary folder with a plain name");
        let of_cargo = || rustfmt(&Environment::from([("CARGO", cargo)]));
        assert_eq!(
            of_cargo(),
            Path::new(&name),
            "a toolchain without the component"
        );
        fs_err::write(&beside, "").expect("a file");
        assert_eq!(of_cargo(), beside);
        let given = Environment::from([("CARGO", cargo), ("RUSTFMT", "mine")]);
        assert_eq!(rustfmt(&given), Path::new("mine"));
    }

    #[test]
    fn files_come_back_as_if_each_were_formatted_alone() {
        let texts = [
            "// @generated\n//! Doc.\n\nuse b::B;\nuse a::A;\nmod z;\nmod c;\n\n\nfn  f( ){}\n\n",
            "//! Only words.\n",
            "#![forbid(unsafe_code)]\nuse d::D;\nuse c::C;\n// The end.\n",
            "/// Of the item.\npub struct  S;",
        ];
        let environment = Environment::default();
        let root = std::env::temp_dir();
        let formatter = Formatter::new(&root, "2024", &environment);
        let alone = texts.map(|text| formatter.format(Path::new("a.rs"), text).expect("Rust"));
        let file = |text: &str| Produced {
            path: "a.rs".into(),
            text: text.to_owned(),
            owner: crate::render::Owner::Generated,
            implements: None,
        };
        let mut together = texts.map(file);
        formatter.format_all(&mut together).expect("Rust");
        assert_eq!(together.map(|file| file.text), alone);
    }
}
