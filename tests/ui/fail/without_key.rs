//! What needs a key, on a model that has none.

use prom::{Model, Ref};

#[prom::orm(id = none)]
struct Log {
    text: String,
}

async fn without_key(mut log: Log) -> prom::Result<()> {
    let _ = Log::find(7).await?;
    log.save();
    Ok(())
}

#[prom::orm]
struct Refers {
    log: Ref<Log>,
}

fn main() {}
