"""Opening a stack: own it where nobody does, else be a client of whoever does, or of servers elsewhere."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field

from orchestrator.addresses import find_addresses
from orchestrator.errors import OwnedElsewhereError
from orchestrator.local.home import Home, home_at
from orchestrator.local.keeper import Keeper
from orchestrator.local.services import EmbeddedServices
from orchestrator.settings import Settings
from orchestrator.store.engine import make_engine
from orchestrator.store.migrating import Standing, drift, inspect_schema, migrate, require_current


@dataclass(frozen=True)
class Opened:
    """Servers that answer, with the current schema. ``owned`` where they are ours to look after."""

    home: Home
    owned: bool
    external: bool
    """Whether database and broker are both elsewhere: then nothing is embedded."""
    keepers: tuple[Keeper, ...] = ()
    others: str = ""
    """Who owns the home, where it is not us."""
    notes: tuple[str, ...] = field(default=())


@contextmanager
def opened(settings: Settings, *, must_own: bool) -> Iterator[Opened]:
    """Yield servers that answer. ``must_own`` refuses to be a client, in words that name the owner.

    Embedded servers are started where nobody owns the home, and stopped at the end. Migrations run wherever we own the
    servers; elsewhere an old schema is an error that says what to do. Call it from the main thread (see leash.py).
    """
    home = home_at(settings.home)
    with ExitStack() as stack:
        if settings.database_url is not None and settings.broker_url is not None:
            _require_schema(settings)
            yield Opened(home=home, owned=False, external=True)
            return
        services = EmbeddedServices(home)
        try:
            services.start()
        except OwnedElsewhereError as owner:
            if must_own:
                raise
            _require_schema(settings)
            yield Opened(home=home, owned=False, external=False, others=f"{owner.command} (pid {owner.pid})")
            return
        stack.callback(services.stop)
        migrate_home(settings)
        yield Opened(home=home, owned=True, external=False, keepers=services.keepers)


def migrate_home(settings: Settings) -> str:
    """Bring the database's schema to the code's; return in words what was done."""
    engine = make_engine(
        find_addresses(settings).owner_database_url,
        pool_size=1,
        connect_seconds=settings.database_connect_seconds,
        idle_seconds=settings.migration_statement_timeout_seconds,
    )
    try:
        before = migrate(
            engine,
            statement_seconds=settings.migration_statement_timeout_seconds,
            lock_seconds=settings.migration_lock_timeout_seconds,
        )
    finally:
        engine.dispose()
    return f"the schema was {before.standing} ({before.found or 'nothing'}) and is {before.wanted} now"


@contextmanager
def serving(settings: Settings) -> Iterator[None]:
    """Keep servers that answer, whoever owns them, for a short look; no schema is asked for and none is changed."""
    with ExitStack() as stack:
        if settings.database_url is None or settings.broker_url is None:
            services = EmbeddedServices(home_at(settings.home))
            with suppress(OwnedElsewhereError):
                services.start()
                stack.callback(services.stop)
        yield


def check_schema(settings: Settings) -> list[str]:
    """Return in words what differs between the database's schema and the code's."""
    engine = make_engine(find_addresses(settings).owner_database_url, pool_size=1)
    try:
        with engine.connect() as conn:
            schema = inspect_schema(conn)
            if schema.standing is not Standing.CURRENT:
                return [f"the schema is {schema.found or 'empty'}, this code wants {schema.wanted}"]
            return drift(conn)
    finally:
        engine.dispose()


def _require_schema(settings: Settings) -> None:
    """Raise ``DatabaseError`` where the schema is not the code's."""
    engine = make_engine(
        find_addresses(settings).database_url, pool_size=1, connect_seconds=settings.database_connect_seconds
    )
    try:
        with engine.connect() as conn:
            require_current(conn)
    finally:
        engine.dispose()
