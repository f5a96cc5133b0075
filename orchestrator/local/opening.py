"""Opening a stack: own it where nobody does, else be a client of whoever does, or of servers elsewhere."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from orchestrator.addresses import find_addresses
from orchestrator.errors import DatabaseError, OwnedElsewhereError, ServiceError
from orchestrator.local.answering import require_broker
from orchestrator.local.home import Home, home_at
from orchestrator.local.keeper import Keeper
from orchestrator.local.owner import acquire
from orchestrator.local.services import EmbeddedServices
from orchestrator.settings import Settings
from orchestrator.store.engine import make_engine
from orchestrator.store.migrating import Standing, drift, inspect_schema, migrate, require_current

_STARTING_SECONDS = 15.0
"""How long an owner's servers may take until they answer its first client."""


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


@contextmanager
def opened(settings: Settings, *, must_own: bool) -> Iterator[Opened]:
    """Yield servers that answer. ``must_own`` refuses to be a client, in words that name the owner.

    Embedded servers are started where nobody owns the home, and stopped at the end. Whoever must own migrates; so does
    whoever starts an embedded database. Elsewhere an old schema is an error that says what to do. Call it from the main
    thread (see leash.py). Servers elsewhere are asked first: where one does not answer, nothing is started.
    """
    home = home_at(settings.home)
    external = settings.database_url is not None and settings.broker_url is not None
    if settings.broker_url is not None:
        require_broker(settings.broker_url.get_secret_value())
    with ExitStack() as stack:
        if external and must_own:
            stack.enter_context(acquire(home))
        if settings.database_url is not None:
            migrate_home(settings) if must_own else require_schema(settings)
        if external:
            yield Opened(home=home, owned=False, external=True)
            return
        services = EmbeddedServices(home)
        stack.callback(services.stop)
        try:
            services.start()
        except OwnedElsewhereError as owner:
            if must_own:
                raise
            _wait_for_schema(settings)
            yield Opened(home=home, owned=False, external=False, others=f"{owner.command} (pid {owner.pid})")
            return
        if settings.database_url is None:
            migrate_home(settings)
        yield Opened(home=home, owned=True, external=False, keepers=services.keepers)


@contextmanager
def reading(settings: Settings) -> Iterator[None]:
    """Keep a database that answers, whoever owns it, for a short look; no schema is asked for and none is changed."""
    with ExitStack() as stack:
        if settings.database_url is None:
            services = EmbeddedServices(home_at(settings.home))
            stack.callback(services.stop)
            with suppress(OwnedElsewhereError):
                services.start()
        yield


def is_unused(settings: Settings) -> bool:
    """Whether the home's own database would be meant, and was never made."""
    return settings.database_url is None and not home_at(settings.home).passwords_file.exists()


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
    if before.standing is Standing.CURRENT:
        return f"the schema is {before.wanted}, as this code wants it"
    return f"the schema was {before.found or 'empty'} and is {before.wanted} now"


def check_schema(settings: Settings) -> list[str]:
    """Return in words what differs between the database's schema and the code's."""
    engine = make_engine(
        find_addresses(settings).owner_database_url, pool_size=1, connect_seconds=settings.database_connect_seconds
    )
    try:
        with engine.connect() as conn:
            schema = inspect_schema(conn)
            if schema.standing is not Standing.CURRENT:
                return [f"the schema is {schema.found or 'empty'}, this code wants {schema.wanted}"]
            return drift(conn)
    finally:
        engine.dispose()


def require_schema(settings: Settings) -> None:
    """Raise ``DatabaseError`` where the schema is not the code's."""
    engine = make_engine(
        find_addresses(settings).database_url, pool_size=1, connect_seconds=settings.database_connect_seconds
    )
    try:
        with engine.connect() as conn:
            require_current(conn)
    finally:
        engine.dispose()


def _wait_for_schema(settings: Settings) -> None:
    """Wait until the servers of the home's owner answer, for it may be starting them; raise what they say at last."""
    attempts = Retrying(
        retry=retry_if_exception_type((OperationalError, ServiceError, DatabaseError)),
        wait=wait_fixed(0.2),
        stop=stop_after_delay(_STARTING_SECONDS),
        reraise=True,
    )
    attempts(require_schema, settings)
