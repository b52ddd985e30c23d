//! What only the text of a CREATE statement says, which SQLite keeps.
//!
//! <https://www.sqlite.org/schematab.html>

use prom_core::schema::catalog::{Timing, Trigger};

use super::token::{Token, tokens};

/// The trigger that `sql` creates. What cannot be read runs after every write.
///
/// <https://www.sqlite.org/lang_createtrigger.html>
pub(super) fn trigger(name: String, sql: &str) -> Trigger {
    let mut trigger = Trigger::new(name, Timing::After);
    match timing_and_event(&tokens(sql)) {
        Some((timing, event)) => {
            trigger.timing = timing;
            trigger.on_insert = event == Event::Insert;
            trigger.on_update = event == Event::Update;
            trigger.on_delete = event == Event::Delete;
        }
        None => (trigger.on_insert, trigger.on_update, trigger.on_delete) = (true, true, true),
    }
    trigger
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Insert,
    Update,
    Delete,
}

fn timing_and_event(tokens: &[Token<'_>]) -> Option<(Timing, Event)> {
    let at = tokens.iter().position(|token| token.is("TRIGGER"))?;
    let mut rest = &tokens[at + 1..];
    if let [r#if, not, exists, more @ ..] = rest
        && r#if.is("IF")
        && not.is("NOT")
        && exists.is("EXISTS")
    {
        rest = more;
    }
    // The name is one token, and may be a keyword.
    let (name, mut rest) = rest.split_first()?;
    name.name()?;
    if let [Token::Symbol('.'), name, more @ ..] = rest {
        name.name()?;
        rest = more;
    }
    // A BEFORE trigger may change the row as well, which RETURNING does not show.
    let (timing, rest) = match rest {
        [instead, of, more @ ..] if instead.is("INSTEAD") && of.is("OF") => (Timing::InsteadOf, more),
        [word, more @ ..] if word.is("BEFORE") || word.is("AFTER") => (Timing::After, more),
        // BEFORE is the default.
        _ => (Timing::After, rest),
    };
    let event = match rest {
        [word, on, ..] if word.is("INSERT") && on.is("ON") => Event::Insert,
        [word, on, ..] if word.is("DELETE") && on.is("ON") => Event::Delete,
        [word, on, ..] if word.is("UPDATE") && (on.is("ON") || on.is("OF")) => Event::Update,
        _ => return None,
    };
    Some((timing, event))
}

/// What happens to a row that violates a constraint, where it is not an error that
/// undoes the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConflictClause {
    /// The row is left out.
    Ignore,
    /// The rows before it stay changed.
    Fail,
    /// The rows that are in its way are deleted; a NULL becomes the default.
    Replace,
}

/// The conflict clauses of the table that `sql` creates, each once.
///
/// <https://www.sqlite.org/lang_conflict.html>
pub(super) fn conflict_clauses(sql: &str) -> Vec<ConflictClause> {
    let tokens = tokens(sql);
    let actions = tokens.windows(3).filter_map(|window| match window {
        [on, conflict, action] if on.is("ON") && conflict.is("CONFLICT") => Some(action),
        _ => None,
    });
    let mut clauses = Vec::new();
    for action in actions {
        let clause = match action {
            action if action.is("IGNORE") => ConflictClause::Ignore,
            action if action.is("FAIL") => ConflictClause::Fail,
            action if action.is("REPLACE") => ConflictClause::Replace,
            _ => continue,
        };
        if !clauses.contains(&clause) {
            clauses.push(clause);
        }
    }
    clauses
}

/// The columns of the table that `sql` creates whose collation is not `BINARY`, the
/// default.
///
/// <https://www.sqlite.org/datatype3.html#collation>
pub(super) fn collations(sql: &str) -> Vec<(String, String)> {
    let tokens = tokens(sql);
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut column = None;
    let mut is_first = false;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            _ => {}
        }
        match token {
            Token::Symbol('(') if depth == 1 => is_first = true,
            Token::Symbol(',') if depth == 1 => is_first = true,
            _ if depth != 1 => {}
            _ if is_first => {
                is_first = false;
                column = if is_constraint(token) { None } else { token.name() };
            }
            _ if token.is("COLLATE") => {
                let collation = tokens.get(at + 1).and_then(Token::name);
                if let (Some(column), Some(collation)) = (column, collation)
                    && !collation.eq_ignore_ascii_case("BINARY")
                {
                    found.push((column.to_owned(), collation.to_owned()));
                }
            }
            _ => {}
        }
    }
    found
}

