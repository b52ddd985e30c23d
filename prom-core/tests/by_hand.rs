//! What the model attribute writes, written by hand.
#![allow(missing_docs, non_camel_case_types, dead_code)]

use ::prom_core as prom;

// #[prom::orm(table = "foo_table_name", hooks)]
// #[derive(Debug, Clone, PartialEq)]
// pub struct Foo {
//     /// How far.
//     pub bar: i64,
//     #[field(max_size = 10, index)]
//     pub name: String,
//     pub note: Option<String>,
//     #[field(default = 3)]
//     pub level: i32,
//     pub parent_id: Option<prom::Ref<Foo>>,
//     #[field(skip)]
//     pub cached: Option<String>,
// }

#[derive(Clone, PartialEq)] // Debug taken out: written below without the hidden field
pub struct Foo {
    /// How far.
    pub bar: i64,
    pub name: String,
    pub note: Option<String>,
    pub level: i32,
    pub parent_id: Option<prom::Ref<Foo>>,
    pub cached: Option<String>,
    /// The key.
    pub id: i64,
    /// When the row was inserted.
    pub created: prom::__private::Timestamp,
    /// When the row was last saved.
    pub updated: prom::__private::Timestamp,
    #[doc(hidden)]
    __prom: prom::__private::Meta<i64, 8>,
}

#[automatically_derived]
impl ::core::fmt::Debug for Foo {
    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
        f.debug_struct("Foo")
            .field("bar", &self.bar)
            .field("name", &self.name)
            .field("note", &self.note)
            .field("level", &self.level)
            .field("parent_id", &self.parent_id)
            .field("cached", &self.cached)
            .field("id", &self.id)
            .field("created", &self.created)
            .field("updated", &self.updated)
            .finish()
    }
}

impl Foo {
    /// Asks for rows.
    pub fn query() -> FooQuery {
        FooQuery { raw: prom::__private::RawQuery::new(<Self as prom::__private::Model>::schema()) }
    }

    /// Makes a row: await the builder once its required fields are set.
    pub fn create() -> FooCreate {
        FooCreate {
            draft: ::core::default::Default::default(),
            future: ::core::option::Option::None,
            set: ::core::marker::PhantomData,
        }
    }

    /// Makes what is not yet a row, checked when it is inserted.
    pub fn draft() -> FooDraft {
        ::core::default::Default::default()
    }
}

impl prom::__private::Model for Foo {
    type Key = i64; // NoKey with `id = none` and no pk
    type Draft = FooDraft;
    type Query = FooQuery;

    // const UNTRACKED: bool = true;   with `track = false`; Meta<i64, 0> and is_modified then: key compared, else true

