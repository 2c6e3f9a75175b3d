//! A database URL that cannot print its password.

use std::fmt;

use url::Url;

use crate::error::failure;

/// A database engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dialect {
    /// PostgreSQL.
    Postgres,
    /// SQLite.
    Sqlite,
    /// MySQL and MariaDB.
    MySql,
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
            Self::MySql => "MySQL/MariaDB",
        })
    }
}

/// Where a database is. [`fmt::Display`] and [`fmt::Debug`] leave the password out.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    url: String,
    dialect: Dialect,
}

impl DatabaseUrl {
    /// Understands `postgres://…`, `postgresql://…`, `sqlite:…`, `mysql://…` and `mariadb://…`.
    ///
    /// # Errors
    /// When the scheme is missing or another, or the rest is not a URL. The text itself is not
    /// repeated in the error: it may hold a password.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        const FORMS: &str =
            "write postgres://USER@HOST/DATABASE, sqlite://FILE or mysql://USER@HOST/DATABASE";
        let Some((scheme, _)) = text.split_once(':') else {
            return Err(failure("the database URL has no scheme", FORMS));
        };
        let dialect = match scheme {
            "postgres" | "postgresql" => Dialect::Postgres,
            "sqlite" => Dialect::Sqlite,
            "mysql" | "mariadb" => Dialect::MySql,
            other => {
                return Err(failure(
                    format!("unknown scheme `{other}` in the database URL"),
                    FORMS,
                ));
            }
        };
        // A SQLite path may be relative, which a URL cannot say; sqlx reads it.
        if dialect != Dialect::Sqlite {
            Url::parse(text).map_err(|fault| {
                failure(format!("the database URL cannot be read: {fault}"), FORMS)
            })?;
        }
        Ok(Self {
            url: text.to_owned(),
            dialect,
        })
    }

    /// The engine.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The whole URL, password included: for connecting, never for output.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.url
    }

    /// The file of a SQLite URL; none for `:memory:` and for the other engines.
    #[must_use]
    pub fn sqlite_file(&self) -> Option<&str> {
        let rest = self.url.strip_prefix("sqlite:")?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        let path = path.split('?').next().unwrap_or(path);
        (!path.is_empty() && path != ":memory:").then_some(path)
    }

    /// The same server with another database; a SQLite URL stays as it is.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        if self.dialect != Dialect::Sqlite
            && let Ok(mut url) = Url::parse(&self.url)
        {
            url.set_path(name);
            other.url = url.into();
        }
        other
    }

    /// Whether the URL carries a password in clear.
    #[must_use]
    pub fn has_password(&self) -> bool {
        Url::parse(&self.url).is_ok_and(|url| {
            url.password().is_some() || url.query_pairs().any(|(key, _)| key == "password")
        })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dialect == Dialect::Sqlite {
            // What follows the file is how to open it, not where it is.
            return f.write_str(self.url.split('?').next().unwrap_or(&self.url));
        }
        let Ok(mut url) = Url::parse(&self.url) else {
            return write!(f, "a {} URL", self.dialect);
        };
        // Both calls can only fail for URLs without a host, which have no password either.
        if url.password().is_some() && url.set_password(Some("***")).is_err() {
            return write!(f, "a {} URL", self.dialect);
        }
        // Drivers take the password, and paths of keys, as query parameters too.
        url.set_query(None);
        f.write_str(url.as_str())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_never_shown() {
        let url = DatabaseUrl::parse("postgres://ann:s3cret@db:5433/shop?password=s3cret")
            .expect("a good URL");
        assert_eq!(
            format!("{url} {url:?}"),
            "postgres://ann:***@db:5433/shop DatabaseUrl(postgres://ann:***@db:5433/shop)"
        );
    }

    #[test]
    fn a_fault_does_not_repeat_the_url() {
        let fault = DatabaseUrl::parse("postgres://ann:s3cret@[::/x").expect_err("a bad host");
        assert!(!format!("{fault:#}").contains("s3cret"));
    }

    #[test]
    fn another_database_of_the_same_server_keeps_the_rest() {
        let url = DatabaseUrl::parse("postgres://ann:s3cret@db:5433/shop?sslmode=require")
            .expect("a good URL");
        assert_eq!(
            url.with_database("scratch").expose(),
            "postgres://ann:s3cret@db:5433/scratch?sslmode=require"
        );
    }

    #[test]
    fn sqlite_files_are_found_in_every_spelling() {
        for url in ["sqlite:a.db", "sqlite://a.db", "sqlite://a.db?mode=ro"] {
            assert_eq!(
                DatabaseUrl::parse(url).expect("good").sqlite_file(),
                Some("a.db")
            );
        }
        assert_eq!(
            DatabaseUrl::parse("sqlite::memory:")
                .expect("good")
                .sqlite_file(),
            None
        );
    }
}
