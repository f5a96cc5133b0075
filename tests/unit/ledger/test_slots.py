"""Which slots are lost, and what is said of them."""

import threading
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine
from structlog.testing import capture_logs

from orchestrator.ledger.heart import Heart, Pulse, StopReason
from orchestrator.ledger.slots import SlotReport, SlotWatch, lost

RUN = UUID(int=7)

pulses = st.builds(
    Pulse,
    run_id=st.just(RUN),
    step=st.sampled_from("abcdef"),
    attempt=st.integers(1, 3),
    thread=st.integers(1, 4),
    told_at=st.none() | st.floats(0, 100),
)


class Reports(SlotReport):
    """Reports that are only kept."""

    told: list[str]

    def tell(self, pulse: Pulse) -> None:
        """Keep it."""
        self.told.append(pulse.step)


@pytest.fixture
def heart() -> Heart:
    """Return a heart that never beats by itself."""
    return Heart(create_engine("postgresql+psycopg:///nowhere"), lease_seconds=15, every_seconds=3_600)


@given(held=st.lists(pulses, max_size=8), now=st.floats(0, 200), grace=st.floats(0.1, 50))
def test_a_slot_is_lost_when_its_step_was_told_to_stop_longer_ago_than_the_grace(
    held: list[Pulse], now: float, grace: float
) -> None:
    # Given any steps on any threads, when slots are counted
    found = lost(held, now=now, grace_seconds=grace)
    # Then a thread is lost if and only if one of its steps ignored its stop, and it is named by the first of them
    told = {one.thread: one.told_at for one in held if one.told_at is not None and now - one.told_at > grace}
    assert found.keys() == told.keys()
    for thread, pulse in found.items():
        times = [one.told_at for one in held if one.thread == thread and one.told_at is not None]
        assert pulse.told_at == min(times)


def test_a_loss_is_reported_once_and_heard_of_at_every_look(heart: Heart) -> None:
    # Given two steps of one lot and a watch with a clock of its own
    report = Reports(create_engine("postgresql+psycopg:///nowhere"), worker="w")
    object.__setattr__(report, "told", [])
    heard: list[int] = []
    now = [0.0]
    watch = SlotWatch(heart, grace_seconds=30, report=report, on_loss=heard.append, clock=lambda: now[0])
    first, second = (heart.hold(RUN, step=name, attempt=1) for name in "ab")
    # When nobody was told to stop
    assert watch.look() == 0
    # Then nothing is heard
    assert heard == []
    # When both are told to stop, and the grace has not passed, then it has
    first.end(StopReason.OUT_OF_TIME)
    second.end(StopReason.PAUSED)
    now[0] = (first.told_at or 0) + 30
    assert watch.look() == 0
    now[0] += 1
    # Then one thread is one slot, told of once
    assert [watch.look(), watch.look()] == [1, 1]
    assert report.told == ["a"]
    # And one that comes back after all was lost before: the worker is replaced all the same
    heart.release(first)
    heart.release(second)
    assert watch.look() == 0
    assert heard == [1, 1, 0]


def test_a_database_that_is_away_costs_the_note_alone() -> None:
    # Given a report whose database is nowhere
    report = SlotReport(create_engine("postgresql+psycopg:///nowhere?host=/nonexistent"), worker="w")
    pulse = Pulse(run_id=RUN, step="a", attempt=1)
    pulse.end(StopReason.OUT_OF_TIME)
    # When it tells of a slot
    with capture_logs() as lines:
        report.tell(pulse)
    # Then the log has it, and that the database has not
    assert [(line["log_level"], line["event"]) for line in lines] == [
        ("error", "slot lost"),
        ("warning", "lost slot not noted"),
    ]


def test_the_watch_looks_by_itself(heart: Heart) -> None:
    # Given a step that ignored its stop, and a watch with no patience
    report = Reports(create_engine("postgresql+psycopg:///nowhere"), worker="w")
    object.__setattr__(report, "told", [])
    heard = threading.Event()
    heart.hold(RUN, step="a", attempt=1).end(StopReason.RUN_OVER)
    watch = SlotWatch(heart, grace_seconds=0, report=report, on_loss=lambda _: heard.set())
    # When it is started, then the loss is heard of without anybody looking
    before = set(threading.enumerate())
    watch.start(every_seconds=0.01)
    assert heard.wait(20)
    assert report.told == ["a"]
    (thread,) = set(threading.enumerate()) - before
    assert (thread.name, thread.daemon) == ("lookout-slots", True)
