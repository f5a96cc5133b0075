"""What a heartbeat tells a step, and what a shutdown does; leases themselves are tested against Postgres."""

import threading
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlalchemy import create_engine
from support.stages import wait_for

from orchestrator.ledger.heart import Heart, Pulse, StopReason, _pass_on

RUN = UUID(int=7)


@pytest.fixture
def heart() -> Heart:
    """Return a heart that never beats by itself: its database is nowhere."""
    return Heart(create_engine("postgresql+psycopg:///nowhere"), lease_seconds=15, every_seconds=3_600)


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ("held live", None),
        ("held live late", StopReason.OUT_OF_TIME),
        ("held live paused", StopReason.PAUSED),
        ("held live late paused", StopReason.OUT_OF_TIME),
        ("live", StopReason.TAKEN_OVER),
        ("live late", StopReason.TAKEN_OVER),
        ("live paused", StopReason.TAKEN_OVER),
        ("held", StopReason.RUN_OVER),
        ("held paused", StopReason.RUN_OVER),
        ("late", StopReason.RUN_OVER),
    ],
)
def test_a_step_hears_why_it_must_stop(says: str, reason: StopReason | None) -> None:
    # Given a running step, when the ledger's word about it comes in
    pulse = Pulse(run_id=RUN, step="a", attempt=1)
    _pass_on(pulse, SimpleNamespace(**{word: word in says.split() for word in ("held", "live", "late", "paused")}))
    # Then its stop event is set for that reason, or not at all
    assert pulse.reason is reason
    assert pulse.stop.is_set() is (reason is not None)
    assert (pulse.told_at is not None) is (reason is not None)


def test_a_step_of_a_run_that_is_gone_stops() -> None:
    pulse = Pulse(run_id=RUN, step="a", attempt=1)
    _pass_on(pulse, None)
    assert pulse.reason is StopReason.RUN_OVER


def test_the_first_reason_stays() -> None:
    # Given a step that was told to stop, when another reason comes, then the first one counts
    pulse = Pulse(run_id=RUN, step="a", attempt=1)
    pulse.end(StopReason.SHUTDOWN)
    pulse.end(StopReason.TAKEN_OVER)
    assert pulse.reason is StopReason.SHUTDOWN


def test_a_shutdown_reaches_what_runs_and_what_comes_after_it(heart: Heart) -> None:
    # Given two attempts at one step in this process, one of them let go
    first, second = (heart.hold(RUN, step="a", attempt=number) for number in (1, 2))
    heart.release(first)
    heart.release(first)
    assert heart.held() == [second]
    # When the worker shuts down
    heart.stop_all()
    late = heart.hold(RUN, step="b", attempt=1)
    # Then those that are held stop, also one that comes late, and the one that was let go does not
    assert [pulse.reason for pulse in (first, second, late)] == [None, StopReason.SHUTDOWN, StopReason.SHUTDOWN]


def test_one_thread_beats_for_all_and_not_before_the_first_step(heart: Heart) -> None:
    # Given a heart that nobody used
    before = set(threading.enumerate())
    heart.beat()
    assert set(threading.enumerate()) == before
    # When steps are held
    for name in "abc":
        heart.hold(RUN, step=name, attempt=1)
    # Then one thread serves them all, and does not keep the process alive
    assert [thread.daemon for thread in set(threading.enumerate()) - before] == [True]


def test_a_database_that_is_away_is_tried_again_at_the_next_beat() -> None:
    # Given a heart whose first beat meets no database
    beats: list[int] = []
    twice = threading.Event()

    class Counting(Heart):
        def beat(self) -> None:
            beats.append(1)
            if len(beats) > 1:
                twice.set()
            super().beat()

    heart = Counting(
        create_engine("postgresql+psycopg:///nowhere?host=/nonexistent"), lease_seconds=1, every_seconds=0.05
    )
    # When a step is held
    pulse = heart.hold(RUN, step="a", attempt=1)
    # Then it beats on, and the step is told nothing
    assert twice.wait(20)
    assert pulse.reason is None
    heart.release(pulse)


def test_a_signal_in_the_middle_of_holding_a_lock_does_not_hang(heart: Heart) -> None:
    # Given a thread that is inside the heart when its signal handler runs
    with heart._lock:  # noqa: SLF001  in the middle of holding it
        # When the handler tells all steps to stop, then it gets through
        heart.stop_all()
    assert heart.hold(RUN, step="a", attempt=1).reason is StopReason.SHUTDOWN


def test_a_heart_tells_for_how_long_it_has_not_come_round(heart: Heart) -> None:
    # Given a heart that nobody used: it keeps nothing, so it is not late
    assert heart.quiet_seconds() == 0
    # When a step is held, and it beats only once an hour
    heart.hold(RUN, step="a", attempt=1)
    first = heart.quiet_seconds()
    # Then it is quiet for longer and longer
    assert 0 <= first < heart.quiet_seconds() < 60


def test_a_heart_that_comes_round_is_not_quiet_for_long_whatever_came_of_it() -> None:
    # Given a heart whose every beat meets no database
    nowhere = create_engine("postgresql+psycopg:///nowhere?host=/nonexistent")
    heart = Heart(nowhere, lease_seconds=1, every_seconds=0.01)
    pulse = heart.hold(RUN, step="a", attempt=1)
    # When it has come round, then it is quiet for less long than before
    seen = heart.quiet_seconds()
    wait_for(lambda: heart.quiet_seconds() < seen, seconds=20)
    heart.release(pulse)


def test_a_heart_that_hangs_is_quiet_for_longer_and_longer() -> None:
    # Given a heart whose beat waits for a database that says nothing
    began, answered = threading.Event(), threading.Event()

    class Waiting(Heart):
        def beat(self) -> None:
            began.set()
            answered.wait()

    heart = Waiting(create_engine("postgresql+psycopg:///nowhere"), lease_seconds=1, every_seconds=0.01)
    heart.hold(RUN, step="a", attempt=1)
    assert began.wait(20)
    # When it goes on waiting, then nobody says that it came round
    seen = heart.quiet_seconds()
    wait_for(lambda: heart.quiet_seconds() > seen + 0.1, seconds=20)
    # When it is answered, then it comes round again
    seen = heart.quiet_seconds()
    answered.set()
    wait_for(lambda: heart.quiet_seconds() < seen, seconds=20)
