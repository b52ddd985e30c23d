//! The query: one method for each field and each question that its type allows.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::{method, query_name};
use crate::input::{Field, Model};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (ident, vis, private, query) = (&model.ident, &model.vis, model.root.private(), query_name(model));
    let of = |(at, field)| Of { model, field, at };
    let methods = model.stored().flat_map(|it| of(it).methods());
    let selections = model.stored().flat_map(|it| of(it).selections());
    let doc = format!("Asks for rows of [`{}`], or for columns of them.", model.name);
    let allow = super::allow();
    let subqueries = subqueries(model);
    quote! {
        #[doc = #doc]
        #[must_use = "nothing is asked until this is awaited"]
        #allow
        #vis struct #query<__P = #private::All> {
            raw: #private::RawQuery,
            rows: ::core::marker::PhantomData<fn() -> __P>,
        }

        impl<__P> ::core::clone::Clone for #query<__P> {
            fn clone(&self) -> Self {
                Self { raw: ::core::clone::Clone::clone(&self.raw), rows: ::core::marker::PhantomData }
            }
        }

        impl<__P> ::core::fmt::Debug for #query<__P> {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                ::core::fmt::Debug::fmt(&self.raw, f)
            }
        }

        impl<__P: #private::Projection<#ident>> #private::Query for #query<__P> {
            type Model = #ident;
            type Projection = __P;
            type With<__N: #private::Projection<#ident>> = #query<__N>;

            fn __raw(&mut self) -> &mut #private::RawQuery {
                &mut self.raw
            }

            fn __into_raw(self) -> #private::RawQuery {
                self.raw
            }

            fn __from_raw(raw: #private::RawQuery) -> Self {
                Self { raw, rows: ::core::marker::PhantomData }
            }
        }

        impl<__P: #private::Projection<#ident>> ::core::future::IntoFuture for #query<__P> {
            type Output = #private::Result<#private::Rows<__P::Row>>;
            type IntoFuture = #private::BoxFuture<'static, Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                #private::Query::get(self)
            }
        }

        #subqueries

        #allow
        impl<__P: #private::Projection<#ident>> #query<__P> {
            #(#methods)*
            #(#selections)*
        }
    }
}

