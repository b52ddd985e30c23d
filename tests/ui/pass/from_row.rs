//! Structs that a row may become, wherever they stand.
#![deny(warnings)]

mod inner {
    #[derive(prom::FromRow, Debug)]
    pub(crate) struct Visible {
        pub(crate) r#type: i64,
        #[field(name = "Other Name")]
        pub(crate) other: Option<String>,
        #[field(skip)]
        pub(crate) note: Vec<Self>,
    }
}

#[derive(Debug, prom::FromRow)]
#[field(crate = "::prom")]
struct Private {
    row: i64,
    places: i64,
    columns: i64,
}

async fn all() -> prom::Result<()> {
    #[derive(prom::FromRow)]
    struct Local {
        id: i64,
    }
    let it: Local = prom::raw("SELECT 1 AS id").only().await?;
    println!("{}", it.id);
    let it: inner::Visible = prom::raw("SELECT 1").only().await?;
    println!("{} {:?} {:?}", it.r#type, it.other, it.note);
    let it: Private = prom::raw("SELECT 1").only().await?;
    println!("{} {} {}", it.row, it.places, it.columns);
    Ok(())
}

fn main() {
    drop(all());
}
