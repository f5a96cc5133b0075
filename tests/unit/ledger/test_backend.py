"""The result backend as Celery uses it, where no database is needed: nothing is kept, nothing is subscribed to."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from celery.canvas import Signature
from celery.result import GroupResult
from support.plays import sender

from orchestrator.ledger.backend import OPENED, LedgerBackend, _uuid

APP = sender("memory://")


@pytest.fixture
def backend() -> LedgerBackend:
    return LedgerBackend(APP)


def test_the_app_answers_from_the_ledger() -> None:
    # Given an app like ours, when its backend is asked for, then it is the ledger, and no banner shows an address
    assert isinstance(APP.backend, LedgerBackend)
    assert APP.backend.as_uri() == "postgres ledger"


@pytest.mark.parametrize(
    ("state", "opened", "sent"),
    [("SUCCESS", True, 1), ("SUCCESS", False, 0), ("SUCCESS", None, 0), ("FAILURE", True, 0), ("REVOKED", True, 0)],
)
def test_a_chords_body_goes_exactly_when_this_completion_opened_the_gate(
    backend: LedgerBackend, monkeypatch: pytest.MonkeyPatch, state: str, *, opened: bool | None, sent: int
) -> None:
    # Given a header task that ended, and what the ledger said about its gate
    went: list[Any] = []
    monkeypatch.setattr(Signature, "apply_async", lambda self: went.append(self.task))
    request = SimpleNamespace(chord=APP.signature("lookout.step"))
    if opened is not None:
        setattr(request, OPENED, opened)
    # When Celery reports the part, then the body is sent, or not
    backend.on_chord_part_return(request, state, None)
    assert len(went) == sent


def test_nothing_is_stored_subscribed_to_or_forgotten(backend: LedgerBackend) -> None:
    # Given a result, when Celery does with it all that it does with results
    result = GroupResult("id", results=[])
    before = dict(vars(backend))
    assert backend.store_result("id", {"a": 1}, "SUCCESS") == {"a": 1}
    assert backend.add_pending_result(result) is result
    assert backend.remove_pending_result(result) is result
    backend.apply_chord(((), {}), None)
    backend.on_task_call(None, "id")
    backend.add_pending_results([result])
    backend.on_result_fulfilled(result)
    backend.cleanup()
    backend.process_cleanup()
    backend.forget("id")
    # Then nothing was kept
    assert vars(backend) == before


@pytest.mark.parametrize("text", ["", "x", "0" * 31, "not-a-uuid", "\x00"])
def test_an_id_that_is_no_runs_id_is_looked_for_among_the_callers_alone(text: str) -> None:
    assert _uuid(text) is None
    assert _uuid(str(UUID(int=7))) == UUID(int=7)
