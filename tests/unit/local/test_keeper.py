"""Keeping one thing alive, with a clock that the test turns."""

from dataclasses import dataclass, field

import pytest

from orchestrator.errors import ServiceError
from orchestrator.local.backoff import RestartPolicy
from orchestrator.local.keeper import Keeper, State


@dataclass
class Thing:
    """Something to keep: it dies, and refuses to start, when the test says so."""

    name: str = "thing"
    pid: int | None = None
    code: int | None = None
    refuses: str = ""
    starts: list[int] = field(default_factory=list)

    def start(self) -> None:
        if self.refuses:
            raise ServiceError(self.refuses)
        self.pid = len(self.starts) + 1
        self.starts.append(self.pid)
        self.code = None

    def exit_code(self) -> int | None:
        return self.code

    def stop(self) -> None:
        self.code = 0


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def keeper_of(thing: Thing, clock: Clock) -> Keeper:
    """Return a keeper that waits 1 s, then 2 s, 4 s at most, and calls a minute calm."""
    return Keeper(thing, policy=RestartPolicy(1, 4, 60), clock=clock)


def test_what_runs_is_left_alone() -> None:
    # Given a running thing
    thing = Thing()
    keeper = keeper_of(thing, Clock())
    assert keeper.row().state is State.STOPPED
    keeper.start()
    # When it is looked at, twice
    keeper.look()
    keeper.look()
    # Then it was started once
    assert thing.starts == [1]
    assert (keeper.row().state, keeper.row().pid, keeper.row().restarts) == (State.RUNNING, 1, 0)


def test_what_died_is_started_again_at_once_and_counted() -> None:
    # Given a thing that died
    thing = Thing()
    keeper = keeper_of(thing, Clock())
    keeper.start()
    thing.code = -9
    # When it is looked at
    keeper.look()
    # Then it runs again, and its row says what happened
    assert (keeper.row().state, keeper.row().pid, keeper.row().restarts) == (State.RUNNING, 2, 1)
    assert keeper.row().trouble == "ended with code -9"


def test_what_keeps_dying_waits_longer_each_time() -> None:
    # Given a thing that died twice in a row
    thing, clock = Thing(), Clock()
    keeper = keeper_of(thing, clock)
    keeper.start()
    for _ in range(2):
        thing.code = 1
        keeper.look()
    # When less than the pause has passed
    assert keeper.row().state is State.WAITING
    assert keeper.row().pid is None
    clock.now += 0.9
    keeper.look()
    # Then it is still down
    assert thing.starts == [1, 2]
    # And once it has passed, it is up
    clock.now += 0.1
    keeper.look()
    assert thing.starts == [1, 2, 3]


def test_what_refuses_to_start_again_is_tried_later_with_its_reason() -> None:
    # Given a thing that died and does not start any more
    thing, clock = Thing(), Clock()
    keeper = keeper_of(thing, clock)
    keeper.start()
    thing.code, thing.refuses = 1, "the disk is full"
    # When it is looked at
    keeper.look()
    # Then it waits, and says why
    assert (keeper.row().state, keeper.row().trouble) == (State.WAITING, "the disk is full")
    # And it starts once it can
    thing.refuses = ""
    clock.now += 4
    keeper.look()
    assert (keeper.row().state, keeper.row().restarts) == (State.RUNNING, 1)


def test_a_long_calm_run_is_forgiven() -> None:
    # Given a thing that died often, and then ran for a minute
    thing, clock = Thing(), Clock()
    keeper = keeper_of(thing, clock)
    keeper.start()
    for _ in range(5):
        thing.code = 1
        keeper.look()
        clock.now += 4
        keeper.look()
    clock.now += 60
    # When it dies
    thing.code = 1
    keeper.look()
    # Then it is up again at once
    assert keeper.row().state is State.RUNNING


def test_what_cannot_start_at_all_is_not_tried_again() -> None:
    # Given a thing that does not start
    keeper = keeper_of(Thing(refuses="no"), Clock())
    # When it is started
    # Then the error is told
    with pytest.raises(ServiceError, match="no"):
        keeper.start()
    # And nobody tries
    keeper.look()
    assert keeper.row().state is State.STOPPED


def test_what_was_stopped_stays_so() -> None:
    # Given a thing that was stopped
    thing = Thing()
    keeper = keeper_of(thing, Clock())
    keeper.start()
    keeper.stop()
    # When it is looked at
    keeper.look()
    # Then it is still down
    assert thing.starts == [1]
    assert (keeper.row().state, keeper.row().pid) == (State.STOPPED, None)