/// Whether a constraint of the table begins there, and not a column.
fn is_constraint(token: &Token<'_>) -> bool {
    ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|keyword| token.is(keyword))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> (Timing, [bool; 3]) {
        let trigger = trigger("t".into(), sql);
        (trigger.timing, [trigger.on_insert, trigger.on_update, trigger.on_delete])
    }

    const INSERT: [bool; 3] = [true, false, false];
    const UPDATE: [bool; 3] = [false, true, false];
    const DELETE: [bool; 3] = [false, false, true];

    #[test]
    fn the_head_of_a_trigger_is_read_whatever_its_name_is() {
        for (sql, timing, events) in [
            ("CREATE TRIGGER t AFTER INSERT ON foo BEGIN DELETE FROM foo; END", Timing::After, INSERT),
            ("create trigger if not exists t before update on foo begin end", Timing::After, UPDATE),
            ("CREATE TRIGGER t DELETE ON foo BEGIN INSERT INTO foo; END", Timing::After, DELETE),
            ("CREATE TRIGGER t INSTEAD OF INSERT ON foo", Timing::InsteadOf, INSERT),
            ("CREATE TRIGGER t INSTEAD/**/OF UPDATE OF a, b ON foo", Timing::InsteadOf, UPDATE),
            ("CREATE TRIGGER main.t AFTER DELETE ON foo", Timing::After, DELETE),
            ("CREATE TRIGGER \"a\".\"b\" UPDATE ON foo", Timing::After, UPDATE),
            ("CREATE TRIGGER before INSERT ON foo", Timing::After, INSERT),
            ("CREATE TRIGGER instead INSTEAD OF DELETE ON foo", Timing::InsteadOf, DELETE),
            ("CREATE TRIGGER if AFTER UPDATE ON foo", Timing::After, UPDATE),
            ("CREATE TRIGGER trigger AFTER UPDATE ON foo", Timing::After, UPDATE),
            ("CREATE TEMP TRIGGER \"t AFTER INSERT ON\" DELETE ON foo", Timing::After, DELETE),
            ("CREATE TRIGGER [t DELETE] UPDATE ON foo", Timing::After, UPDATE),
            ("CREATE TRIGGER `t``` INSERT ON foo", Timing::After, INSERT),
            ("CREATE TRIGGER 'it''s' INSERT ON foo", Timing::After, INSERT),
            ("CREATE TRIGGER t -- AFTER DELETE\n INSERT ON foo", Timing::After, INSERT),
            ("CREATE TRIGGER/* x */t/**/AFTER/**/INSERT/**/ON foo", Timing::After, INSERT),
        ] {
            assert_eq!(read(sql), (timing, events), "{sql}");
        }
    }

    #[test]
    fn a_trigger_that_cannot_be_read_runs_after_everything() {
        for sql in
            ["", "CREATE TRIGGER", "CREATE TRIGGER t", "CREATE TRIGGER t ON foo", "TRIGGER ( INSERT ON"]
        {
            assert_eq!(read(sql), (Timing::After, [true; 3]), "{sql}");
        }
    }

    #[test]
    fn conflict_clauses_are_found_and_nothing_else() {
        use ConflictClause::{Fail, Ignore, Replace};
        for (sql, clauses) in [
            ("CREATE TABLE t (a TEXT UNIQUE ON CONFLICT IGNORE)", vec![Ignore]),
            ("create table t (a unique on conflict\n replace, b unique on conflict replace)", vec![Replace]),
            ("CREATE TABLE t (a, b, UNIQUE (a, b) ON/**/CONFLICT FAIL)", vec![Fail]),
            ("CREATE TABLE t (a NOT NULL ON CONFLICT ABORT UNIQUE ON CONFLICT ROLLBACK)", vec![]),
            ("CREATE TABLE t (a DEFAULT 'ON CONFLICT IGNORE' /* ON CONFLICT IGNORE */)", vec![]),
            ("CREATE TABLE t (a REFERENCES x ON DELETE SET NULL, conflict, \"on\" IGNORE)", vec![]),
        ] {
            assert_eq!(conflict_clauses(sql), clauses, "{sql}");
        }
    }

    #[test]
    fn the_collation_of_a_column_is_read() {
        let sql = "CREATE TABLE \"t(\" (id INTEGER PRIMARY KEY, \"a,b\" VARCHAR(3, 4) COLLATE NOCASE \
                   CHECK (x COLLATE RTRIM = 'COLLATE RTRIM'), c TEXT COLLATE binary, [d] COLLATE \"rtrim\" NOT NULL, \
                   e TEXT AS (c || 'x' COLLATE NOCASE), UNIQUE (c COLLATE NOCASE), \
                   CONSTRAINT x CHECK (1))";
        let found = collations(sql);
        let found: Vec<_> = found.iter().map(|(column, name)| (column.as_str(), name.as_str())).collect();
        assert_eq!(found, [("a,b", "NOCASE"), ("d", "rtrim")]);
    }
}
