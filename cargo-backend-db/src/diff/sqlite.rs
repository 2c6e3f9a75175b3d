//! SQLite, which keeps what was written: two definitions are the same when their tokens are. A table
//! that differs is built anew beside the old one, with the rows of the columns that stay
//! (<https://www.sqlite.org/lang_altertable.html#otheralter>), unless a column at its end is all.

use std::collections::BTreeMap;

use cargo_backend_shared::database_url::Dialect;
use cargo_backend_shared::schema::{Column, Generated, Schema, Table};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::Step;
use crate::sql::quoted;

/// What a table is called until the old one is gone.
const NEW: &str = "__new";

fn ident(name: &str) -> String {
    quoted(name, Dialect::Sqlite)
}

/// A definition by its tokens: case, quotes that are not needed, and white space do not count.
pub(super) fn normal(definition: &str) -> String {
    let parts: Vec<String> = tokens(definition).iter().map(plain).collect();
    parts.join(" ")
}

fn plain(token: &Token) -> String {
    if let Token::Word(word) = token {
        word.value.to_lowercase()
    } else if let Token::DoubleQuotedString(name) = token {
        name.to_lowercase()
    } else {
        token.to_string()
    }
}

/// The tokens that mean something. A text that cannot be read is one token.
fn tokens(definition: &str) -> Vec<Token> {
    let tokens = Tokenizer::new(&SQLiteDialect {}, definition)
        .with_unescape(false)
        .tokenize();
    let Ok(tokens) = tokens else {
        return vec![Token::SingleQuotedString(definition.to_owned())];
    };
    let tokens = tokens.into_iter();
    tokens
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect()
}

/// A schema of which only what was written is left.
pub(super) fn comparable(mut schema: Schema) -> Schema {
    for table in schema.tables.values_mut() {
        let definition = table.definition.as_deref().map(normal);
        *table = Table {
            definition,
            indexes: std::mem::take(&mut table.indexes),
            triggers: std::mem::take(&mut table.triggers),
            ..Table::new("", &table.name)
        };
        table.indexes.retain(|_, index| !index.constraint);
        for index in table.indexes.values_mut() {
            index.definition = normal(&index.definition);
            for key in &mut index.keys {
                key.text = normal(&key.text);
            }
            index.predicate = index.predicate.as_deref().map(normal);
        }
        for trigger in table.triggers.values_mut() {
            trigger.definition = normal(&trigger.definition);
        }
    }
    for view in schema.views.values_mut() {
        view.definition = normal(&view.definition);
        view.columns.clear();
        for trigger in view.triggers.values_mut() {
            trigger.definition = normal(&trigger.definition);
        }
    }
    schema
}

/// How a table on both sides becomes the other.
enum Fate {
    Same,
    /// By ALTER TABLE ADD COLUMN with this definition, again and again.
    Longer(Vec<String>),
    Rebuilt,
}

pub(super) fn steps(from: &Schema, to: &Schema) -> Vec<Step> {
    let mut fates = BTreeMap::new();
    for (name, new) in &to.tables {
        if let Some(old) = from.tables.get(name) {
            fates.insert(name, fate(old, new));
        }
    }
    let is_rebuilt = |name: &String| matches!(fates.get(name), Some(Fate::Rebuilt));
    let dropped = from.tables.keys().any(|name| !to.tables.contains_key(name));
    // Renaming reads every view and trigger there is, and a table may be missing for a moment.
    let moves = dropped || fates.values().any(|fate| matches!(fate, Fate::Rebuilt));
    let mut steps = Vec::new();
    let (old, new) = (programs(from), programs(to));
    for (name, (kind, text)) in old.iter().rev() {
        if moves || new.get(name) != Some(&(*kind, text.clone())) {
            steps.push(Step::new(format!("DROP {kind} {}", ident(&name.1))));
        }
    }
    let (old_indexes, new_indexes) = (indexes(from), indexes(to));
    for (name, (table, text)) in &old_indexes {
        let stays = new_indexes
            .get(name)
            .is_some_and(|new| (&new.0, normal(&new.1)) == (table, normal(text)));
        let goes_along = is_rebuilt(table) || !to.tables.contains_key(table);
        if !stays && !goes_along {
            steps.push(Step::new(format!("DROP INDEX {}", ident(name))));
        }
    }
    for name in from
        .tables
        .keys()
        .filter(|name| !to.tables.contains_key(*name))
    {
        let words = format!("the rows of {name}");
        steps.push(Step::losing(format!("DROP TABLE {}", ident(name)), words));
    }
    for (name, table) in &to.tables {
        match (from.tables.get(name), fates.get(name)) {
            (Some(old), Some(Fate::Rebuilt)) => steps.extend(rebuild(old, table)),
            (Some(_), Some(Fate::Longer(columns))) => {
                steps.extend(columns.iter().map(|column| {
                    Step::new(format!("ALTER TABLE {} ADD COLUMN {column}", ident(name)))
                }));
            }
            (Some(_), _) => {}
            (None, _) => steps.extend(table.definition.clone().map(Step::new)),
        }
    }
    for (name, (table, text)) in &new_indexes {
        let stood = old_indexes
            .get(name)
            .is_some_and(|old| (&old.0, normal(&old.1)) == (table, normal(text)));
        if !stood || is_rebuilt(table) {
            steps.push(Step::new(text.clone()));
        }
    }
    for (name, (kind, text)) in &new {
        let stood = old.get(name) == Some(&(*kind, text.clone()));
        if moves || !stood {
            let written = written(to, &name.1);
            steps.extend(written.map(Step::new));
        }
    }
    if moves {
        // Dropping a table deletes its rows first, and with them those that refer to it.
        for step in &mut steps {
            step.without_foreign_keys = true;
        }
    }
    steps
}

