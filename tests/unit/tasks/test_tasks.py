"""The other tasks are thin: they open the door, delegate, and tell Celery what became of it."""

import signal
from types import SimpleNamespace
from uuid import UUID

import pytest
from celery import signals
from celery.exceptions import Ignore

from orchestrator import wiring
from orchestrator.ledger.failing import Outcome, Stepped
from orchestrator.ledger.sweep import Swept
from tasks import lifecycle, maintenance, steps

RUN = UUID(int=7)


@pytest.mark.parametrize(("owes", "sent"), [(True, [RUN]), (False, [])])
def test_a_step_sends_what_it_owes_before_celery_goes_on(
    monkeypatch: pytest.MonkeyPatch, *, owes: bool, sent: list[UUID]
) -> None:
    # Given a step that is done, and may have written something down that is to be sent
    went: list[UUID] = []
    ran: list[tuple[UUID, str]] = []

    def run(run_id: UUID, *, step: str) -> Stepped:
        ran.append((run_id, step))
        return Stepped(Outcome.DONE, opened=True, summary="done", owes=owes)

    monkeypatch.setattr(wiring, "runner", lambda: SimpleNamespace(run=run))
    monkeypatch.setattr(wiring, "relay", lambda: SimpleNamespace(send_soon=went.append))
    # When its message comes, then it runs, and what it owes goes at once
    assert steps.run_step.apply(args=(str(RUN), "a")).get() == "done"
    assert (ran, went) == ([(RUN, "a")], sent)


def test_a_stale_message_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a message that has nothing to do, when it comes, then Celery sends nothing after it
    stale = SimpleNamespace(run=lambda *_, **__: Stepped(Outcome.STALE, summary="done"))
    monkeypatch.setattr(wiring, "runner", lambda: stale)
    with pytest.raises(Ignore):
        steps.run_step.run(str(RUN), "a")


def test_the_sweep_says_what_it_did(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a sweep, when its message comes, then its figures are the task's result
    monkeypatch.setattr(wiring, "sweep", lambda: SimpleNamespace(run=lambda: Swept(taken=True, lost=3)))
    assert maintenance.sweep.run() == {
        "taken": True,
        "overdue": 0,
        "lost": 3,
        "stuck": 0,
        "broker_lost": False,
        "sent": 0,
    }


def test_a_shutdown_reaches_the_heart_and_children_end_with_their_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a worker
    told: list[object] = []
    monkeypatch.setattr(wiring, "heart", lambda: SimpleNamespace(stop_all=lambda: told.append("stop")))
    monkeypatch.setattr(lifecycle, "end_with_parent", told.append)
    # When Celery says that it shuts down, and that a child begins
    signals.worker_shutting_down.send(sender="test")
    signals.worker_process_init.send(sender="test")
    # Then its steps hear of the one, and the other is tied to it
    assert told == ["stop", signal.SIGKILL]
