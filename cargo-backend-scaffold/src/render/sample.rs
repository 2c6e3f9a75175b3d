//! Values that a type accepts, for the generated tests.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value, json};

use crate::api::Api;
use crate::api::types::{
    Field, IntRule, NumberRule, Shape, Struct, TextRule, TypeId, TypeRef, TypeShape,
};
use crate::render::pattern;

/// Finds values, and remembers those of patterns: a document has one pattern in many places.
#[derive(Debug)]
pub(super) struct Samples<'a> {
    pub(super) api: &'a Api,
    matching: RefCell<HashMap<(String, usize, usize), Option<String>>>,
}

/// How much of an object is given.
enum Extent<'s> {
    /// What is required.
    Least,
    /// Everything, and inside of a type that is met for the first time everything too.
    Most(&'s mut HashSet<TypeId>),
}

impl<'a> Samples<'a> {
    pub(super) fn new(api: &'a Api) -> Self {
        Self {
            api,
            matching: RefCell::default(),
        }
    }

    /// A value that the type accepts, with as little in it as can be; `None` where only a person
    /// could find one.
    pub(super) fn value(&self, ty: &TypeRef) -> Option<Value> {
        self.of(ty, &mut Extent::Least, 0)
    }

    /// A value that the type accepts, with all of its properties that have one.
    pub(super) fn whole(&self, ty: &TypeRef, met: &mut HashSet<TypeId>) -> Option<Value> {
        self.of(ty, &mut Extent::Most(met), 0)
    }

    pub(super) fn structure(&self, ty: &TypeRef) -> Option<(TypeId, &'a Struct)> {
        match (&ty.shape, self.shape(ty)?) {
            (Shape::Named(id), TypeShape::Struct(shape)) => Some((*id, shape)),
            _ => None,
        }
    }

    /// What stands behind the name of the type, if it has one.
    pub(super) fn shape(&self, ty: &TypeRef) -> Option<&'a TypeShape> {
        let Shape::Named(id) = &ty.shape else {
            return None;
        };
        self.api.types.get(*id).map(|def| &def.shape)
    }

    /// A text of so many characters in which the pattern occurs.
    pub(super) fn of_length(&self, pattern: &str, length: usize) -> Option<String> {
        self.matching(pattern, length, length)
    }

    fn matching(&self, pattern: &str, min: usize, max: usize) -> Option<String> {
        let mut known = self.matching.borrow_mut();
        let found = known
            .entry((pattern.to_owned(), min, max))
            .or_insert_with(|| pattern::matching(pattern, min, max));
        found.clone()
    }

    fn of(&self, ty: &TypeRef, extent: &mut Extent<'_>, depth: usize) -> Option<Value> {
        if depth > 8 {
            return ty.nullable.then_some(Value::Null);
        }
        Some(match &ty.shape {
            Shape::Text(rule) => return self.text(rule),
            Shape::Int(rule) => int(rule)?.into(),
            Shape::Number(rule) => return number(rule),
            Shape::Bool => json!(true),
            Shape::Timestamp => json!("2026-01-31T12:00:00Z"),
            Shape::Day => json!("2026-01-31"),
            Shape::Uuid => json!("6f2d1f5e-3c55-4a6e-9d55-0b8f6a3c9a10"),
            Shape::Any => json!("anything"),
            Shape::File => return None,
            Shape::Map(_) => json!({}),
            Shape::List(rule) => {
                let least = usize::try_from(rule.min.unwrap_or(0)).ok()?;
                let length = match extent {
                    Extent::Most(met) => least.max(usize::from(self.is_news(&rule.item, met))),
                    Extent::Least => least,
                };
                if length > usize::try_from(rule.max.unwrap_or(u64::MAX)).unwrap_or(usize::MAX) {
                    return Some(json!([]));
                }
                if length > longest(depth) || (length > 1 && rule.unique) {
                    return None;
                }
                let items: Option<Vec<Value>> = (0..length)
                    .map(|_| self.of(&rule.item, extent, depth + 1))
                    .collect();
                Value::Array(items?)
            }
            Shape::Named(id) => match &self.api.types.get(*id)?.shape {
                TypeShape::Enum(variants) => json!(variants.first()?.0),
                TypeShape::Union(union) => {
                    // Only a property that tells alternatives apart makes sure which one it is.
                    let tag = union.tag.as_ref()?;
                    let mut variants = union.variants.iter();
                    return variants.find_map(|variant| {
                        let mut value = self.of(&variant.ty, &mut Extent::Least, depth + 1)?;
                        let object = value.as_object_mut()?;
                        object.insert(tag.clone(), json!(variant.tags.first()?));
                        Some(value)
                    });
                }
                TypeShape::Struct(shape) => return self.object(*id, shape, extent, depth),
            },
        })
    }

    /// Whether a type has properties and has not been met.
    fn is_news(&self, ty: &TypeRef, met: &HashSet<TypeId>) -> bool {
        self.structure(ty).is_some_and(|(id, _)| !met.contains(&id))
    }

    fn object(
        &self,
        id: TypeId,
        shape: &Struct,
        extent: &mut Extent<'_>,
        depth: usize,
    ) -> Option<Value> {
        let is_first = match extent {
            Extent::Most(met) => met.insert(id) || depth == 0,
            Extent::Least => false,
        };
        let mut object = Map::new();
        for field in shape.fields.iter().filter(|field| field.required) {
            let value = if is_first {
                self.of(&field.ty, extent, depth + 1)?
            } else {
                self.of(&field.ty, &mut Extent::Least, depth + 1)?
            };
            object.insert(field.name.clone(), value);
        }
        let (least, most) = shape.count.unwrap_or((0, usize::MAX));
        for field in optional(shape) {
            let wanted = is_first && self.is_worth_it(&field.ty, extent) && object.len() < most;
            let value = if wanted {
                self.of(&field.ty, extent, depth + 1)
            } else if object.len() < least {
                self.of(&field.ty, &mut Extent::Least, depth + 1)
            } else {
                None
            };
            object.extend(value.map(|value| (field.name.clone(), value)));
        }
        (object.len() >= least).then_some(Value::Object(object))
    }

    /// Whether an optional property shows anything that was not shown elsewhere.
    fn is_worth_it(&self, ty: &TypeRef, extent: &Extent<'_>) -> bool {
        match (extent, self.shape(ty)) {
            (Extent::Most(met), Some(TypeShape::Struct(_))) => self.is_news(ty, met),
            (_, Some(TypeShape::Union(_))) => false,
            _ => true,
        }
    }

    fn text(&self, rule: &TextRule) -> Option<Value> {
        let base = if rule.email {
            "somebody@example.com"
        } else {
            "text"
        };
        let length = base.chars().count();
        let (min, max) = lengths(rule);
        if let Some(pattern) = &rule.pattern {
            let found = self.matching(pattern, min, max);
            return found.filter(|_| !rule.email).map(Value::from);
        }
        if rule.email {
            return (min..=max).contains(&length).then(|| json!(base));
        }
        if min > 4096 {
            return None;
        }
        let mut sample: String = base.chars().take(max).collect();
        while sample.chars().count() < min {
            sample.push('x');
        }
        Some(json!(sample))
    }
}

