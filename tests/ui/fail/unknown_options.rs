//! Options that there are not, or not yet.

#[prom::orm(tabel = "foo", population = 3, "foo")]
struct Foo {
    #[field(uniqe)]
    bar: i64,
    #[field(nonsense(1, 2), index)]
    che: i64,
    #[field(reverse = "foos", json, private, precision = 12, scale = 2)]
    later: i64,
    #[field(choices(1, 2), regex = "^a", with = "module", default_sql = "now()")]
    much_later: String,
}

fn main() {}
