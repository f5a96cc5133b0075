"""Slots that are free before their tasks end."""

from collections.abc import Iterator

import pytest
from celery.worker import state
from kombu.asynchronous import Hub

from orchestrator.ledger.finishing import MOST, Finishing


@pytest.fixture
def reserved(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Messages that the worker has, by Celery's own account."""
    held: set[str] = set()
    monkeypatch.setattr(state, "reserved_requests", held)
    return held


@pytest.fixture
def loop() -> Iterator[Hub]:
    """Have a worker's loop."""
    hub = Hub()
    yield hub
    hub.close()


def test_a_slot_is_free_once_its_agents_are_done_and_taken_by_the_next_message(reserved: set[str], loop: Hub) -> None:
    # Given a worker of two slots that has two messages
    finishing = Finishing()
    assert finishing.allow(2, hub=loop) == 4
    reserved.update({"a", "b"})
    assert not finishing.has_room()
    # When the agents of one are done, then there is room, and the loop is told
    finishing.agents_done("a")
    assert finishing.has_room()
    assert vars(loop)["_ready"]
    # And no more once another is there
    reserved.add("c")
    assert not finishing.has_room()
    # When the first is over by Celery's account too, then the two that are left fill the two slots
    finishing.end("a")
    reserved.remove("a")
    assert not finishing.has_room()


def test_a_worker_that_takes_no_message_early_counts_nothing(reserved: set[str]) -> None:
    finishing = Finishing()
    finishing.agents_done("a")
    reserved.add("a")
    assert not finishing.has_room()


def test_a_loop_that_lost_its_connection_is_told_as_before(reserved: set[str], loop: Hub) -> None:
    # Given a worker whose loop was set up anew after its connection was lost
    finishing = Finishing()
    finishing.allow(1, hub=loop)
    reserved.add("a")
    loop.reset()
    # When the agents of a task are done, then the loop is told
    finishing.agents_done("a")
    assert vars(loop)["_ready"]


def test_only_so_many_may_be_finishing(reserved: set[str], loop: Hub) -> None:
    # Given a large worker whose database is slow
    finishing = Finishing()
    finishing.allow(100, hub=loop)
    reserved.update(map(str, range(200)))
    # When all that it has are being written down
    for task in reserved:
        finishing.agents_done(task)
    # Then it waits for them
    assert not finishing.has_room()
    while len(reserved) > 100 + MOST - 1:
        finishing.end(reserved.pop())
    assert finishing.has_room()


def test_a_task_without_an_id_and_a_process_without_a_loop_are_let_be(reserved: set[str]) -> None:
    finishing = Finishing()
    finishing.allow(1, hub=None)
    reserved.add("a")
    finishing.begin(None)
    finishing.agents_done(None)
    finishing.end(None)
    assert not finishing.has_room()
    reserved.clear()
    assert finishing.has_room()
    finishing.begin(None)
    assert finishing.has_room()
    reserved.add("a")
    finishing.agents_done("a")
    assert finishing.has_room()


def test_tasks_that_celery_forgot_have_their_slots(reserved: set[str], loop: Hub) -> None:
    # Given two tasks at work when their broker's connection is lost, so that Celery counts nothing any more
    finishing = Finishing()
    finishing.allow(2, hub=loop)
    for task in ("a", "b"):
        reserved.add(task)
        finishing.begin(task)
    reserved.clear()
    # Then there is no room until the agents of one are done
    assert not finishing.has_room()
    finishing.agents_done("a")
    assert finishing.has_room()
    finishing.end("a")
    finishing.end("b")
    assert finishing.has_room()
