"""A lot gives back what has not begun, once it takes longer than expected."""

import threading
from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

from sqlalchemy.exc import OperationalError

from orchestrator.ledger.claims import Claim
from orchestrator.ledger.lots import Lot, LotWatch


def claims(*names: str) -> list[Claim]:
    return [cast("Claim", SimpleNamespace(name=name)) for name in names]


def test_a_lot_in_time_hands_out_its_steps_in_order() -> None:
    # Given a lot with all the time in the world
    a, b = claims("a", "b")
    gone: list[Claim] = []
    lot = Lot([a, b], patience_seconds=3_600, give_back=gone.extend)
    # When it is looked at between its steps, then each gets its turn and nothing goes back
    assert lot.relieve()
    assert lot.next() is a
    assert lot.relieve()
    assert lot.next() is b
    assert not lot.relieve()
    assert lot.next() is None
    assert gone == []


def test_a_lot_that_takes_too_long_gives_back_what_has_not_begun_once() -> None:
    # Given a lot whose time is up while its first step works
    a, b, c = claims("a", "b", "c")
    gone: list[Sequence[Claim]] = []
    lot = Lot([a, b, c], patience_seconds=0, give_back=gone.append)
    assert lot.next() is a
    # When it is looked at twice
    assert not lot.relieve()
    assert not lot.relieve()
    # Then the others went back together, once
    assert gone == [(b, c)]
    assert lot.next() is None


def test_the_watch_outlives_a_database_that_is_away() -> None:
    # Given a lot whose steps cannot be given back, and then one whose steps can
    a, b, c, d = claims("a", "b", "c", "d")
    tried, gone = threading.Event(), threading.Event()

    def away(_: Sequence[Claim]) -> None:
        tried.set()
        raise OperationalError("", None, Exception("away"))

    watch = LotWatch(every_seconds=0.001)
    for first, give_back, seen in ((a, away, tried), (c, lambda _: gone.set(), gone)):
        lot = Lot([first, b if first is a else d], patience_seconds=0, give_back=give_back)
        lot.next()
        # When the watch comes to them, then it goes on
        watch.keep(lot)
        assert seen.wait(30)


def test_the_watch_lets_go_of_lots_in_which_nobody_waits() -> None:
    # Given a watch over a lot whose time is up
    a, b = claims("a", "b")
    gone: list[Claim] = []
    lot = Lot([a, b], patience_seconds=0, give_back=gone.extend)
    lot.next()
    watch = LotWatch(every_seconds=3_600)
    watch.keep(lot)
    # When it looks twice, then the waiting step went back once
    watch.look()
    watch.look()
    assert gone == [b]
    # And a lot that is let go is looked at no more
    other = Lot(claims("c", "d"), patience_seconds=0, give_back=gone.extend)
    watch.keep(other)
    watch.let_go(other)
    watch.look()
    assert gone == [b]


class Counted(Lot):
    """A lot that says when it was looked at, and what it gave back."""

    def __init__(self, *names: str, patience_seconds: float) -> None:
        self.gone: list[Claim] = []
        self.looks = 0
        self.back = threading.Event()
        super().__init__(claims(*names), patience_seconds=patience_seconds, give_back=self._note)

    def relieve(self) -> bool:
        """Count the look."""
        self.looks += 1
        return super().relieve()

    def _note(self, rest: Sequence[Claim]) -> None:
        self.gone.extend(rest)
        self.back.set()


def test_a_lot_in_which_somebody_waits_is_looked_at_again_and_any_other_is_not() -> None:
    # Given a watch over two lots, of which one has all the time in the world
    watch = LotWatch(every_seconds=3_600)
    patient, late = Counted("a", "b", patience_seconds=3_600), Counted("c", "d", patience_seconds=0)
    watch.keep(patient)
    watch.keep(late)
    # When it looks three times
    for _ in range(3):
        watch.look()
    # Then the late one gave everything back at the first look and was let go, the other is still looked after
    assert (patient.looks, len(patient.gone)) == (3, 0)
    assert (late.looks, len(late.gone)) == (1, 2)


def test_the_watch_looks_by_itself_also_after_it_had_nothing_to_do() -> None:
    # Given a watch with no patience, and the threads that there were before
    before = set(threading.enumerate())
    watch = LotWatch(every_seconds=0.01)
    # When a lot is late, and after that another
    for names in ("ab", "cd"):
        lot = Counted(*names, patience_seconds=0)
        watch.keep(lot)
        # Then what waits goes back without anybody looking
        assert lot.back.wait(20)
        assert len(lot.gone) == 2
    # And one thread did it, which holds no process up
    (thread,) = set(threading.enumerate()) - before
    assert (thread.name, thread.daemon) == ("lookout-lots", True)


class Patient(Counted):
    """A lot in which somebody waits as long as it is looked at, and that says when it was looked at three times."""

    def relieve(self) -> bool:
        """Count the look."""
        self.looks += 1
        if self.looks == 3:
            self.back.set()
        return True


def test_the_watch_looks_again_as_long_as_somebody_waits() -> None:
    # Given a watch without patience, and a lot in which somebody waits
    watch = LotWatch(every_seconds=0.01)
    lot = Patient("a", "b", patience_seconds=3_600)
    # When it is looked after, then that is not over with the first look
    watch.keep(lot)
    assert lot.back.wait(20)
    watch.let_go(lot)
