//! Queries of a small model in both dialects, one line below the other.

use prom::Projection;
use prom::prelude::*;
use prom::query::Request;

use crate::{postgres_connection, sqlite_connection};

/// An enum that is stored by name.
#[derive(Debug, Clone, Copy, PartialEq, prom::Enum)]
pub(crate) enum Mood {
    Calm,
    Angry,
}

/// What others refer to.
#[prom::orm(table = "shelf", created = none, updated = none)]
#[derive(Debug)]
pub(crate) struct Shelf {
    name: String,
}

/// A field of every kind that the renderers tell apart.
#[prom::orm(table = "item", created = none, updated = none)]
#[derive(Debug)]
pub(crate) struct Item {
    n: i64,
    small: u8,
    single: f32,
    name: Option<String>,
    #[field(ignore_case)]
    code: String,
    flag: bool,
    bytes: Vec<u8>,
    at: Timestamp,
    day: Option<prom::Date>,
    uuid: prom::Uuid,
    mood: Mood,
    #[field(reverse = "items")]
    shelf_id: Option<Ref<Shelf>>,
}

/// The statements of what a query would send.
pub(crate) fn shown<P: Projection<Item>>(query: ItemQuery<P>) -> String {
    [sqlite_connection(), postgres_connection()]
        .map(|connection| {
            let query = query.clone().on(&connection);
            let mut line = query.render().expect("it renders").text;
            line.push('\n');
            line
        })
        .concat()
}

/// The conditions of queries, each without what stands before its WHERE.
pub(crate) fn conditions<const N: usize>(queries: [ItemQuery; N]) -> String {
    let condition = |query: ItemQuery| {
        let statements = shown(query.select_n());
        let lines = statements.lines().map(|line| match line.split_once(" WHERE ") {
            Some((_, condition)) => format!("{condition}\n"),
            None => format!("{line}\n"),
        });
        lines.collect::<String>()
    };
    queries.map(condition).join("\n")
}

/// The statements of a request.
pub(crate) fn requested(request: &Request) -> String {
    [sqlite_connection(), postgres_connection()]
        .map(|connection| {
            let mut line = connection.interface().render(request).expect("it renders").text;
            line.push('\n');
            line
        })
        .concat()
}
