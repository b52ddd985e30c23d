//! The whole table: each cause, for each kind of work, at each step.

use tokio_postgres::error::Severity;

use super::*;

/// What an ERROR, a FATAL and a PANIC look like that the server itself made.
const ERROR: fn(&str) -> Cause<'_> = |code| from_server(Severity::Error, code, "some_routine");
const FATAL: fn(&str) -> Cause<'_> = |code| from_server(Severity::Fatal, code, "ProcessInterrupts");
const PANIC: fn(&str) -> Cause<'_> = |code| from_server(Severity::Panic, code, "XLogWrite");

fn from_server<'a>(severity: Severity, code: &'a str, routine: &'a str) -> Cause<'a> {
    Cause::Reported { severity, code, routine: Some(routine) }
}

fn from_pooler(severity: Severity, code: &str) -> Cause<'_> {
    Cause::Reported { severity, code, routine: None }
}

const WORK: [IfLost; 3] = [IfLost::NothingDone, IfLost::Unknown, IfLost::CommitUnknown];

/// The verdicts of a cause on reads and statements of a transaction, on writes, and
/// on COMMIT: a letter for the outcome (`n`ot done, `?`), one for the connection
/// (`k`ept, `d`iscarded), and one for another try (`a`gain, `-`).
fn row(cause: Cause<'_>, step: Step) -> String {
    let cells = WORK.map(|if_lost| {
        let Verdict { outcome, connection, repeat } = judge(cause, step, if_lost);
        let outcome = if outcome == Outcome::NotDone { "n" } else { "?" };
        let connection = if connection == Fate::Keep { "k" } else { "d" };
        let repeat = if repeat == Repeat::Allowed { "a" } else { "-" };
        [outcome, connection, repeat].concat()
    });
    cells.join(" ")
}

#[test]
fn of_what_may_have_been_executed() {
    use Severity::{Error, Fatal};
    let table = [
        (Cause::Own, "nk- nk- nk-"),
        (Cause::Lost, "nda ?d- ?d-"),
        // What the server refuses or undoes.
        (ERROR("23505"), "nk- nk- nk-"),
        (ERROR("40001"), "nk- nk- nk-"),
        (ERROR("25P02"), "nk- nk- nk-"),
        (ERROR("P0001"), "nk- nk- nk-"),
        (ERROR("58000"), "nk- nk- nk-"),
        // A trigger's own.
        (ERROR("26000"), "nk- nk- nk-"),
        (ERROR("0A000"), "nk- nk- nk-"),
        (ERROR("57P01"), "nk- nk- nk-"),
        // Of a function that has prepared statements of its own.
        (from_server(Error, "26000", "FetchPreparedStatement"), "nk- nk- nk-"),
        (from_server(Error, "0A000", "RevalidateCachedQuery"), "nk- nk- nk-"),
        // A distributed engine, whose worker is down.
        (ERROR("08006"), "nk- nk- nk-"),
        (ERROR("08003"), "nk- nk- nk-"),
        // Seen after a COMMIT that was done.
        (ERROR("57014"), "nk- nk- ?k-"),
        // Unknown by name.
        (ERROR("08007"), "nk- ?k- ?k-"),
        (ERROR("40003"), "nk- ?k- ?k-"),
        (FATAL("08007"), "nda ?d- ?d-"),
        (FATAL("40003"), "nda ?d- ?d-"),
        // The backend ends.
        (FATAL("57P01"), "nda nd- ?d-"),
        (FATAL("57P02"), "nda nd- ?d-"),
        (FATAL("57P03"), "nda nd- ?d-"),
        (FATAL("25P03"), "nda nd- ?d-"),
        (FATAL("40001"), "nda nd- ?d-"),
        (FATAL("53200"), "nda nd- ?d-"),
        (FATAL("08P01"), "nda ?d- ?d-"),
        (FATAL("08006"), "nda ?d- ?d-"),
        (PANIC("53100"), "nda ?d- ?d-"),
        // No server made these.
        (from_pooler(Fatal, "08P01"), "nda ?d- ?d-"),
        (from_pooler(Error, "08P01"), "nda ?d- ?d-"),
        (from_pooler(Fatal, "57P01"), "nda ?d- ?d-"),
        (from_pooler(Fatal, "57P03"), "nda ?d- ?d-"),
        (from_pooler(Fatal, "58000"), "nda ?d- ?d-"),
        (from_pooler(Error, "58000"), "nd- ?d- ?d-"),
        (from_pooler(Error, "26000"), "nd- ?d- ?d-"),
        (from_pooler(Error, "42P05"), "nd- ?d- ?d-"),
        (from_pooler(Error, "23505"), "nd- ?d- ?d-"),
        (from_pooler(Error, "40001"), "nd- ?d- ?d-"),
    ];
    for (cause, expected) in table {
        assert_eq!(row(cause, Step::Execute), expected, "{cause:?}");
    }
}

