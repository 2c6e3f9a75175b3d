//! The loop on real parts, and the README's transcripts, which are made by running it.

use cargo_backend_shared::terminal::{Color, Format, Terminal, Verbosity};
use cargo_backend_tests::demo::{Demo, Figures, Load};
use cargo_backend_tests::plugin::{Plugin, repository};
use cargo_backend_tests::project::Project;
use cargo_backend_tests::service::Service;

/// A lookup in 200,000 rows gains far more than this; noise gains far less.
const CLEAR_GAIN: f64 = 5.0;

#[test]
fn the_index_is_the_gain_and_its_rollback_takes_it_back() {
    let project = Project::workspace();
    let terminal = Terminal::new(Color::Never, Verbosity::Quiet, Format::Human, true);
    let demo = Demo::new(&project, &terminal).expect("the example");
    let load = Load {
        concurrency: 4,
        duration: "2s".to_owned(),
    };
    demo.scaffold().expect("a service");
    let program = demo.build().expect("it compiles without a warning");
    demo.migrate().expect("tables");
    demo.seed().expect("rows");
    let service = demo.serve(&program).expect("it serves");
    let measure = |report: &str| -> Figures {
        let figures = demo.load(&service, &load, report).expect("a report");
        assert_eq!(figures.failed, 0);
        figures
    };

    let without = demo.database().schema();
    readme_shows_what_happens(&project, &service, &terminal);

    let before = measure("before.json");
    demo.suggest().expect("a migration");
    demo.migrate().expect("an index");
    let after = measure("after.json");
    assert!(
        before.p50_ms > CLEAR_GAIN * after.p50_ms,
        "{before:?} {after:?}"
    );

    demo.database().execute("DROP INDEX orders_customer_id_idx");
    let dropped = measure("dropped.json");
    assert!(
        dropped.p50_ms > CLEAR_GAIN * after.p50_ms,
        "{dropped:?} {after:?}"
    );

    // The down file tolerates that somebody else was faster.
    demo.rollback().expect("the way back");
    assert_eq!(demo.database().schema(), without);
}

/// Runs every `$ cargo backend-…` of the README's transcripts, in their order, and compares.
/// Figures differ from run to run: a number stands for any number.
fn readme_shows_what_happens(project: &Project, service: &Service, terminal: &Terminal) {
    let readme = fs_err::read_to_string(repository().join("README.md")).expect("the README");
    let transcripts = transcripts(&readme);
    assert_eq!(
        transcripts
            .iter()
            .map(|t| &t.plugin)
            .collect::<std::collections::BTreeSet<_>>()
            .len(),
        3,
        "each plugin shows itself"
    );
    for transcript in transcripts {
        let plugin = Plugin::ALL
            .into_iter()
            .find(|plugin| plugin.name() == transcript.plugin)
            .expect("a plugin of ours");
        let arguments: Vec<String> = transcript
            .arguments
            .iter()
            .map(|word| word.replace("http://127.0.0.1:8080", &service.url()))
            .collect();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        // The scaffold shows its first run; this project has had it.
        let fresh = Project::workspace();
        let place = if plugin == Plugin::Scaffold {
            Demo::new(&fresh, terminal).expect("the example");
            &fresh
        } else {
            project
        };
        let run = place.run(plugin, &words);
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        assert_eq!(
            without_figures(&(run.stderr + &run.stdout).replace("[ROOT]", "/home/me/shop")),
            without_figures(&transcript.output),
            "cargo {} {}",
            transcript.plugin,
            words.join(" ")
        );
    }
}

struct Transcript {
    plugin: String,
    arguments: Vec<String>,
    output: String,
}

/// The `console` blocks of a document: a line with `$ cargo backend-…`, then what it printed.
fn transcripts(document: &str) -> Vec<Transcript> {
    let mut found: Vec<Transcript> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        if let Some(fence) = line.strip_prefix("```") {
            inside = fence == "console";
        } else if let Some(command) = line.strip_prefix("$ cargo ").filter(|_| inside) {
            let mut words = command.split_whitespace().map(str::to_owned);
            found.push(Transcript {
                plugin: words.next().unwrap_or_default(),
                arguments: words.collect(),
                output: String::new(),
            });
        } else if inside && let Some(transcript) = found.last_mut() {
            transcript.output.push_str(line);
            transcript.output.push('\n');
        }
    }
    found
}

/// Lines with every number as `0` and every run of spaces as one; a unit may change with the number.
/// What is said of a machine that other programs use at the same moment is left out.
fn without_figures(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| {
            let mut shown = String::new();
            let mut rest = line.trim();
            while let Some(first) = rest.chars().next() {
                let length = if first.is_ascii_digit() {
                    let number = |c: char| !(c.is_ascii_digit() || c == ',' || c == '.');
                    rest.find(number).unwrap_or(rest.len())
                } else {
                    first.len_utf8()
                };
                if first.is_ascii_digit() {
                    shown.push('0');
                } else if first != ' ' || !shown.ends_with(' ') {
                    shown.push(first);
                }
                rest = &rest[length..];
            }
            for unit in ["µs", "ms", "MB", "kB", " s"] {
                shown = shown.replace(&format!("0 {}", unit.trim()), "0 unit");
            }
            shown
        })
        .filter(|line| !line.is_empty() && !line.contains("share a machine that is at its limit"))
        .collect()
}
