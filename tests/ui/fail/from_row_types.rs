//! What a row cannot become.

struct Plain;

#[derive(prom::FromRow)]
struct Line {
    plain: Plain,
}

async fn rows() -> prom::Result<()> {
    let _: Vec<Plain> = prom::raw("SELECT 1").all().await?;
    let _: Option<(i64, Plain)> = prom::raw("SELECT 1, 2").one().await?;
    let _ = prom::raw("SELECT :x").bind("x", vec!["a", "b"]).one::<i64>().await?;
    Ok(())
}

fn main() {}
