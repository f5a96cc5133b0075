"""The other tasks are thin: they open the door, delegate, and tell Celery what became of it."""

import signal
from collections.abc import Callable
from types import SimpleNamespace
from uuid import UUID

import pytest
from celery import signals
from celery.concurrency.thread import TaskPool as ThreadPool
from celery.exceptions import Ignore

from orchestrator import wiring
from orchestrator.ledger.failing import Outcome, Stepped
from orchestrator.ledger.sweep import Swept
from tasks import lifecycle, maintenance, steps
from tasks.draining import EXIT_CODE

RUN = UUID(int=7)


@pytest.mark.parametrize(("owes", "sent"), [(True, [RUN]), (False, [])])
def test_a_step_sends_what_it_owes_before_celery_goes_on(
    monkeypatch: pytest.MonkeyPatch, *, owes: bool, sent: list[UUID]
) -> None:
    # Given a step that is done, and may have written something down that is to be sent
    went: list[UUID] = []
    ran: list[tuple[UUID, tuple[str, ...]]] = []

    def run(run_id: UUID, *, steps: tuple[str, ...], worked: Callable[[], None]) -> Stepped:
        ran.append((run_id, steps))
        worked()
        return Stepped(Outcome.DONE, opened=True, summary="done", owes=owes)

    monkeypatch.setattr(wiring, "runner", lambda: SimpleNamespace(run=run))
    monkeypatch.setattr(wiring, "relay", lambda: SimpleNamespace(send_soon=went.append))
    # When its message comes, then it runs, and what it owes goes at once
    assert steps.run_step.apply(args=(str(RUN), "a", "b")).get() == "done"
    assert (ran, went) == ([(RUN, ("a", "b"))], sent)


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
        "chores": {},
    }


class Watching:
    """A watch over slots that only notes that it was started, and what it would tell whom."""

    def __init__(self, told: list[object]) -> None:
        self.told = told
        self.on_loss: Callable[[int], None] = lambda _: None

    def __call__(self, on_loss: Callable[[int], None]) -> "Watching":
        self.on_loss = on_loss
        return self

    def start(self, *, every_seconds: float) -> None:
        """Note it."""
        self.told.append(every_seconds)


def test_a_shutdown_reaches_the_heart_and_children_end_with_their_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a worker
    told: list[object] = []
    watch = Watching(told)
    monkeypatch.setattr(wiring, "heart", lambda: SimpleNamespace(stop_all=lambda: told.append("stop")))
    monkeypatch.setattr(wiring, "slot_watch", watch)
    monkeypatch.setattr(lifecycle, "end_with_parent", told.append)
    monkeypatch.setattr(lifecycle, "leave", told.append)
    # When Celery says that it shuts down, and that a child begins
    signals.worker_shutting_down.send(sender="test")
    signals.worker_process_init.send(sender="test")
    # Then its steps hear of the one, and the other is tied to it and looks after its slot
    assert told == ["stop", signal.SIGKILL, wiring.limits().heartbeat_seconds]
    # And it ends once that is lost, not before
    watch.on_loss(0)
    assert len(told) == 3
    watch.on_loss(1)
    assert told[3:] == [EXIT_CODE]


@pytest.mark.parametrize(("pool", "watched"), [(ThreadPool(limit=1), True), (SimpleNamespace(), False)])
def test_only_a_worker_with_threads_drains(pool: object, watched: bool, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001  a column of the table
    # Given a worker that is ready, with this pool
    told: list[object] = []
    watch = Watching(told)
    monkeypatch.setattr(wiring, "slot_watch", watch)
    monkeypatch.setattr(wiring, "heart", lambda: SimpleNamespace(stop_all=lambda: None))
    consumer = SimpleNamespace(
        pool=pool,
        app=SimpleNamespace(amqp=SimpleNamespace(queues=SimpleNamespace(consume_from={"actor": None}))),
        call_soon=lambda do, *words: do(*words),
        cancel_task_queue=told.append,
    )
    # When it says so, and a slot is lost
    lifecycle.watch_slots(sender=consumer)
    watch.on_loss(1)
    # Then one with threads takes no more work; a child of the others is looked after by itself
    assert told == ([wiring.limits().heartbeat_seconds, "actor"] if watched else [])
