"""The ledger for a short look: whoever serves it serves it, else its database is started for the moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from orchestrator.cli.interrupting import undoing
from orchestrator.errors import ServiceError
from orchestrator.local.opening import is_unused, migrate_home, reading, require_schema
from orchestrator.settings import get_settings
from orchestrator.store.process import engine


@contextmanager
def ledger() -> Iterator[Engine]:
    """Yield the engine of a ledger that is there. Raises ``ServiceError`` where none was ever made."""
    settings = get_settings()
    if is_unused(settings):
        raise ServiceError(f"{settings.home} has no runs yet: `lookout run WATCHLIST` starts one")
    with undoing(), reading(settings):
        require_schema(settings)
        yield engine()


@contextmanager
def made_ledger() -> Iterator[Engine]:
    """Yield the engine of a ledger, made first where the home has none; a database elsewhere must be up to date."""
    settings = get_settings()
    with undoing(), reading(settings):
        if settings.database_url is None:
            migrate_home(settings)
        require_schema(settings)
        yield engine()