/// Views before triggers, by name, each with its tokens.
fn programs(schema: &Schema) -> BTreeMap<(u8, String), (&'static str, String)> {
    let mut all = BTreeMap::new();
    for (name, view) in &schema.views {
        all.insert((0, name.clone()), ("VIEW", normal(&view.definition)));
    }
    let tables = schema.tables.values().flat_map(|table| &table.triggers);
    let views = schema.views.values().flat_map(|view| &view.triggers);
    for (name, trigger) in tables.chain(views) {
        all.insert((1, name.clone()), ("TRIGGER", normal(&trigger.definition)));
    }
    all
}

/// The statement that made a view or a trigger.
fn written(schema: &Schema, name: &str) -> Option<String> {
    let view = schema.views.get(name).map(|view| view.definition.clone());
    let tables = schema.tables.values();
    let mut triggers = tables.filter_map(|table| table.triggers.get(name)).chain(
        schema
            .views
            .values()
            .filter_map(|view| view.triggers.get(name)),
    );
    view.or_else(|| triggers.next().map(|trigger| trigger.definition.clone()))
}

/// Indexes that have a statement of their own: their table and the statement.
fn indexes(schema: &Schema) -> BTreeMap<String, (String, String)> {
    let tables = schema.tables.iter();
    let indexes = tables.flat_map(|(name, table)| {
        let own = table.indexes.values().filter(|index| !index.constraint);
        own.map(move |index| {
            let statement = (name.clone(), index.definition.clone());
            (index.name.clone(), statement)
        })
    });
    indexes.collect()
}

fn fate(old: &Table, new: &Table) -> Fate {
    let (Some(old), Some(new)) = (&old.definition, &new.definition) else {
        return Fate::Rebuilt;
    };
    if normal(old) == normal(new) {
        return Fate::Same;
    }
    longer(old, new).map_or(Fate::Rebuilt, Fate::Longer)
}

/// The columns that the new definition has at its end, where that is the whole difference and SQLite
/// can add them to rows that are there.
fn longer(old: &str, new: &str) -> Option<Vec<String>> {
    let (old, new) = (tokens(old), tokens(new));
    let close = |tokens: &[Token]| tokens.iter().rposition(|token| *token == Token::RParen);
    let (old_end, new_end) = (close(&old)?, close(&new)?);
    let same = |one: &[Token], other: &[Token]| {
        one.len() == other.len() && one.iter().zip(other).all(|(a, b)| plain(a) == plain(b))
    };
    if new_end <= old_end
        || !same(&old[..old_end], &new[..old_end])
        || !same(&old[old_end..], &new[new_end..])
        || new[old_end] != Token::Comma
    {
        return None;
    }
    let mut columns = Vec::new();
    let mut open = 0;
    for token in &new[old_end..new_end] {
        if *token == Token::Comma && open == 0 {
            columns.push(Vec::new());
            continue;
        }
        open += i32::from(*token == Token::LParen) - i32::from(*token == Token::RParen);
        columns.last_mut()?.push(token.clone());
    }
    columns.iter().map(|column| addable(column)).collect()
}