/// A query that selects one column may stand where a value or a list does.
fn subqueries(model: &Model) -> TokenStream {
    let (private, query) = (model.root.private(), query_name(model));
    quote! {
        impl<__T, __C: #private::Fits<__T>> #private::IntoOperand<__T> for #query<#private::Selected<(__C,)>> {
            fn into_operand(self) -> #private::Operand {
                #private::Operand::Query(::std::boxed::Box::new(self.raw))
            }
        }

        impl<__T, __C: #private::Fits<__T>> #private::IntoOperands<__T> for #query<#private::Selected<(__C,)>> {
            fn into_operands(self) -> #private::Operands {
                #private::Operands::Query(::std::boxed::Box::new(self.raw))
            }
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
        methods.extend(self.change());
        methods
    }

    /// What changes the type of the query's rows.
    fn selections(&self) -> Vec<TokenStream> {
        let shape = &self.field.shape;
        let (name, ty, private, field) = (&self.field.name, &self.field.ty, self.private(), self.def());
        let mut selections = vec![
            self.selection(
                "select_",
                &format!("Selects `{name}`."),
                ty,
                &quote!(column(#private::Column::Field(#field))),
            ),
            self.selection(
                "group_by_",
                &format!("Makes one group of the rows that are alike in `{name}`, and selects it."),
                ty,
                &quote!(group_by(#field)),
            ),
        ];
        let value = match shape.is_optional {
            true => ty.clone(),
            false => quote!(::core::option::Option<#ty>),
        };
        let number = shape.is_number();
        let sum = match shape.is_float() {
            true => quote!(::core::option::Option<f64>),
            false => quote!(::core::option::Option<i64>),
        };
        let mean = quote!(::core::option::Option<f64>);
        let aggregates = [
            ("sum_", "Sum", "the sum of", &sum, number),
            ("avg_", "Avg", "the mean of", &mean, number),
            ("min_", "Min", "the least", &value, shape.is_ordered()),
            ("max_", "Max", "the greatest", &value, shape.is_ordered()),
        ];
        for (prefix, aggregate, what, gives, _) in aggregates.into_iter().filter(|it| it.4) {
            let aggregate = word(aggregate);
            selections.push(self.selection(
                prefix,
                &format!(
                    "Selects {what} `{name}`, of all rows or of each group; `None` where there is none."
                ),
                gives,
                &quote!(column(#private::Column::Aggregate(#private::Aggregate::#aggregate, #field))),
            ));
        }
        selections
    }

    fn selection(&self, prefix: &str, doc: &str, gives: &TokenStream, call: &TokenStream) -> TokenStream {
        let (vis, name, private) = (&self.model.vis, method(prefix, self.field), self.private());
        let (ident, query) = (&self.model.ident, query_name(self.model));
        quote! {
            #[doc = #doc]
            #[inline]
            #vis fn #name<__N>(mut self) -> #query<__N>
            where
                __P: #private::Select<#gives, Next = __N>,
                __N: #private::Projection<#ident>,
            {
                self.raw.#call;
                #query { raw: self.raw, rows: ::core::marker::PhantomData }
            }
        }
    }

    fn change(&self) -> Vec<TokenStream> {
        let (private, ty, field, name) = (self.private(), &self.field.ty, self.def(), &self.field.name);
        let column = &self.field.column.text;
        let mut changes = vec![self.method(
            "set_",
            &format!("Sets `{name}`, for `update()`: `\"{column}\" = ?`."),
            &quote!(value: impl #private::IntoOperand<#ty>),
            &quote!(set(#field, #private::IntoOperand::into_operand(value))),
        )];
        if self.field.shape.is_number() {
            changes.push(self.method(
                "incr_",
                &format!(
                    "Adds to `{name}`, for `update()`; NULL stays NULL: `\"{column}\" = \"{column}\" + ?`."
                ),
                &quote!(number: impl #private::IntoValue<#ty>),
                &quote!(increment(#field, #private::IntoValue::<#ty>::into_value(number))),
            ));
        }
        changes
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
            self.by_list(),
        ]
    }

    fn compare(&self, prefix: &str, compare: &str, keeps: &str, sql: &str) -> TokenStream {
        let (private, ty, field, compare) = (self.private(), &self.field.ty, self.def(), word(compare));
        self.method(
            prefix,
            &self.keeps(keeps, &format!("{sql} ?")),
            &quote!(value: impl #private::IntoOperand<#ty>),
            &quote!(compare(#field, #private::Compare::#compare, #private::IntoOperand::into_operand(value))),
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
            &quote!(values: impl #private::IntoOperands<#ty>),
            &quote!(is_in(#field, #private::IntoOperands::into_operands(values), #is_in)),
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

    fn by_list(&self) -> TokenStream {
        let (private, ty, field, name) = (self.private(), &self.field.ty, self.def(), &self.field.name);
        self.method(
            "order_",
            &format!("Sorts by the place of `{name}` in `values`; what is not in it comes last."),
            &quote!(values: impl #private::IntoValues<#ty>),
            &quote!(sort_list(#field, #private::IntoValues::<#ty>::__into_operands(values))),
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
        let counts = model.stored().map(|(at, field)| {
            let of = Of { model: &model, field, at };
            (field.name.as_str(), of.methods().len() + of.selections().len())
        });
        assert_eq!(
            counts.collect::<Vec<_>>(),
            [
                ("flag", 10),
                ("number", 20),
                ("text", 22),
                ("bytes", 10),
                ("parent", 10),
                ("other", 17),
                ("number_or_not", 22),
                ("text_or_not", 24),
                ("parent_or_not", 12),
            ]
        );
    }
}
