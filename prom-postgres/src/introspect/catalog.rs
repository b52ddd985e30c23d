//! What the catalog says of tables, as rows of words: a row for each column, index,
//! foreign key, trigger and rule.

use prom_core::schema::catalog::{
    Column, ForeignKey, Generated, Index, PrimaryKey, Table, TableKind, TextOrder, Timing, Trigger,
};

/// The collations, by how they sort and compare text: NULL for by its bytes, which `C` and
/// code points come to; of the database's default, what the database was made with. One that
/// the name alone does not find is called by that of its schema as well.
///
/// - Before 15 a database has no provider of its own: it is the C library, as `c`. What came
///   later is asked for by its name in JSON, where it may be missing.
/// - The server's own provider, `b` from 17 on, knows nothing but code points.
///
/// <https://www.postgresql.org/docs/current/catalog-pg-collation.html>
macro_rules! collations {
    () => {
        "database AS MATERIALIZED ( \
            SELECT d.datcollate AS locale, \
                COALESCE(pg_catalog.to_jsonb(d) ->> 'datlocprovider', 'c') AS provider \
            FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database() \
        ), collations AS ( \
            SELECT l.oid, CASE WHEN l.collprovider = 'd' THEN NULL \
                    WHEN pg_catalog.pg_collation_is_visible(l.oid) THEN l.collname::text \
                    ELSE l.collnamespace::pg_catalog.regnamespace::text || '.' || l.collname END AS name, \
                CASE WHEN NOT l.collisdeterministic THEN 'loose' \
                    WHEN CASE l.collprovider WHEN 'd' THEN d.provider ELSE l.collprovider::text END = 'b' \
                    THEN NULL \
                    WHEN CASE l.collprovider WHEN 'd' THEN d.provider ELSE l.collprovider::text END = 'c' \
                        AND CASE l.collprovider WHEN 'd' THEN d.locale ELSE l.collcollate END \
                            ~* '^(C|POSIX|C[.]UTF-?8)$' \
                    THEN NULL ELSE 'language' END AS text_order \
            FROM pg_catalog.pg_collation l CROSS JOIN database d \
        )"
    };
}

/// How the database itself sorts text, as [`text_order`] reads it.
pub(super) const DEFAULT_ORDER: &str =
    concat!("WITH ", collations!(), " SELECT text_order FROM collations WHERE name IS NULL");

/// How text is sorted and compared, by the word for it.
pub(super) fn text_order(word: Option<&str>) -> TextOrder {
    match word {
        None => TextOrder::Bytes,
        Some("loose") => TextOrder::Loose,
        Some(_) => TextOrder::Language,
    }
}