    fn schema() -> &'static prom::__private::Schema {
        use prom::__private::{
            DefaultValue, Field, FieldDef, IndexDef, KeyDef, OnDelete, Reference, Role, Schema, Type,
        };
        static SCHEMA: Schema = Schema::new(
            "Foo",
            "foo_table_name",
            &[
                FieldDef::new("bar", <i64 as Field>::TYPE).nullable(<i64 as Field>::NULLABLE).doc("How far."),
                FieldDef::new("name", <String as Field>::TYPE)
                    .nullable(<String as Field>::NULLABLE)
                    .size(None, Some(10)),
                FieldDef::new("note", <Option<String> as Field>::TYPE)
                    .nullable(<Option<String> as Field>::NULLABLE),
                FieldDef::new("level", <i32 as Field>::TYPE).nullable(<i32 as Field>::NULLABLE).default(
                    DefaultValue::Constant(|| {
                        let value: i32 = 3;
                        Field::into_value(value)
                    }),
                ),
                FieldDef::new("parent_id", <Option<prom::Ref<Foo>> as Field>::TYPE)
                    .nullable(<Option<prom::Ref<Foo>> as Field>::NULLABLE)
                    .reference(Reference {
                        target: <Foo as prom::__private::Model>::schema,
                        on_delete: OnDelete::SetNull, // Cascade when not an Option; option on_delete overrides
                    }),
                FieldDef::new("id", Type::I64)
                    .column("_id")
                    .aliases(&["pk", "foo_id", "foo_pk"])
                    .role(Role::Id)
                    .key(KeyDef::Generated), // Uuid type: <Uuid as Field>::TYPE and KeyDef::Uuid; #[field(pk)]: KeyDef::Given on that field
                FieldDef::new("created", <prom::__private::Timestamp as Field>::TYPE)
                    .column("_created")
                    .role(Role::Created),
                FieldDef::new("updated", <prom::__private::Timestamp as Field>::TYPE)
                    .column("_updated")
                    .role(Role::Updated),
            ],
        )
        // a field's `unique`/`index`, a reference unless `index = false`, then the attribute's `index(a, b)` and `unique(a, b)`
        .with_indexes(&[IndexDef::new("name", &["name"]), IndexDef::new("parent_id", &["parent_id"])])
        .with_connection(::core::option::Option::None) // Some("geo"), or <Geo as Base>::CONNECTION
        .with_doc("");
        &SCHEMA
    }

    fn key(&self) -> &Self::Key {
        &self.id
    }

    fn __from_row(row: &dyn prom::__private::RowRef, origin: u32) -> prom::__private::Result<Self> {
        let schema = <Self as prom::__private::Model>::schema();
        let mut it = Self {
            bar: prom::__private::decode(row, 0, schema)?,
            name: prom::__private::decode(row, 1, schema)?,
            note: prom::__private::decode(row, 2, schema)?,
            level: prom::__private::decode(row, 3, schema)?,
            parent_id: prom::__private::decode(row, 4, schema)?,
            cached: ::core::default::Default::default(),
            id: prom::__private::decode(row, 5, schema)?,
            created: prom::__private::decode(row, 6, schema)?,
            updated: prom::__private::decode(row, 7, schema)?,
            __prom: prom::__private::Meta::new(0, [0; 8], origin),
        };
        prom::__private::Model::__remember(&mut it);
        ::core::result::Result::Ok(it)
    }

    fn __from_values(
        next: &mut dyn ::core::ops::FnMut() -> prom::__private::Value,
        origin: u32,
    ) -> prom::__private::Result<Self> {
        let schema = <Self as prom::__private::Model>::schema();
        let mut it = Self {
            bar: prom::__private::decode_owned(next(), 0, schema)?,
            name: prom::__private::decode_owned(next(), 1, schema)?,
            note: prom::__private::decode_owned(next(), 2, schema)?,
            level: prom::__private::decode_owned(next(), 3, schema)?,
            parent_id: prom::__private::decode_owned(next(), 4, schema)?,
            cached: ::core::default::Default::default(),
            id: prom::__private::decode_owned(next(), 5, schema)?,
            created: prom::__private::decode_owned(next(), 6, schema)?,
            updated: prom::__private::decode_owned(next(), 7, schema)?,
            __prom: prom::__private::Meta::new(0, [0; 8], origin),
        };
        prom::__private::Model::__remember(&mut it);
        ::core::result::Result::Ok(it)
    }

    fn __value(&self, index: usize) -> prom::__private::Value {
        use prom::__private::Field;
        match index {
            0 => Field::to_value(&self.bar),
            1 => Field::to_value(&self.name),
            2 => Field::to_value(&self.note),
            3 => Field::to_value(&self.level),
            4 => Field::to_value(&self.parent_id),
            5 => Field::to_value(&self.id),
            6 => Field::to_value(&self.created),
            _ => Field::to_value(&self.updated),
        }
    }

    fn __is_modified(&self, index: usize) -> bool {
        use prom::__private::Field;
        let print = match index {
            0 => Field::fingerprint(&self.bar),
            1 => Field::fingerprint(&self.name),
            2 => Field::fingerprint(&self.note),
            3 => Field::fingerprint(&self.level),
            4 => Field::fingerprint(&self.parent_id),
            5 => Field::fingerprint(&self.id),
            6 => Field::fingerprint(&self.created),
            _ => Field::fingerprint(&self.updated),
        };
        self.__prom.print(index) != print
    }

    fn __remember(&mut self) {
        use prom::__private::Field;
        self.__prom.remember(
            ::core::clone::Clone::clone(&self.id),
            [
                Field::fingerprint(&self.bar),
                Field::fingerprint(&self.name),
                Field::fingerprint(&self.note),
                Field::fingerprint(&self.level),
                Field::fingerprint(&self.parent_id),
                Field::fingerprint(&self.id),
                Field::fingerprint(&self.created),
                Field::fingerprint(&self.updated),
            ],
        );
    }

    fn __set_updated(&mut self, now: prom::__private::Value) {
        if let ::core::result::Result::Ok(it) = prom::__private::Field::from_value(now) {
            self.updated = it;
        }
    }

    fn __origin(&self) -> u32 {
        self.__prom.origin()
    }

    fn __loaded_key(&self) -> &Self::Key {
        self.__prom.key()
    }

    // With `hooks` only:
    fn __before_insert(
        draft: &mut Self::Draft,
    ) -> impl ::core::future::Future<Output = prom::__private::Result<()>> + ::core::marker::Send {
        <Self as prom::__private::Hooks>::before_insert(draft)
    }
    fn __before_update(
        &mut self,
    ) -> impl ::core::future::Future<Output = prom::__private::Result<()>> + ::core::marker::Send {
        <Self as prom::__private::Hooks>::before_update(self)
    }
    fn __before_delete(
        &self,
    ) -> impl ::core::future::Future<Output = prom::__private::Result<()>> + ::core::marker::Send {
        <Self as prom::__private::Hooks>::before_delete(self)
    }
    fn __after_load(&mut self) -> prom::__private::Result<()> {
        <Self as prom::__private::Hooks>::after_load(self)
    }
}

