"""A lot gives back what has not begun, once it takes longer than expected."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import cast

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
