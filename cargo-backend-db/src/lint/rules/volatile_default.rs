//! A column whose default is another for each row.

use cargo_backend_shared::rule::Rule;

use super::POSTGRES;
use crate::lint::rule::{Examples, Fix, Found, Level, Lint, Lock, Look, Seen};
use crate::lint::statement::Alter;

pub(super) static LINT: Lint = Lint {
    rule: Rule {
        name: "volatile-default",
        summary: "a column with a volatile default is added",
        explanation: "\
## Why
A default that is the same for all rows is kept once, in the catalogue. One that is not
(`random()`, `clock_timestamp()`, `gen_random_uuid()`, `nextval()`, a function of your own that is
not declared STABLE or IMMUTABLE) is computed for every row: the table is written anew while
everybody waits.

## Instead
Add the column without the default, set the default for new rows in the next statement, and fill
the old rows in batches.
",
    },
    number: "BDB010",
    engines: POSTGRES,
    level: Level::Deny,
    grows: true,
    examples: Examples {
        before: "CREATE TABLE t (id bigint PRIMARY KEY, a integer, b text); INSERT INTO t VALUES (1);",
        fails: "ALTER TABLE t ADD COLUMN c uuid DEFAULT gen_random_uuid();",
        passes: "ALTER TABLE t ADD COLUMN c uuid, ALTER COLUMN c SET DEFAULT gen_random_uuid();",
        seen: Seen::Rewrite {
            mode: Lock::AccessExclusive,
            on: "t",
        },
    },
    check,
};

/// Functions of PostgreSQL that give all rows of a statement the same value.
const STEADY: &[&str] = &[
    "abs",
    "array_fill",
    "btrim",
    "ceil",
    "chr",
    "coalesce",
    "concat",
    "current_setting",
    "date_trunc",
    "decode",
    "encode",
    "floor",
    "format",
    "greatest",
    "hashtext",
    "json_build_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "left",
    "least",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "make_date",
    "make_interval",
    "make_timestamp",
    "make_timestamptz",
    "md5",
    "now",
    "nullif",
    "repeat",
    "replace",
    "right",
    "round",
    "rpad",
    "rtrim",
    "statement_timestamp",
    "substr",
    "substring",
    "timezone",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_timestamp",
    "transaction_timestamp",
    "trim",
    "upper",
];

fn check(look: &Look<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for (table, action) in look.actions() {
        let Alter::AddColumn(column) = &action.kind else {
            continue;
        };
        let Some(default) = &column.default else {
            continue;
        };
        let volatile = |call: &&String| !STEADY.contains(&call.as_str()) && !is_steady(look, call);
        let Some(call) = default.calls.iter().find(volatile) else {
            continue;
        };
        let message =
            format!("`{call}()` is computed for every row of `{table}`, which is written anew");
        let help = "add the column without the default, then ALTER COLUMN … SET DEFAULT, and fill the \
                    old rows in batches";
        // Without the default a column that must have a value could not be added.
        let fix = (!column.not_null).then(|| {
            let default_sql = &look.text[default.span.clone()];
            let set = format!(", ALTER COLUMN {} SET {default_sql}", quoted(&column.name));
            let rest = default.span.end..action.span.end;
            let end = format!("{}{set}", &look.text[rest]);
            Fix {
                edits: vec![(
                    default.span.start..action.span.end,
                    end.trim_start().to_owned(),
                )],
                ..Fix::default()
            }
        });
        found.push(
            Found::new(&action.span, message, help)
                .about(table)
                .fix(fix),
        );
    }
    found
}

/// Whether the database has it, and it is declared STABLE or IMMUTABLE.
fn is_steady(look: &Look<'_>, call: &str) -> bool {
    let Some(live) = look.live else {
        return false;
    };
    let prefix = format!("{call}(");
    let mut routines = live.schema.routines.iter();
    routines.any(|(name, routine)| {
        let definition = routine.definition.to_uppercase();
        name.starts_with(&prefix)
            && (definition.contains("IMMUTABLE") || definition.contains("STABLE"))
    })
}

fn quoted(name: &str) -> String {
    crate::sql::quoted(name, cargo_backend_shared::database_url::Dialect::Postgres)
}

#[cfg(test)]
mod tests {
    use super::super::sample::said;

    #[test]
    fn only_what_differs_from_row_to_row_is_found() {
        let count = |sql| said("volatile-default", sql).len();
        assert_eq!(count("ALTER TABLE t ADD c timestamptz DEFAULT now();"), 0);
        assert_eq!(
            count("ALTER TABLE t ADD c text DEFAULT upper('a' || 'b');"),
            0
        );
        assert_eq!(
            count("ALTER TABLE t ADD c timestamptz DEFAULT clock_timestamp() NOT NULL;"),
            1
        );
        assert_eq!(count("ALTER TABLE t ADD c int DEFAULT my.own();"), 1);
        assert_eq!(count("ALTER TABLE t ADD c int DEFAULT 5;"), 0);
    }
}
