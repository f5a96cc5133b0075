"""Which answers are cut: the server did the work, and the client never hears of it."""

import pytest

from benchmarks.chaos.deeds import Cut
from benchmarks.chaos.shears import Shears, Side, moments, side_of

READY = b"Z\x00\x00\x00\x05"
COMMITTED = b"C\x00\x00\x00\x0bCOMMIT\x00" + READY + b"I"
INSERTED = b"C\x00\x00\x00\x0fINSERT 0 1\x00" + READY + b"T"
HANDED_OUT = b"*2\r\n$5\r\nqueue\r\n$2\r\n{}\r\n"


@pytest.mark.parametrize(
    ("side", "asked", "answered", "found"),
    [
        (Side.POSTGRES, b"", COMMITTED, {Cut.COMMIT, Cut.STATEMENT}),
        (Side.POSTGRES, b"", INSERTED, {Cut.STATEMENT}),
        (Side.POSTGRES, b"", b"D\x00\x00\x00\x20half of a row", set()),
        (Side.POSTGRES, b"", b"E\x00\x00\x00\x20no" + READY + b"I", set()),
        (Side.BROKER, b"*3\r\n$5\r\nLPUSH\r\n", b":1\r\n", {Cut.PUBLISH, Cut.COMMAND}),
        (Side.BROKER, b"*3\r\n$5\r\nLPUSH\r\n", b"-LOADING\r\n", {Cut.COMMAND}),
        (Side.BROKER, b"*3\r\n$5\r\nBRPOP\r\n", HANDED_OUT, {Cut.DELIVERY, Cut.COMMAND}),
        (Side.BROKER, b"*3\r\n$5\r\nBRPOP\r\n", b"*-1\r\n", {Cut.COMMAND}),
        (Side.BROKER, b"*1\r\n$4\r\nPING\r\n", b"+PONG\r\n", {Cut.COMMAND}),
    ],
)
def test_an_answer_tells_which_work_was_done(side: Side, asked: bytes, answered: bytes, found: set[Cut]) -> None:
    # When
    told = moments(side, asked=asked, answered=answered)

    # Then
    assert told == found


def test_every_kind_of_cut_belongs_to_the_side_that_offers_it() -> None:
    # When
    sides = {cut: side_of(cut) for cut in Cut}

    # Then
    assert all(cut in side.cuts for cut, side in sides.items())


def test_a_cut_is_made_once_and_only_where_it_was_asked_for() -> None:
    # Given
    shears = Shears()
    shears.want(Cut.COMMIT)

    # When
    taken = [shears.takes(frozenset(found)) for found in ({Cut.STATEMENT}, {Cut.COMMIT, Cut.STATEMENT}, {Cut.COMMIT})]

    # Then
    assert taken == [None, Cut.COMMIT, None]
    assert shears.made == {Cut.COMMIT: 1}
