//! What is said of text holds in a database with an English collation: of tables that prom
//! made there, and of those whose columns have the database's collation, as Python's prom
//! and others make them.

use std::process::ExitCode;
use std::sync::Mutex;

use prom_cluster::{Cluster, Database};
use prom_tests::Backend;

/// The databases of this process, which go with it.
static DATABASES: Mutex<Vec<Database>> = Mutex::new(Vec::new());

/// Takes from each column that is made the collation that prom gave it.
const AS_OTHERS: &str = "\
    CREATE FUNCTION as_others() RETURNS event_trigger LANGUAGE plpgsql AS $$ \
    DECLARE made record; \
    BEGIN \
        FOR made IN SELECT a.attrelid::regclass AS name, a.attname FROM pg_attribute a \
            JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' \
            WHERE a.attcollation = '\"C\"'::regcollation AND a.atttypid = 'text'::regtype \
                AND c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) \
        LOOP \
            EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE text COLLATE \"default\"', made.name, made.attname); \
        END LOOP; \
    END $$; \
    CREATE EVENT TRIGGER as_others ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') \
        EXECUTE FUNCTION as_others()";

fn main() -> ExitCode {
    let backends = [
        Backend { name: "postgres english", dsn },
        Backend { name: "postgres english as others", dsn: dsn_as_others },
    ];
    // What they are about is no text, and they take long.
    let done = prom_tests::main_without(&["faults", "transacting", "nesting", "connections"], &backends);
    DATABASES.lock().expect("nobody panics with it").clear();
    done
}

fn dsn(name: &str) -> String {
    in_english(name, "SELECT")
}

fn dsn_as_others(name: &str) -> String {
    in_english(name, AS_OTHERS)
}

/// The DSN of a database in which `sql` was run.
fn in_english(name: &str, sql: &str) -> String {
    // Nobody connects to what the capabilities are asked of.
    if name.contains(".capabilities.") {
        return format!("postgres://nobody@localhost/nothing#{name}");
    }
    let shared = Cluster::shared().expect("there is a server");
    let database = shared.english_database(name).expect("it makes databases");
    database.query(sql).expect(sql);
    let dsn = format!("{}#{name}", database.dsn());
    DATABASES.lock().expect("nobody panics with it").push(database);
    dsn
}
