//! COMMENT ON for everything that can have one.

use std::collections::BTreeMap;

use cargo_backend_shared::schema::{Index, ObjectId, ObjectKind, Schema, Table, TypeForm, View};

use super::super::literal;
use super::atoms::{AtomKind, Atoms, on_table};
use super::{ident, qualified, table_name};

impl Atoms {
    pub(super) fn comment(&mut self, on: &str, comment: Option<&String>) {
        let Some(comment) = comment else { return };
        self.add(
            AtomKind::Comment,
            on,
            vec![format!("COMMENT ON {on} IS {}", literal(comment))],
            Some(format!("COMMENT ON {on} IS NULL")),
        );
    }

    pub(super) fn table_comments(&mut self, table: &Table) {
        let name = table_name(table);
        self.comment(&format!("TABLE {name}"), table.comment.as_ref());
        for column in &table.columns {
            let on = format!("COLUMN {name}.{}", ident(&column.name));
            self.comment(&on, column.comment.as_ref());
        }
        let constraints = table.constraints.iter().map(|(n, c)| (n, &c.comment));
        let checks = table.checks.iter().map(|(n, c)| (n, &c.comment));
        let keys = table.foreign_keys.iter();
        let keys = keys.filter_map(|key| Some((key.name.as_ref()?, &key.comment)));
        for (constraint, comment) in constraints.chain(checks).chain(keys) {
            self.comment(&on_table("CONSTRAINT", constraint, &name), comment.as_ref());
        }
        self.index_comments(&table.namespace, &table.indexes);
        for (trigger, made) in &table.triggers {
            self.comment(&on_table("TRIGGER", trigger, &name), made.comment.as_ref());
        }
        for (policy, made) in &table.policies {
            self.comment(&on_table("POLICY", policy, &name), made.comment.as_ref());
        }
    }

    pub(super) fn view_comments(&mut self, view: &View) {
        let name = qualified(&view.namespace, &view.name);
        let kind = if view.materialized {
            "MATERIALIZED VIEW"
        } else {
            "VIEW"
        };
        self.comment(&format!("{kind} {name}"), view.comment.as_ref());
        for column in &view.columns {
            let on = format!("COLUMN {name}.{}", ident(&column.name));
            self.comment(&on, column.comment.as_ref());
        }
        self.index_comments(&view.namespace, &view.indexes);
        for (trigger, made) in &view.triggers {
            self.comment(&on_table("TRIGGER", trigger, &name), made.comment.as_ref());
        }
    }

    fn index_comments(&mut self, namespace: &str, indexes: &BTreeMap<String, Index>) {
        for index in indexes.values() {
            let on = format!("INDEX {}", qualified(namespace, &index.name));
            self.comment(&on, index.comment.as_ref());
        }
    }

    /// Of namespaces, types and routines.
    pub(super) fn other_comments(&mut self, schema: &Schema) {
        for (name, namespace) in &schema.namespaces {
            // A namespace is no object of the model; nothing takes it along.
            self.owner = ObjectId::new(ObjectKind::Table, "");
            let on = format!("SCHEMA {}", ident(name));
            self.comment(&on, namespace.comment.as_ref());
        }
        for (key, made) in &schema.types {
            self.owner = ObjectId::new(ObjectKind::Type, key);
            let kind = match made.form {
                TypeForm::Domain { .. } => "DOMAIN",
                TypeForm::Enum { .. } | TypeForm::Composite { .. } | TypeForm::Range { .. } => {
                    "TYPE"
                }
            };
            let name = qualified(&made.namespace, &made.name);
            self.comment(&format!("{kind} {name}"), made.comment.as_ref());
        }
        for (key, routine) in &schema.routines {
            self.owner = ObjectId::new(ObjectKind::Routine, key);
            let kind = if routine.procedure {
                "PROCEDURE"
            } else {
                "FUNCTION"
            };
            let name = qualified(&routine.namespace, &routine.name);
            let on = format!("{kind} {name}({})", routine.arguments);
            self.comment(&on, routine.comment.as_ref());
        }
    }
}
