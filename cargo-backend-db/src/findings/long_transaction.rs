//! A transaction that runs for minutes.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, seconds_in_words, shown};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "long-transaction",
        summary: "a transaction that has been at work for minutes",
        explanation: "\
## Why
While a transaction runs, no row that it might still see is cleaned up, in any table: tables that are
updated often grow, and every query reads the dead rows. Its locks make others wait, and a schema
change behind it stops the whole table.

## Proof
PostgreSQL: `pg_stat_activity.xact_start` of sessions that are at work. MySQL and MariaDB:
`information_schema.innodb_trx.trx_started`. Who only keeps it open is a finding of
`idle-in-transaction`.

## Fix
Work in batches, each in a transaction of its own; let long reports read a standby.
",
    },
    engines: SERVERS,
    needs: &[Section::Sessions],
    needs_history: false,
    thresholds: &[&SECONDS],
    check,
};

static SECONDS: Threshold = Threshold {
    name: "long-transaction-seconds",
    default: 300,
    about: "How long it runs at least. PgHero shows queries from 60 s; a backup or an index build \
            takes minutes rightly.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let sessions = facts.statistics.sessions.iter();
    sessions
        .filter(|session| !session.idle)
        .filter(|session| session.transaction_s >= facts.threshold(&SECONDS))
        .map(|session| {
            Diagnostic::warning(format!(
                "session {} of {} has been in a transaction for {}",
                session.id,
                session.user,
                seconds_in_words(session.transaction_s)
            ))
            .evidence(format!(
                "for {} it has run: {}",
                seconds_in_words(session.state_s),
                shown(&session.query)
            ))
            .help("split the work into batches with a transaction each")
            .into()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema};
    use super::*;
    use crate::statistics::{Session, Statistics};

    #[test]
    fn only_who_works_for_long_is_found() {
        let schema = schema(Vec::new());
        let count = |idle, transaction_s| {
            let mut statistics = Statistics::default();
            statistics.sessions.push(Session {
                idle,
                transaction_s,
                ..Session::default()
            });
            said(check, &schema, &statistics).len()
        };
        assert_eq!(
            [count(false, 299), count(false, 300), count(true, 300)],
            [0, 1, 0]
        );
    }
}
