//! What gets another name, and keeps what it holds. A rename is never guessed: somebody says it, or it
//! is offered. The server carries it into every text that names the object, so that what is left is
//! compared as ever.

mod likely;
mod members;
mod statement;
mod words;

use std::fmt;

use cargo_backend_shared::schema::Schema;

use super::Step;
pub(crate) use likely::{Likely, likely};
pub(crate) use members::members;

const MARK: &str = "backend-db:rename ";

/// Something that is to be called otherwise: `orders.note=orders.remark`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rename {
    old: Vec<String>,
    new: Vec<String>,
    /// Whether it stands in the target, where it stays after it was done.
    standing: bool,
}

impl fmt::Display for Rename {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}={}",
            words::joined(&self.old),
            words::joined(&self.new)
        )
    }
}

impl Rename {
    /// Reads `OLD=NEW`; each side is a table, view, type or sequence, a column, or a value of an
    /// enumeration, with its schema where it needs one, and in double quotes where it has to be.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (old, new) = words::sides(text)
            .ok_or_else(|| format!("`{text}` is no rename: it should read like `old=new`"))?;
        Ok(Self {
            old,
            new,
            standing: false,
        })
    }

    /// The renames that comments of SQL files ask for: `-- backend-db:rename old=new`, one a line.
    ///
    /// # Errors
    /// What is wrong with one, and the byte at which it stands.
    pub(crate) fn in_comments(text: &str) -> Result<Vec<Self>, (usize, String)> {
        let mut found = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let comment = line.trim_start().strip_prefix("--");
            let asked = comment.and_then(|comment| comment.trim_start().strip_prefix(MARK));
            if let Some(asked) = asked {
                let at = start + line.len() - asked.len();
                let rename = Self::parse(asked.trim()).map_err(|fault| (at, fault))?;
                let standing = true;
                found.push(Self { standing, ..rename });
            }
            start += line.len();
        }
        Ok(found)
    }
}

impl Rename {
    /// The same with the name of today for the table or type that is renamed, too.
    fn of_today(&self, all: &[Self]) -> Self {
        let mut rename = self.clone();
        if let Some((name, owner)) = self.old.split_last()
            && let Some(other) = all.iter().find(|other| other.new == owner)
        {
            rename.old = other.old.iter().chain([name]).cloned().collect();
        }
        rename
    }

    /// The new name, and where it is found in the target.
    ///
    /// # Errors
    /// When it would have to move to another schema, table or type.
    fn new_name(&self, all: &[Self]) -> Result<(String, Vec<String>), String> {
        let (name, above) = self.new.split_last().ok_or("it has no new name")?;
        let (_, was) = self.old.split_last().ok_or("it has no old name")?;
        let owner = all.iter().find(|other| other.old == was);
        let owner = match owner {
            Some(owner) => owner.new_name(all)?.1,
            None => was.to_vec(),
        };
        if !above.is_empty() && above != was && above != owner {
            return Err(format!(
                "rename `{self}`: it cannot move from `{}` to `{}`",
                words::joined(was),
                words::joined(above),
            ));
        }
        let place = owner.into_iter().chain([name.clone()]).collect();
        Ok((name.clone(), place))
    }
}

/// The statements of these renames, each with its way back; columns and values come before the
/// objects they belong to, so that every old name is the one of today.
///
/// # Errors
/// When there is no such object, or what it should be called is not in the target.
pub(crate) fn asked(from: &Schema, to: &Schema, renames: &[Rename]) -> Result<Vec<Step>, String> {
    let mut parts = Vec::new();
    let mut objects = Vec::new();
    let today = renames.iter().map(|rename| rename.of_today(renames));
    let renames: Vec<Rename> = today.collect();
    for rename in &renames {
        let (name, new) = rename.new_name(&renames)?;
        let wanted = statement::find(to, &new);
        let Some(target) = statement::find(from, &rename.old) else {
            if rename.standing && wanted.is_some() {
                // It was done before.
                continue;
            }
            let old = words::joined(&rename.old);
            return Err(format!(
                "rename `{rename}`: the database has no `{old}` (a table, view, type, sequence, \
                 column or value of an enumeration)"
            ));
        };
        if let Some(taken) = target.renamed(&name).taken(from) {
            return Err(format!("rename `{rename}`: `{taken}` is there already"));
        }
        if wanted.is_none() {
            let new = words::joined(&new);
            return Err(format!("rename `{rename}`: the target has no `{new}`"));
        }
        let step = target.step(from.dialect, &name);
        if target.is_object() {
            objects.push(step);
        } else {
            parts.push(step);
        }
    }
    parts.extend(objects);
    Ok(parts)
}
