//! From a list of servers to one connection that is ready for use.

mod cancel;
mod explain;
mod race;

use std::pin::pin;
use std::sync::{Arc, OnceLock};

use prom_core::Result;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_postgres::config::{ChannelBinding as PgChannelBinding, SslMode as PgSslMode, SslNegotiation};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Connection, NoTls};

use crate::config::{ChannelBinding, Config, SslMode, Target};
use crate::driver::Driver;
use crate::error::from_postgres;
use crate::server::Server;
use crate::session::{Lifeline, Session};
use crate::stream::{Address, Stream};

/// Makes the connections to one database.
pub(crate) struct Connector {
    config: Arc<Config>,
    /// As many as connections may be open, one held by each until its socket is closed.
    places: Arc<Semaphore>,
    #[cfg(feature = "tls")]
    tls: tokio::sync::OnceCell<crate::tls::Tls>,
}

/// The way to a server that a connection went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    server: Server,
    address: Address,
    is_encrypted: bool,
}

/// A place that is held, by all who work on one connection.
type Place = Arc<OwnedSemaphorePermit>;

/// What the server does not know is left out, and so is what only works on Linux.
const SET: &str = "SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) AS it (name, value) \
    WHERE current_setting(name, true) IS NOT NULL \
    AND (name <> 'client_connection_check_interval' OR version() LIKE '%linux%')";

const ASK: &str = "SELECT pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'";

impl Connector {
    pub(crate) fn new(config: Arc<Config>) -> Self {
        Self {
            places: Arc::new(Semaphore::new(config.connection_count())),
            config,
            #[cfg(feature = "tls")]
            tls: tokio::sync::OnceCell::new(),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// As many places as connections may be open.
    pub(crate) fn places(&self) -> &Arc<Semaphore> {
        &self.places
    }

    /// A connection to the first server that will do. It runs in a task of the
    /// driver's, where it is not dropped half-way.
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<Session> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| explain::closed())?;
        let place = Arc::new(place);
        let targets: &[Target] = match &self.config.target {
            Target::PreferStandby => &[Target::Standby, Target::Any],
            it => std::slice::from_ref(it),
        };
        let mut errors = Vec::new();
        for target in targets {
            errors.clear();
            for server in &self.config.servers {
                match self.reach(server, *target, &place).await {
                    Ok(session) => return Ok(session),
                    Err(error) => errors.push(error),
                }
            }
        }
        Err(explain::all(errors))
    }

    async fn reach(self: &Arc<Self>, server: &Server, target: Target, place: &Place) -> Result<Session> {
        let mut addresses = self.by(self.end(), server, look_up(server)).await?;
        let mut last = None;
        while !addresses.is_empty() {
            // Sockets alone: a server that is slow to let in is not asked twice at a time.
            let opened = race::first(addresses.iter().enumerate(), |(at, address)| async move {
                let end = self.end();
                let opened = self.by(end, server, self.open(server, address)).await;
                opened.map(|stream| (at, stream, end))
            });
            let (at, stream, end) = match opened.await {
                Ok(opened) => opened,
                Err(error) => return Err(error.or(last).unwrap_or_else(|| explain::unknown_host(server))),
            };
            let address = addresses.swap_remove(at);
            match self.by(end, server, self.enter(server, target, address, stream, place)).await {
                Ok(session) => return Ok(session),
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| explain::unknown_host(server)))
    }

    /// When the time is over that an address which is tried now has.
    fn end(&self) -> Instant {
        Instant::now() + self.config.connect_timeout
    }

    /// What `step` gives, if it comes until `end`.
    async fn by<T>(&self, end: Instant, server: &Server, step: impl Future<Output = Result<T>>) -> Result<T> {
        let done = tokio::time::timeout_at(end, step).await;
        done.unwrap_or_else(|_| Err(explain::too_slow(server, self.config.connect_timeout)))
    }

    /// A connection by an open socket, to a server that will do, and set up.
    async fn enter(
        self: &Arc<Self>,
        server: &Server,
        target: Target,
        address: Address,
        stream: Stream,
        place: &Place,
    ) -> Result<Session> {
        let session = self.log_in(server, address, stream, place).await?;
        self.choose(&session.client, server, target).await?;
        let set_up = self.set_up(&session.client).await;
        set_up.map_err(|error| explain::login(server, &self.config, &error))?;
        Ok(session)
    }

