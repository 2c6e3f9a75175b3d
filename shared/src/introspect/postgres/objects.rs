//! Namespaces, extensions, types, sequences, routines, and what needs what.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::postgres::PgRow;

use super::{Objects, columns_of};
use crate::schema::{
    Attribute, Check, Extension, Generated, Namespace, ObjectId, ObjectKind, Routine, Schema,
    Sequence, SequenceOptions, TypeForm, UserType, key,
};

pub(super) fn namespaces(schema: &mut Schema, known: &Objects, rows: &[PgRow]) -> sqlx::Result<()> {
    for row in rows {
        if !known.is_own("n", row)? {
            continue;
        }
        let name: String = row.try_get("name")?;
        if let Some(version) = row.try_get("version")? {
            let namespace = row.try_get("namespace")?;
            let extension = Extension { namespace, version };
            schema.extensions.insert(name, extension);
        } else {
            let comment = row.try_get("comment")?;
            schema.namespaces.insert(name, Namespace { comment });
        }
    }
    Ok(())
}

pub(super) fn types(schema: &mut Schema, known: &mut Objects, rows: &[PgRow]) -> sqlx::Result<()> {
    for row in rows {
        if !known.is_own("t", row)? {
            continue;
        }
        let user_type = UserType {
            namespace: row.try_get("namespace")?,
            name: row.try_get("name")?,
            form: form(row)?,
            comment: row.try_get("comment")?,
        };
        let name = key(&user_type.namespace, &user_type.name);
        let id = ObjectId::new(ObjectKind::Type, &name);
        known.types.insert(row.try_get("oid")?, id);
        schema.types.insert(name, user_type);
    }
    Ok(())
}

fn form(row: &PgRow) -> sqlx::Result<TypeForm> {
    Ok(match row.try_get::<&str, _>("type")? {
        "e" => TypeForm::Enum {
            labels: row.try_get("labels")?,
        },
        "d" => TypeForm::Domain {
            base: row.try_get("base")?,
            collation: row.try_get("collation")?,
            nullable: row.try_get("nullable")?,
            default: row.try_get("default")?,
            checks: checks(row)?,
        },
        "c" => TypeForm::Composite {
            attributes: attributes(row)?,
        },
        _ => TypeForm::Range {
            definition: range(row)?,
        },
    })
}

fn checks(row: &PgRow) -> sqlx::Result<BTreeMap<String, Check>> {
    let names: Vec<String> = row.try_get("checks")?;
    let conditions: Vec<String> = row.try_get("conditions")?;
    let validated: Vec<bool> = row.try_get("validated")?;
    let checks = names.into_iter().zip(conditions).zip(validated);
    Ok(checks
        .map(|((name, condition), validated)| {
            let check = Check {
                validated,
                ..Check::new(condition)
            };
            (name, check)
        })
        .collect())
}

