//! Connections that are nearly all taken.

use cargo_backend_shared::diagnostic::Diagnostic;
use cargo_backend_shared::rule::Rule;

use super::SERVERS;
use super::check::{Check, Facts, Finding, Threshold};
use crate::statistics::{Connections, Section, grouped};

pub(super) static CHECK: Check = Check {
    rule: Rule {
        name: "connections-near-limit",
        summary: "a server or database that has few connections left",
        explanation: "\
## Why
At the limit every new connection is refused, also that of the person who wants to help. A pool that
reconnects then fails at the worst time: when there is much to do.

## Proof
PostgreSQL: `pg_stat_database.numbackends` against `max_connections` less
`superuser_reserved_connections`, and against the CONNECTION LIMIT of the database; the fuller of the
two is shown. MySQL and MariaDB: `Threads_connected` against `max_connections`.

## Fix
Count pools × their size × instances first: the sum should stay below the limit. Put a pooler
(PgBouncer, ProxySQL) in front before the limit is raised: each connection costs memory.
",
    },
    engines: SERVERS,
    needs: &[Section::Server],
    needs_history: false,
    thresholds: &[&PERCENT],
    check,
};

static PERCENT: Threshold = Threshold {
    name: "connections-percent",
    default: 80,
    about: "How full is near. One more instance of a service with five takes a fifth more.",
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(Connections {
        used,
        limit,
        set_by,
    }) = &facts.statistics.server.connections
    else {
        return Vec::new();
    };
    let percent = used * 100 / (*limit).max(1);
    if percent < facts.threshold(&PERCENT) {
        return Vec::new();
    }
    vec![
        Diagnostic::warning(format!("{percent} % of the connections are taken"))
            .evidence(format!(
                "{} of {}, set by {set_by}",
                grouped(*used),
                grouped(*limit)
            ))
            .help("add up the pools, and put a pooler in front before raising the limit")
            .into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::sample::{said, schema};
    use super::*;
    use crate::statistics::Statistics;

    #[test]
    fn four_fifths_are_near() {
        let schema = schema(Vec::new());
        let said = |used| {
            let mut statistics = Statistics::default();
            statistics.server.connections = Some(Connections {
                used,
                limit: 97,
                set_by: "a test",
            });
            said(check, &schema, &statistics)
        };
        assert_eq!(said(77), Vec::<String>::new());
        assert_eq!(said(78), ["80 % of the connections are taken"]);
    }
}
