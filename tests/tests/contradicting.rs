//! Two models of one table that cannot both be right, in a program that installs all of its models: nothing
//! is installed, and either is usable by itself.

use prom::Kind;
use prom::prelude::*;

#[prom::orm(table = "customer")]
#[derive(Debug)]
struct Customer {
    #[field(unique)]
    email: String,
}

#[prom::orm(table = "customer")]
#[derive(Debug)]
struct Import {
    email: Option<String>,
}

#[prom::orm]
#[derive(Debug)]
struct Bystander {
    bar: i64,
}

/// It lives elsewhere, and contradicts what is used there.
#[prom::orm(table = "bystander", connection = "elsewhere")]
#[derive(Debug)]
struct Elsewhere {
    bar: Option<i64>,
}

#[tokio::test]
async fn a_program_whose_models_contradict_each_other_is_not_installed() -> prom::Result<()> {
    let connection = prom::configure("sqlite::memory:")?;
    let elsewhere = prom::configure("sqlite::memory:#elsewhere")?;
    let tenant = prom::configure("sqlite::memory:#tenant")?;
    for done in [prom::install().await, prom::verify().await] {
        let error = done.expect_err("`email` cannot be both");
        assert_eq!(error.kind(), Kind::Invalid, "{error}");
        let text = error.to_string();
        assert!(text.contains("`Customer`") && text.contains("`Import`"), "{text}");
        assert!(text.contains("the column `email` may be NULL") && text.contains("is unique"), "{text}");
    }
    assert!(connection.verify(&[Bystander::schema()]).await.is_err(), "nothing was made");

    // Where it is said on which connection, it is compared with what may be used there.
    for (done, model) in [
        (Customer::install().on(&tenant).await, "`Import`"),
        (Import::install().on(&elsewhere).await, "`Customer`"),
        (Bystander::install().on(&elsewhere).await, "`Elsewhere`"),
        (Elsewhere::install().on(&elsewhere).await, "`Elsewhere`"),
    ] {
        let error = done.expect_err("they contradict each other");
        assert_eq!(error.kind(), Kind::Invalid, "{error}");
        assert!(error.to_string().contains(model), "{error}");
    }
    Bystander::install().on(&tenant).await?;

    Bystander::install().await?;
    Bystander::create().bar(1).await?;
    Customer::create().email("a@b").await?;
    assert_eq!(Import::query().only().await?.email.as_deref(), Some("a@b"));
    Ok(())
}