#[test]
fn of_what_was_being_bound() {
    use Severity::{Error, Fatal};
    let table = [
        (Cause::Own, "nk- nk- nk-"),
        // What executes it was on its way.
        (Cause::Lost, "nda ?d- ?d-"),
        (from_pooler(Fatal, "08P01"), "nda ?d- ?d-"),
        (from_pooler(Error, "26000"), "nda ?d- ?d-"),
        (FATAL("08P01"), "nda ?d- ?d-"),
        // It was refused before it was executed.
        (from_server(Error, "26000", "FetchPreparedStatement"), "nka nka nka"),
        (from_server(Error, "0A000", "RevalidateCachedQuery"), "nka nka nka"),
        (ERROR("22P02"), "nk- nk- nk-"),
        (ERROR("26000"), "nk- nk- nk-"),
        // The connection was ended while nobody used it.
        (FATAL("57P01"), "nda nda ?d-"),
        (FATAL("57P05"), "nda nda ?d-"),
    ];
    for (cause, expected) in table {
        assert_eq!(row(cause, Step::Bind), expected, "{cause:?}");
    }
}

#[test]
fn of_what_was_being_prepared() {
    use Severity::{Error, Fatal};
    let table = [
        (Cause::Own, "nk- nk- nk-"),
        (Cause::Lost, "nda nda nda"),
        (from_pooler(Fatal, "08P01"), "nda nda nda"),
        (from_pooler(Error, "58000"), "nd- nd- nd-"),
        (FATAL("57P01"), "nda nda nda"),
        (ERROR("42601"), "nk- nk- nk-"),
        (ERROR("08006"), "nk- nk- nk-"),
    ];
    for (cause, expected) in table {
        assert_eq!(row(cause, Step::Prepare), expected, "{cause:?}");
    }
}

#[test]
fn of_what_travels_in_one_flight() {
    use Severity::Error;
    let table = [
        // About the driver's own statements, which come after it.
        (from_server(Error, "26000", "FetchPreparedStatement"), "nk- ?k- ?k-"),
        (from_server(Error, "42P05", "StorePreparedStatement"), "nk- ?k- ?k-"),
        (ERROR("42601"), "nk- nk- nk-"),
        (FATAL("57P01"), "nda nd- ?d-"),
        (Cause::Lost, "nda ?d- ?d-"),
    ];
    for (cause, expected) in table {
        assert_eq!(row(cause, Step::Describe), expected, "{cause:?}");
    }
}

/// What holds for every cause there is, in the table or not.
#[test]
fn what_may_have_been_done_is_never_repeated() {
    let severities = [Severity::Error, Severity::Fatal, Severity::Panic, Severity::Warning];
    let codes = ["08006", "08007", "08P01", "0A000", "22003", "26000", "40003", "42P05", "57014", "57P01"];
    let routines = [None, Some("FetchPreparedStatement"), Some("RevalidateCachedQuery"), Some("other")];
    let reported = severities.into_iter().flat_map(|severity| {
        codes
            .into_iter()
            .flat_map(move |code| routines.map(|routine| Cause::Reported { severity, code, routine }))
    });
    for cause in reported.chain([Cause::Own, Cause::Lost]) {
        for step in [Step::Prepare, Step::Bind, Step::Describe, Step::Execute] {
            for if_lost in WORK {
                let verdict = judge(cause, step, if_lost);
                let told = format!("{cause:?} at {step:?} of {if_lost:?}: {verdict:?}");
                let is_again = verdict.repeat == Repeat::Allowed;
                assert!(!is_again || verdict.outcome == Outcome::NotDone, "{told}");
                let is_executed = matches!(step, Step::Describe | Step::Execute);
                let is_write = if_lost != IfLost::NothingDone;
                assert!(!(is_again && is_executed && is_write), "{told}");
                if is_write && step != Step::Prepare && matches!(cause, Cause::Reported { routine: None, .. })
                {
                    assert_eq!(verdict.outcome, Outcome::Unknown, "{told}");
                }
            }
        }
    }
}
