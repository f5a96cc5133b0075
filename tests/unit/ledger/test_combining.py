"""Writes of one run that meet in a process go through together, and each has its own result of it."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import DataError

from orchestrator.ledger import combining
from orchestrator.ledger.combining import Combined, Ways

RUN = uuid4()
PATIENCE = 20.0


class Book:
    """Where items are written: it keeps what came together, and may be held at its first write."""

    def __init__(self) -> None:
        self.writes: list[list[str]] = []
        self.go_on = threading.Event()
        self.busy = threading.Event()
        self.refused: str | None = None

    def write(self, items: Sequence[str]) -> frozenset[str]:
        self.writes.append(list(items))
        if not self.busy.is_set():
            self.busy.set()
            assert self.go_on.wait(PATIENCE)
        if self.refused in items:
            raise DataError("made up", {}, ValueError(self.refused))
        return frozenset(items)


def share(written: frozenset[str], mine: frozenset[str]) -> frozenset[str]:
    return written & mine


class Party:
    """Threads that write into one book."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.book = Book()
        self.combined = Combined[str, frozenset[str]]()
        self._pool = pool

    def write(self, *items: str, run: UUID = RUN) -> "Future[frozenset[str]]":
        ways = Ways(write=self.book.write, share=share)
        lot = {item: item for item in items}
        return self._pool.submit(lambda: self.combined.write(lot, run_id=run, ways=ways))

    def first(self, *items: str) -> "Future[frozenset[str]]":
        """Begin a write, and return once it is under way."""
        begun = self.write(*items)
        assert self.book.busy.wait(PATIENCE)
        return begun

    def line_up(self, *lots: str) -> "list[Future[frozenset[str]]]":
        """Have lots, items as letters of one word, come one after the other while the first write is under way."""
        found = []
        for place, lot in enumerate(lots, 1):
            found.append(self.write(*lot))
            until(lambda place=place: len(self.combined._runs[RUN]) == place)  # type: ignore[misc] # noqa: SLF001
        return found

    def end(self) -> None:
        self.book.go_on.set()


def until(condition: Callable[[], bool]) -> None:
    idle = threading.Event()
    for _ in range(2_000):
        if condition():
            return
        idle.wait(0.01)
    raise AssertionError("it never came to that")


@pytest.fixture
def party() -> Iterator[Party]:
    with ThreadPoolExecutor(20) as pool:
        party = Party(pool)
        yield party
        party.end()


def test_who_meets_nobody_is_written_at_once_and_alone(party: Party) -> None:
    # Given a book that holds up nobody
    party.end()
    # When two come one after the other
    results = [party.write("a").result(PATIENCE), party.write("b", "c").result(PATIENCE)]
    # Then each was written by itself, and nothing is left of the run
    assert results == [{"a"}, {"b", "c"}]
    assert party.book.writes == [["a"], ["b", "c"]]
    assert party.combined._runs == {}  # noqa: SLF001


def test_those_who_come_meanwhile_are_written_together_and_each_has_its_own(party: Party) -> None:
    # Given a write that is under way
    first = party.first("a")
    # When three come before it ends
    others = party.line_up("b", "cd", "e")
    party.end()
    # Then there is one write more, and each is told what became of its own items
    assert first.result(PATIENCE) == {"a"}
    assert [other.result(PATIENCE) for other in others] == [{"b"}, {"c", "d"}, {"e"}]
    assert party.book.writes == [["a"], ["b", "c", "d", "e"]]


def test_another_run_waits_for_nobody(party: Party) -> None:
    # Given a write of one run that is under way
    first = party.first("a")
    # When another run comes, then it is done while the first is not
    assert party.write("b", run=uuid4()).result(PATIENCE) == {"b"}
    assert not first.done()


def test_no_write_takes_more_than_its_share(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    # Given that two lots at most go together
    monkeypatch.setattr(combining, "MOST", 2)
    first = party.first("a")
    # When three wait
    others = party.line_up("b", "c", "d")
    party.end()
    # Then the third has a write of its own
    assert [one.result(PATIENCE) for one in (first, *others)] == [{"a"}, {"b"}, {"c"}, {"d"}]
    assert party.book.writes == [["a"], ["b", "c"], ["d"]]


def test_one_that_the_database_refuses_is_told_to_its_owner_alone(party: Party) -> None:
    # Given one of three, the middle one, that the database does not take
    first = party.first("a")
    others = party.line_up("b", "c", "d")
    party.book.refused = "c"
    # When they are written
    party.end()
    # Then the others are done all the same, each by itself
    assert [first.result(PATIENCE), others[0].result(PATIENCE), others[2].result(PATIENCE)] == [{"a"}, {"b"}, {"d"}]
    with pytest.raises(DataError):
        others[1].result(PATIENCE)
    assert party.book.writes[:2] == [["a"], ["b", "c", "d"]]
    assert sorted(party.book.writes[2:]) == [["b"], ["c"], ["d"]]
    assert party.combined._runs == {}  # noqa: SLF001


def test_a_first_one_that_fails_lets_the_next_go_on(party: Party) -> None:
    # Given a write that will fail, and one behind it
    party.book.refused = "a"
    first = party.first("a")
    (other,) = party.line_up("b")
    # When it fails
    party.end()
    with pytest.raises(DataError):
        first.result(PATIENCE)
    # Then the other is written
    assert other.result(PATIENCE) == {"b"}


def test_a_step_that_comes_twice_is_not_given_to_both(party: Party) -> None:
    # Given the same step in two messages at once
    party.first("a")
    others = party.line_up("b", "b")
    # When they are written, then the second asks for itself
    party.end()
    assert [other.result(PATIENCE) for other in others] == [{"b"}, {"b"}]
    assert party.book.writes == [["a"], ["b"], ["b"]]


def test_the_main_thread_never_waits_for_others(party: Party) -> None:
    # Given a write of the same run that is under way
    first = party.first("a")
    # When the main thread writes, then it is done at once
    ways = Ways(write=party.book.write, share=share)
    assert party.combined.write({"b": "b"}, run_id=RUN, ways=ways) == {"b"}
    assert not first.done()
