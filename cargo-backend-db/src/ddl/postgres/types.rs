//! Names of PostgreSQL's types, and which change of a type writes the table anew. Measured on 15 and 18
//! (`pg_relation_filenode` before and after); a change that is not known here is taken to rewrite.

/// What a change of a column's type does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// The type stays the same.
    None,
    /// Only the catalogue changes.
    Catalogue,
    /// Only the catalogue changes, where the session's TimeZone is UTC; else all rows.
    TimeZone,
    /// All rows are written anew.
    Rewrite,
}

/// One name for each type: `INT4` is `integer`, `varchar ( 5 )` is `character varying(5)`.
pub(crate) fn canonical(text: &str) -> String {
    let spaced = text
        .to_lowercase()
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace(',', " , ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let open = words.iter().position(|word| *word == "(");
    let close = words.iter().position(|word| *word == ")");
    let (head, arguments, tail) = match (open, close) {
        (Some(open), Some(close)) if open < close => (
            words[..open].join(" "),
            format!("({})", words[open + 1..close].concat()),
            words[close + 1..].join(" "),
        ),
        _ => (words.join(" "), String::new(), String::new()),
    };
    let (base, bounds) = match head.find('[') {
        Some(at) => (head[..at].trim().to_owned(), head[at..].replace(' ', "")),
        None => (head, String::new()),
    };
    let base = base.strip_prefix("pg_catalog.").unwrap_or(&base);
    let (name, ending) = match base {
        "int" | "int4" => ("integer", ""),
        "int8" => ("bigint", ""),
        "int2" => ("smallint", ""),
        "serial4" => ("serial", ""),
        "serial8" => ("bigserial", ""),
        "bool" => ("boolean", ""),
        "float8" | "float" => ("double precision", ""),
        "float4" => ("real", ""),
        "decimal" => ("numeric", ""),
        "varchar" => ("character varying", ""),
        "char" | "bpchar" => ("character", ""),
        "varbit" => ("bit varying", ""),
        "timestamptz" => ("timestamp", " with time zone"),
        "timetz" => ("time", " with time zone"),
        "timestamp without time zone" => ("timestamp", ""),
        "timestamp with time zone" => ("timestamp", " with time zone"),
        "time without time zone" => ("time", ""),
        "time with time zone" => ("time", " with time zone"),
        other => (other, ""),
    };
    let tail = match tail.as_str() {
        "" | "without time zone" => ending.to_owned(),
        tail if tail.starts_with('[') => format!("{ending}{}", tail.replace(' ', "")),
        tail => format!(" {tail}{ending}"),
    };
    format!("{name}{arguments}{tail}{bounds}")
}

/// A type as its name and its numbers.
fn parts(r#type: &str) -> (String, Vec<u32>) {
    match r#type.split_once('(') {
        Some((name, rest)) => {
            let (numbers, tail) = rest.split_once(')').unwrap_or((rest, ""));
            let numbers = numbers.split(',').filter_map(|n| n.trim().parse().ok());
            (format!("{name}{tail}"), numbers.collect())
        }
        None => (r#type.to_owned(), Vec::new()),
    }
}

/// What `ALTER COLUMN … TYPE` does.
pub(crate) fn change(from: &str, to: &str) -> Change {
    let (from, to) = (canonical(from), canonical(to));
    if from == to {
        return Change::None;
    }
    let ((name, old), (new_name, new)) = (parts(&from), parts(&to));
    match (name.as_str(), new_name.as_str()) {
        ("character varying", "text") | ("text", "character varying") if new.is_empty() => {
            Change::Catalogue
        }
        ("character varying", "character varying") | ("bit varying", "bit varying")
            if wider(&old, &new) =>
        {
            Change::Catalogue
        }
        // The scale must stay: digits behind the point are stored.
        ("numeric", "numeric")
            if new.is_empty()
                || (old.get(1).unwrap_or(&0) == new.get(1).unwrap_or(&0) && wider(&old, &new)) =>
        {
            if old.is_empty() {
                Change::Rewrite
            } else {
                Change::Catalogue
            }
        }
        ("cidr", "inet") | ("xml", "text") | ("integer", "oid") => Change::Catalogue,
        ("timestamp", "timestamp")
        | ("time", "time")
        | ("timestamp with time zone", "timestamp with time zone")
        | ("time with time zone", "time with time zone")
            if !old.is_empty() && wider(&old, &new) =>
        {
            Change::Catalogue
        }
        ("timestamp", "timestamp with time zone") | ("timestamp with time zone", "timestamp")
            if old.is_empty() && new.is_empty() =>
        {
            Change::TimeZone
        }
        _ => Change::Rewrite,
    }
}

/// Whether a change to this type may be one of [`Change::TimeZone`].
pub(crate) fn depends_on_time_zone(r#type: &str) -> bool {
    ["timestamp", "timestamp with time zone"].contains(&canonical(r#type).as_str())
}

/// Without a length there is room for all.
fn wider(old: &[u32], new: &[u32]) -> bool {
    match (old.first(), new.first()) {
        (_, None) => true,
        (Some(old), Some(new)) => new >= old,
        (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_one_name() {
        for (text, name) in [
            ("INT4", "integer"),
            ("varchar ( 20 )", "character varying(20)"),
            ("numeric( 10 , 2 )", "numeric(10,2)"),
            ("timestamptz(3)", "timestamp(3) with time zone"),
            (
                "timestamp (3) WITH TIME ZONE",
                "timestamp(3) with time zone",
            ),
            ("timestamp without time zone", "timestamp"),
            ("int []", "integer[]"),
            ("varchar(5)[]", "character varying(5)[]"),
            ("mood", "mood"),
        ] {
            assert_eq!(canonical(text), name, "{text}");
        }
    }

    #[test]
    fn the_matrix_is_as_measured() {
        for (from, to, expected) in [
            ("varchar(50)", "varchar(100)", Change::Catalogue),
            ("varchar(50)", "varchar", Change::Catalogue),
            ("varchar(50)", "text", Change::Catalogue),
            ("text", "varchar", Change::Catalogue),
            ("varchar(100)", "varchar(50)", Change::Rewrite),
            ("text", "varchar(50)", Change::Rewrite),
            ("numeric(10,2)", "numeric(12,2)", Change::Catalogue),
            ("numeric(10,2)", "numeric", Change::Catalogue),
            ("numeric(10,2)", "numeric(10,4)", Change::Rewrite),
            ("numeric", "numeric(10,2)", Change::Rewrite),
            ("cidr", "inet", Change::Catalogue),
            ("timestamp", "timestamptz", Change::TimeZone),
            ("timestamp(3)", "timestamptz(3)", Change::Rewrite),
            ("timestamptz", "timestamptz(3)", Change::Rewrite),
            ("time(3)", "time(6)", Change::Catalogue),
            ("xml", "text", Change::Catalogue),
            ("timestamptz(3)", "timestamptz", Change::Catalogue),
            ("int", "bigint", Change::Rewrite),
            ("int4", "integer", Change::None),
            ("char(5)", "text", Change::Rewrite),
            ("json", "jsonb", Change::Rewrite),
            ("mood", "text", Change::Rewrite),
        ] {
            assert_eq!(change(from, to), expected, "{from} to {to}");
        }
    }
}
