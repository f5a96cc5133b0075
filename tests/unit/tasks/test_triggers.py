"""The door's task: what it hands over, and what it does while the database is away."""

from typing import Any

import psycopg
import pytest
from celery.exceptions import Reject
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from orchestrator import doors, wiring
from orchestrator.celery import app
from tasks import triggers


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, Any], tuple[object, ...], str]]:
    """Record what reaches the door, behind which nothing is."""
    seen: list[tuple[dict[str, Any], tuple[object, ...], str]] = []

    def accept(*_: object, args: tuple[object, ...], task_id: str) -> dict[str, Any]:
        seen.append(({}, args, task_id))
        return {"run_id": "r"}

    monkeypatch.setattr(wiring, "intake", object)
    monkeypatch.setattr(wiring, "copies", object)
    monkeypatch.setattr(doors, "accept_message", accept)
    return seen


def test_a_message_reaches_the_door_with_its_own_id(calls: list[Any]) -> None:
    # Given a message, when its task runs, then the door gets its id and the caller the run's
    done = triggers.accept_trigger.apply(kwargs={"kind": "monitor"}, task_id="mine")
    assert done.get() == {"run_id": "r"}
    assert calls == [({}, (), "mine")]


def test_a_payload_may_hold_a_field_of_any_name(calls: list[Any]) -> None:
    # Given a stranger who names a field "self", when the task runs, then the door sees it and can refuse it
    assert triggers.accept_trigger.apply(args=("x",), kwargs={"self": 1}, task_id="mine").successful()
    assert calls[0][1] == ("x",)


@pytest.mark.parametrize(
    "error", [OperationalError("SELECT", {}, psycopg.OperationalError("no server")), PoolTimeoutError("no server")]
)
def test_while_the_database_is_away_the_message_goes_back(
    monkeypatch: pytest.MonkeyPatch, calls: list[Any], error: Exception
) -> None:
    # Given a database that stays away, or whose connections are all taken
    def away(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(doors, "accept_message", away)
    monkeypatch.setattr(triggers, "_PATIENCE_SECONDS", 0)
    # When the task gives up waiting, then its message goes back into the queue
    with pytest.raises(Reject) as rejected:
        triggers.accept_trigger.run(kind="monitor")
    assert rejected.value.requeue
    assert str(rejected.value.reason) == "the database is away: no server"


def test_the_task_is_registered_and_keeps_its_result() -> None:
    app.loader.import_default_modules()
    assert app.tasks["lookout.trigger"].ignore_result is False
