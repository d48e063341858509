//! Lists of resources: which of them, in which order, and one page of them.
//!
//! A page begins after the values of the last row of the page before, so that a client who follows `_page.next` sees
//! every resource once. What a page holds is bounded while it is collected, however many resources are offered.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::Value;

use super::resolve::weight;
use crate::conditions::Conditions;
use crate::invalid::{Invalid, excerpt};
use crate::page::{Cursor, Place};
use crate::query::encode::{self, Rule};
use crate::query::{self, Order};

/// Most resources of one page.
const MAX_PAGE: usize = 300;
/// Most bytes of one page, unless its first resource is larger.
const MAX_BYTES: usize = 8 << 20;
/// The order of a list where the client does not say.
const USUAL_ORDER: &str = "updated";

/// A list as it is asked for.
#[derive(Debug)]
pub struct Listing {
    conditions: Conditions,
    properties: Vec<String>,
    order: Vec<Order>,
    orderby: String,
    limit: Option<usize>,
    /// Without a limit everything is on one page.
    whole: bool,
    start: Start,
}

/// Where a page begins.
#[derive(Debug)]
enum Start {
    First,
    /// After the last row of the page before.
    After(Key),
    /// After every row with this value of the first field of the order.
    Beyond(String),
}

/// A row's place: its values in the order of the list, then its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key(Vec<Part>, String);

/// One value. The parts at one position all have the same direction.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Ascending(String),
    Descending(Reverse<String>),
}

impl Listing {
    /// Reads the parameters `orderby`, `limit`, `start` and `property`. What is not said again next to a `start` that
    /// is a `_page.next` is taken from it.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub fn parse(
        orderby: Option<&str>,
        limit: Option<&str>,
        start: Option<&str>,
        properties: Vec<String>,
    ) -> Result<Self, Invalid> {
        let orderby = orderby.map(str::trim).filter(|text| !text.is_empty());
        let start = start.filter(|text| !text.is_empty());
        let cursor = start.and_then(|text| Cursor::parse(text).ok());
        let written = orderby.or(cursor.as_ref().map(|cursor| cursor.order.as_str())).unwrap_or(USUAL_ORDER).to_owned();
        let order = parse_order(&written)?;
        let repeated = cursor.as_ref().filter(|_| properties.is_empty()).map(|cursor| cursor.properties.clone());
        let properties = repeated.unwrap_or(properties);
        let limit = limit.map(parse_limit).transpose()?.flatten();
        Ok(Self {
            conditions: Conditions::parse(properties.iter().map(String::as_str))?,
            limit: limit.or(cursor.as_ref().and_then(|cursor| cursor.limit)),
            whole: false,
            start: begin(start, cursor, orderby, &order)?,
            properties,
            orderby: written,
            order,
        })
    }

    /// The list with everything on one page, unless the client says how much of it: for what is bounded otherwise, and whose
    /// clients do not follow pages.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { whole: self.limit.is_none(), ..self }
    }

    /// An empty page, to be offered every resource.
    pub fn page(&self) -> Page<'_> {
        Page { listing: self, rows: BTreeMap::new(), bytes: 0, more: false }
    }

    fn key(&self, body: &Value) -> Key {
        let id = body["$id"].as_str().or_else(|| body["@id"].as_str()).unwrap_or_default().to_owned();
        key(&self.order, query::key(body, &self.order), id)
    }

    fn begins_before(&self, key: &Key) -> bool {
        match &self.start {
            Start::First => true,
            Start::After(last) => key > last,
            Start::Beyond(value) => match key.0.first() {
                Some(Part::Ascending(own)) => own > value,
                Some(Part::Descending(Reverse(own))) => own < value,
                None => true,
            },
        }
    }
}

/// The first rows of a list after its start, among those that were offered.
#[derive(Debug)]
pub struct Page<'a> {
    listing: &'a Listing,
    rows: BTreeMap<Key, (Value, usize)>,
    bytes: usize,
    more: bool,
}

/// A page that is complete.
#[derive(Debug)]
pub struct Listed {
    /// The resources, in order.
    pub results: Vec<Value>,
    /// The `start` of the next page.
    pub next: Option<String>,
    /// The order, as the client wrote it.
    pub orderby: String,
}