    async fn log_in(
        self: &Arc<Self>,
        server: &Server,
        address: Address,
        mut stream: Stream,
        place: &Place,
    ) -> Result<Session> {
        let mode = match (&address, self.config.ssl_mode) {
            // Nobody is between; PostgreSQL does not encrypt sockets.
            #[cfg(unix)]
            (Address::Socket(_), Some(SslMode::Require)) => SslMode::Prefer,
            _ if self.config.channel_binding == ChannelBinding::Require => SslMode::Require,
            (_, Some(mode)) => mode,
            (address, None) if address.is_local() => SslMode::Prefer,
            (_, None) => SslMode::Require,
        };
        let route = Route { server: server.clone(), address, is_encrypted: false };
        let can_encrypt = matches!(route.address, Address::Tcp(_)) && cfg!(feature = "tls");
        if mode == SslMode::Require && !can_encrypt {
            return Err(crate::tls::left_out("the way to a server that is not on this machine needs"));
        }
        if mode == SslMode::Disable || !can_encrypt {
            return self.plain(&route, stream, mode, place).await;
        }
        let is_ready = stream.ask_for_tls().await.map_err(|it| explain::named(server, it))?;
        match is_ready {
            #[cfg(feature = "tls")]
            true => {
                let route = Route { is_encrypted: true, ..route };
                match self.encrypted(&route, stream, place).await {
                    Err(Refused::Unverified(_)) if mode == SslMode::Prefer && route.address.is_local() => {
                        let route = Route { is_encrypted: false, ..route };
                        let stream = self.open(server, &route.address).await?;
                        self.plain(&route, stream, mode, place).await
                    }
                    done => done.map_err(|(Refused::Unverified(it) | Refused::Otherwise(it))| it),
                }
            }
            #[cfg(not(feature = "tls"))]
            true => Err(crate::tls::left_out("the server wants")),
            false if mode == SslMode::Require => Err(explain::no_tls(server)),
            false => self.plain(&route, stream, mode, place).await,
        }
    }

    async fn open(&self, server: &Server, address: &Address) -> Result<Stream> {
        Stream::open(address, &self.config).await.map_err(|error| explain::open(server, error))
    }

    async fn plain(
        self: &Arc<Self>,
        route: &Route,
        mut stream: Stream,
        mode: SslMode,
        place: &Place,
    ) -> Result<Session> {
        if mode != SslMode::Disable || !route.address.is_local() {
            stream.watch();
        }
        let (client, connection) = self
            .login(route)
            .connect_raw(stream, NoTls)
            .await
            .map_err(|it| explain::login(&route.server, &self.config, &it))?;
        self.start(client, connection, route, place)
    }

    #[cfg(feature = "tls")]
    async fn encrypted(
        self: &Arc<Self>,
        route: &Route,
        stream: Stream,
        place: &Place,
    ) -> Result<Session, Refused> {
        let tls = self.tls(&route.server).await.map_err(Refused::Otherwise)?;
        let (client, connection) =
            self.login(route).connect_raw(stream, tls).await.map_err(|it| match crate::tls::why(&it) {
                Some(why) => Refused::Unverified(explain::unverified(&route.server, why)),
                None => Refused::Otherwise(explain::login(&route.server, &self.config, &it)),
            })?;
        self.start(client, connection, route, place).map_err(Refused::Otherwise)
    }

    /// How to encrypt the way to `server`.
    #[cfg(feature = "tls")]
    async fn tls(&self, server: &Server) -> Result<crate::tls::Handshake> {
        let load = || async {
            let roots = self.config.ssl_root_cert.clone();
            let loaded = tokio::task::spawn_blocking(move || crate::tls::Tls::load(roots.as_deref()));
            loaded.await.map_err(|_| explain::closed())?
        };
        let name = match server {
            Server::Tcp { host, .. } => host.as_str(),
            Server::Socket { .. } => "",
        };
        Ok(self.tls.get_or_try_init(load).await?.handshake(name))
    }

