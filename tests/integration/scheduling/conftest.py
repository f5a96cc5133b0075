"""Schedulers in this process, on the real database and broker, with the real catalogue; no worker runs anything."""

from collections.abc import Callable, Iterator

import pytest
from celery import Celery
from support.stages import Stage
from support.timetables import Timetable, catalogue_sender, intake_of

from orchestrator.scheduling.clockwork import Clockwork
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Leader, Lease
from orchestrator.scheduling.sweeps import Sweeps


@pytest.fixture
def timetable(stage: Stage) -> Timetable:
    return Timetable(stage)


@pytest.fixture
def app(stage: Stage) -> Iterator[Celery]:
    app = catalogue_sender(stage.addresses.broker_url)
    yield app
    app.close()


@pytest.fixture
def cut_off_app() -> Iterator[Celery]:
    """Yield an app whose broker is nowhere."""
    app = catalogue_sender("redis+socket:///nonexistent/socket")
    yield app
    app.close()


@pytest.fixture
def firing(stage: Stage, app: Celery) -> Firing:
    return Firing(intake_of(stage, app))


@pytest.fixture
def scheduler(stage: Stage, app: Celery, firing: Firing) -> Callable[[str], Clockwork]:
    """Return what makes schedulers, each with an owner's name of its own."""

    def make(owner: str) -> Clockwork:
        return Clockwork(
            leader=Leader(stage.engine, owner=owner, seconds=60),
            firing=firing,
            sweeps=Sweeps(app, every_seconds=60),
            interval_seconds=1,
        )

    return make


@pytest.fixture
def lease(stage: Stage) -> Lease:
    """Lead for a minute."""
    lease = Leader(stage.engine, owner="me", seconds=60).lead()
    assert lease is not None
    return lease
