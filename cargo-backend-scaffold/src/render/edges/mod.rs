//! Values on both sides of what a type demands, for the generated tests.

mod body;

use serde_json::{Value, json};

use crate::api::types::{IntRule, ListRule, NumberRule, Shape, TextRule, TypeRef, TypeShape};
use crate::render::pattern;
use crate::render::sample::{Samples, address, lengths};
pub(super) use body::inside;

/// Texts that are longer prove nothing that shorter ones do not, but for the patience of servers.
const LONGEST: usize = 20_000;
/// Lists that are longer are not written out.
const MOST_ITEMS: usize = 100;
/// Words beyond these are not tried one by one.
const MOST_WORDS: usize = 20;

/// What is sent in the place of a valid value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Given {
    Value(Value),
    /// A text of so many characters.
    Text(usize),
    Nothing,
}

/// A value on one side of an edge.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Edge {
    /// A pointer into the body; empty for the body itself, and for parameters.
    pub(super) place: String,
    pub(super) given: Given,
    /// Which demand is meant, in the words of the document.
    pub(super) rule: String,
    /// Whether it is on the side that is allowed.
    pub(super) fits: bool,
}

/// The edges of a value by itself, not of what is in it.
pub(super) fn of(samples: &Samples<'_>, ty: &TypeRef) -> Vec<Edge> {
    let mut edges = Edges(Vec::new());
    match &ty.shape {
        Shape::Text(rule) => edges.text(samples, rule),
        Shape::Int(rule) => edges.int(rule),
        Shape::Number(rule) => edges.number(rule),
        Shape::Bool => edges.refuse(json!("x"), "type: boolean"),
        Shape::Timestamp => edges.refuse(json!("x"), "format: date-time"),
        Shape::Day => edges.refuse(json!("2026-02-30"), "format: date"),
        Shape::Uuid => edges.refuse(json!("x"), "format: uuid"),
        Shape::Any | Shape::File => {}
        Shape::Map(_) => edges.refuse(json!([]), "type: object"),
        Shape::List(rule) => edges.list(samples, rule),
        Shape::Named(_) => match samples.shape(ty) {
            Some(TypeShape::Enum(words)) => edges.words(words.iter().map(|(word, _)| word)),
            Some(TypeShape::Struct(shape)) => {
                edges.refuse(json!([]), "type: object");
                if let Some((least @ 1.., _)) = shape.count {
                    edges.refuse(json!({}), format!("minProperties: {least}"));
                }
            }
            Some(TypeShape::Union(union)) if union.tag.is_some() => {
                edges.refuse(json!({}), "discriminator");
            }
            Some(TypeShape::Union(_)) | None => {}
        },
    }
    // Which alternatives take null is theirs to say.
    let may_be_null = matches!(ty.shape, Shape::Any | Shape::File)
        || matches!(samples.shape(ty), Some(TypeShape::Union(_)));
    if ty.nullable {
        edges.allow(Value::Null, "nullable");
    } else if !may_be_null {
        edges.refuse(Value::Null, "not nullable");
    }
    edges.0
}

struct Edges(Vec<Edge>);

impl Edges {
    fn refuse(&mut self, value: Value, rule: impl Into<String>) {
        self.push(Given::Value(value), rule.into(), false);
    }

    fn allow(&mut self, value: Value, rule: impl Into<String>) {
        self.push(Given::Value(value), rule.into(), true);
    }

    fn push(&mut self, given: Given, rule: String, fits: bool) {
        self.0.push(Edge {
            place: String::new(),
            given,
            rule,
            fits,
        });
    }

    fn text(&mut self, samples: &Samples<'_>, rule: &TextRule) {
        self.refuse(json!(true), "type: string");
        if rule.email {
            self.refuse(json!("x"), "format: email");
        }
        let (min, max) = lengths(rule);
        // A text of the length that breaks no other rule, where there is one.
        let of_length = |length: usize| match (&rule.pattern, rule.email) {
            (None, false) => Some(Given::Text(length)),
            (None, true) => address(length).map(|text| Given::Value(json!(text))),
            (Some(_), true) => None,
            (Some(pattern), false) => {
                let text = samples.of_length(pattern, length);
                text.map(|text| Given::Value(json!(text)))
            }
        };
        let mut bound = |length: usize, rule: String, fits: bool| {
            let given = of_length(length).or((!fits).then_some(Given::Text(length)));
            if let Some(given) = given.filter(|_| length <= LONGEST) {
                self.push(given, rule, fits);
            }
        };
        if min > 0 {
            bound(min - 1, format!("minLength: {min}"), false);
            bound(min, format!("minLength: {min}"), true);
        }
        if max < usize::MAX {
            bound(max, format!("maxLength: {max}"), true);
            bound(max + 1, format!("maxLength: {max}"), false);
        }
        let missing = rule.pattern.as_deref();
        let missing = missing.and_then(|pattern| pattern::missing(pattern, min, max));
        if let Some(text) = missing {
            self.refuse(json!(text), "pattern");
        }
    }

