//! Every rule of `analyze` on every engine that can break it: a database with the pathology, where
//! it is found, and a healthy twin of the same size and traffic, where it is not.

mod mariadb;
mod postgres;
mod scene;
mod sqlite;

use cargo_backend_tests::plugin::Plugin;
use cargo_backend_tests::project::Project;

use scene::{Engine, Scene};

/// Builds a state of affairs in a shop.
type Build = fn(&mut Scene);

/// A test for each case, and the list of them.
macro_rules! cases {
    ($engine:ident: $($rule:ident { sick: $sick:expr, well: $well:expr $(,)? })*) => {
        use super::scene::{Engine, Scene};

        pub(super) const CASES: &[(&str, Engine)] = &[$((stringify!($rule), Engine::$engine)),*];

        $(
            #[test]
            fn $rule() {
                super::check(stringify!($rule), Engine::$engine, $sick, $well);
            }
        )*
    };
}
use cases;

fn check(rule: &str, engine: Engine, sick: Build, well: Build) {
    check_on(rule, engine, sick, well);
    if engine == Engine::Postgres {
        check_on(rule, Engine::Postgres18, sick, well);
    }
}

fn check_on(rule: &str, engine: Engine, sick: Build, well: Build) {
    let rule_name = rule.replace('_', "-");
    let mut scene = Scene::new(engine, &format!("{rule}_sick"));
    sick(&mut scene);
    scene.expect_finding(&rule_name);
    drop(scene);
    let mut scene = Scene::new(engine, &format!("{rule}_well"));
    well(&mut scene);
    scene.expect_no_finding(&rule_name);
}

#[test]
fn every_rule_has_its_pathology_and_its_healthy_twin_on_every_engine() {
    let tested: Vec<(String, &str)> = [postgres::CASES, mariadb::CASES, sqlite::CASES]
        .concat()
        .into_iter()
        .map(|(rule, engine)| (rule.replace('_', "-"), engine.dialect()))
        .collect();
    let rules = Project::empty()
        .run(Plugin::Db, &["explain", "--json"])
        .good();
    let mut untested = Vec::new();
    for line in rules.lines() {
        let rule: serde_json::Value = serde_json::from_str(line).expect("JSON");
        // Those of `lint` have their examples (lint_examples.rs).
        if rule["reason"] == "lint-rule" {
            continue;
        }
        let name = rule["rule"].as_str().expect("a name");
        for engine in rule["engines"].as_array().expect("a list") {
            let engine = engine.as_str().expect("a name");
            if !tested.contains(&(name.to_owned(), engine)) {
                untested.push(format!("{name} on {engine}"));
            }
        }
    }
    assert_eq!(untested, Vec::<String>::new());
}
