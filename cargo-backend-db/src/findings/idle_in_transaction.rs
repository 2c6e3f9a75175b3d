//! A transaction that nobody works in.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Section, seconds_in_words, shown};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "idle-in-transaction",
        summary: "a session that does nothing and keeps its transaction open",
        explanation: "\
## Why
An open transaction keeps its locks, and keeps every row that was deleted since from being cleaned up
(PostgreSQL: vacuum, MySQL: purge). The usual reasons: a network call between BEGIN and COMMIT, or
an error after which nobody rolled back.

## Proof
PostgreSQL: `pg_stat_activity.state` is `idle in transaction`, since `state_change`. MySQL and MariaDB:
a thread in `Sleep` with a transaction in `information_schema.innodb_trx`. Its last statement is shown.

## Fix
Find the statement in the source: what follows it belongs outside the transaction. As a net, set
`idle_in_transaction_session_timeout` (MariaDB: `idle_transaction_timeout`).
",
    },
    engines: SERVERS,
    needs: &[Section::Sessions],
    needs_history: false,
    thresholds: &[&SECONDS],
    check,
};

static SECONDS: Threshold = Threshold {
    name: "idle-in-transaction-seconds",
    default: 60,
    about: "How long nothing happens at least. No request that a person waits for takes so long.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let sessions = facts.statistics.sessions.iter();
    sessions
        .filter(|session| session.idle && session.state_s >= facts.threshold(&SECONDS))
        .map(|session| {
            let mut found = Diagnostic::warning(format!(
                "session {} of {} has been idle in a transaction for {}",
                session.id,
                session.user,
                seconds_in_words(session.state_s)
            ))
            .evidence(format!(
                "the transaction began {} ago",
                seconds_in_words(session.transaction_s)
            ))
            .evidence(format!("it last ran: {}", shown(&session.query)));
            if !session.application.is_empty() {
                found = found.evidence(format!("it calls itself {}", session.application));
            }
            found
                .help("commit before waiting for anything; set idle_in_transaction_session_timeout")
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
    fn only_who_is_idle_for_long_is_found() {
        let schema = schema(Vec::new());
        let count = |idle, state_s| {
            let mut statistics = Statistics::default();
            statistics.sessions.push(Session {
                idle,
                state_s,
                ..Session::default()
            });
            said(check, &schema, &statistics).len()
        };
        assert_eq!(
            [count(true, 59), count(true, 60), count(false, 60)],
            [0, 1, 0]
        );
    }
}
