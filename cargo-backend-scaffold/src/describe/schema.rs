//! Types as schemas: those of the program by their fields and serde's attributes, those of the
//! language and of well-known crates by their names.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};

use super::{UNRESOLVED, generated, item};
use crate::code::{Place, Program, Ty};
use crate::routes::Unresolved;

/// Deeper types are made by a circle of generics.
const MAX_DEPTH: usize = 24;

/// The schemas that were needed so far.
pub(super) struct Schemas<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) components: BTreeMap<String, Value>,
    names: HashMap<Ty, String>,
    taken: HashSet<String>,
    depth: usize,
    pub(super) unresolved: Vec<Unresolved>,
    /// The ways to say who calls that generated code names.
    pub(super) schemes: BTreeMap<String, Value>,
    /// The ways to say who calls that operations demand by a name, and where they are registered.
    pub(super) demanded: Vec<(String, Place)>,
    /// The components of the rejections of generated code, by the constants that they come from.
    pub(super) rejections: BTreeMap<String, String>,
}

impl<'p, 'a> Schemas<'p, 'a> {
    pub(super) fn new(program: &'p Program<'a>) -> Self {
        Self {
            program,
            components: BTreeMap::new(),
            names: HashMap::new(),
            taken: HashSet::new(),
            depth: 0,
            unresolved: Vec::new(),
            schemes: BTreeMap::new(),
            demanded: Vec::new(),
            rejections: BTreeMap::new(),
        }
    }

    /// A name that nobody has yet, and that nobody else gets.
    pub(super) fn free(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while !self.taken.insert(name.clone()) {
            name.push('2');
        }
        name
    }

    /// Keeps names for others.
    pub(super) fn reserve(&mut self, names: Vec<String>) {
        self.taken.extend(names);
    }

    /// Notes what is not known, once for each place.
    pub(super) fn unknown(&mut self, at: Place, message: impl Into<String>) {
        let found = Unresolved {
            at,
            message: message.into(),
        };
        if !self.unresolved.contains(&found) {
            self.unresolved.push(found);
        }
    }

    /// The schema of a type that is written at a place.
    pub(super) fn of(&mut self, ty: &Ty, at: Place) -> Value {
        if self.depth > MAX_DEPTH {
            return json!({});
        }
        self.depth += 1;
        let schema = match ty {
            Ty::Item(id, arguments) => self.item(*id, arguments, at),
            Ty::External(path, arguments) => self.external(path, arguments, at),
            Ty::Tuple(parts) if parts.is_empty() => json!({"type": "null"}),
            Ty::Tuple(parts) => {
                let count = parts.len();
                let parts: Vec<Value> = parts.iter().map(|part| self.of(part, at)).collect();
                json!({"type": "array", "prefixItems": parts, "minItems": count, "maxItems": count})
            }
            Ty::Slice(inner) => json!({"type": "array", "items": self.of(inner, at)}),
            Ty::Array(inner, length) => {
                let mut schema = json!({"type": "array", "items": self.of(inner, at)});
                if let Some(length) = length {
                    schema["minItems"] = json!(length);
                    schema["maxItems"] = json!(length);
                }
                schema
            }
            Ty::Parameter(_) | Ty::Opaque(_) | Ty::Other => self.unknown_type(ty, at),
        };
        self.depth -= 1;
        schema
    }

    /// Anything at all, marked as not known.
    fn unknown_type(&mut self, ty: &Ty, at: Place) -> Value {
        let name = match ty {
            Ty::External(path, _) => path.join("::"),
            Ty::Parameter(name) | Ty::Opaque(name) => name.clone(),
            Ty::Item(..) | Ty::Tuple(_) | Ty::Slice(_) | Ty::Array(..) | Ty::Other => {
                "this type".to_owned()
            }
        };
        let message = format!("what `{name}` looks like as JSON is not known from the source");
        self.unknown(at, message);
        json!({UNRESOLVED: format!("the type `{name}`")})
    }

    /// A type of the program: a component, or what it stands for where that is another type.
    fn item(&mut self, id: usize, arguments: &[Ty], at: Place) -> Value {
        let ty = Ty::Item(id, arguments.to_vec());
        if let Some(name) = self.names.get(&ty) {
            return reference(name);
        }
        if let Some(inner) = item::transparent(self.program, id, arguments) {
            let mut schema = self.of(&inner.ty, at);
            inner.describe(&mut schema);
            for message in inner.unknown {
                let item = &self.program.types[id];
                let at = self.program.place(item.module, item.syntax.ident());
                self.unknown(at, message);
            }
            return schema;
        }
        let name = self.name(id, arguments);
        self.names.insert(ty, name.clone());
        // The name is taken before the fields are looked at: they may lead back here.
        let schema = generated::type_schema(self, id, arguments);
        let schema = schema.unwrap_or_else(|| item::schema(self, id, arguments));
        self.components.insert(name.clone(), schema);
        reference(&name)
    }

    /// A name that no other type has: its own, else with those of its modules before it.
    fn name(&mut self, id: usize, arguments: &[Ty]) -> String {
        let item = &self.program.types[id];
        let tail: String = arguments.iter().map(|ty| self.short(ty)).collect();
        let mut name = format!("{}{tail}", item.name);
        let mut modules = self.program.module_path(item.module);
        while self.taken.contains(&name) {
            match modules.pop() {
                Some(module) => name = format!("{}{name}", pascal(&module)),
                None => name.push('2'),
            }
        }
        self.taken.insert(name.clone());
        name
    }

