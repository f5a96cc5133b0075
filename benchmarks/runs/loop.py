"""The closed loop: so many runs in flight at any time, counted in a window after a warm-up."""

import asyncio
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from benchmarks.runs.door import Doer, Door, Mark
from benchmarks.runs.work import Work

WARM_SECONDS = 1.0
LOST_SECONDS = 60.0
"""Without any end for so long, something is broken."""
ASKERS = 2
"""Threads that begin runs: one waits for a commit while another builds messages."""


class StuckError(Exception):
    """Runs were begun and none ended."""


@dataclass(frozen=True)
class Ends:
    """When runs ended, and how long each took, in seconds."""

    begin: float
    end: float
    took: tuple[tuple[float, float], ...]
    """Moment of the end, and the time from the run's begin."""

    def as_json(self) -> dict[str, Any]:
        """Return how long each run took that ended within the window, and when in it each ended, in seconds."""
        inside = [(moment, took) for moment, took in self.took if self.begin <= moment <= self.end]
        return {
            "took": [round(took, 6) for _, took in inside],
            "ended": [round(moment - self.begin, 6) for moment, _ in inside],
        }


@dataclass
class Asking:
    """Keeps runs of one kind in flight at a door."""

    door: Door
    work: Work
    begun: dict[str, float] = field(default_factory=dict)
    took: list[tuple[float, float]] = field(default_factory=list)
    beginnings: list[Future[None]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, pool: ThreadPoolExecutor) -> None:
        """Begin one run in another thread."""
        run = self.door.new_id()
        with self._lock:
            self.begun[run] = time.perf_counter()
        self.beginnings.append(pool.submit(self.door.begin, self.work, run))

    def hear(self, seconds: float) -> int:
        """Note what has ended, and return how many of ours did."""
        ended = self.door.ended(seconds)
        now = time.perf_counter()
        with self._lock:
            mine = [self.begun.pop(run) for run in ended if run in self.begun]
        self.took.extend((now, now - begun) for begun in mine)
        self._check()
        return len(mine)

    def _check(self) -> None:
        """Raise what a beginning raised."""
        done = [one for one in self.beginnings if one.done()]
        for one in done:
            self.beginnings.remove(one)
            one.result()


def ask(door: Door, work: Work, *, inflight: int, seconds: float, mark: Mark) -> Ends:
    """Keep so many runs in flight for a window of so many seconds, and wait for the last of them."""
    asking = Asking(door, work)
    begin = time.perf_counter() + WARM_SECONDS
    end = begin + seconds
    marks = [(end, "end"), (begin, "begin")]
    with ThreadPoolExecutor(ASKERS) as pool:
        for _ in range(inflight):
            asking.begin(pool)
        heard = time.perf_counter()
        while asking.begun:
            ended = asking.hear(0.05)
            now = time.perf_counter()
            heard = _still_alive(now, heard=heard, ended=ended)
            while marks and now >= marks[-1][0]:
                mark(marks.pop()[1])
            for _ in range(ended if now < end else 0):
                asking.begin(pool)
    for _, name in reversed(marks):
        mark(name)
    return Ends(begin, end, tuple(asking.took))


def ask_in_turn(door: Door, work: Work, *, runs: int) -> list[float]:
    """Do runs one at a time and return how long each took, in seconds."""
    asking = Asking(door, work)
    with ThreadPoolExecutor(1) as pool:
        for _ in range(runs):
            asking.begin(pool)
            heard = time.perf_counter()
            while not (ended := asking.hear(1.0)):
                heard = _still_alive(time.perf_counter(), heard=heard, ended=ended)
    return [took for _, took in asking.took]


async def do(doer: Doer, work: Work, *, inflight: int, seconds: float, mark: Mark) -> Ends:
    """Do the same with a system that does its runs in this very process."""
    took: list[tuple[float, float]] = []
    begin = time.perf_counter() + WARM_SECONDS
    end = begin + seconds

    async def keep_doing() -> None:
        while (begun := time.perf_counter()) < end:
            await doer.do(work)
            now = time.perf_counter()
            took.append((now, now - begun))

    async def tell() -> None:
        for moment, name in ((begin, "begin"), (end, "end")):
            await asyncio.sleep(moment - time.perf_counter())
            mark(name)

    await asyncio.gather(tell(), *(keep_doing() for _ in range(inflight)))
    return Ends(begin, end, tuple(took))


async def do_in_turn(doer: Doer, work: Work, *, runs: int) -> list[float]:
    """Do runs one at a time and return how long each took, in seconds."""
    took = []
    for _ in range(runs):
        begun = time.perf_counter()
        await doer.do(work)
        took.append(time.perf_counter() - begun)
    return took


def _still_alive(now: float, *, heard: float, ended: int) -> float:
    """Return when something was last heard. Raises ``StuckError`` where that is too long ago."""
    if ended:
        return now
    if now - heard > LOST_SECONDS:
        raise StuckError(f"no run ended within {LOST_SECONDS:g} s")
    return heard
