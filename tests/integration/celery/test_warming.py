"""The reserved worker is warm before it serves; others stay light."""

import pytest
from sqlalchemy import text
from support.plays import Play, act
from support.stages import Stage

from orchestrator.ledger import statements
from orchestrator.store.process import direct, engine
from tasks import warming


@pytest.fixture
def rehearsed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count rehearsals; the rehearsal itself has a test of its own."""
    counted: list[int] = []
    monkeypatch.setattr(warming, "rehearse", lambda: counted.append(1))
    return counted


def test_a_reserved_worker_has_its_connections_open(stage: Stage, play: Play, rehearsed: list[int]) -> None:
    # Given nothing open, when a reserved worker of two threads gets ready
    assert warming.warm_up(play.app, queues=["actor.urgent", "celery", "upkeep"], slots=2)
    # Then two connections to the database wait for it, and nobody holds one
    assert rehearsed == [1]
    assert engine().pool.status().startswith("Pool size: 5  Connections in pool: 2")
    assert "Current Checked out connections: 0" in engine().pool.status()


def test_another_worker_stays_light(stage: Stage, play: Play, rehearsed: list[int]) -> None:
    assert not warming.warm_up(play.app, queues=["actor.urgent", "actor"], slots=2)
    assert rehearsed == []
    assert "Connections in pool: 0" in engine().pool.status()


def test_servers_that_are_away_keep_no_worker_from_starting(
    stage: Stage, play: Play, rehearsed: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a broker that nobody answers for
    monkeypatch.setattr(warming, "open_lines", _nobody_answers)
    # When the worker gets ready, then it is ready all the same
    assert warming.warm_up(play.app, queues=["actor.urgent"], slots=1)


def _nobody_answers(_app: object, *, count: int) -> None:
    raise ConnectionError(f"nobody answers on {count} lines")


def test_what_every_step_needs_is_prepared_on_each_connection(stage: Stage, play: Play, rehearsed: list[int]) -> None:
    # When a reserved worker of two threads is ready
    assert warming.warm_up(play.app, queues=["actor.urgent"], slots=2)
    # Then a connection knows the claim and the completion, as they are sent for a real step
    known = direct().rows(text("SELECT statement FROM pg_prepared_statements WHERE generic_plans > 0"), {})
    assert rehearsed == [1]
    assert sum("INTO attempts" in row.statement for row in known) == 1
    assert sum("INTO run_findings" in row.statement for row in known) == 1
    # And a step of a run makes no others
    run_id = play.run(act("a"))
    direct().rows(statements.CLAIM, {"run": run_id, "steps": ["a"], "owner": "w", "lease": 60.0, "token": run_id})
    known = direct().rows(text("SELECT statement FROM pg_prepared_statements"), {})
    assert sum("INTO attempts" in row.statement for row in known) == 1