    fn short(&self, ty: &Ty) -> String {
        match ty {
            Ty::Item(id, arguments) => {
                let tail: String = arguments.iter().map(|ty| self.short(ty)).collect();
                format!("{}{tail}", self.program.types[*id].name)
            }
            Ty::External(path, arguments) => {
                let tail: String = arguments.iter().map(|ty| self.short(ty)).collect();
                format!("{}{tail}", pascal(path.last().map_or("", String::as_str)))
            }
            Ty::Tuple(parts) => parts.iter().map(|ty| self.short(ty)).collect(),
            Ty::Slice(inner) | Ty::Array(inner, _) => format!("{}List", self.short(inner)),
            Ty::Parameter(_) | Ty::Opaque(_) | Ty::Other => String::new(),
        }
    }

    fn external(&mut self, path: &[String], arguments: &[Ty], at: Place) -> Value {
        let name = path.last().map_or("", String::as_str);
        let first = arguments.first();
        match (name, first) {
            ("Option", Some(inner)) => {
                let schema = self.of(inner, at);
                nullable(schema)
            }
            (
                "Box" | "Arc" | "Rc" | "Cow" | "RefCell" | "Mutex" | "RwLock" | "Secret"
                | "SecretBox" | "Json" | "Reverse" | "Wrapping",
                Some(inner),
            ) => self.of(inner, at),
            ("Vec" | "VecDeque" | "LinkedList" | "SmallVec", Some(inner)) => {
                json!({"type": "array", "items": self.of(inner, at)})
            }
            ("HashSet" | "BTreeSet" | "IndexSet", Some(inner)) => {
                json!({"type": "array", "items": self.of(inner, at), "uniqueItems": true})
            }
            ("HashMap" | "BTreeMap" | "IndexMap" | "Map", _) => {
                let value = arguments.get(1).map(|value| self.of(value, at));
                json!({"type": "object", "additionalProperties": value.unwrap_or(json!({}))})
            }
            _ => match plain(path, name) {
                Some(schema) => schema,
                None => {
                    let ty = Ty::External(path.to_vec(), arguments.to_vec());
                    self.unknown_type(&ty, at)
                }
            },
        }
    }
}

/// Types of the language and of well-known crates, as serde writes them.
fn plain(path: &[String], name: &str) -> Option<Value> {
    let from = path.first().map_or("", String::as_str);
    Some(match name {
        "String" | "str" | "char" | "PathBuf" | "Path" | "OsString" | "SmolStr"
        | "CompactString" | "SecretString" | "Ulid" | "Mime" | "Version" | "VersionReq"
        | "Ustr" | "ByteString" => {
            json!({"type": "string"})
        }
        "bool" => json!({"type": "boolean"}),
        "i8" | "i16" | "i32" => json!({"type": "integer", "format": "int32"}),
        "i64" | "isize" => json!({"type": "integer", "format": "int64"}),
        "u8" | "u16" => json!({"type": "integer", "format": "int32", "minimum": 0}),
        "u32" | "u64" | "usize" => json!({"type": "integer", "format": "int64", "minimum": 0}),
        "i128" => json!({"type": "integer"}),
        "u128" => json!({"type": "integer", "minimum": 0}),
        "NonZeroU8" | "NonZeroU16" | "NonZeroU32" | "NonZeroU64" | "NonZeroUsize" => {
            json!({"type": "integer", "format": "int64", "minimum": 1})
        }
        "f32" => json!({"type": "number", "format": "float"}),
        "f64" => json!({"type": "number", "format": "double"}),
        "Uuid" => json!({"type": "string", "format": "uuid"}),
        "DateTime" | "OffsetDateTime" | "Timestamp" | "NaiveDateTime" | "PrimitiveDateTime"
        | "Zoned" => json!({"type": "string", "format": "date-time"}),
        "NaiveDate" | "Date" => json!({"type": "string", "format": "date"}),
        "NaiveTime" | "Time" => json!({"type": "string", "format": "time"}),
        "Url" | "Uri" => json!({"type": "string", "format": "uri"}),
        "EmailAddress" => json!({"type": "string", "format": "email"}),
        "Decimal" | "BigDecimal" => json!({"type": "string"}),
        "IpAddr" | "SocketAddr" | "IpNet" | "IpNetwork" => json!({"type": "string"}),
        "Ipv4Addr" => json!({"type": "string", "format": "ipv4"}),
        "Ipv6Addr" => json!({"type": "string", "format": "ipv6"}),
        "Bytes" => {
            json!({"type": "array", "items": {"type": "integer", "format": "int32", "minimum": 0}})
        }
        "TempFile" | "Upload" => json!({"type": "string", "format": "binary"}),
        "Value" if from != "toml" => json!({}),
        "Number" => json!({"type": "number"}),
        _ => return None,
    })
}

/// A reference to a component.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The same, or null.
pub(super) fn nullable(mut schema: Value) -> Value {
    let Some(members) = schema.as_object_mut() else {
        return schema;
    };
    match members.get("type") {
        Some(Value::String(one)) if one != "null" => {
            let both = json!([one, "null"]);
            members.insert("type".to_owned(), both);
            if let Some(Value::Array(values)) = members.get_mut("enum") {
                values.push(Value::Null);
            }
            schema
        }
        Some(_) => schema,
        None if members.is_empty() || members.contains_key(UNRESOLVED) => schema,
        None => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

/// `user_name` as `UserName`.
pub(super) fn pascal(name: &str) -> String {
    name.split(['_', '-'])
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        })
        .collect()
}

/// Members in the order they are given.
pub(super) fn object(members: impl IntoIterator<Item = (String, Value)>) -> Value {
    Value::Object(members.into_iter().collect::<Map<String, Value>>())
}
