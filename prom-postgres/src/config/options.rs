//! The options of a DSN, each with its type, its bounds and its default.

use std::time::Duration;

use prom_core::{Dsn, Options, Result};

use super::{ChannelBinding, Config, Keepalives, SslMode, Target, refuse, servers};

/// No time is longer: more is a slip, of the unit perhaps.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
pub(super) const MOST_CONNECTIONS: usize = 1000;
const MOST_STATEMENTS: usize = 100_000;
const MOST_KEEPALIVES: u32 = 100;

/// What libpq and other libraries call options, and what to say here.
const OTHER_WORDS: [(&str, &str); 12] = [
    ("user", BEFORE_THE_HOST),
    ("password", BEFORE_THE_HOST),
    ("dbname", "is the path of the DSN: `postgres://host/database`"),
    (
        "options",
        "is none of prom's: `search_path`, `statement_timeout` and `lock_timeout` are options of their own, \
         and `ALTER ROLE .. SET` serves for the rest",
    ),
    ("passfile", "is none of prom's: the password stands in the DSN, which may come from the environment"),
    ("service", "is none of prom's: write the whole DSN"),
    ("schema", "is called `search_path` here"),
    ("connection_limit", "is called `max_connections` here"),
    ("pool_size", "is called `max_connections` here"),
    ("pool_max_size", "is called `max_connections` here"),
    ("pgbouncer", "is called `prepare=off` here"),
    ("timeout", "is called `connect_timeout`, `pool_timeout` or `statement_timeout` here"),
];

const BEFORE_THE_HOST: &str = "stands before the host: `postgres://user:password@host/database`";

pub(super) fn read(dsn: &Dsn) -> Result<Config> {
    let mut options = dsn.options();
    OTHER_WORDS.iter().try_for_each(|(name, cure)| options.refuse(name, cure))?;
    let o = &mut options;
    // The registry reads it too, and refuses what is none of these.
    o.choice("install", &["auto", "verify", "off"])?;
    let config = Config {
        servers: servers::of(dsn, o)?,
        user: dsn.user().map(str::to_owned),
        password: dsn.password().cloned(),
        database: Some(dsn.database()).filter(|it| !it.is_empty()).map(str::to_owned),
        target: target(o)?,
        ssl_mode: ssl_mode(o)?,
        ssl_root_cert: o.text("sslrootcert")?.filter(|it| *it != "system").map(Into::into),
        channel_binding: channel_binding(o)?,
        application_name: o.text("application_name")?.map(str::to_owned),
        search_path: o.text("search_path")?.map(str::to_owned),
        readonly: o.flag("readonly")?.unwrap_or(false),
        connect_timeout: wait(o, "connect_timeout", 5)?,
        pool_timeout: wait(o, "pool_timeout", 5)?,
        statement_timeout: limit(o, "statement_timeout", 30)?,
        idle_in_transaction_timeout: limit(o, "idle_in_transaction_session_timeout", 60)?,
        lock_timeout: limit(o, "lock_timeout", 0)?,
        keepalives: keepalives(o)?,
        tcp_user_timeout: limit(o, "tcp_user_timeout", 30)?,
        max_connections: within("max_connections", o.integer("max_connections")?, 10, 1, MOST_CONNECTIONS)?,
        max_idle: limit(o, "max_idle", 10 * 60)?,
        max_lifetime: limit(o, "max_lifetime", 30 * 60)?,
        prepare: o.choice("prepare", &["on", "off"])? != Some("off"),
        statement_cache: within("statement_cache", o.integer("statement_cache")?, 256, 0, MOST_STATEMENTS)?,
        install_wait: wait(o, "install_wait", 30)?,
        install_lock_timeout: wait(o, "install_lock_timeout", 2)?,
        slow: o.duration("slow")?.unwrap_or(Duration::from_secs(1)),
    };
    options.finish()?;
    Ok(config)
}

fn target(options: &mut Options<'_>) -> Result<Target> {
    let known = ["any", "read-write", "read-only", "primary", "standby", "prefer-standby"];
    Ok(match options.choice("target_session_attrs", &known)? {
        Some("read-write") => Target::ReadWrite,
        Some("read-only") => Target::ReadOnly,
        Some("primary") => Target::Primary,
        Some("standby") => Target::Standby,
        Some("prefer-standby") => Target::PreferStandby,
        _ => Target::Any,
    })
}

fn ssl_mode(options: &mut Options<'_>) -> Result<Option<SslMode>> {
    let known = ["disable", "prefer", "require", "verify-ca", "verify-full"];
    Ok(options.choice("sslmode", &known)?.map(|it| match it {
        "disable" => SslMode::Disable,
        "prefer" => SslMode::Prefer,
        _ => SslMode::Require,
    }))
}

fn channel_binding(options: &mut Options<'_>) -> Result<ChannelBinding> {
    Ok(match options.choice("channel_binding", &["disable", "prefer", "require"])? {
        Some("disable") => ChannelBinding::Disable,
        Some("require") => ChannelBinding::Require,
        _ => ChannelBinding::Prefer,
    })
}

fn keepalives(options: &mut Options<'_>) -> Result<Option<Keepalives>> {
    let is_on = options.flag("keepalives")?.unwrap_or(true);
    let keepalives = Keepalives {
        idle: limit(options, "keepalives_idle", 30)?.unwrap_or(Duration::from_secs(30)),
        interval: limit(options, "keepalives_interval", 10)?.unwrap_or(Duration::from_secs(10)),
        count: within("keepalives_count", options.integer("keepalives_count")?, 3, 1, MOST_KEEPALIVES)?,
    };
    Ok(is_on.then_some(keepalives))
}

/// A time to wait, of `seconds` unless it is given.
fn wait(options: &mut Options<'_>, name: &str, seconds: u64) -> Result<Duration> {
    match options.duration(name)?.unwrap_or(Duration::from_secs(seconds)) {
        it if it <= LONGEST => Ok(it),
        _ => Err(refuse(format_args!("`{name}` is too long: a day, 86400, is the longest"))),
    }
}

/// The same where 0 is no limit.
fn limit(options: &mut Options<'_>, name: &str, seconds: u64) -> Result<Option<Duration>> {
    Ok(Some(wait(options, name, seconds)?).filter(|it| !it.is_zero()))
}

fn within<N: PartialOrd + std::fmt::Display>(
    name: &str,
    given: Option<N>,
    default: N,
    least: N,
    most: N,
) -> Result<N> {
    match given.unwrap_or(default) {
        it if it >= least && it <= most => Ok(it),
        _ => Err(refuse(format_args!("`{name}` must be from {least} to {most}"))),
    }
}