fn attributes(row: &PgRow) -> sqlx::Result<Vec<Attribute>> {
    let names: Vec<String> = row.try_get("attributes")?;
    let types: Vec<String> = row.try_get("attribute_types")?;
    let collations: Vec<String> = row.try_get("attribute_collations")?;
    Ok(names
        .into_iter()
        .zip(types)
        .zip(collations)
        .map(|((name, r#type), collation)| Attribute {
            name,
            r#type,
            collation: Some(collation).filter(|collation| !collation.is_empty()),
        })
        .collect())
}

fn range(row: &PgRow) -> sqlx::Result<String> {
    let mut parts = Vec::new();
    for (word, column) in [
        ("subtype", "subtype"),
        ("subtype_opclass", "subtype_opclass"),
        ("collation", "subtype_collation"),
        ("subtype_diff", "subtype_diff"),
        ("multirange_type_name", "multirange"),
    ] {
        if let Some(value) = row.try_get::<Option<String>, _>(column)? {
            parts.push(format!("{word} = {value}"));
        }
    }
    Ok(parts.join(", "))
}

/// The sequence of an identity column goes into its column.
pub(super) fn sequences(
    schema: &mut Schema,
    known: &mut Objects,
    rows: &[PgRow],
) -> sqlx::Result<()> {
    for row in rows {
        if !known.is_own("c", row)? {
            continue;
        }
        let options = SequenceOptions {
            r#type: row.try_get("type")?,
            start: row.try_get("seqstart")?,
            increment: row.try_get("seqincrement")?,
            minimum: row.try_get("seqmin")?,
            maximum: row.try_get("seqmax")?,
            cache: row.try_get("seqcache")?,
            cycle: row.try_get("seqcycle")?,
        };
        let owner = owner(row)?;
        if row.try_get::<Option<&str>, _>("owned")? == Some("i") {
            set_identity(schema, owner, options);
            continue;
        }
        let sequence = Sequence {
            namespace: row.try_get("namespace")?,
            name: row.try_get("name")?,
            options,
            owned_by: owner,
            comment: row.try_get("comment")?,
        };
        let name = key(&sequence.namespace, &sequence.name);
        let id = ObjectId::new(ObjectKind::Sequence, &name);
        known.relations.insert(row.try_get("oid")?, id);
        schema.sequences.insert(name, sequence);
    }
    Ok(())
}

/// The table and column that own a sequence.
fn owner(row: &PgRow) -> sqlx::Result<Option<(String, String)>> {
    let namespace: Option<&str> = row.try_get("table_namespace")?;
    let table: Option<&str> = row.try_get("table")?;
    let column: Option<String> = row.try_get("column")?;
    let table = namespace.zip(table).map(|(space, name)| key(space, name));
    Ok(table.zip(column))
}

fn set_identity(schema: &mut Schema, owner: Option<(String, String)>, options: SequenceOptions) {
    let Some((table, column)) = owner else {
        return;
    };
    let id = ObjectId::new(ObjectKind::Table, table);
    let columns = columns_of(schema, &id);
    let found = columns.and_then(|all| all.iter_mut().find(|other| other.name == column));
    if let Some(Generated::Identity { sequence, .. }) =
        found.and_then(|column| column.generated.as_mut())
    {
        *sequence = options;
    }
}

pub(super) fn routines(
    schema: &mut Schema,
    known: &mut Objects,
    rows: &[PgRow],
) -> sqlx::Result<()> {
    for row in rows {
        if !known.is_own("p", row)? {
            continue;
        }
        let routine = Routine {
            namespace: row.try_get("namespace")?,
            name: row.try_get("name")?,
            arguments: row.try_get("arguments")?,
            procedure: row.try_get("procedure")?,
            definition: row.try_get("definition")?,
            comment: row.try_get("comment")?,
        };
        let name = format!(
            "{}({})",
            key(&routine.namespace, &routine.name),
            routine.arguments
        );
        let id = ObjectId::new(ObjectKind::Routine, &name);
        known.routines.insert(row.try_get("oid")?, id);
        schema.routines.insert(name, routine);
    }
    Ok(())
}

pub(super) fn dependencies(
    schema: &mut Schema,
    known: &Objects,
    rows: &[PgRow],
) -> sqlx::Result<()> {
    let find = |class: &str, oid: i64| match class {
        "p" => known.routines.get(&oid),
        "t" => known.types.get(&oid),
        _ => known.relations.get(&oid),
    };
    for row in rows {
        let object = find(row.try_get("class")?, row.try_get("object")?);
        let on = find(row.try_get("on_class")?, row.try_get("on")?);
        let Some((object, on)) = object.zip(on) else {
            continue;
        };
        // OWNED BY is said after both are there; a partition or child needs its parent anyway.
        if object != on && object.kind != ObjectKind::Sequence {
            let needs = schema.dependencies.entry(object.clone()).or_default();
            needs.insert(on.clone());
        }
    }
    Ok(())
}
