//! Generated code does not care what names mean where the model stands.
#![allow(dead_code, unused_macros)]

struct Option;
struct Result;
struct Vec;
struct String;
struct Box;
struct Some;
struct None;
struct Ok;
struct Err;
struct Value;
struct Schema;
struct Type;
struct Ref;
struct Role;
struct Unset;
struct Set;
trait Field {}
trait Model {}
trait Query {}
trait Clone {}
trait Default {}
trait Debug {}
trait Send {}
trait Into {}
trait From {}
trait Iterator {}
trait Future {}
mod core {}
mod std {}
macro_rules! assert {
    () => {};
}
macro_rules! vec {
    () => {};
}

#[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug, ::prom::Enum)]
enum Kind {
    A,
    B,
}

#[derive(::prom::Field)]
struct F0(::std::string::String);

#[::prom::orm]
#[derive(::std::fmt::Debug, ::std::clone::Clone)]
struct Foo {
    bar: i64,
    kind: Kind,
    #[field(max_size = 3)]
    text: ::std::option::Option<::std::string::String>,
    #[field(default = Kind::A)]
    other: Kind,
    #[field(skip)]
    cached: u8,
}

#[::prom::orm]
struct Bar {
    #[field(ignore_case)]
    f0: F0,
    schema: i64,
    value: i64,
}

fn main() {
    let _ = Foo::query().eq_bar(3).eq_kind(Kind::B);
    ::std::mem::drop(Foo::create().bar(3).kind(Kind::A));
    ::std::mem::drop(Bar::create().schema(3).value(4).f0(F0(::std::string::ToString::to_string("x"))));
}
