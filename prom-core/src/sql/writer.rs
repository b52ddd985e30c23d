//! Where SQL text comes together, through three doors: text of the program's
//! own, quoted names, and parameters.

use std::borrow::Cow;

use super::Dialect;
use crate::interface::Rendered;
use crate::schema::Schema;
use crate::{Result, Value};

/// A statement: text with placeholders, and the parameters for them.
#[derive(Debug)]
pub struct Statement<'a> {
    /// The text.
    pub text: String,
    /// The parameters, in the order of their placeholders.
    pub params: Vec<Cow<'a, Value>>,
}

impl Statement<'_> {
    /// The same, owned, to be shown.
    pub fn into_rendered(self) -> Rendered {
        Rendered::new(self.text, self.params.into_iter().map(Cow::into_owned).collect())
    }
}

/// SQL text in the making.
pub struct Writer<'a> {
    text: String,
    params: Vec<Cow<'a, Value>>,
    dialect: &'a dyn Dialect,
    compares_outputs: bool,
}

impl<'a> Writer<'a> {
    /// Nothing yet, in `dialect`.
    pub fn new(dialect: &'a dyn Dialect) -> Self {
        Self { text: String::with_capacity(128), params: Vec::new(), dialect, compares_outputs: false }
    }

    /// The dialect that is spoken.
    pub fn dialect(&self) -> &'a dyn Dialect {
        self.dialect
    }

    /// Whether what is given out now is compared: by DISTINCT, by a union or its kin, by
    /// the order, or by the query around it.
    pub fn compares_outputs(&self) -> bool {
        self.compares_outputs
    }

    /// Writes what gives out what is compared.
    pub(super) fn comparing<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.compares_outputs, true);
        let done = inside(self);
        self.compares_outputs = before;
        done
    }

    /// SQL text of the program's own.
    pub fn sql(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// A name, quoted: `"` is doubled in it.
    pub fn ident(&mut self, name: &str) -> &mut Self {
        self.text.push('"');
        for (at, part) in name.split('"').enumerate() {
            if at > 0 {
                self.text.push_str("\"\"");
            }
            self.text.push_str(part);
        }
        self.text.push('"');
        self
    }

    /// The name of a table, with the database's schema before it if it has one.
    pub fn table(&mut self, schema: &Schema) -> &mut Self {
        if let Some(it) = schema.namespace() {
            self.ident(it).sql(".");
        }
        self.ident(schema.table())
    }

    /// A value, as a parameter.
    pub fn param(&mut self, value: &'a Value) -> &mut Self {
        self.push_param(Cow::Borrowed(value))
    }

    /// A value that was made for the statement, as a parameter.
    pub fn param_owned(&mut self, value: Value) -> &mut Self {
        self.push_param(Cow::Owned(value))
    }

    fn push_param(&mut self, value: Cow<'a, Value>) -> &mut Self {
        self.params.push(value);
        let number = self.params.len();
        let dialect = self.dialect;
        dialect.placeholder(&mut self.text, number);
        self
    }

    /// The placeholder of a parameter that was written before.
    pub(super) fn placeholder(&mut self, number: usize) {
        let dialect = self.dialect;
        dialect.placeholder(&mut self.text, number);
    }

    /// How many parameters there are.
    pub(super) fn params(&self) -> usize {
        self.params.len()
    }

    /// Text of the user's own statement: the fourth door, for that alone.
    pub(super) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A constant of the model's, as a literal: for the definition of a column,
    /// which takes no parameters.
    pub fn literal(&mut self, value: &Value) -> &mut Self {
        let dialect = self.dialect;
        dialect.literal(&mut self.text, value);
        self
    }

    /// The name of a type, as the database's catalog spelt it: quoted where it must be.
    pub fn ty(&mut self, name: &str) -> &mut Self {
        self.text.push_str(name);
        self
    }

    /// A whole number that the program makes.
    pub fn number(&mut self, number: usize) -> &mut Self {
        use std::fmt::Write;
        write!(self.text, "{number}").expect("writing to a String cannot fail");
        self
    }

    /// What `each` writes for each of `items`, with `between` between them.
    pub fn list<T>(
        &mut self,
        between: &'static str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T),
    ) -> &mut Self {
        for (at, it) in items.into_iter().enumerate() {
            if at > 0 {
                self.sql(between);
            }
            each(self, it);
        }
        self
    }

    /// The same where `each` may fail.
    ///
    /// # Errors
    ///
    /// The first that `each` gives.
    pub fn try_list<T>(
        &mut self,
        between: &'static str,
        items: impl IntoIterator<Item = T>,
        mut each: impl FnMut(&mut Self, T) -> Result<()>,
    ) -> Result<()> {
        for (at, it) in items.into_iter().enumerate() {
            if at > 0 {
                self.sql(between);
            }
            each(self, it)?;
        }
        Ok(())
    }

    /// The statement.
    pub fn finish(self) -> Statement<'a> {
        Statement { text: self.text, params: self.params }
    }
}