impl Page<'_> {
    /// Takes a resource in if it meets the conditions and belongs to the page; `shown` is what the page shows of it.
    pub fn offer(&mut self, body: &Value, shown: impl FnOnce(&Value) -> Value) {
        if !self.listing.conditions.matches(body) {
            return;
        }
        let key = self.listing.key(body);
        if !self.listing.begins_before(&key) {
            return;
        }
        let is_last = self.rows.last_key_value().is_none_or(|(last, _)| key > *last);
        if self.more && is_last {
            return;
        }
        let shown = shown(body);
        let bytes = weight(&shown);
        self.bytes += bytes;
        self.rows.insert(key, (shown, bytes));
        if self.listing.whole {
            return;
        }
        let limit = self.listing.limit.unwrap_or(MAX_PAGE);
        while self.rows.len() > limit || (self.bytes > MAX_BYTES && self.rows.len() > 1) {
            let Some((_, (_, bytes))) = self.rows.pop_last() else { break };
            self.bytes -= bytes;
            self.more = true;
        }
    }

    /// The page and where the next one begins.
    pub fn finish(self) -> Listed {
        let Listing { orderby, properties, limit, .. } = self.listing;
        let last = self.rows.last_key_value().filter(|_| self.more).map(|(key, _)| key.clone());
        let next = last.map(|Key(parts, id)| {
            let keys = parts.into_iter().map(Part::into_text).collect();
            let properties: Vec<&str> = properties.iter().map(String::as_str).collect();
            Cursor::new(Place { keys, created_at: 0, id }, orderby, &properties, *limit).token()
        });
        Listed { results: self.rows.into_values().map(|(shown, _)| shown).collect(), next, orderby: orderby.clone() }
    }
}

impl Part {
    fn into_text(self) -> String {
        match self {
            Self::Ascending(text) | Self::Descending(Reverse(text)) => text,
        }
    }
}

fn key(order: &[Order], values: Vec<String>, id: String) -> Key {
    let parts = order
        .iter()
        .zip(values)
        .map(|(order, value)| if order.descending { Part::Descending(Reverse(value)) } else { Part::Ascending(value) });
    Key(parts.collect(), id)
}

fn parse_order(text: &str) -> Result<Vec<Order>, Invalid> {
    let mut order = query::parse_order_any(text)?;
    for Order { path, .. } in &mut order {
        let member = match path.as_slice() {
            [only] if only == "updated" => "repo:lastModifiedDate",
            [only] if only == "created" => "repo:createdDate",
            _ => continue,
        };
        *path = vec!["meta:registryMetadata".to_owned(), member.to_owned()];
    }
    Ok(order)
}

fn begin(
    start: Option<&str>,
    cursor: Option<Cursor>,
    orderby: Option<&str>,
    order: &[Order],
) -> Result<Start, Invalid> {
    let Some(start) = start else { return Ok(Start::First) };
    if let Some(Cursor { place, order: first, .. }) = cursor {
        if orderby.is_some_and(|orderby| orderby != first) || place.keys.len() != order.len() {
            let message = "`start` belongs to a list with another `orderby`; begin again without it";
            return Err(Invalid::new("FLOW-1452-400", message));
        }
        return Ok(Start::After(key(order, place.keys, place.id)));
    }
    if orderby.is_none() {
        let message =
            format!("`start` `{}` is no `_page.next`; take it from the page before, or add `orderby`", excerpt(start));
        return Err(Invalid::new("FLOW-1452-400", message));
    }
    // A number may be stored as a number or as text: all forms of the value are left out.
    let first = order.first();
    let rule = first.and_then(|order| order.path.last()).map_or(Rule::Plain, |last| Rule::of(last));
    let forms = encode::equal_to(start, rule).into_iter();
    let value = if first.is_some_and(|order| order.descending) { forms.min() } else { forms.max() };
    Ok(Start::Beyond(value.unwrap_or_default()))
}

/// A page size; 0 is as good as none.
fn parse_limit(text: &str) -> Result<Option<usize>, Invalid> {
    let bad =
        || Invalid::new("FLOW-1452-400", format!("`limit` `{}` is not a whole number from 0 to 500", excerpt(text)));
    let limit: u64 = text.trim().parse().map_err(|_| bad())?;
    Ok(usize::try_from(limit).ok().filter(|limit| *limit > 0).map(|limit| limit.min(MAX_PAGE)))
}

#[cfg(test)]
mod tests;
