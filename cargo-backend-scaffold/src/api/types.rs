//! Types and what is demanded of their values.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

use crate::api::ident::Ident;

/// The place of a type in `Api::types`.
pub(crate) type TypeId = usize;

/// A type with a name.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeDef {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) shape: TypeShape,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum TypeShape {
    Struct(Struct),
    Enum(Vec<(String, Ident)>),
    Union(Union),
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Struct {
    pub(crate) fields: Vec<Field>,
    /// Properties beside the named ones: refused, ignored or read.
    pub(crate) others: Others,
    pub(crate) count: Option<(usize, usize)>,
    /// The table that the document names for it.
    pub(crate) table: Option<NamedTable>,
}

/// A table that is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedTable {
    /// As SQL writes it.
    pub(crate) sql: String,
    /// The properties of the key, in its order.
    pub(crate) key: Vec<String>,
}

/// A column that is there already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamedColumn {
    /// As SQL writes it.
    pub(crate) sql: String,
    /// What is read in its stead.
    pub(crate) read: Option<String>,
    /// What is written, with `$` for the value.
    pub(crate) write: Option<String>,
    /// The resource whose row it names.
    pub(crate) references: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Others {
    #[default]
    Ignored,
    Refused,
    Read(Box<(Ident, TypeRef)>),
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ident: Ident,
    pub(crate) required: bool,
    pub(crate) ty: TypeRef,
    pub(crate) read_only: bool,
    pub(crate) unique: bool,
    pub(crate) column: Option<NamedColumn>,
    pub(crate) doc: String,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Union {
    pub(crate) variants: Vec<Variant>,
    /// The property that tells them apart.
    pub(crate) tag: Option<String>,
    pub(crate) exactly_one: bool,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) tags: Vec<String>,
    pub(crate) ty: TypeRef,
    /// It holds what is no object: an alternative has properties and demands no type.
    pub(crate) rest: bool,
}

/// The use of a type.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TypeRef {
    pub(crate) shape: Shape,
    pub(crate) nullable: bool,
    /// The type contains itself here.
    pub(crate) boxed: bool,
    pub(crate) default: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Shape {
    Text(TextRule),
    Int(IntRule),
    Number(NumberRule),
    Bool,
    Timestamp,
    Day,
    Uuid,
    Any,
    /// A file in a form.
    File,
    List(Box<ListRule>),
    Map(Box<TypeRef>),
    Named(TypeId),
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TextRule {
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
    pub(crate) email: bool,
    pub(crate) pattern: Option<String>,
    /// The pattern looks around or back, which takes another engine.
    pub(crate) look_around: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IntRule {
    /// 32 bits instead of 64.
    pub(crate) short: bool,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
    pub(crate) multiple_of: Option<i64>,
    pub(crate) one_of: Vec<i64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NumberRule {
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) above: Option<f64>,
    pub(crate) below: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListRule {
    pub(crate) item: TypeRef,
    pub(crate) min: Option<u64>,
    pub(crate) max: Option<u64>,
    pub(crate) unique: bool,
    /// As a parameter: one text with commas.
    pub(crate) commas: bool,
}

impl TypeRef {
    pub(crate) fn of(shape: Shape) -> Self {
        Self {
            shape,
            nullable: false,
            boxed: false,
            default: None,
        }
    }

    /// The same for what was stored: its texts were matched when they came.
    pub(crate) fn without_patterns(&self) -> Self {
        let mut ty = self.clone();
        match &mut ty.shape {
            Shape::Text(rule) => rule.pattern = None,
            Shape::List(list) => list.item = list.item.without_patterns(),
            Shape::Map(item) => **item = item.without_patterns(),
            Shape::Int(_)
            | Shape::Number(_)
            | Shape::Bool
            | Shape::Timestamp
            | Shape::Day
            | Shape::Uuid
            | Shape::Any
            | Shape::File
            | Shape::Named(_) => {}
        }
        ty
    }
}

impl Shape {
    /// The items of a list.
    pub(crate) fn item(&self) -> Option<&TypeRef> {
        if let Self::List(list) = self {
            Some(&list.item)
        } else {
            None
        }
    }

    /// The items of lists in lists in lists, where these are lists too: clippy finds a type of more
    /// than six levels too complex, so three of them go by one name.
    pub(crate) fn nested_lists(&self) -> Option<&TypeRef> {
        self.three_lists()
            .filter(|item| matches!(item.shape, Self::List(_)))
    }

    /// The items of lists in lists in lists.
    pub(crate) fn three_lists(&self) -> Option<&TypeRef> {
        let mut shape = self;
        for level in 0..3 {
            let Self::List(list) = shape else { return None };
            if level == 2 {
                return Some(&list.item);
            }
            if list.item.nullable || list.item.boxed {
                return None;
            }
            shape = &list.item.shape;
        }
        None
    }
}

impl Struct {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// Every pattern of the types and parameters with a stable name.
pub(crate) type Patterns = IndexMap<String, String>;
