//! Lists: from the parameters of a request to a filter, from rows to the documented response.

use crate::api::Header;
use crate::api::table::{Crud, Listing, Member, Verb, Wrapper};
use crate::api::types::{Field, Others, Shape};
use crate::render::filters::filter_name;
use crate::render::service::{Writer, assign};
use crate::render::traits::{is_boxed, response_name, variant};

impl Writer<'_> {
    pub(super) fn filter(&self, listing: &Listing) -> Vec<String> {
        let parameter = |name: &str| self.operation.parameters.iter().find(|p| p.name == name);
        let mut lines: Vec<String> = Vec::new();
        for wanted in &self.table.filters {
            let source = listing.filters.iter().find(|(_, filter)| filter == wanted);
            let value = source.and_then(|(name, _)| parameter(name)).map_or_else(
                || "None".to_owned(),
                |parameter| {
                    let value = format!("request.{}", parameter.ident.snake);
                    if parameter.always() {
                        format!("Some({value})")
                    } else {
                        value
                    }
                },
            );
            if let Some(column) = self.table.column(&wanted.column) {
                lines.push(assign(&filter_name(column, wanted), &value));
            }
        }
        let number = |name: &Option<String>, instead: &str| {
            let parameter = name.as_deref().and_then(parameter)?;
            let value = format!("request.{}", parameter.ident.snake);
            let short = matches!(&parameter.ty.shape, Shape::Int(rule) if rule.short);
            Some(match (parameter.always(), short) {
                (true, true) => format!("i64::from({value})"),
                (true, false) => value,
                (false, true) => format!("{value}.map_or({instead}, i64::from)"),
                (false, false) => format!("{value}.unwrap_or({instead})"),
            })
        };
        let limit = number(&listing.limit, "100");
        let offset = match (
            number(&listing.offset, "0"),
            number(&listing.page, "1"),
            &limit,
        ) {
            (Some(offset), ..) => offset,
            (None, Some(page), Some(limit)) => {
                format!("({page} - 1).max(0).saturating_mul({limit})")
            }
            (None, ..) => "0".to_owned(),
        };
        lines.push(format!(
            "limit: {}",
            limit.map_or_else(|| "None".to_owned(), |limit| format!("Some({limit})"))
        ));
        lines.push(format!("offset: {offset}"));
        if self.table.paged {
            lines.push("after: None".to_owned());
        }
        lines
    }

    pub(super) fn listed(&self, listing: &Listing) -> String {
        listing.wrapper.as_ref().map_or_else(
            || "items".to_owned(),
            |wrapper| self.wrapped(wrapper, "items", Some(listing)),
        )
    }

    /// The object around rows.
    fn wrapped(&self, wrapper: &Wrapper, items: &str, listing: Option<&Listing>) -> String {
        let Some(around) = self.structure(wrapper.ty) else {
            return items.to_owned();
        };
        let mut lines: Vec<String> = Vec::new();
        for (name, member) in &wrapper.members {
            let Some(field) = around.field(name) else {
                continue;
            };
            let value = match (member, listing) {
                (Member::Items, _) => items.to_owned(),
                (Member::Object(below), _) => self.wrapped(below, items, listing),
                (Member::Absent, _) | (_, None) => "None".to_owned(),
                (said, Some(listing)) => self.said(said, field, listing),
            };
            let value = match (member, field.required) {
                (Member::Next, false) if field.ty.nullable => format!("Some({value})"),
                (Member::Absent | Member::Next, _) | (_, true) => value,
                (_, false) if field.ty.nullable => format!("Some(Some({value}))"),
                (_, false) => format!("Some({value})"),
            };
            lines.push(assign(&field.ident.snake, &value));
        }
        if let Others::Read(other) = &around.others {
            lines.push(format!("{}: Default::default()", other.0.snake));
        }
        format!("{} {{ {} }}", self.rust.name(wrapper.ty), lines.join(", "))
    }

    /// What is said about a list.
    fn said(&self, member: &Member, field: &Field, listing: &Listing) -> String {
        let short = matches!(&field.ty.shape, Shape::Int(rule) if rule.short);
        let number = |value: &str| {
            if short {
                format!("i32::try_from({value}).unwrap_or(i32::MAX)")
            } else {
                value.to_owned()
            }
        };
        match member {
            Member::Total => number("total"),
            Member::Limit => number("filter.limit.unwrap_or_default()"),
            Member::Offset => number("filter.offset"),
            Member::Pages => {
                number("filter.limit.map_or(1, |limit| (total + limit.max(1) - 1) / limit.max(1))")
            }
            Member::Page => {
                let name = listing.page.as_deref();
                let mut parameters = self.operation.parameters.iter();
                let page = parameters.find(|parameter| Some(parameter.name.as_str()) == name);
                let value = page.map_or("1".to_owned(), |page| {
                    let value = format!("request.{}", page.ident.snake);
                    if page.always() {
                        value
                    } else {
                        format!("{value}.unwrap_or(1)")
                    }
                });
                number(&format!("i64::from({value})")).replace("i64::from(1)", "1")
            }
            Member::Next => {
                let wrapper = listing.wrapper.as_ref();
                match wrapper.is_some_and(|wrapper| wrapper.says(&Member::More)) {
                    true => "next.clone()".to_owned(),
                    false => "next".to_owned(),
                }
            }
            Member::More if listing.cursor.is_some() => "next.is_some()".to_owned(),
            Member::More => {
                "filter.limit.is_some_and(|limit| filter.offset.saturating_add(limit) < total)"
                    .to_owned()
            }
            Member::Items | Member::Absent | Member::Object(_) => String::new(),
        }
    }

    /// The documented response of what was done.
    pub(super) fn success(&self, crud: &Crud) -> String {
        let path = format!(
            "{}::{}",
            response_name(self.operation),
            variant(crud.status)
        );
        let response = self.operation.responses.first();
        let convert = self.convert_name(crud.row);
        let body = match (&crud.verb, crud.row) {
            (Verb::List(listing), _) => Some(self.listed(listing)),
            (_, Some(_)) => {
                let row = format!("{convert}(row)");
                let envelope = crud.envelope.as_ref();
                Some(
                    envelope.map_or_else(|| row.clone(), |around| self.wrapped(around, &row, None)),
                )
            }
            (_, None) => None,
        };
        let boxed = response.is_some_and(|response| is_boxed(self.api, self.operation, response));
        let body = body.map(|body| {
            if boxed {
                format!("Box::new({body})")
            } else {
                body
            }
        });
        let headers = response.map(|response| response.headers.as_slice());
        let mut parts: Vec<String> = headers
            .unwrap_or_default()
            .iter()
            .map(|header| assign(&header.ident.snake, &self.header(header, crud)))
            .collect();
        if parts.is_empty() {
            return body.map_or_else(|| path.clone(), |body| format!("{path}({body})"));
        }
        parts.extend(body.map(|body| assign("body", &body)));
        format!("{path} {{ {} }}", parts.join(", "))
    }

    /// The value of a header; what nobody knows stays away.
    fn header(&self, header: &Header, crud: &Crud) -> String {
        let creates = matches!(crud.verb, Verb::Create { .. });
        let lists = matches!(crud.verb, Verb::List(_));
        if lists && header.counts() {
            return "Some(total.to_string())".to_owned();
        }
        if !creates || header.name != "location" {
            return "None".to_owned();
        }
        self.location(crud)
    }
}
