use super::*;

fn config(dsn: &str) -> Result<Config> {
    Config::from_dsn(&dsn.parse()?)
}

#[test]
fn defaults_are_the_safe_ones() {
    let config = config("postgres://db.example.com/shop").expect("a good DSN");
    assert_eq!((config.ssl_mode, config.channel_binding), (None, ChannelBinding::Prefer));
    assert_eq!((config.target, config.readonly, config.prepare), (Target::Any, false, true));
    assert_eq!((config.max_connections, config.statement_cache), (10, 256));
    let settings = config.settings();
    let expected = [
        ("statement_timeout", "30000"),
        ("idle_in_transaction_session_timeout", "60000"),
        ("client_connection_check_interval", "5000"),
    ];
    assert!(settings.iter().map(|(name, value)| (*name, value.as_str())).eq(expected), "{settings:?}");
}

#[test]
fn servers_are_named_in_many_ways() {
    for (dsn, servers) in [
        ("postgres://", "localhost:5432"),
        ("postgres:///shop", "localhost:5432"),
        ("postgres://:5433/shop", "localhost:5433"),
        ("postgres://db/shop?port=5433", "db:5433"),
        ("postgres://u:p%40ss@db.example.com/shop", "db.example.com:5432"),
        ("postgres://[::1]:5433/shop", "[::1]:5433"),
        ("postgres://[fe80::1%25eth0]/shop", "[fe80::1%eth0]:5432"),
        ("postgres://%2Fvar%2Frun/shop", "/var/run/.s.PGSQL.5432"),
        ("postgres://%2Fvar%2Frun:5433/shop", "/var/run/.s.PGSQL.5433"),
        ("postgres:///shop?host=/var/run", "/var/run/.s.PGSQL.5432"),
        ("postgres://:5433/shop?host=/var/run", "/var/run/.s.PGSQL.5433"),
        ("postgres://me@/shop?host=a,b&port=1,2", "a:1 b:2"),
        ("postgres:///shop?host=a,b&port=7", "a:7 b:7"),
        ("postgres://h1:5433,h2,[::1]:7/shop", "h1:5433 h2:5432 [::1]:7"),
    ] {
        let found: Vec<String> = config(dsn).expect(dsn).servers.iter().map(ToString::to_string).collect();
        assert_eq!(found.join(" "), servers, "{dsn}");
    }
}

#[test]
fn options_are_typed() {
    let config = config(
        "postgres://me:safe@h/shop?sslmode=verify-full&sslrootcert=/ca.pem&channel_binding=require\
         &target_session_attrs=prefer-standby&application_name=till&search_path=a,b&readonly&lock_timeout=3\
         &statement_timeout=500ms&idle_in_transaction_session_timeout=0&keepalives=off&tcp_user_timeout=0\
         &max_connections=3&max_idle=0&max_lifetime=1min&statement_cache=0&install=verify&slow=0\
         &install_wait=1&install_lock_timeout=1&connect_timeout=1&pool_timeout=2&max_rows_buffered=5",
    )
    .expect("a good DSN");
    assert_eq!((config.ssl_mode, config.channel_binding), (Some(SslMode::Require), ChannelBinding::Require));
    assert_eq!(config.ssl_root_cert.as_deref(), Some("/ca.pem".as_ref()));
    assert_eq!(
        (config.target, config.keepalives, config.tcp_user_timeout),
        (Target::PreferStandby, None, None)
    );
    assert_eq!((config.max_idle, config.max_lifetime), (None, Some(Duration::from_secs(60))));
    let settings: Vec<String> =
        config.settings().iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(
        settings.join(" "),
        "statement_timeout=500 idle_in_transaction_session_timeout=0 lock_timeout=3000 \
         client_connection_check_interval=5000 search_path=a,b default_transaction_read_only=on"
    );
}

#[test]
fn nothing_is_set_where_nothing_can_be_kept() {
    let config = config("postgres://h/shop?prepare=off&statement_timeout=5").expect("a good DSN");
    assert_eq!(config.settings(), []);
}

#[test]
fn what_is_written_by_hand_is_brought_within_bounds() {
    let mut config = config("postgres://h/shop").expect("a good DSN");
    config.max_connections = 0;
    config.statement_timeout = Some(Duration::MAX);
    assert_eq!(config.connection_count(), 1);
    assert_eq!(config.settings().first(), Some(&("statement_timeout", i32::MAX.to_string())));
}

#[test]
fn the_password_is_never_shown() {
    let config = config("postgres://me:canary@h/shop").expect("a good DSN");
    assert!(!format!("{config:?} {config:#?}").contains("canary"));
}

#[test]
fn what_cannot_be_meant_is_refused_with_its_cure() {
    for (options, text) in [
        ("user=me", "option `user` stands before the host"),
        ("options=-c%20a%3Db", "option `options` is none of prom's: `search_path`"),
        ("pool_size=5", "`pool_size` is called `max_connections` here"),
        ("max_conections=2", "did you mean `max_connections`?"),
        ("sslmode=allow", "`sslmode`"),
        ("target_session_attrs=master", "`target_session_attrs`"),
        ("max_connections=0", "`max_connections` must be from 1 to 1000"),
        ("max_connections=1001", "`max_connections` must be from 1 to 1000"),
        ("statement_cache=100001", "`statement_cache` must be from 0 to 100000"),
        ("statement_timeout=3000000", "`statement_timeout` is too long"),
        ("pool_timeout=2d", "`pool_timeout`"),
        ("keepalives_count=0", "`keepalives_count` must be from 1 to 100"),
        ("host=other", "`host` names a server and so does"),
        ("port=0", "`port` must be a number"),
        ("port=70000", "`port` must be a number"),
        ("prepare=maybe", "`prepare`"),
        ("readonly=perhaps", "`readonly`"),
        ("prepare=off&readonly", "`readonly` is a setting of a connection"),
        ("prepare=off&search_path=a", "`search_path` is a setting of a connection"),
        ("channel_binding=require&sslmode=disable", "`channel_binding=require` needs encryption"),
    ] {
        let error = config(&format!("postgres://h/shop?{options}")).expect_err(options);
        assert_eq!(error.kind(), Kind::Dsn, "{options}");
        assert!(error.to_string().contains(text), "{error}");
    }
    for (dsn, text) in [
        ("postgres:///shop?host=a,b&port=1,2,3", "as many ports"),
        ("postgres:///shop?host=a,", "`host` is empty"),
        ("postgres://h:0/shop", "port must be a number"),
    ] {
        let error = config(dsn).expect_err(dsn);
        assert!(error.to_string().contains(text), "{error}");
    }
}
