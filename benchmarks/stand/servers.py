"""One Postgres and one Valkey for everything that is measured in one run, with room to work in."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from psycopg import sql

from benchmarks.passes import environment, private_home
from orchestrator.errors import ServiceError
from orchestrator.local import postgres
from orchestrator.local.addresses import ServiceAddresses
from orchestrator.local.home import Home
from orchestrator.local.passwords import read_passwords
from orchestrator.local.place import find_place
from orchestrator.local.roles import APP, connect
from orchestrator.local.services import EmbeddedServices
from orchestrator.local.sockets import POSTGRES_PORT
from orchestrator.store.engine import make_engine
from orchestrator.store.migrating import migrate

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMY = MappingProxyType({"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "300"})
"""What peers' documentation asks of a server; durability stays as it is: every commit waits for the disk."""


@dataclass(frozen=True)
class Servers:
    """Servers that run. Addresses hold passwords: they are never shown."""

    home: Home
    addresses: ServiceAddresses = field(repr=False)
    pids: Mapping[str, int]
    """Of ``database`` and ``broker``."""

    @property
    def folder(self) -> Path:
        """Where logs are written and processes stand."""
        return self.home.logs

    @property
    def broker_path(self) -> str:
        """The broker's socket."""
        return str(find_place(self.home).valkey_socket)

    @property
    def broker_password(self) -> str:
        """The broker's password."""
        known = read_passwords(self.home)
        return known.broker.get_secret_value() if known else ""

    def environment(self, **given: str) -> dict[str, str]:
        """Return the environment of a process that works on these servers and can import the benchmarks."""
        plain = {**environment(self.home), "PYTHONPATH": str(REPOSITORY), "LOOKOUT_LOG_LEVEL": "WARNING"}
        servers = {"DATABASE_URL": self.addresses.database_url, "CELERY_BROKER_URL": self.addresses.broker_url}
        return {**plain, **servers, **given}

    def database(self, name: str) -> str:
        """Make a database of that name, owned by the application's role, and return its plain address."""
        place, passwords = find_place(self.home), read_passwords(self.home)
        if passwords is None:
            raise ServiceError(f"{self.home.path} has no passwords")
        with connect(place.sockets, database="postgres", password=passwords.superuser) as connection:
            if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                made = sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(APP))
                connection.execute(made)
        secret = passwords.app.get_secret_value()
        return f"postgresql://{APP}:{secret}@/{name}?host={place.sockets}&port={POSTGRES_PORT}"


@contextmanager
def running_servers(settings: Mapping[str, str] = ROOMY) -> Iterator[Servers]:
    """Yield servers in a private home, with the current schema; nothing is left behind. From the main thread alone."""
    with private_home() as home, _given(settings):
        services = EmbeddedServices(home)
        addresses = services.start()
        try:
            _migrate(addresses)
            pids = {row.name: row.pid for row in services.check() if row.pid is not None}
            yield Servers(home, addresses, {"database": pids["postgres"], "broker": pids["valkey"]})
        finally:
            services.stop()


@contextmanager
def _given(settings: Mapping[str, str]) -> Iterator[None]:
    """Let servers that are started meanwhile have other settings than a stack's own."""
    before = dict(postgres.SETTINGS)
    postgres.SETTINGS.update(settings)
    try:
        yield
    finally:
        postgres.SETTINGS.update(before)


def _migrate(addresses: ServiceAddresses) -> None:
    engine = make_engine(addresses.owner_database_url, pool_size=1)
    try:
        migrate(engine, statement_seconds=60, lock_seconds=5)
    finally:
        engine.dispose()
