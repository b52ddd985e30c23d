//! What is said to a server, and what it says to it: on the one that
//! `PROM_TEST_POSTGRES_DSN` names.

mod codecs;
mod installing;
mod refusing;
mod writing;

use tokio_postgres::{Client, NoTls};

/// A connection whose tables are its own, and go with it.
async fn client() -> Option<Client> {
    let client = connect().await?;
    client.batch_execute("SET search_path = pg_temp, public").await.expect("it can be set");
    Some(client)
}

/// A connection, if there is a server.
async fn connect() -> Option<Client> {
    let Ok(dsn) = std::env::var("PROM_TEST_POSTGRES_DSN") else {
        eprintln!("skipped: PROM_TEST_POSTGRES_DSN names no server");
        return None;
    };
    let (client, connection) = tokio_postgres::connect(&dsn, NoTls).await.expect("the server is there");
    tokio::spawn(connection);
    Some(client)
}
