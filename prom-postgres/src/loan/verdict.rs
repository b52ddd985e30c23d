//! What a failure means: whether the work was done, whether the connection is
//! still good, and whether the work may be sent once more.

#[cfg(test)]
mod tests;

use tokio_postgres::error::Severity;

use super::IfLost;

/// How far a statement can have got when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It was parsed and described, in a round trip of its own.
    Prepare,
    /// Nothing had confirmed yet that the prepared statement was bound to its
    /// parameters. What executes it travels in the same flight.
    Bind,
    /// Its parts travelled in one flight, and the driver may have been asking what
    /// the types of its columns are, by other statements.
    Describe,
    /// It may have been executed.
    Execute,
}

/// Why it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause<'a> {
    /// prom's own code, the program's, or the driver, none of which the server saw.
    Own,
    /// There was no answer, or none that can be read.
    Lost,
    /// The server answered with an error, or a pooler in its place.
    ///
    /// <https://www.postgresql.org/docs/current/protocol-error-fields.html>
    Reported { severity: Severity, code: &'a str, routine: Option<&'a str> },
}

/// Whether the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Nothing of it was done, or all of it was undone.
    NotDone,
    /// That cannot be known.
    Unknown,
}

/// What becomes of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Keep,
    Discard,
}

/// Whether prom may send the same once more by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Repeat {
    Allowed,
    Never,
}

/// What a failure means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    pub(super) outcome: Outcome,
    pub(super) connection: Fate,
    pub(super) repeat: Repeat,
}

/// What a failure at `step` means for work of which `if_lost` is known without an
/// answer.
pub(super) fn judge(cause: Cause<'_>, step: Step, if_lost: IfLost) -> Verdict {
    let outcome = match if_lost {
        IfLost::NothingDone => Outcome::NotDone,
        _ if step == Step::Prepare => Outcome::NotDone,
        IfLost::Unknown | IfLost::CommitUnknown => outcome(cause, step, if_lost),
    };
    let is_again = outcome == Outcome::NotDone
        && match step {
            Step::Prepare | Step::Bind => cause.is_stale() || cause.is_end(),
            // What it did was undone, and yet only what surely did nothing is sent twice.
            Step::Describe | Step::Execute => if_lost == IfLost::NothingDone && cause.is_end(),
        };
    Verdict {
        outcome,
        connection: if cause.is_end() || !cause.is_of_server() { Fate::Discard } else { Fate::Keep },
        repeat: if is_again { Repeat::Allowed } else { Repeat::Never },
    }
}

/// Of a write outside a transaction, or of a COMMIT.
fn outcome(cause: Cause<'_>, step: Step, if_lost: IfLost) -> Outcome {
    let Cause::Reported { severity, code, routine } = cause else {
        return if cause == Cause::Own { Outcome::NotDone } else { Outcome::Unknown };
    };
    // A pooler names no routine of the server's. It may have passed the statement on, and lost the answer:
    // "server conn crashed?" of PgBouncer's says no more. Nor does it say whether a statement that waited for
    // a connection was sent in the end.
    if routine.is_none() {
        return Outcome::Unknown;
    }
    let is_known = match (severity, code) {
        // 08007: transaction_resolution_unknown, 40003: statement_completion_unknown.
        // <https://www.postgresql.org/docs/current/errcodes-appendix.html>
        (_, "08007" | "40003") => false,
        // The record of a commit may have reached the disk, and recovery then keeps it.
        (Severity::Panic, _) => false,
        (Severity::Fatal, code) if code.starts_with("08") => false,
        // A COMMIT is done before it is answered, and what was asked meanwhile by `pg_terminate_backend`,
        // `pg_cancel_backend` or `statement_timeout` is heeded where the server next looks: with
        // `log_duration` or `log_min_duration_statement` that is between the two.
        (Severity::Fatal, _) | (_, "57014") if if_lost == IfLost::CommitUnknown => false,
        // The statement itself has no name: these are about one by which the driver looks up a type, while
        // the statement has come to its end.
        (_, "26000" | "42P05") if step == Step::Describe => false,
        // An error of the server's undoes the statement. That holds for 57P01 of a backend that is ended, too:
        // the statement is committed when its Sync is read, interrupts wait for that, and the server looks
        // for them again when ReadyForQuery is on its way.
        // <https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY>
        _ => true,
    };
    if is_known { Outcome::NotDone } else { Outcome::Unknown }
}

impl Cause<'_> {
    /// Whether the server itself said it, or had no part in it.
    fn is_of_server(self) -> bool {
        !matches!(self, Self::Lost | Self::Reported { routine: None, .. })
    }

    /// Whether the connection has come to its end. An ERROR of class 08 that the
    /// server made is about a connection of its own, to another server.
    fn is_end(self) -> bool {
        match self {
            Self::Own => false,
            Self::Lost => true,
            Self::Reported { severity: Severity::Fatal | Severity::Panic, .. } => true,
            // PgBouncer calls an ERROR, up to version 1.17, what it hangs up after.
            Self::Reported { code, routine: None, .. } => code.starts_with("08"),
            Self::Reported { .. } => false,
        }
    }

    /// Whether the server does not know the prepared statement any more, or would
    /// give other columns than it has said. Functions raise these codes, too, by
    /// other routines; a pooler that keeps statements names none.
    fn is_stale(self) -> bool {
        matches!(
            self,
            Self::Reported { code: "26000", routine: None | Some("FetchPreparedStatement"), .. }
                | Self::Reported { code: "0A000", routine: Some("RevalidateCachedQuery"), .. }
        )
    }
}
