//! Steps as the texts of migrations.

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::Schema;

use super::{Form, Step};

/// How long a statement of ours waits for a lock, in a file that another runner may run.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '3s'";

/// One migration to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) steps: Vec<Step>,
    /// Whether it runs in a transaction.
    pub(crate) transaction: bool,
}

impl Draft {
    /// The text of the file. Without a step it says why.
    pub(crate) fn text(&self, dialect: Dialect) -> String {
        let mut text = String::new();
        if !self.is_transactional() {
            text.push_str("-- no-transaction\n");
        }
        for lost in self.steps.iter().filter_map(|step| step.loses.as_ref()) {
            text.push_str("-- loses for good: ");
            text.push_str(lost);
            text.push('\n');
        }
        if self.steps.is_empty() {
            text.push_str("-- Nothing to do this way.\n");
        }
        for statement in self.statements(dialect) {
            if statement.contains('\n') && !text.ends_with("\n\n") && !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&statement);
            text.push_str(";\n");
        }
        text
    }

    /// Whether all that it makes is there only until columns change places.
    pub(crate) fn is_aside(&self) -> bool {
        self.steps.iter().all(|step| step.stage.is_aside())
    }

    /// Whether a runner has to put it into a transaction.
    pub(crate) fn is_transactional(&self) -> bool {
        self.transaction && !self.without_foreign_keys()
    }

    fn without_foreign_keys(&self) -> bool {
        self.steps.iter().any(|step| step.without_foreign_keys)
    }

    /// The statements, with the settings that they need.
    pub(crate) fn statements(&self, dialect: Dialect) -> Vec<String> {
        let own = self.steps.iter().map(|step| step.sql.clone());
        let before = self.before(dialect).into_iter();
        before.chain(own).chain(self.after()).collect()
    }

    /// The settings that its statements need.
    pub(crate) fn before(&self, dialect: Dialect) -> Vec<String> {
        let mut settings = Vec::new();
        if self.without_foreign_keys() {
            // The setting is ignored within a transaction.
            settings.push("PRAGMA foreign_keys = OFF".to_owned());
            settings.push("BEGIN IMMEDIATE".to_owned());
        }
        if dialect == Dialect::Postgres && self.transaction && !self.steps.is_empty() {
            settings.push(LOCK_TIMEOUT.to_owned());
            if self.steps.iter().any(is_routine) {
                // Bodies of functions may name what comes later.
                settings.push("SET LOCAL check_function_bodies = false".to_owned());
            }
        }
        settings
    }

    /// What ends them.
    pub(crate) fn after(&self) -> Vec<String> {
        if !self.without_foreign_keys() {
            return Vec::new();
        }
        vec!["COMMIT".to_owned(), "PRAGMA foreign_keys = ON".to_owned()]
    }
}

fn is_routine(step: &Step) -> bool {
    step.sql.starts_with("CREATE OR REPLACE") && !step.sql.starts_with("CREATE OR REPLACE VIEW")
}

/// The steps as migrations: one for each stage, and for each statement that has to be alone.
pub(crate) fn drafts(mut steps: Vec<Step>, dialect: Dialect) -> Vec<Draft> {
    steps.sort_by_key(|step| step.stage);
    let mut drafts: Vec<Draft> = Vec::new();
    let mut open = None;
    for step in steps {
        let stage = step.stage;
        match drafts
            .last_mut()
            .filter(|_| open == Some(stage) && !stage.is_alone())
        {
            Some(draft) => draft.steps.push(step),
            None => drafts.push(Draft {
                steps: vec![step],
                transaction: dialect != Dialect::MySql && !stage.is_alone(),
            }),
        }
        open = Some(stage);
    }
    drafts
}

/// The way back over one migration: as one, too, and without a transaction where the way forward has
/// none.
pub(crate) fn back(from: &Schema, to: &Schema, up: &Draft) -> Draft {
    if let Some(undone) = undone(up) {
        return undone;
    }
    let steps = super::steps(from, to, Form::Plain);
    let steps = if up.transaction || to.dialect != Dialect::Postgres {
        steps
    } else {
        steps.into_iter().map(Step::concurrently).collect()
    };
    Draft {
        steps,
        transaction: up.transaction,
    }
}

/// The way back, where each step knows its own.
fn undone(up: &Draft) -> Option<Draft> {
    let steps = up.steps.iter().rev();
    let undone: Option<Vec<&String>> = steps.map(|step| step.undo.as_ref()).collect();
    let undone = undone?.into_iter().filter(|sql| !sql.is_empty());
    Some(Draft {
        steps: undone.map(Step::new).collect(),
        transaction: up.transaction,
    })
}