/// The place of a table, counted from 1, which part of it a row is about, and the words
/// that [`Cells`] reads. From PostgreSQL 13 on.
///
/// - A table is the root of a tree of partitions, or of tables that inherit from it. Not
///   by `pg_partition_tree`, which would wait for whoever has locked one of them.
/// - A domain has the type at its end, and is NOT NULL if any on the way there is.
/// - The triggers that the server itself made enforce a constraint, of another kind than
///   `t`. Those that only fire on replicas (`R`), and those switched off (`D`), run never.
pub(super) const LOOK: &str = concat!(
    "WITH RECURSIVE ",
    collations!(),
    ", wanted AS MATERIALIZED ( \
        SELECT w.place, pg_catalog.to_regclass(w.name)::oid AS oid \
        FROM pg_catalog.unnest($1) WITH ORDINALITY AS w(name, place) \
    ), tree AS ( \
        SELECT place, oid, false AS is_below FROM wanted WHERE oid IS NOT NULL \
        UNION \
        SELECT t.place, i.inhrelid, true FROM tree t JOIN pg_catalog.pg_inherits i ON i.inhparent = t.oid \
    ), base AS ( \
        SELECT a.attrelid, a.attnum, t.oid, a.atttypmod AS typmod, t.typtype, t.typname, t.typbasetype, \
            t.typtypmod, t.typnotnull, t.typdefault, false AS is_domain \
        FROM wanted w JOIN pg_catalog.pg_attribute a ON a.attrelid = w.oid \
        JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attnum > 0 AND NOT a.attisdropped \
        UNION \
        SELECT b.attrelid, b.attnum, t.oid, b.typtypmod, t.typtype, t.typname, t.typbasetype, \
            t.typtypmod, b.typnotnull OR t.typnotnull, COALESCE(b.typdefault, t.typdefault), true \
        FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd' \
    ) \
    SELECT w.place, 1, ARRAY[c.relkind::text, \
        EXISTS (SELECT FROM tree t JOIN pg_catalog.pg_class f ON f.oid = t.oid \
                WHERE t.place = w.place AND f.relkind = 'f')::text], 0 \
    FROM wanted w LEFT JOIN pg_catalog.pg_class c ON c.oid = w.oid WHERE w.oid IS NOT NULL \
    UNION ALL \
    SELECT w.place, 2, ARRAY[a.attname::text, pg_catalog.format_type(a.atttypid, a.atttypmod), \
        CASE WHEN b.typtype = 'e' THEN 'enum' WHEN b.typname = 'citext' THEN 'citext' \
            WHEN b.is_domain THEN pg_catalog.format_type(b.oid, b.typmod) END, \
        (NOT a.attnotnull AND NOT b.typnotnull)::text, \
        CASE WHEN a.attgenerated = '' \
            THEN COALESCE(pg_catalog.pg_get_expr(d.adbin, d.adrelid), b.typdefault) END, \
        CASE WHEN a.attgenerated = '' THEN a.attidentity::text ELSE 'computed' END, \
        l.name, l.text_order, \
        CASE WHEN b.is_domain THEN pg_catalog.format_type(b.oid, -1) END], a.attnum \
    FROM wanted w \
    JOIN pg_catalog.pg_attribute a ON a.attrelid = w.oid AND a.attnum > 0 AND NOT a.attisdropped \
    JOIN base b ON b.attrelid = a.attrelid AND b.attnum = a.attnum AND b.typtype <> 'd' \
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
    LEFT JOIN collations l ON l.oid = a.attcollation \
    UNION ALL \
    SELECT w.place, 3, ARRAY[c.relname::text, i.indisprimary::text, \
        (i.indisunique AND i.indisvalid)::text, (i.indpred IS NOT NULL)::text] || ARRAY( \
            SELECT COALESCE(a.attname::text, '') \
            FROM pg_catalog.unnest(i.indkey) WITH ORDINALITY AS k(attnum, at) \
            LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum \
            WHERE k.at <= i.indnkeyatts ORDER BY k.at), 0 \
    FROM wanted w JOIN pg_catalog.pg_index i ON i.indrelid = w.oid \
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
    UNION ALL \
    SELECT w.place, 4, ARRAY[c.relname::text, k.confdeltype::text] || ARRAY( \
            SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS n(attnum, at) \
            JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.attnum \
            ORDER BY n.at), 0 \
    FROM wanted w JOIN pg_catalog.pg_constraint k ON k.conrelid = w.oid AND k.contype = 'f' \
    JOIN pg_catalog.pg_class c ON c.oid = k.confrelid \
    UNION ALL \
    SELECT DISTINCT t.place, 5, ARRAY[g.tgname::text, g.tgtype::text, \
        CASE WHEN NOT t.is_below THEN r.relkind::text WHEN c.relispartition THEN 'p' ELSE 'inherits' END], 0 \
    FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.oid \
    JOIN pg_catalog.pg_trigger g ON g.tgrelid = t.oid \
    JOIN wanted w ON w.place = t.place JOIN pg_catalog.pg_class r ON r.oid = w.oid \
    LEFT JOIN pg_catalog.pg_constraint k ON k.oid = g.tgconstraint \
    WHERE g.tgenabled IN ('O', 'A') AND COALESCE(k.contype, 't') = 't' \
    UNION ALL \
    SELECT w.place, 6, ARRAY[r.rulename::text, r.ev_type::text, r.is_instead::text], 0 \
    FROM wanted w JOIN pg_catalog.pg_rewrite r ON r.ev_class = w.oid \
    WHERE r.ev_type <> '1' AND r.ev_enabled IN ('O', 'A') \
    ORDER BY 1, 2, 4, 3"
);

/// The words of one row.
pub(super) struct Cells(pub(super) Vec<Option<String>>);

