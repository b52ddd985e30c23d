//! A reference to what is not yet a row, a query of the wrong type within another,
//! a negative page, a selection that cannot follow, a relation of another model.

use prom::prelude::*;

#[prom::orm]
#[derive(Debug)]
struct Country {
    name: String,
    population: Option<i64>,
}

#[prom::orm]
#[derive(Debug)]
struct City {
    name: String,
    #[field(reverse = "cities")]
    country_id: Ref<Country>,
}

async fn run() -> prom::Result<()> {
    let draft = Country::draft().name("France");
    City::create().name("Paris").country_id(&draft).await?;
    Country::query().in_id(City::query().select_name()).await?;
    Country::query().limit(10).page(-1).await?;
    Country::query().select_name().with(Country::CITIES).await?;
    Country::query().with(City::COUNTRY).await?;
    Country::query().sum_name().await?;
    Ok(())
}

fn main() {
    drop(run());
}
