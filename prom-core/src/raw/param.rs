//! What may be bound to a name in a statement of the user's own.

use crate::{Field, Value};

/// What may be bound to a name in [`raw`](crate::raw): every type that a field
/// may have, `&str`, and a [`Value`] that is at hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be bound to a parameter",
    label = "not a type that a field may have",
    note = "several values are bound with `bind_list`; `#[derive(prom::Enum)]` and `#[derive(prom::Field)]` make \
            enums and newtypes fields"
)]
pub trait IntoParam {
    /// The cell.
    fn into_param(self) -> Value;
}

impl<T: Field> IntoParam for T {
    fn into_param(self) -> Value {
        self.into_value()
    }
}

impl IntoParam for Value {
    fn into_param(self) -> Value {
        self.into_key().0
    }
}

impl IntoParam for &str {
    fn into_param(self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl IntoParam for Option<&str> {
    fn into_param(self) -> Value {
        self.map_or(Value::Null, IntoParam::into_param)
    }
}

impl IntoParam for &String {
    fn into_param(self) -> Value {
        Value::Text(self.clone())
    }
}

impl IntoParam for &[u8] {
    fn into_param(self) -> Value {
        Value::Bytes(self.to_vec())
    }
}
