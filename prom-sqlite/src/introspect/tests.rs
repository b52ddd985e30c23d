//! What is read off a table, of every kind that there is.

use super::*;

fn look(sql: &str, table: &str) -> Table {
    let connection = Connection::open_in_memory().expect("memory");
    connection.execute_batch(sql).expect("good SQL");
    read(&connection, table).expect("it can be read").expect("it is there")
}

#[test]
fn the_columns_of_a_table_are_read() {
    let table = look(
        "CREATE TABLE Foo (id INTEGER PRIMARY KEY, name VARCHAR(20) NOT NULL COLLATE NOCASE, \
         size BIGINT DEFAULT (1 + 1), twice INT GENERATED ALWAYS AS (size * 2), \
         thrice INT AS (size * 3) STORED, bare)",
        "foo",
    );
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|column| {
            (&*column.name, &*column.ty, column.nullable, column.default.as_deref(), column.generated)
        })
        .collect();
    assert_eq!(
        columns,
        [
            ("id", "INTEGER", false, None, Generated::No),
            ("name", "VARCHAR(20)", false, None, Generated::No),
            ("size", "BIGINT", true, Some("1 + 1"), Generated::No),
            ("twice", "INT", true, None, Generated::Computed),
            ("thrice", "INT", true, None, Generated::Computed),
            ("bare", "", true, None, Generated::No),
        ]
    );
    assert_eq!(table.column("name").and_then(|column| column.collation.as_deref()), Some("NOCASE"));
    assert!(table.columns.iter().all(|column| !column.strict));
}

#[test]
fn a_key_is_known_after_an_insert_where_it_is_the_rowid() {
    for (sql, columns, known) in [
        ("CREATE TABLE t (id INTEGER PRIMARY KEY)", vec!["id"], true),
        ("CREATE TABLE t (id integer PRIMARY KEY AUTOINCREMENT NOT NULL)", vec!["id"], true),
        ("CREATE TABLE t (a, id INTEGER, PRIMARY KEY (id))", vec!["id"], true),
        ("CREATE TABLE t (a, id INTEGER, PRIMARY KEY (id DESC))", vec!["id"], true),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY ASC) STRICT", vec!["id"], true),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY DESC)", vec!["id"], false),
        ("CREATE TABLE t (id INT PRIMARY KEY)", vec!["id"], false),
        ("CREATE TABLE t (id BIGINT PRIMARY KEY)", vec!["id"], false),
        ("CREATE TABLE t (id TEXT PRIMARY KEY)", vec!["id"], false),
        ("CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID", vec!["id"], false),
        ("CREATE TABLE t (a INTEGER, b INTEGER, PRIMARY KEY (b, a))", vec!["b", "a"], false),
    ] {
        let key = look(sql, "t").primary_key.expect("it has one");
        assert_eq!((key.columns, key.known_after_insert), (columns.map_to_owned(), known), "{sql}");
        // What SQLite itself says of it: the rowid is the key, or something else.
        let connection = Connection::open_in_memory().expect("memory");
        connection.execute_batch(sql).expect("good SQL");
        let is_alias = connection
            .execute("INSERT INTO t DEFAULT VALUES", [])
            .and_then(|_| connection.query_row("SELECT rowid IS id FROM t", [], |row| row.get(0)))
            .unwrap_or(false);
        assert_eq!(known, is_alias, "{sql}");
    }
    assert_eq!(look("CREATE TABLE t (a)", "t").primary_key, None);
}

trait MapToOwned {
    fn map_to_owned(self) -> Vec<String>;
}

impl MapToOwned for Vec<&str> {
    fn map_to_owned(self) -> Vec<String> {
        self.into_iter().map(str::to_owned).collect()
    }
}

#[test]
fn the_kind_of_a_table_is_read() {
    let sql = "CREATE TABLE t (a INTEGER PRIMARY KEY) STRICT; CREATE VIEW v AS SELECT a, a + 1 AS b FROM t; \
               CREATE VIRTUAL TABLE f USING fts5(title, body)";
    assert_eq!((look(sql, "t").kind, look(sql, "t").columns[0].strict), (TableKind::Table, true));
    let view = look(sql, "v");
    assert_eq!((view.kind, view.primary_key), (TableKind::View, None));
    assert_eq!(view.columns.iter().map(|column| &*column.ty).collect::<Vec<_>>(), ["INTEGER", ""]);
    let full_text = look(sql, "f");
    assert_eq!(full_text.kind, TableKind::Foreign);
    assert!(full_text.column("body").is_some());
    let hidden = look("CREATE TABLE t (a INT); CREATE TEMP TABLE t (b TEXT) STRICT", "t");
    assert_eq!((&*hidden.columns[0].name, hidden.columns[0].strict), ("b", true));
}

#[test]
fn indexes_and_foreign_keys_are_read_with_their_columns() {
    let table = look(
        "CREATE TABLE a (x, y, PRIMARY KEY (x, y)); \
         CREATE TABLE t (id INTEGER PRIMARY KEY, x, y, z UNIQUE, p REFERENCES t ON DELETE CASCADE, \
         FOREIGN KEY (y, x) REFERENCES a ON DELETE SET NULL); \
         CREATE INDEX some ON t (x) WHERE y > 1; CREATE UNIQUE INDEX lower ON t (lower(x), y)",
        "t",
    );
    let mut indexes: Vec<_> = table
        .indexes
        .iter()
        .map(|index| (&*index.name, index.columns.join(","), index.unique, index.partial))
        .collect();
    indexes.sort();
    assert_eq!(
        indexes,
        [
            ("lower", ",y".to_owned(), true, false),
            ("some", "x".to_owned(), false, true),
            ("sqlite_autoindex_t_1", "z".to_owned(), true, false),
        ]
    );
    let keys: Vec<_> =
        table.foreign_keys.iter().map(|key| (key.columns.join(","), &*key.table, &*key.on_delete)).collect();
    assert_eq!(keys, [("y,x".to_owned(), "a", "SET NULL"), ("p".to_owned(), "t", "CASCADE")]);
}

#[test]
fn triggers_are_read_wherever_they_are_and_conflict_clauses_with_them() {
    let table = look(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a UNIQUE ON CONFLICT IGNORE, b NOT NULL ON CONFLICT REPLACE); \
         CREATE TABLE other (a); CREATE TRIGGER no AFTER INSERT ON other BEGIN DELETE FROM t; END; \
         CREATE TRIGGER after BEFORE DELETE ON T BEGIN SELECT 1; END; \
         CREATE TEMP TRIGGER passing AFTER UPDATE OF a ON main.t BEGIN SELECT 1; END",
        "T",
    );
    let mut triggers: Vec<_> = table
        .triggers
        .iter()
        .map(|trigger| {
            (&*trigger.name, trigger.timing, trigger.on_insert, trigger.on_update, trigger.on_delete)
        })
        .collect();
    triggers.sort_by_key(|trigger| trigger.0);
    assert_eq!(
        triggers,
        [
            ("ON CONFLICT IGNORE", Timing::Before, true, true, false),
            ("ON CONFLICT REPLACE", Timing::After, true, true, false),
            ("after", Timing::After, false, false, true),
            ("passing", Timing::After, false, true, false),
        ]
    );
}

#[test]
fn what_is_not_there_is_none() {
    let connection = Connection::open_in_memory().expect("memory");
    assert_eq!(read(&connection, "nothing").expect("it can be looked for"), None);
}
