//! Names of tables that would be others than they look.

#[prom::orm(table = "crm.customer")]
struct Customer {
    #[field(name = "address.city")]
    city: String,
}

#[prom::orm(table = "app.crm.customer")]
struct Database {
    a: i64,
}

#[prom::orm(schema = "app.crm", table = "customer")]
struct Schema {
    a: i64,
}

fn main() {}