    fn int(&mut self, rule: &IntRule) {
        self.refuse(json!("x"), "type: integer");
        self.refuse(json!(1.5), "type: integer");
        let sound = |value: &i64| {
            rule.min.is_none_or(|min| *value >= min)
                && rule.max.is_none_or(|max| *value <= max)
                && rule.multiple_of.is_none_or(|step| value % step == 0)
                && (rule.one_of.is_empty() || rule.one_of.contains(value))
        };
        let bounds = [("minimum", rule.min, -1), ("maximum", rule.max, 1)];
        for (name, bound, beyond) in bounds {
            let Some(bound) = bound else { continue };
            let words = format!("{name}: {bound}");
            if let Some(outside) = bound.checked_add(beyond) {
                self.refuse(json!(outside), words.as_str());
            }
            if sound(&bound) {
                self.allow(json!(bound), words);
            }
        }
        if rule.short {
            let beyond = i64::from(i32::MAX) + 1;
            self.refuse(json!(beyond), "format: int32");
        }
        if let Some(step) = rule.multiple_of.filter(|step| *step > 1) {
            let low = rule.min.unwrap_or(0);
            let next = low.checked_add(1).filter(|next| next % step != 0);
            self.refuse(json!(next.unwrap_or(low)), format!("multipleOf: {step}"));
        }
        if let Some(most) = rule.one_of.iter().max() {
            self.refuse(json!(most.saturating_add(1)), "enum");
            for value in rule
                .one_of
                .iter()
                .filter(|value| sound(value))
                .take(MOST_WORDS)
            {
                self.allow(json!(value), "enum");
            }
        }
    }

    fn number(&mut self, rule: &NumberRule) {
        self.refuse(json!("x"), "type: number");
        let sound = |value: f64| {
            rule.min.is_none_or(|min| value >= min)
                && rule.max.is_none_or(|max| value <= max)
                && rule.above.is_none_or(|bound| value > bound)
                && rule.below.is_none_or(|bound| value < bound)
        };
        let bounds = [
            ("minimum", rule.min, -1.0),
            ("maximum", rule.max, 1.0),
            ("exclusiveMinimum", rule.above, 0.0),
            ("exclusiveMaximum", rule.below, 0.0),
        ];
        for (name, bound, beyond) in bounds {
            let Some(bound) = bound else { continue };
            let words = format!("{name}: {bound}");
            // Beyond 2^53 the next number is not one away.
            if !sound(bound + beyond) {
                self.refuse(json!(bound + beyond), words.as_str());
            }
            if sound(bound) {
                self.allow(json!(bound), words);
            }
        }
    }

    fn list(&mut self, samples: &Samples<'_>, rule: &ListRule) {
        self.refuse(json!({}), "type: array");
        let Some(item) = samples.value(&rule.item) else {
            return;
        };
        let count = |bound: Option<u64>| bound.and_then(|bound| usize::try_from(bound).ok());
        let (min, max) = (count(rule.min), count(rule.max));
        let of_length = |length: usize| Value::Array(vec![item.clone(); length]);
        // The same item twice breaks another rule.
        let writable = |length: &usize| *length <= if rule.unique { 1 } else { MOST_ITEMS };
        if let Some(min) = min.filter(|min| *min > 0) {
            let words = format!("minItems: {min}");
            if writable(&(min - 1)) {
                self.refuse(of_length(min - 1), words.as_str());
            }
            if writable(&min) {
                self.allow(of_length(min), words);
            }
        }
        if let Some(max) = max.filter(|max| *max <= MOST_ITEMS) {
            let words = format!("maxItems: {max}");
            self.refuse(of_length(max + 1), words.as_str());
            if writable(&max) {
                self.allow(of_length(max), words);
            }
        }
        if rule.unique {
            self.refuse(of_length(2), "uniqueItems");
        }
        // One bad item makes a list bad; what is in objects is tried where they stand.
        if samples.structure(&rule.item).is_none() && max.is_none_or(|max| max > 0) {
            let refused = of(samples, &rule.item)
                .into_iter()
                .filter(|edge| !edge.fits);
            for edge in refused.take(4) {
                if let Given::Value(value) = edge.given {
                    self.refuse(json!([value]), format!("items, {}", edge.rule));
                }
            }
        }
    }

