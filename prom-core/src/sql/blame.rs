//! Why a row was refused, in the words of the model: what the backend read off
//! its database's error, told in one way.

use crate::query::{Assign, Request};
use crate::schema::{FieldDef, Schema};
use crate::{Error, Kind, Value};

/// What refused a row.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Refused {
    /// The key or the unique index of that name, over these columns.
    Alike(String, Vec<&'static str>),
    /// A column that may not be NULL, as the database names it.
    Null(String, &'static FieldDef),
    /// A reference: that of the field, if the database says which.
    Reference(Option<&'static FieldDef>),
}

/// `error` of `request`, with the model and its fields.
#[cold]
pub fn blame(request: &Request, schema: &'static Schema, error: &Error, refused: Refused) -> Error {
    let code = error.code().unwrap_or_default();
    match refused {
        Refused::Alike(constraint, columns) => {
            let is_named = |it: &&FieldDef| columns.contains(&it.column);
            let names: Vec<_> = schema.fields().iter().filter(is_named).map(|it| it.name).collect();
            let text =
                format!("another row of `{}` has the same {}", schema.model(), listed(&names, " and "));
            about(schema, Error::new(Kind::Unique, text), &names).with_constraint(constraint).with_code(code)
        }
        Refused::Null(constraint, field) => {
            let text = format!("`{}.{}` is required and would be NULL", schema.model(), field.name);
            let error = about(schema, Error::new(Kind::NotNull, text), &[field.name]);
            error.with_constraint(constraint).with_code(code)
        }
        Refused::Reference(field) => {
            let names = field.map_or_else(|| given_references(request), |it| vec![it.name]);
            let text = match (request, names.as_slice()) {
                (Request::Delete(_), _) => {
                    format!("a row of `{}` cannot go: rows that refer to it are still there", schema.model())
                }
                (_, []) => return error.clone().with_model(schema.model()),
                _ => format!(
                    "a reference of `{}` points at no row: {}",
                    schema.model(),
                    listed(&names, " or ")
                ),
            };
            let about = about(schema, Error::new(Kind::ForeignKey, text), &names).with_code(code);
            match error.constraint() {
                Some(it) => about.with_constraint(it),
                None => about,
            }
        }
    }
}

/// Whether a row is to blame, and not the database.
pub fn is_of_row(error: &Error) -> bool {
    matches!(error.kind(), Kind::Unique | Kind::ForeignKey | Kind::NotNull | Kind::Check | Kind::Value)
}

fn about(schema: &Schema, error: Error, names: &[&'static str]) -> Error {
    let error = error.with_model(schema.model());
    match names {
        [name] => error.with_field(*name),
        _ => error,
    }
}

fn listed(names: &[&str], between: &str) -> String {
    names.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(between)
}

/// The references that the request gives a value other than NULL.
fn given_references(request: &Request) -> Vec<&'static str> {
    let points = |it: &FieldDef| it.reference.is_some();
    match request {
        Request::Insert(it) => {
            let given = |at: usize| (0..it.rows).any(|row| !it.row(row)[at].is_null());
            let fields = it.fields.iter().enumerate().filter(|(at, field)| points(field) && given(*at));
            fields.map(|(_, it)| it.name).collect()
        }
        Request::Update(it) => {
            let fields = it.set.iter().filter(|(field, to)| points(field) && !is_null(to));
            fields.map(|(it, _)| it.name).collect()
        }
        _ => Vec::new(),
    }
}

fn is_null(to: &Assign) -> bool {
    matches!(to, Assign::To(Value::Null))
}
