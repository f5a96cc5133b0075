"""A worker that lost slots: takes no more work, lets the others end, and goes."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery.worker import state

from tasks.draining import EXIT_CODE, Drain, leave


class Request:
    """A message that is being worked on."""


@pytest.fixture
def active() -> Iterator[list[Request]]:
    """Let messages be worked on in this process."""
    running = [Request(), Request()]
    state.active_requests.update(running)
    yield running
    state.active_requests.clear()


@pytest.fixture
def told() -> list[Any]:
    """Return what was done to the worker, in order."""
    return []


@pytest.fixture
def drain(told: list[Any]) -> Drain:
    """Return the drain of a worker with two queues, and a clock that goes on by ten seconds at each look."""
    queues = SimpleNamespace(consume_from={"actor": None, "actor.urgent": None})
    consumer = SimpleNamespace(
        app=SimpleNamespace(amqp=SimpleNamespace(queues=queues)),
        call_soon=lambda do, *words: do(*words),
        cancel_task_queue=told.append,
    )
    ticks = iter(range(0, 1_000, 10))
    return Drain(
        consumer,
        patience_seconds=15,
        stop_all=lambda: told.append("stop"),
        exit_with=told.append,
        clock=lambda: next(ticks),
    )


def test_it_takes_no_more_work_and_ends_once_only_lost_slots_are_left(
    drain: Drain, told: list[Any], active: list[Request]
) -> None:
    # Given one step that hangs and one that works, when the drain goes on, then no queue is read any more
    drain.go_on(1)
    assert told == ["actor", "actor.urgent"]
    # When the other has ended, then the process ends at the second look that finds nothing else
    active.pop()
    drain.go_on(1)
    assert told[2:] == []
    drain.go_on(1)
    assert EXIT_CODE in told


def test_steps_that_take_longer_than_a_shutdown_would_let_them_go_back(
    drain: Drain, told: list[Any], active: list[Request]
) -> None:
    # Given one step that hangs and one that takes long, when the patience is over
    for _ in range(3):
        drain.go_on(1)
    # Then the long one is told to stop, and the process stays until it did
    assert told[2:] == ["stop"]
    assert len(active) == 2


def test_work_that_comes_in_the_last_moment_is_waited_for(drain: Drain, told: list[Any], active: list[Request]) -> None:
    # Given a worker with nothing but a lost slot, at the first look
    kept = active.pop()
    drain.go_on(1)
    # When a message that was under way begins, then the process does not end
    state.active_requests.add(kept)
    drain.go_on(1)
    state.active_requests.discard(kept)
    drain.go_on(1)
    assert EXIT_CODE not in told


def test_leaving_asks_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a process that only notes its end
    codes: list[int] = []
    monkeypatch.setattr("os._exit", codes.append)
    # When it leaves, then by its code alone
    leave(EXIT_CODE)
    assert codes == [75]