    fn words<'w>(&mut self, words: impl Iterator<Item = &'w String> + Clone) {
        let other = "no-such-value";
        if words.clone().all(|word| word != other) {
            self.refuse(json!(other), "enum");
        }
        for word in words.take(MOST_WORDS) {
            self.allow(json!(word), "enum");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Api;

    /// The values that are refused and allowed, each with its rule.
    fn edges(shape: Shape) -> (Vec<String>, Vec<String>) {
        let api = Api {
            title: String::new(),
            description: String::new(),
            types: Vec::new(),
            groups: Vec::new(),
            tables: Vec::new(),
            shapes: Vec::new(),
            markup: crate::api::markup::Markup::default(),
            schemes: Vec::new(),
        };
        let samples = Samples::new(&api);
        let shown = |edge: &Edge| match &edge.given {
            Given::Value(value) => format!("{value} ({})", edge.rule),
            Given::Text(length) => format!("{length} characters ({})", edge.rule),
            Given::Nothing => format!("nothing ({})", edge.rule),
        };
        let edges = of(&samples, &TypeRef::of(shape));
        let of = |fits: bool| edges.iter().filter(move |edge| edge.fits == fits);
        (
            of(false).map(shown).collect(),
            of(true).map(shown).collect(),
        )
    }

    #[test]
    fn both_sides_of_every_bound_are_tried() {
        let text = TextRule {
            min: Some(1),
            max: Some(80),
            ..TextRule::default()
        };
        let (refused, allowed) = edges(Shape::Text(text));
        assert_eq!(
            refused,
            [
                "true (type: string)",
                "0 characters (minLength: 1)",
                "81 characters (maxLength: 80)",
                "null (not nullable)"
            ]
        );
        assert_eq!(
            allowed,
            [
                "1 characters (minLength: 1)",
                "80 characters (maxLength: 80)"
            ]
        );
        let number = NumberRule {
            above: Some(0.0),
            max: Some(1.5),
            ..NumberRule::default()
        };
        let (refused, allowed) = edges(Shape::Number(number));
        assert_eq!(
            refused[1..3],
            ["2.5 (maximum: 1.5)", "0.0 (exclusiveMinimum: 0)"]
        );
        assert_eq!(allowed, ["1.5 (maximum: 1.5)"]);
    }

    #[test]
    fn a_bound_that_another_rule_forbids_is_not_allowed() {
        let int = IntRule {
            min: Some(1),
            multiple_of: Some(5),
            short: true,
            ..IntRule::default()
        };
        let (refused, allowed) = edges(Shape::Int(int));
        assert_eq!(
            refused,
            [
                "\"x\" (type: integer)",
                "1.5 (type: integer)",
                "0 (minimum: 1)",
                "2147483648 (format: int32)",
                "2 (multipleOf: 5)",
                "null (not nullable)"
            ]
        );
        assert_eq!(allowed, Vec::<String>::new());
        let text = TextRule {
            max: Some(3),
            pattern: Some("^[a-z]{2,}$".to_owned()),
            ..TextRule::default()
        };
        let (refused, allowed) = edges(Shape::Text(text));
        assert_eq!(refused[1], "\"aaaa\" (maxLength: 3)");
        assert_eq!(refused[2], "\"\" (pattern)");
        assert_eq!(allowed, ["\"aaa\" (maxLength: 3)"]);
    }

    #[test]
    fn a_list_has_too_few_too_many_and_the_same_twice() {
        let list = ListRule {
            item: TypeRef::of(Shape::Bool),
            min: Some(1),
            max: Some(2),
            unique: true,
            commas: false,
        };
        let (refused, allowed) = edges(Shape::List(Box::new(list)));
        assert_eq!(
            refused,
            [
                "{} (type: array)",
                "[] (minItems: 1)",
                "[true,true,true] (maxItems: 2)",
                "[true,true] (uniqueItems)",
                "[\"x\"] (items, type: boolean)",
                "[null] (items, not nullable)",
                "null (not nullable)"
            ]
        );
        assert_eq!(allowed, ["[true] (minItems: 1)"]);
    }
}
