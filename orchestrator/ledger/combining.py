"""Writes that meet: a process has one under way for each run, and the next takes along all that came meanwhile.

Completions of one run wait for each other at the run's and the gate's rows, each for the time of a commit. Steps that
wait side by side begin and end side by side: by hundreds they would hold all connections only to stand in line. This is
flat combining (Hendler, Incze, Shavit and Tzafrir 2010) with a lock that is the database's. Who meets nobody does not
wait.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

_log = structlog.get_logger(__name__)

MOST = 100
"""Lots in one transaction; more would hold a run's row for too long."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Ways(Generic[_Item, _Result]):
    """How items of one run are written, and what came of some of them."""

    write: Callable[[Sequence[_Item]], _Result]
    """In one transaction; may be called again where it failed."""
    share: Callable[[_Result, frozenset[str]], _Result]


@dataclass(eq=False)
class _Waiting(Generic[_Item, _Result]):
    """Whoever has a lot: woken by its result, or without one to see to it itself."""

    lot: Mapping[str, _Item]
    turn: threading.Event = field(default_factory=threading.Event)
    batch: "Sequence[_Waiting[_Item, _Result]]" = ()
    """Whose lots it is to write together with its own, where it leads."""
    result: _Result | None = None


class Combined(Generic[_Item, _Result]):
    """Combines one kind of write of one process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[UUID, list[_Waiting[_Item, _Result]]] = {}

    def write(self, lot: Mapping[str, _Item], *, run_id: UUID, ways: Ways[_Item, _Result]) -> _Result:
        """Return what became of a lot of one run, items by their steps, once it is committed; raises as writing does.

        Where a transaction with others failed, each of them is tried once more, alone. The main thread, in which
        processes of one slot run their steps, meets nobody, and a time limit may interrupt it anywhere: it never waits.
        """
        if threading.current_thread() is threading.main_thread():
            return ways.write(list(lot.values()))
        mine = _Waiting[_Item, _Result](lot)
        self._line_up(mine, run_id)
        mine.turn.wait()
        if mine.batch:
            with self._leading(mine.batch, run_id):
                _lead(mine.batch, ways)
        return ways.write(list(lot.values())) if mine.result is None else mine.result

    def _line_up(self, mine: _Waiting[_Item, _Result], run_id: UUID) -> None:
        """Have somebody begin at once where nobody is under way for the run, else wait for the next turn."""
        with self._lock:
            waiting = self._runs.get(run_id)
            if waiting is not None:
                waiting.append(mine)
                return
            self._runs[run_id] = []
        mine.batch = (mine,)
        mine.turn.set()

    @contextmanager
    def _leading(self, batch: Sequence[_Waiting[_Item, _Result]], run_id: UUID) -> Iterator[None]:
        """Wake whoever was led, and give the lead to the first of those who came meanwhile, however it ends."""
        try:
            yield
        finally:
            self._pass_on(run_id)
            for one in batch:
                one.turn.set()

    def _pass_on(self, run_id: UUID) -> None:
        with self._lock:
            waiting = self._runs.pop(run_id)
            if not waiting:
                return
            self._runs[run_id] = waiting[MOST:]
        waiting[0].batch = waiting[:MOST]
        waiting[0].turn.set()


def _lead(batch: Sequence[_Waiting[_Item, _Result]], ways: Ways[_Item, _Result]) -> None:
    """Write lots together. What the database does not take, and a step that is there twice, is for its owner alone."""
    whole: dict[str, _Item] = {}
    led = []
    for one in batch:
        if whole.keys().isdisjoint(one.lot):
            whole.update(one.lot)
            led.append(one)
    try:
        result = ways.write(list(whole.values()))
    except SQLAlchemyError as error:
        if len(batch) == 1:
            raise
        _log.info("writes failed together; each is tried alone", lots=len(led), error=type(error).__name__)
        return
    for one in led:
        one.result = ways.share(result, frozenset(one.lot))
