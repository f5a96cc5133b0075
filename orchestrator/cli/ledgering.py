"""The ledger for a short look: whoever serves it serves it, else its database is started for the moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from orchestrator.local.opening import serving
from orchestrator.settings import get_settings
from orchestrator.store.process import engine


@contextmanager
def ledger() -> Iterator[Engine]:
    """Yield the engine of a ledger that answers."""
    with serving(get_settings()):
        yield engine()