/// How many items a list may need: lists in lists in lists would multiply without end.
fn longest(depth: usize) -> usize {
    (64 >> (2 * depth).min(6)).max(2)
}

/// The properties that a caller may leave out.
pub(super) fn optional(shape: &Struct) -> impl Iterator<Item = &Field> {
    let fields = shape.fields.iter();
    fields.filter(|field| !field.required && !field.read_only)
}

/// The least and the most characters of a text.
pub(super) fn lengths(rule: &TextRule) -> (usize, usize) {
    let number = |length: u64| usize::try_from(length).unwrap_or(usize::MAX);
    (
        rule.min.map_or(0, number),
        rule.max.map_or(usize::MAX, number),
    )
}

fn number(rule: &NumberRule) -> Option<Value> {
    let low = rule.min.or(rule.above.map(|bound| bound + 1.0));
    let high = rule.max.or(rule.below.map(|bound| bound - 1.0));
    let number = low.or(high).unwrap_or(1.5);
    let inside = high.is_none_or(|high| number <= high);
    inside.then(|| json!(number))
}

fn int(rule: &IntRule) -> Option<i64> {
    if let Some(first) = rule.one_of.first() {
        return Some(*first);
    }
    let step = rule.multiple_of.unwrap_or(1);
    let low = rule.min.unwrap_or(if rule.max.is_some_and(|max| max < 1) {
        i64::MIN / 2
    } else {
        1
    });
    let low = if rule.min.is_none() && low < 0 {
        rule.max?
    } else {
        low
    };
    let up = low.checked_add((step - low.rem_euclid(step)) % step)?;
    rule.max.is_none_or(|max| up <= max).then_some(up)
}

/// An address of so many characters, in labels as long as a domain may have them.
pub(super) fn address(length: usize) -> Option<String> {
    // An end that would be a dot goes to the part before the `@`.
    let local = if length % 64 == 9 {
        "somebodys"
    } else {
        "somebody"
    };
    let domain = length
        .checked_sub(local.len() + 1)
        .filter(|left| *left > 0)?;
    let labels = (1..=domain).map(|at| if at % 64 == 0 { '.' } else { 'x' });
    Some(format!("{local}@{}", labels.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_lists_do_not_multiply_without_end() {
        let all = (0..=8).map(longest).product::<usize>();
        assert_eq!((longest(0), longest(1), longest(8)), (64, 16, 2));
        assert!(all <= 1 << 18, "{all}");
    }

    #[test]
    fn an_address_is_as_long_as_it_must_be() {
        for length in [10, 73, 136, 137, 138, 320, 321] {
            let text = address(length).expect("it is long enough");
            let (_, domain) = text.split_once('@').expect("an address");
            assert_eq!(text.len(), length);
            let mut labels = domain.split('.');
            assert!(
                labels.all(|label| (1..=63).contains(&label.len())),
                "{text}"
            );
        }
        assert_eq!(address(9), None);
    }
}