impl Cells {
    /// Adds to `table` what they say of its part `part`.
    pub(super) fn add_to(mut self, table: &mut Table, part: i32) {
        match part {
            1 => table.kind = self.kind(),
            2 => table.columns.push(self.column()),
            3 => {
                let index = self.index();
                if self.is(1, "true") {
                    let mut key = PrimaryKey::default();
                    key.columns.clone_from(&index.columns);
                    // RETURNING tells it, whoever makes it.
                    key.known_after_insert = true;
                    table.primary_key = Some(key);
                }
                table.indexes.push(index);
            }
            4 => table.foreign_keys.push(self.foreign_key()),
            5 => table.triggers.extend(self.trigger()),
            _ => table.triggers.push(self.rule()),
        }
    }

    fn is(&self, at: usize, word: &str) -> bool {
        self.0.get(at).is_some_and(|cell| cell.as_deref() == Some(word))
    }

    fn take(&mut self, at: usize) -> Option<String> {
        self.0.get_mut(at).and_then(Option::take)
    }

    fn word(&mut self, at: usize) -> String {
        self.take(at).unwrap_or_default()
    }

    /// All from `at` on.
    fn rest(&mut self, at: usize) -> Vec<String> {
        self.0.drain(at.min(self.0.len())..).map(Option::unwrap_or_default).collect()
    }

    // Of a partitioned table, what one partition stores elsewhere counts for all.
    fn kind(&self) -> TableKind {
        match self.0.first().and_then(|kind| kind.as_deref()) {
            Some("v" | "m") => TableKind::View,
            _ if self.is(1, "true") => TableKind::Foreign,
            _ => TableKind::Table,
        }
    }

    fn column(&mut self) -> Column {
        let mut column = Column::new(self.word(0), self.word(1));
        column.base = self.take(2);
        column.nullable = self.is(3, "true");
        column.default = self.take(4);
        column.generated = match self.word(5).as_str() {
            "computed" => Generated::Computed,
            "a" => Generated::IdentityAlways,
            "d" => Generated::Identity,
            _ => Generated::No,
        };
        column.collation = self.take(6);
        column.order = text_order(self.take(7).as_deref());
        column.domain_over = self.take(8);
        column
    }

    fn index(&mut self) -> Index {
        let mut index = Index::default();
        index.name = self.word(0);
        index.unique = self.is(2, "true");
        index.partial = self.is(3, "true");
        index.columns = self.rest(4);
        index
    }

    fn foreign_key(&mut self) -> ForeignKey {
        let mut key = ForeignKey::default();
        key.table = self.word(0);
        key.on_delete = match self.word(1).as_str() {
            "c" => "CASCADE",
            "n" => "SET NULL",
            "d" => "SET DEFAULT",
            "r" => "RESTRICT",
            _ => "NO ACTION",
        }
        .to_owned();
        key.columns = self.rest(2);
        key
    }

    /// `None` for one that has no part in what becomes of a row.
    ///
    /// <https://www.postgresql.org/docs/current/trigger-definition.html>
    fn trigger(&mut self) -> Option<Trigger> {
        let bits: i32 = self.word(1).parse().unwrap_or_default();
        let has = |bit: i32| bits & bit != 0;
        // As in the server's pg_trigger.h.
        let is_of_row = has(1);
        let (before, insert, delete, update) = (has(2), has(4), has(8), has(16));
        let timing = match has(64) {
            true => Timing::InsteadOf,
            false if before => Timing::Before,
            false => Timing::After,
        };
        let mut trigger = Trigger::new(self.word(0), timing);
        // Among partitions, an update that moves a row deletes and inserts it; an insert
        // never gets to a table that inherits.
        let moves = is_of_row && self.is(2, "p") && (insert || delete);
        trigger.on_insert = insert && !self.is(2, "inherits");
        trigger.on_update = update || moves;
        trigger.on_delete = delete;
        let runs = trigger.on_insert || trigger.on_update || trigger.on_delete;
        // Before a statement, no row of its is known yet.
        let is_concerned = is_of_row || timing == Timing::After;
        (runs && is_concerned).then_some(trigger)
    }

    fn rule(&mut self) -> Trigger {
        let timing = if self.is(2, "true") { Timing::InsteadOf } else { Timing::After };
        let mut rule = Trigger::new(self.word(0), timing);
        rule.on_update = self.is(1, "2");
        rule.on_insert = self.is(1, "3");
        rule.on_delete = self.is(1, "4");
        rule
    }
}
