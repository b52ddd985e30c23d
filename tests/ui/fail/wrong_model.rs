//! A reference to another model.

use prom::{Query, Ref};

#[prom::orm]
struct Country {
    name: String,
}

#[prom::orm]
struct City {
    country_id: Ref<Country>,
}

async fn wrong(city: City) -> prom::Result<()> {
    let _ = City::create().country_id(&city).await?;
    let _ = City::query().eq_country_id(&city).one().await?;
    Ok(())
}

fn main() {}
