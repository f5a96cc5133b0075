"""Celery's side of the scheduler, with a database that is nowhere."""

import pytest
from celery import Celery
from sqlalchemy import Engine
from structlog.testing import capture_logs

from orchestrator.errors import ServiceError
from orchestrator.intake import Intake
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.scheduling import beat
from orchestrator.scheduling.beat import LedgerScheduler
from orchestrator.scheduling.clockwork import Clockwork
from orchestrator.scheduling.firing import Firing
from orchestrator.scheduling.leader import Leader, Lease
from orchestrator.scheduling.sweeps import Sweeps


@pytest.fixture
def clockwork(cut_off_engine: Engine, app: Celery) -> Clockwork:
    """Return a whole clockwork whose database is nowhere."""
    relay = Relay(cut_off_engine, app, specs={}, copies=Copies(app, keep_seconds=1))
    return Clockwork(
        leader=Leader(cut_off_engine, owner="me", seconds=8),
        firing=Firing(Intake(cut_off_engine, relay, specs={}, limits=Limits())),
        sweeps=Sweeps(app, every_seconds=5),
        interval_seconds=1,
    )


def test_a_database_that_is_away_is_asked_again_later_and_later(clockwork: Clockwork) -> None:
    # Given a database that is nowhere, when the scheduler ticks
    waits = [clockwork.tick() for _ in range(4)]
    # Then it lives on, waits longer each time, and never so long that another would be missed for it
    assert waits == [1, 2, 4, 4]
    assert not clockwork.leads


def test_a_scheduler_that_never_led_has_nothing_to_give_back(clockwork: Clockwork, app: Celery) -> None:
    # Given a scheduler that never reached its database
    scheduler = LedgerScheduler(app, clockwork=clockwork)
    scheduler.tick()
    # When it is closed, as often as Celery likes
    with capture_logs() as lines:
        scheduler.close()
        scheduler.close()
    # Then no database is asked, which would be told
    assert lines == []
    assert not clockwork.leads


def test_a_lease_that_cannot_be_given_back_runs_out_by_itself(clockwork: Clockwork) -> None:
    # Given a scheduler that leads and then loses its database
    clockwork._lease = Lease("beat", owner="me", token=1, seconds=8)  # noqa: SLF001  no other way without a database
    # When it is closed
    with capture_logs() as lines:
        clockwork.close()
    # Then it leads no more, and says when others will
    assert not clockwork.leads
    assert [(line["log_level"], line["seconds"]) for line in lines] == [("warning", 8)]


def test_a_call_to_close_amid_a_tick_is_left_to_the_next(clockwork: Clockwork, app: Celery) -> None:
    # Given a tick under way when the signal to end comes
    scheduler = LedgerScheduler(app, clockwork=clockwork)
    clockwork._lease = Lease("beat", owner="me", token=1, seconds=8)  # noqa: SLF001  no other way without a database
    closed = []

    def interrupted() -> float:
        scheduler.close()
        closed.append(not clockwork.leads)
        raise SystemExit

    clockwork.tick = interrupted  # type: ignore[method-assign]  # stands for a signal's handler, which runs inside it
    # When Celery closes it from within, and again once the tick was undone
    with pytest.raises(SystemExit):
        scheduler.tick()
    scheduler.close()
    # Then only the second time touches the lease, which the tick's own transaction may have locked
    assert closed == [False]
    assert not clockwork.leads


def test_nothing_is_opened_before_the_first_tick(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a machine where nothing says where the database is
    def nowhere() -> Clockwork:
        raise ServiceError("no database is set up here: run `lookout up`")

    monkeypatch.setattr(beat, "_own_clockwork", nowhere)
    # When a scheduler is made, as Celery does for its banner, and closed
    scheduler = LedgerScheduler(app, lazy=True)
    scheduler.close()
    # Then nothing was asked for; and a tick waits until something says it
    assert scheduler.tick() > 1


def test_entries_of_celery_s_own_configuration_are_said_not_to_count(app: Celery) -> None:
    # Given somebody's beat_schedule
    app.conf.beat_schedule = {"nightly": {"task": "lookout.sweep", "schedule": 60}}
    # When the scheduler is set up
    with capture_logs() as lines:
        scheduler = LedgerScheduler(app)
    # Then it says so, and holds no entry, not even Celery's own
    assert [line["ignored"] for line in lines] == [["nightly"]]
    assert scheduler.schedule == {}
