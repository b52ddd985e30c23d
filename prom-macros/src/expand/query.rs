//! The query: one method for each field and each question that its type allows.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{method, query_name};
use crate::input::{Field, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, vis, private, query) = (&model.ident, &model.vis, model.root.private(), query_name(model));
    let methods = model.stored().flat_map(|(at, field)| Of { model, field, at }.methods());
    let doc = format!("Asks for rows of [`{}`].", model.name);
    let allow = super::allow();
    quote! {
        #[doc = #doc]
        #[derive(::core::fmt::Debug, ::core::clone::Clone)]
        #[must_use = "nothing is asked until this is awaited"]
        #allow
        #vis struct #query {
            raw: #private::RawQuery,
        }

        impl #private::Query for #query {
            type Model = #ident;

            fn __raw(&mut self) -> &mut #private::RawQuery {
                &mut self.raw
            }

            fn __into_raw(self) -> #private::RawQuery {
                self.raw
            }
        }

        impl ::core::future::IntoFuture for #query {
            type Output = #private::Result<#private::Rows<#ident>>;
            type IntoFuture = #private::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                #private::Query::get(self)
            }
        }

        #allow
        impl #query {
            #(#methods)*
        }
    }
}

/// The methods of one field.
struct Of<'a> {
    model: &'a Model,
    field: &'a Field,
    /// Its place in the schema.
    at: usize,
}

