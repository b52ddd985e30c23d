//! How values compare: one order for conditions, sorts, keys and unique indexes.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use prom_core::Value;
use prom_core::schema::FieldDef;

/// A value that is not NULL, as its field compares it.
#[derive(Debug, Clone)]
pub(crate) struct Cell<'a>(Cow<'a, Value>);

/// Values to look for.
pub(crate) type Cells = BTreeSet<Cell<'static>>;

impl<'a> Cell<'a> {
    /// `value` as `field` compares it; nothing for NULL, which compares with
    /// nothing.
    pub(crate) fn new(field: &FieldDef, value: &'a Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Text(text) if ignores_case(field) => {
                Some(Self(Cow::Owned(Value::Text(text.to_ascii_lowercase()))))
            }
            it => Some(Self(Cow::Borrowed(it))),
        }
    }

    /// The same, of a value that need not outlive it.
    pub(crate) fn owned(field: &FieldDef, value: &Value) -> Option<Cell<'static>> {
        Cell::new(field, value).map(|it| Cell(Cow::Owned(it.0.into_owned())))
    }

    /// The value.
    pub(crate) fn value(&self) -> &Value {
        &self.0
    }

    /// Its text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &*self.0 {
            Value::Text(it) => Some(it),
            _ => None,
        }
    }
}

/// A reference compares as the key that it refers to.
fn ignores_case(field: &FieldDef) -> bool {
    let key = || (field.reference?.target)().key();
    field.ignore_case || key().is_some_and(|it| it.ignore_case)
}

impl Ord for Cell<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&*self.0, &*other.0) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::I64(a), Value::I64(b)) => a.cmp(b),
            // As in SQL, -0.0 is 0.0; a NaN is never stored.
            (Value::F64(a), Value::F64(b)) => a.partial_cmp(b).unwrap_or(Ordering::Equal),
            (Value::Text(a), Value::Text(b)) => a.cmp(b),
            (Value::Bytes(a), Value::Bytes(b)) => a.cmp(b),
            (Value::Timestamp(a), Value::Timestamp(b)) => a.cmp(b),
            (Value::Date(a), Value::Date(b)) => a.cmp(b),
            (Value::Uuid(a), Value::Uuid(b)) => a.cmp(b),
            (Value::Other(a), Value::Other(b)) => (&a.type_name, &a.bytes).cmp(&(&b.type_name, &b.bytes)),
            // Two models that disagree about the type of a column.
            (a, b) => a.kind().cmp(b.kind()),
        }
    }
}

impl PartialOrd for Cell<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cell<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cell<'_> {}

/// How two values of `field` are sorted: NULL is the greatest.
pub fn sorted(field: &FieldDef, a: &Value, b: &Value) -> Ordering {
    match (Cell::new(field, a), Cell::new(field, b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }
}