prom::__private::inventory::submit! { prom::__private::Listed(<Foo as prom::__private::Model>::schema) }

/// What is not yet a row of [`Foo`].
#[derive(Debug, Clone, Default)]
#[must_use = "a draft is no row until it is inserted"]
pub struct FooDraft {
    values: [::core::option::Option<prom::__private::Value>; 8],
    on: ::core::option::Option<prom::__private::Connection>,
}

impl prom::__private::Draft for FooDraft {
    type Model = Foo;

    fn __values(&mut self) -> &mut [::core::option::Option<prom::__private::Value>] {
        &mut self.values
    }

    fn __on(&self) -> ::core::option::Option<&prom::__private::Connection> {
        self.on.as_ref()
    }
}

impl FooDraft {
    /// Sets `bar`.
    pub fn bar(mut self, value: i64) -> Self {
        self.set_bar(value);
        self
    }

    /// Sets `bar` in place.
    pub fn set_bar(&mut self, value: i64) {
        self.values[0] = ::core::option::Option::Some(prom::__private::Field::into_value(value));
    }

    /// What `bar` was set to.
    pub fn get_bar(&self) -> ::core::option::Option<i64> {
        prom::__private::draft_value(&self.values[0])
    }

    /// Sets `name`.
    pub fn name(mut self, value: impl prom::__private::IntoValue<String>) -> Self {
        self.set_name(value);
        self
    }

    /// Sets `name` in place.
    pub fn set_name(&mut self, value: impl prom::__private::IntoValue<String>) {
        self.values[1] = ::core::option::Option::Some(prom::__private::IntoValue::into_value(value));
    }

    // ... every persisted field, `id`, `created` and `updated` included

    /// Inserts on that connection.
    pub fn on(mut self, connection: &prom::__private::Connection) -> Self {
        self.on = ::core::option::Option::Some(::core::clone::Clone::clone(connection));
        self
    }

    /// Inserts the draft and gives the row.
    pub fn insert(self) -> prom::__private::BoxFuture<'static, prom::__private::Result<Foo>> {
        ::std::boxed::Box::pin(prom::__private::insert::<Foo>(self))
    }
}

impl ::core::future::IntoFuture for FooDraft {
    type Output = prom::__private::Result<Foo>;
    type IntoFuture = prom::__private::BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.insert()
    }
}

/// Makes a [`Foo`]. One parameter for each required field: bar, name.
#[must_use = "nothing is inserted until this is awaited"]
pub struct FooCreate<F0 = prom::__private::Unset, F1 = prom::__private::Unset> {
    draft: FooDraft,
    future: ::core::option::Option<prom::__private::BoxFuture<'static, prom::__private::Result<Foo>>>,
    set: ::core::marker::PhantomData<fn() -> (F0, F1)>,
}

impl<F0, F1> FooCreate<F0, F1> {
    /// Sets `bar`; required.
    pub fn bar(mut self, value: i64) -> FooCreate<prom::__private::Set, F1> {
        self.draft.set_bar(value);
        FooCreate {
            draft: self.draft,
            future: ::core::option::Option::None,
            set: ::core::marker::PhantomData,
        }
    }

    /// Sets `name`; required.
    pub fn name(
        mut self,
        value: impl prom::__private::IntoValue<String>,
    ) -> FooCreate<F0, prom::__private::Set> {
        self.draft.set_name(value);
        FooCreate {
            draft: self.draft,
            future: ::core::option::Option::None,
            set: ::core::marker::PhantomData,
        }
    }

    /// Inserts on that connection.
    pub fn on(mut self, connection: &prom::__private::Connection) -> Self {
        self.draft = self.draft.on(connection);
        self
    }

    // ... the optional fields: -> Self
}

#[doc(hidden)]
pub mod __foo_set {
    use super::prom::__private::Set; // really: the absolute path ::prom::__private::Set

    #[diagnostic::on_unimplemented(
        message = "`Foo::create()` needs `.bar(..)`: the field `bar` is required",
        label = "`.bar(..)` is missing",
        note = "for values that are set in branches use `Foo::draft()`"
    )]
    pub trait bar {}
    #[diagnostic::do_not_recommend]
    impl bar for Set {}

    #[diagnostic::on_unimplemented(
        message = "`Foo::create()` needs `.name(..)`: the field `name` is required",
        label = "`.name(..)` is missing",
        note = "for values that are set in branches use `Foo::draft()`"
    )]
    pub trait name {}
    #[diagnostic::do_not_recommend]
    impl name for Set {}
}

