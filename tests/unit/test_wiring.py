"""The composition root: everything is put together from the settings, once a process, and nothing is opened."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from agents.catalog import catalog
from orchestrator import wiring
from orchestrator.addresses import find_addresses
from orchestrator.celery import app
from orchestrator.errors import ServiceError, UnknownTaskError
from orchestrator.settings import get_settings
from orchestrator.store import process


def forget() -> None:
    """Forget what was made for this process."""
    get_settings.cache_clear()
    for made in (process._engine_of, process._direct_of, wiring._heart_of, wiring._runner_of):  # noqa: SLF001  caches of a process
        made.cache_clear()


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give this process settings of its own, with a database and a broker that are nowhere."""
    monkeypatch.setenv("LOOKOUT_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:secret@/lookout?host=/nonexistent")
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://:secret@localhost:1/0")
    monkeypatch.setenv("LOOKOUT_LEASE_SECONDS", "33")
    monkeypatch.setenv("LOOKOUT_MAX_FAILURES", "2")
    forget()
    yield
    forget()


def test_the_ledgers_limits_are_the_settings() -> None:
    # Given settings, when limits are asked for, then they are those
    limits = wiring.limits()
    assert (limits.lease_seconds, limits.heartbeat_seconds) == (33, get_settings().heartbeat_seconds)
    assert (limits.backoff.multiplier, limits.backoff.max) == (2, 300)
    assert limits.max_losses == 10


def test_no_agent_fails_more_often_than_the_settings_let_it() -> None:
    # Given a setting that is stricter than the catalogue, when the catalogue is asked for, then the setting holds
    assert set(wiring.specs()) == set(catalog())
    assert {spec.max_failures for spec in wiring.specs().values()} == {2}


def test_everything_can_be_put_together_without_a_server() -> None:
    # Given servers that are nowhere, when each part is made, then nothing is opened
    assert wiring.intake().limits == wiring.limits()
    assert wiring.sweep().limits == wiring.limits()
    assert wiring.firing().intake.limits == wiring.limits()
    assert not wiring.clockwork().leads
    assert wiring.celery_app() is app


def test_threads_that_come_first_together_share_one_engine_one_heart_and_one_runner() -> None:
    # Given eight threads of a worker that has just started
    start = Barrier(8)

    def first() -> tuple[int, int, int]:
        start.wait()
        runner = wiring.runner()
        return id(runner), id(runner.heart), id(process.engine())

    # When all of them need everything at once
    with ThreadPoolExecutor(8) as pool:
        made = {done.result() for done in [pool.submit(first) for _ in range(8)]}
    # Then there is one of each, and the heart is the one that hears of a shutdown
    assert len(made) == 1
    assert wiring.runner().heart is wiring.heart()
    assert wiring.runner().owner.endswith(f":{os.getpid()}")


def test_settings_win_over_a_home_and_no_password_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given addresses in the settings, when they are asked for, then no home is needed
    found = find_addresses(get_settings())
    assert "secret" in found.database_url
    assert found.owner_database_url == found.database_url
    assert (found.embedded_database, found.embedded_broker) == (False, False)
    assert "secret" not in repr(found)
    # And where one is missing, an empty home cannot say it
    monkeypatch.delenv("DATABASE_URL")
    get_settings.cache_clear()
    with pytest.raises(ServiceError):
        find_addresses(get_settings())


def test_our_app_sends_no_task_that_does_not_exist() -> None:
    with pytest.raises(UnknownTaskError, match=r"task 'lookout\.tigger' does not exist"):
        app.send_task("lookout.tigger")
