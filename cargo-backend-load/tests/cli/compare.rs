//! Two servers in turn, and a run beside an earlier one.

use std::time::Duration;

use snapbox::{assert_data_eq, str};

use crate::command::{Folder, Said};
use crate::server::{Server, Temper};

fn slow(millis: u64) -> Server {
    Server::start(Temper::Slow(Duration::from_millis(millis)))
}

fn compare(before: &Server, after: &Server, args: &[&str]) -> Said {
    let (before, after) = (before.url(), after.url());
    let always = [
        "compare", &before, &after, "-c", "2", "-d", "2s", "--block", "60ms",
    ];
    Folder::new().run(&[&always[..], args].concat())
}

#[test]
fn a_server_that_takes_twice_as_long_is_slower() {
    let (before, after) = (slow(5), slow(10));
    let said = compare(&before, &after, &["--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let duel = said.json();
    assert_eq!(duel["reason"], "load-comparison");
    assert_eq!(duel["change"], "slower");
    let ratio = duel["figures"][0]["ratio"]["ratio"]
        .as_f64()
        .expect("a ratio");
    assert!((1.3..4.0).contains(&ratio), "{duel:#}");
    for (server, index) in [(&before, 0), (&after, 1)] {
        let told = duel["requests"][index].as_u64().expect("a count");
        // Warm-up, settling and what was on its way are not told.
        assert!((1..=server.requests()).contains(&told), "{duel:#}");
    }
    let said = compare(&after, &before, &["--json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert_eq!(said.json()["change"], "faster");
}

#[test]
fn a_change_that_does_not_matter_is_none() {
    let (before, after) = (slow(10), slow(11));
    let said = compare(&before, &after, &["--min-effect", "100%"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    assert!(said.stdout.contains("no difference seen"), "{said:?}");
}

#[test]
fn a_comparison_needs_six_rounds() {
    let server = slow(1);
    let url = server.url();
    let said = Folder::new().run(&["compare", &url, &url, "-d", "1s", "--block", "50ms"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_data_eq!(
        said.stderr,
        str![[r#"
error: 1s are too short for six rounds of A B B A
hint: load longer with `--duration`, or with a shorter `--block`

"#]]
    );
    let said = Folder::new().run(&["compare", &url, &url, "--format", "sarif"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_eq!(server.requests(), 0);
}

#[test]
fn a_late_answer_belongs_to_the_server_that_gave_it() {
    // Answers of the second server come long after its block, when the first one has its turn.
    let (before, after) = (slow(5), slow(150));
    let (urls, block) = (
        [before.url(), after.url()],
        ["--block", "130ms", "-d", "3200ms"],
    );
    let always = ["compare", &urls[0], &urls[1], "--rps", "100", "--json"];
    let said = Folder::new().run(&[&always[..], &block].concat());
    assert_eq!(said.code, Some(1), "{said:?}");
    let values = &said.json()["figures"][0]["values"];
    let average_us = |index: usize| values[index].as_f64().expect("an average");
    // Charged to the first server, they would make 40 ms of its 5.
    assert!(average_us(0) < 25_000.0, "{values}");
    assert!(average_us(1) >= 150_000.0, "{values}");
}

#[test]
fn servers_are_compared_at_a_rate() {
    let (before, after) = (slow(5), slow(10));
    let (urls, block) = (
        [before.url(), after.url()],
        ["--block", "100ms", "-d", "2400ms"],
    );
    let run = |args: &[&str]| {
        let always = ["compare", &urls[0], &urls[1], "--rps", "200"];
        let once = || Folder::new().run(&[&always[..], &block, args].concat());
        // Beside other work the generator may be late, and says so: then it is asked again.
        let mut said = once();
        for _ in 0..4 {
            if said.code != Some(3) {
                break;
            }
            said = once();
        }
        said
    };
    let said = run(&["--json"]);
    assert_eq!(said.code, Some(1), "{said:?}");
    let duel = said.json();
    assert_eq!(
        (&duel["change"], &duel["due_per_second"]),
        (&"slower".into(), &200.0.into())
    );
    // Each has half of the time; a tenth of each block is not told.
    for index in [0, 1] {
        let told = duel["requests"][index].as_u64().expect("a count");
        assert!((180..=220).contains(&told), "{duel:#}");
    }
    let rate = duel["figures"][4]["values"][1].as_f64().expect("a rate");
    assert!((185.0..215.0).contains(&rate), "{duel:#}");

    for (form, words) in [
        ("human", "6 rounds of A B B A at 200 requests/s"),
        ("markdown", "# B is slower"),
        ("github", "::error title=B is slower::"),
        ("junit", "failures=\"1\""),
        ("csv", "figure,a,b,ratio,low,high"),
    ] {
        let said = run(&["--format", form]);
        assert_eq!(said.code, Some(1), "{said:?}");
        assert!(said.stdout.contains(words), "{said:?}");
    }
}

#[test]
fn a_run_is_compared_with_an_earlier_one() {
    let server = slow(10);
    let folder = Folder::new();
    let url = server.url();
    let run = |args: &[&str]| {
        let always = [&url[..], "-c", "2", "-d", "1s"];
        folder.run(&[&always[..], args].concat())
    };
    let said = run(&["--report", "before.json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    // One second says nothing.
    for (form, words) in [
        ("junit", "not slower than before"),
        ("github", "::warning title=inconclusive"),
        ("markdown", "inconclusive"),
    ] {
        let said = run(&["--compare", "before.json", "--format", form]);
        assert!(said.stdout.contains(words), "{said:?}");
    }
    let said = run(&["--compare", "before.json", "--json"]);
    assert_eq!(said.code, Some(3), "{said:?}");
    assert_eq!(said.json()["comparison"]["change"], "inconclusive");

    let before = server.requests();
    let said = run(&["--compare", "before.json", "--method", "PUT"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    assert_data_eq!(
        said.stderr,
        str![[r#"
error: `before.json` is of another kind of run: method was "GET" and is "PUT"
hint: load in the same way, or compare nevertheless with `--force`

"#]]
    );
    let said = run(&["--compare", "missing.json"]);
    assert_eq!(said.code, Some(2), "{said:?}");
    folder.file("other.json", "{}");
    let said = run(&["--compare", "other.json"]);
    assert_data_eq!(
        said.stderr,
        str![[r#"
error: cannot compare with `other.json`: it is not the JSON report of a load
hint: `--report FILE.json` writes a report that can be compared with

"#]]
    );
    assert_eq!(server.requests(), before);

    let args = ["--compare", "before.json", "--method", "PUT", "--force"];
    assert_eq!(run(&args).code, Some(3));
}
