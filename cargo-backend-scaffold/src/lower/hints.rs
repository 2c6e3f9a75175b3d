//! The "XML Object" of a schema, as it stands there.

use cargo_backend_shared::openapi::Node;

use crate::lower::schema;

/// What a schema says of itself, or those that it is made of.
#[derive(Debug, Default, Clone)]
pub(super) struct Hints {
    pub(super) name: Option<String>,
    pub(super) namespace: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) attribute: bool,
    pub(super) wrapped: bool,
}

impl Hints {
    fn own(node: &Node<'_>) -> Self {
        let Some(hints) = node.get("xml") else {
            return Self::default();
        };
        let text = |key: &str| {
            let text = hints.text(key).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        Self {
            name: text("name"),
            namespace: text("namespace"),
            prefix: text("prefix"),
            attribute: hints.flag("attribute"),
            wrapped: hints.flag("wrapped"),
        }
    }

    /// What is not said here is what the other says.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            name: self.name.or(other.name),
            namespace: self.namespace.or(other.namespace),
            prefix: self.prefix.or(other.prefix),
            attribute: self.attribute || other.attribute,
            wrapped: self.wrapped || other.wrapped,
        }
    }

    /// Those of a schema, be it around another one.
    pub(super) fn of(node: &Node<'_>) -> Self {
        let own = Self::own(node);
        match schema::only_alternative(node) {
            Some(only) => own.or(Self::of(&only)),
            None => own,
        }
    }
}
