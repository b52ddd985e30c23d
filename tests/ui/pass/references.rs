//! Models may refer to each other, to themselves, and be the key of another.

use prom::{Model, Ref};

#[prom::orm]
struct Country {
    capital: Option<Ref<City>>,
    #[field(on_delete = restrict, index = false)]
    continent: Option<Ref<Country>>,
}

#[prom::orm]
struct City {
    country: Ref<Country>,
    #[field(unique)]
    twin: Option<Ref<Self>>,
}

#[prom::orm]
struct Flag {
    #[field(pk)]
    country: Ref<Country>,
    colours: i32,
}

#[prom::orm(id = String)]
struct Airport {
    city: Ref<City>,
}

#[prom::orm]
struct Flight {
    from: Ref<Airport>,
    flag: Ref<Flag>,
}

async fn compiles(country: Country, flag: Flag) -> prom::Result<()> {
    let city = City::create().country(&country).await?;
    let _ = City::create().country(country.id).twin(&city).await?;
    let _ = City::query().in_country([&country]).eq_twin(&city).eq_twin(None).await?;
    let airport = Airport::create().id("TXL").city(&city).await?;
    let _ = Flight::create().from(&airport).flag(&flag).await?;
    let _ = Flight::query().eq_from("TXL").await?;
    let _ = Airport::find("TXL").await?;
    let _ = Flag::find(&country).await?;
    Ok(())
}

fn main() {
    let _ = compiles;
    let indexes =
        |schema: &prom::Schema| schema.indexes().iter().map(|it| (it.name, it.unique)).collect::<Vec<_>>();
    assert_eq!(indexes(Country::schema()), [("capital", false)]);
    assert_eq!(indexes(City::schema()), [("country", false), ("twin", true)]);
    assert_eq!(indexes(Flag::schema()), []);
    assert_eq!(Flight::schema().fields()[0].ty, prom::Type::Text);
    let on_delete = |schema: &prom::Schema, at: usize| {
        schema.fields()[at].reference.map(|it| format!("{} {:?}", (it.target)().table(), it.on_delete))
    };
    assert_eq!(on_delete(Country::schema(), 0).as_deref(), Some("city SetNull"));
    assert_eq!(on_delete(Country::schema(), 1).as_deref(), Some("country Restrict"));
    assert_eq!(on_delete(City::schema(), 0).as_deref(), Some("country Cascade"));
}