impl Of<'_> {
    fn methods(&self) -> Vec<TokenStream> {
        let shape = &self.field.shape;
        let mut methods = self.equality();
        if shape.is_ordered() {
            methods.extend(self.order());
        }
        if shape.is_text() {
            methods.extend(self.text());
        }
        if shape.is_optional {
            methods.extend(self.null());
        }
        methods.extend(self.sort());
        methods
    }

    fn equality(&self) -> Vec<TokenStream> {
        let (eq, ne) = match self.field.shape.is_optional {
            true => ("; `None` keeps those that are NULL", "; `None` keeps those that are not NULL"),
            false => ("", ""),
        };
        vec![
            self.compare("eq_", "Eq", &format!("is `value`{eq}"), "="),
            self.compare("ne_", "Ne", &format!("is something else than `value`{ne}"), "<>"),
            self.list("in_", true, "is one of `values`; an empty list keeps no row", "IN"),
            self.list("nin_", false, "is none of `values`; an empty list keeps every row", "NOT IN"),
        ]
    }

    fn order(&self) -> Vec<TokenStream> {
        vec![
            self.compare("gt_", "Gt", "is greater than `value`", ">"),
            self.compare("gte_", "Gte", "is `value` or greater", ">="),
            self.compare("lt_", "Lt", "is less than `value`", "<"),
            self.compare("lte_", "Lte", "is `value` or less", "<="),
            self.between(),
        ]
    }

    fn text(&self) -> Vec<TokenStream> {
        let like =
            "looks like `pattern`: `%` is any run of characters, `_` any one, `\\` takes the next as it is";
        vec![
            self.matches("like_", "Like", "pattern", true, like, "LIKE ?"),
            self.matches("nlike_", "Like", "pattern", false, "does not look like `pattern`", "NOT LIKE ?"),
            self.matches(
                "startswith_",
                "StartsWith",
                "text",
                true,
                "begins with `text`, letter for letter",
                "LIKE ?%",
            ),
            self.matches(
                "endswith_",
                "EndsWith",
                "text",
                true,
                "ends with `text`, letter for letter",
                "LIKE %?",
            ),
            self.matches(
                "contains_",
                "Contains",
                "text",
                true,
                "has `text` in it, letter for letter",
                "LIKE %?%",
            ),
        ]
    }

    fn null(&self) -> Vec<TokenStream> {
        vec![
            self.is_null("is_null_", true, "is NULL", "IS NULL"),
            self.is_null("not_null_", false, "is not NULL", "IS NOT NULL"),
        ]
    }

    fn sort(&self) -> Vec<TokenStream> {
        vec![
            self.direction("asc_", "Up", "from the least to the greatest", "ASC"),
            self.direction("desc_", "Down", "from the greatest to the least", "DESC"),
        ]
    }

    fn compare(&self, prefix: &str, compare: &str, keeps: &str, sql: &str) -> TokenStream {
        let (private, ty, field, compare) = (self.private(), &self.field.ty, self.def(), word(compare));
        self.method(
            prefix,
            &self.keeps(keeps, &format!("{sql} ?")),
            &quote!(value: impl #private::IntoValue<#ty>),
            &quote!(compare(#field, #private::Compare::#compare, #private::IntoValue::into_value(value))),
        )
    }

    fn between(&self) -> TokenStream {
        let (private, ty, field) = (self.private(), &self.field.ty, self.def());
        self.method(
            "between_",
            &self.keeps("lies between `low` and `high`, both included", "BETWEEN ? AND ?"),
            &quote!(low: impl #private::IntoValue<#ty>, high: impl #private::IntoValue<#ty>),
            &quote! {
                between(
                    #field,
                    #private::IntoValue::<#ty>::into_value(low),
                    #private::IntoValue::<#ty>::into_value(high),
                )
            },
        )
    }

    fn list(&self, prefix: &str, is_in: bool, keeps: &str, sql: &str) -> TokenStream {
        let (private, ty, field) = (self.private(), &self.field.ty, self.def());
        self.method(
            prefix,
            &self.keeps(keeps, &format!("{sql} (..)")),
            &quote!(values: impl #private::IntoValues<#ty>),
            &quote!(is_in(#field, #private::IntoValues::into_values(values), #is_in)),
        )
    }

    fn matches(
        &self,
        prefix: &str,
        how: &str,
        argument: &str,
        matches: bool,
        keeps: &str,
        sql: &str,
    ) -> TokenStream {
        let (private, field, how, argument) = (self.private(), self.def(), word(how), word(argument));
        self.method(
            prefix,
            &self.keeps(keeps, sql),
            &quote!(#argument: &str),
            &quote!(matches(#field, #private::Match::#how, #argument, #matches)),
        )
    }

    fn is_null(&self, prefix: &str, is_null: bool, keeps: &str, sql: &str) -> TokenStream {
        let field = self.def();
        self.method(prefix, &self.keeps(keeps, sql), &TokenStream::new(), &quote!(null(#field, #is_null)))
    }

    fn direction(&self, prefix: &str, direction: &str, sorts: &str, sql: &str) -> TokenStream {
        let (private, field, direction) = (self.private(), self.def(), word(direction));
        let (name, column) = (&self.field.name, &self.field.column.text);
        self.method(
            prefix,
            &format!("Sorts by `{name}`, {sorts}: `ORDER BY \"{column}\" {sql}`."),
            &TokenStream::new(),
            &quote!(sort(#field, #private::Direction::#direction)),
        )
    }

    fn method(&self, prefix: &str, doc: &str, arguments: &TokenStream, call: &TokenStream) -> TokenStream {
        let (vis, name) = (&self.model.vis, method(prefix, self.field));
        quote! {
            #[doc = #doc]
            #[inline]
            #vis fn #name(mut self, #arguments) -> Self {
                self.raw.#call;
                self
            }
        }
    }

    fn keeps(&self, keeps: &str, sql: &str) -> String {
        let (name, column) = (&self.field.name, &self.field.column.text);
        format!("Keeps rows whose `{name}` {keeps}: `\"{column}\" {sql}`.")
    }

    /// The field's place in the schema, as the plain functions take it.
    fn def(&self) -> TokenStream {
        let (ident, private, at) = (&self.model.ident, self.private(), self.at);
        quote!(&<#ident as #private::Model>::schema().fields()[#at])
    }

    fn private(&self) -> TokenStream {
        self.model.root.private()
    }
}

fn word(word: &str) -> Ident {
    format_ident!("{word}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::Root;
    use crate::mistakes::Mistakes;

    /// Compile time goes with the number of methods; see DESIGN.md 2.3.
    #[test]
    fn a_field_gets_the_questions_that_its_type_allows() {
        let item = quote! {
            struct Foo {
                flag: bool,
                number: i64,
                text: String,
                bytes: Vec<u8>,
                parent: Ref<Self>,
                other: Status,
                number_or_not: Option<i64>,
                text_or_not: Option<String>,
                parent_or_not: Option<Ref<Self>>,
            }
        };
        let options = quote!(id = none, created = none, updated = none);
        let model = Model::parse(Root::core(), options, item, &mut Mistakes::default());
        let model = model.expect("it is a struct");
        let counts = model
            .stored()
            .map(|(at, field)| (field.name.as_str(), Of { model: &model, field, at }.methods().len()));
        assert_eq!(
            counts.collect::<Vec<_>>(),
            [
                ("flag", 6),
                ("number", 11),
                ("text", 16),
                ("bytes", 6),
                ("parent", 6),
                ("other", 11),
                ("number_or_not", 13),
                ("text_or_not", 18),
                ("parent_or_not", 8),
            ]
        );
    }
}
