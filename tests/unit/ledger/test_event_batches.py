"""Task events wait a moment for one another, and go out in one message."""

import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from celery import Celery
from celery.events import EventDispatcher
from kombu.asynchronous import Hub

from orchestrator.ledger import event_batches
from orchestrator.ledger.event_batches import MOST, SECONDS, Batch, EventBatches


@pytest.fixture
def loop() -> Iterator[Hub]:
    """Have a worker's loop."""
    hub = Hub()
    yield hub
    hub.close()


def go_round(loop: Hub, *, later: float = 0.0) -> None:
    """Do what a round of the loop does besides reading, as if it were so much later."""
    for item in vars(Hub)["_pop_ready"](loop):
        item()
    for due in list(loop.timer.queue):
        if due.eta <= time.monotonic() + later and not due.entry.canceled:
            due.entry.cancel()
            due.entry()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Have batches read the time from a clock that stands still until it is set."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(event_batches, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_events_that_come_soon_after_others_are_sent_together(
    loop: Hub, clock: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given events that are sent in batches
    sent: list[str] = []
    delays: list[float] = []
    later: Callable[..., object] = loop.call_later

    def note(seconds: float, call: Callable[[], None]) -> None:
        delays.append(seconds)
        later(seconds, call)

    monkeypatch.setattr(loop, "call_later", note)
    batch = Batch(loop, send=lambda: sent.append("all"))
    # When the first comes, then it is sent in the loop's next round, which may be the last one for a while
    batch.wait()
    assert sent == []
    go_round(loop)
    assert sent == ["all"]
    # And those that come soon after it wait
    clock.now += SECONDS / 2
    for _ in range(3):
        batch.wait()
        go_round(loop)
    assert sent == ["all"]
    assert delays == pytest.approx([SECONDS / 2])
    # And all go out together a moment later
    clock.now += SECONDS / 2
    go_round(loop, later=SECONDS)
    assert sent == ["all", "all"]
    # And one that comes a while after them is sent in the next round again
    clock.now += SECONDS
    batch.wait()
    go_round(loop)
    assert sent == ["all", "all", "all"]


@pytest.mark.usefixtures("clock")
def test_an_event_that_comes_while_a_batch_is_sent_is_not_left_behind(loop: Hub) -> None:
    # Given a batch during whose sending another event comes
    sent: list[int] = []

    def send() -> None:
        sent.append(len(sent))
        if len(sent) == 1:
            batch.wait()

    batch = Batch(loop, send=send)
    batch.wait()
    go_round(loop)
    assert sent == [0]
    # When a moment has gone by, then the other one has been sent too
    go_round(loop)
    go_round(loop, later=SECONDS)
    assert sent == [0, 1]


class Dispatcher:
    """As much of Celery's dispatcher as is told how to send."""

    buffer_limit = 24
    on_send_buffered: Callable[[], None] | None = None

    def __init__(self) -> None:
        self.flushed = 0

    def flush(self) -> None:
        """Count."""
        self.flushed += 1


@pytest.mark.parametrize("has_loop", [True, False])
def test_a_worker_with_a_loop_sends_in_batches(loop: Hub, *, has_loop: bool) -> None:
    # Given a worker that has its connection for events
    events = Dispatcher()
    worker = SimpleNamespace(hub=loop if has_loop else None, event_dispatcher=events)
    # When it starts, then events wait for others, where a loop can send them later
    EventBatches(worker).start(worker)
    assert (events.on_send_buffered is not None) == has_loop
    assert events.buffer_limit == (MOST if has_loop else 24)
    if events.on_send_buffered is not None:
        events.on_send_buffered()
        go_round(loop)
        go_round(loop, later=SECONDS)
    assert events.flushed == int(has_loop)
    # And what still waits when it ends is sent
    EventBatches(worker).shutdown(worker)
    assert events.flushed == int(has_loop) + 1


def test_events_that_wait_while_the_connection_is_lost_are_sent_by_the_next(
    loop: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a worker's connection for events, and some that wait for others
    sent: list[str] = []

    def note(_self: object, events: list[dict[str, str]], *_: object, **_options: object) -> None:
        sent.extend(event["uuid"] for event in events)

    monkeypatch.setattr(EventDispatcher, "_publish", note)
    app = Celery(broker="memory://")
    first, second = (EventDispatcher(app.connection(), app=app, buffer_group=["task"]) for _ in range(2))
    step = EventBatches(SimpleNamespace())
    step.start(SimpleNamespace(hub=loop, event_dispatcher=first))
    for number in "ab":
        first.send("task-succeeded", uuid=number)
    # When the connection is lost, and the worker has another, on which more come
    first.disable()
    second.send("task-succeeded", uuid="c")
    step.start(SimpleNamespace(hub=loop, event_dispatcher=second))
    second.send("task-succeeded", uuid="d")
    go_round(loop)
    go_round(loop, later=SECONDS)
    # Then all are sent, once, in their order
    assert sent == ["a", "b", "c", "d"]


def test_a_worker_that_sends_no_events_has_no_batches(loop: Hub) -> None:
    worker = SimpleNamespace(hub=loop, event_dispatcher=None)
    step = EventBatches(worker)
    step.start(worker)
    step.shutdown(worker)
    assert vars(worker) == {"hub": loop, "event_dispatcher": None}