impl<F0: __foo_set::bar, F1: __foo_set::name> FooCreate<F0, F1> {
    /// Inserts the row and gives it.
    pub fn insert(self) -> prom::__private::BoxFuture<'static, prom::__private::Result<Foo>> {
        self.draft.insert()
    }
}

impl<F0: __foo_set::bar, F1: __foo_set::name> ::core::future::Future for FooCreate<F0, F1> {
    type Output = prom::__private::Result<Foo>;

    fn poll(
        mut self: ::core::pin::Pin<&mut Self>,
        context: &mut ::core::task::Context<'_>,
    ) -> ::core::task::Poll<Self::Output> {
        let this = &mut *self;
        let draft = &mut this.draft;
        this.future.get_or_insert_with(|| ::core::mem::take(draft).insert()).as_mut().poll(context)
    }
}

impl<F0: __foo_set::bar, F1: __foo_set::name> ::core::convert::From<FooCreate<F0, F1>> for FooDraft {
    fn from(create: FooCreate<F0, F1>) -> Self {
        create.draft
    }
}

/// Asks for rows of [`Foo`].
#[derive(Debug, Clone)]
#[must_use = "nothing is asked until this is awaited"]
pub struct FooQuery {
    raw: prom::__private::RawQuery,
}

impl prom::__private::Query for FooQuery {
    type Model = Foo;

    fn __raw(&mut self) -> &mut prom::__private::RawQuery {
        &mut self.raw
    }

    fn __into_raw(self) -> prom::__private::RawQuery {
        self.raw
    }
}

impl ::core::future::IntoFuture for FooQuery {
    type Output = prom::__private::Result<prom::__private::Rows<Foo>>;
    type IntoFuture = prom::__private::BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        prom::__private::Query::get(self)
    }
}

impl FooQuery {
    /// Keeps rows whose `bar` is `value`: `"bar" = ?`.
    #[inline]
    pub fn eq_bar(mut self, value: impl prom::__private::IntoValue<i64>) -> Self {
        self.raw.compare(
            &<Foo as prom::__private::Model>::schema().fields()[0],
            prom::__private::Compare::Eq,
            prom::__private::IntoValue::into_value(value),
        );
        self
    }

    // ne gt gte lt lte likewise; between_bar(low, high) -> raw.between(field, low, high)

    /// Keeps rows whose `bar` is one of `values`; an empty list keeps no row.
    #[inline]
    pub fn in_bar(mut self, values: impl prom::__private::IntoValues<i64>) -> Self {
        self.raw.is_in(
            &<Foo as prom::__private::Model>::schema().fields()[0],
            prom::__private::IntoValues::into_values(values),
            true,
        );
        self
    }

    /// Keeps rows whose `name` begins with `text`, letter for letter.
    #[inline]
    pub fn startswith_name(mut self, text: &str) -> Self {
        self.raw.matches(
            &<Foo as prom::__private::Model>::schema().fields()[1],
            prom::__private::Match::StartsWith,
            text,
            true,
        );
        self
    }

    /// Keeps rows whose `note` is NULL.
    #[inline]
    pub fn is_null_note(mut self) -> Self {
        self.raw.null(&<Foo as prom::__private::Model>::schema().fields()[2], true);
        self
    }

    /// Sorts by `bar`, from the least to the greatest.
    #[inline]
    pub fn asc_bar(mut self) -> Self {
        self.raw.sort(&<Foo as prom::__private::Model>::schema().fields()[0], prom::__private::Direction::Up);
        self
    }
}

impl prom::Hooks for Foo {
    async fn before_insert(draft: &mut FooDraft) -> prom::Result<()> {
        if draft.get_bar().is_none() {
            draft.set_bar(7);
        }
        Ok(())
    }
}

async fn _compiles() -> prom::Result<()> {
    use prom::{Model, Query};
    let f = Foo::create().bar(1).name("x").await?;
    let g = Foo::create().name(String::from("x")).bar(2).insert().await?;
    Foo::create_many([Foo::create().bar(1).name("x")]).await?;
    Foo::create_many(vec![Foo::draft()]).await?;
    for it in Foo::query().in_bar([3, 4, 5]).eq_bar(g.bar).or().eq_bar(&3).asc_bar().limit(3).await? {
        let mut it = it;
        it.bar += 1;
        it.save().await?;
        it.reload().await?;
    }
    let _ = Foo::find(7).await?;
    let mut s = Foo::query().stream();
    while let Some(it) = s.try_next().await? {
        it.delete().await?;
    }
    f.delete().await?;
    Foo::install().await
}

fn _is_send() {
    fn send<T: Send>(_: T) {}
    send(_compiles());
}
