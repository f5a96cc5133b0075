"""Connections that go while they lie idle, and those that go in use."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from orchestrator.local.addresses import ServiceAddresses
from orchestrator.store import engine as engines
from orchestrator.store.engine import make_engine

pytestmark = pytest.mark.services


@pytest.fixture
def engine(addresses: ServiceAddresses) -> Iterator[Engine]:
    """Return an engine with one connection, which the owner may end."""
    made = make_engine(addresses.owner_database_url, pool_size=1, overflow=0)
    yield made
    made.dispose()


@pytest.fixture
def others(addresses: ServiceAddresses) -> Iterator[Connection]:
    """Return a connection of somebody else."""
    made = make_engine(addresses.owner_database_url, pool_size=1)
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        yield conn
    made.dispose()


def backend(engine: Engine) -> int:
    """Return the server's process of the connection that is used next."""
    with engine.connect() as conn:
        return int(conn.execute(text("SELECT pg_backend_pid()")).scalar_one())


def end(others: Connection, pid: int) -> None:
    """End a connection from the server's side, and wait until it is gone."""
    others.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def test_a_connection_that_went_while_it_lay_idle_is_replaced_before_its_use(
    engine: Engine, others: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a connection that has lain idle for longer than it is trusted, and is gone
    monkeypatch.setattr(engines, "TRUSTED_SECONDS", 0.0)
    first = backend(engine)
    end(others, first)
    # When it is used again, then its user notices nothing
    assert backend(engine) != first


def test_a_connection_that_went_a_moment_ago_fails_once_and_is_replaced(engine: Engine, others: Connection) -> None:
    # Given a connection that was used just now, and is gone
    first = backend(engine)
    end(others, first)
    # When it is used again, then its user meets the loss, as one of a connection
    with pytest.raises(DBAPIError) as caught:
        backend(engine)
    assert caught.value.connection_invalidated
    # And the next use has a new one
    assert backend(engine) not in {first, os.getpid()}


def test_a_connection_that_lives_is_kept(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a connection that is tried at each use, when it is used twice, then it is the same
    monkeypatch.setattr(engines, "TRUSTED_SECONDS", 0.0)
    assert backend(engine) == backend(engine)