/// The text of a column that ALTER TABLE ADD COLUMN takes.
fn addable(column: &[Token]) -> Option<String> {
    let words: Vec<String> = column.iter().map(plain).collect();
    let has = |word: &str| words.iter().any(|other| other == word);
    let first = words.first()?.as_str();
    let is_constraint = ["constraint", "primary", "unique", "check", "foreign"].contains(&first)
        && matches!(column.first(), Some(Token::Word(word)) if word.quote_style.is_none());
    let refused = is_constraint
        || has("primary")
        || has("unique")
        || has("stored")
        || has("check")
        || has("references")
        || has("as")
        || words.iter().any(|word| word.starts_with("current_"))
        || has("default") && has("(")
        || has("not") && !has("default");
    let texts: Vec<String> = column.iter().map(ToString::to_string).collect();
    (!refused).then(|| texts.join(" "))
}

fn is_computed(column: &Column) -> bool {
    match column.generated {
        Some(Generated::Stored { .. } | Generated::Virtual { .. }) => true,
        Some(Generated::Identity { .. } | Generated::AutoIncrement) | None => false,
    }
}

fn rebuild(old: &Table, new: &Table) -> Vec<Step> {
    let (name, aside) = (ident(&new.name), ident(&format!("{}{NEW}", new.name)));
    let mut steps = Vec::new();
    let Some(definition) = &new.definition else {
        return steps;
    };
    steps.push(Step::new(renamed(definition, &aside)));
    let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
    let kept: Vec<String> = new
        .columns
        .iter()
        .filter(|column| !is_computed(column))
        .filter(|column| old.columns.iter().any(|old| same(&old.name, &column.name)))
        .map(|column| ident(&column.name))
        .collect();
    let kept = kept.join(", ");
    if !kept.is_empty() {
        steps.push(Step::new(format!(
            "INSERT INTO {aside} ({kept}) SELECT {kept} FROM {name}"
        )));
    }
    let counts = |table: &Table| {
        let mut columns = table.columns.iter();
        columns.any(|column| column.generated == Some(Generated::AutoIncrement))
    };
    if counts(old) && counts(new) {
        let literal = |name: &str| crate::ddl::literal(name);
        let (old, new) = (literal(&old.name), literal(&format!("{}{NEW}", new.name)));
        steps.push(Step::new(format!(
            "UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = {old}) WHERE name = {new}"
        )));
    }
    let lost: Vec<String> = old
        .columns
        .iter()
        .filter(|column| !is_computed(column))
        .filter(|column| !new.columns.iter().any(|new| same(&new.name, &column.name)))
        .map(|column| format!("{}.{}", old.name, column.name))
        .collect();
    let drop = format!("DROP TABLE {name}");
    steps.push(if lost.is_empty() {
        Step::new(drop)
    } else {
        Step::losing(drop, format!("the values of {}", lost.join(", ")))
    });
    steps.push(Step::new(format!("ALTER TABLE {aside} RENAME TO {name}")));
    steps
}

/// The definition under another name: what stands between TABLE and the parenthesis.
fn renamed(definition: &str, name: &str) -> String {
    let tokens = Tokenizer::new(&SQLiteDialect {}, definition)
        .with_unescape(false)
        .tokenize();
    let Ok(tokens) = tokens else {
        return definition.to_owned();
    };
    let open = tokens.iter().position(|token| *token == Token::LParen);
    let rest: String = tokens[open.unwrap_or(0)..]
        .iter()
        .map(ToString::to_string)
        .collect();
    format!("CREATE TABLE {name} {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_quotes_and_white_space_do_not_count() {
        let one = "CREATE TABLE \"Orders\" (id INTEGER, -- the key\n note TEXT DEFAULT 'A b')";
        let other = "create table orders(\n  ID integer,\n  [note] text default 'A b' )";
        assert_eq!(normal(one), normal(other));
        assert_ne!(normal(one), normal(&one.replace("'A b'", "'a b'")));
    }

    #[test]
    fn a_column_at_the_end_is_added_where_sqlite_can() {
        let old = "CREATE TABLE t (id INTEGER PRIMARY KEY)";
        let added = longer(
            old,
            "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT NOT NULL DEFAULT 5)",
        );
        assert_eq!(
            added,
            Some(vec![
                "a TEXT".to_owned(),
                "b INT NOT NULL DEFAULT 5".to_owned()
            ])
        );
        for refused in [
            "a TEXT NOT NULL",
            "a TEXT UNIQUE",
            "a TEXT DEFAULT CURRENT_TIMESTAMP",
            "a INT REFERENCES t",
            "CHECK (id > 0)",
        ] {
            let new = format!("CREATE TABLE t (id INTEGER PRIMARY KEY, {refused})");
            assert_eq!(longer(old, &new), None, "{refused}");
        }
    }
}