    // Field by field: the driver's own parser reads some DSNs differently.
    fn login(&self, route: &Route) -> tokio_postgres::Config {
        let mut login = tokio_postgres::Config::new();
        if let Some(user) = &self.config.user {
            login.user(user);
        }
        if let Some(password) = &self.config.password {
            login.password(password.expose());
        }
        if let Some(database) = &self.config.database {
            login.dbname(database);
        }
        if let Some(name) = &self.config.application_name {
            login.application_name(name);
        }
        login.channel_binding(match self.config.channel_binding {
            ChannelBinding::Disable => PgChannelBinding::Disable,
            ChannelBinding::Prefer => PgChannelBinding::Prefer,
            ChannelBinding::Require => PgChannelBinding::Require,
        });
        // We have asked by then, so that it begins at once.
        login.ssl_negotiation(SslNegotiation::Direct);
        login.ssl_mode(if route.is_encrypted { PgSslMode::Require } else { PgSslMode::Disable });
        login
    }

    fn start<S>(
        self: &Arc<Self>,
        client: Client,
        connection: Connection<Stream, S>,
        route: &Route,
        place: &Place,
    ) -> Result<Session>
    where
        S: tokio_postgres::tls::TlsStream + Send + Unpin + 'static,
    {
        let driver = Driver::get()?;
        let (place, end) = (place.clone(), Arc::new(OnceLock::new()));
        let why = end.clone();
        let task = driver.spawn(async move {
            let _place = place;
            let mut connection = pin!(connection);
            if let Err(error) = connection.as_mut().await {
                let error = from_postgres(&error);
                tracing::debug!(%error, "prom: a connection ended");
                // Nobody sees that it is closed before this is said.
                let _ = why.set(error);
            }
        });
        let lifeline = Lifeline {
            connector: self.clone(),
            route: route.clone(),
            token: client.cancel_token(),
            task: task.abort_handle(),
            end,
        };
        Ok(Session::new(client, driver, lifeline, self.places.clone()))
    }

    async fn choose(&self, client: &Client, server: &Server, target: Target) -> Result<()> {
        if target == Target::Any {
            return Ok(());
        }
        let asked = async {
            let rows = client.query_typed(ASK, &[]).await?;
            let Some(row) = rows.first() else { return Ok((false, false)) };
            Ok((row.try_get(0)?, row.try_get(1)?))
        };
        let (is_standby, is_readonly): (bool, bool) =
            asked.await.map_err(|it| explain::login(server, &self.config, &it))?;
        let wanted = match target {
            Target::ReadWrite if is_readonly => "one that writes",
            Target::ReadOnly if !is_readonly => "one that only reads",
            Target::Primary if is_standby => "a primary",
            Target::Standby if !is_standby => "a standby",
            _ => return Ok(()),
        };
        Err(explain::unwanted(server, wanted))
    }

    /// Sets on the server what each connection sets, in one round trip.
    pub(crate) async fn set_up(&self, client: &Client) -> Result<(), tokio_postgres::Error> {
        let (names, values): (Vec<&str>, Vec<String>) = self.config.settings().into_iter().unzip();
        if !names.is_empty() {
            client.query_typed(SET, &[(&names, Type::TEXT_ARRAY), (&values, Type::TEXT_ARRAY)]).await?;
        }
        Ok(())
    }
}

/// Why there is no encrypted connection.
#[cfg(feature = "tls")]
enum Refused {
    Unverified(prom_core::Error),
    Otherwise(prom_core::Error),
}

async fn look_up(server: &Server) -> Result<Vec<Address>> {
    match server {
        Server::Tcp { host, port } => match tokio::net::lookup_host((host.as_str(), *port)).await {
            Ok(found) => Ok(found.map(Address::Tcp).collect()),
            Err(error) => Err(explain::unknown_host(server).with_source(error)),
        },
        #[cfg(unix)]
        Server::Socket { directory, port } => {
            Ok(vec![Address::Socket(directory.join(format!(".s.PGSQL.{port}")))])
        }
        #[cfg(not(unix))]
        Server::Socket { .. } => Err(explain::no_sockets()),
    }
}
