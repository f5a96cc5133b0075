"""One system at work: its workers, the hands that ask it for runs, and what a window of it costs."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import psycopg

from benchmarks.runs.system import Layout, System
from benchmarks.runs.work import Work
from benchmarks.stand.crew import at_work, last_words
from benchmarks.stand.listening import plain
from benchmarks.stand.servers import Servers
from benchmarks.stand.statistics import quantile, rate
from benchmarks.stand.usage import Counters, memory_mb, processor_seconds, read_counters
from orchestrator.local.process import StackProcess


class MeasureError(click.ClickException):
    """A system could not be measured; the message holds its last words."""


@dataclass
class Hand:
    """A process that asks one system for runs."""

    process: subprocess.Popen[str]
    log: Path

    def order(self, what: str, work: Work, **how: object) -> None:
        """Ask for something; the answer is read later."""
        if self.process.stdin:
            self.process.stdin.write(json.dumps({"do": what, "work": work.as_json(), **how}) + "\n")
            self.process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """Return the next answer. Raises ``MeasureError`` where the hand ended instead."""
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise MeasureError(f"a hand ended with {self.process.wait()}: {self.log.read_text()[-2_000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Let it go: it ends when nobody can ask any more."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@dataclass(frozen=True)
class Look:
    """What everything had used at one moment."""

    workers: float
    asking: float
    database: float
    broker: float
    counted: Counters


@dataclass(frozen=True)
class Session:
    """A system whose workers run."""

    system: System
    hands: tuple[Hand, ...]
    workers: tuple[StackProcess, ...]
    servers: Servers
    connection: psycopg.Connection

    def window(self, work: Work, *, inflight: int, seconds: float) -> dict[str, Any]:
        """Keep runs in flight for a window; return its figures."""
        share = max(1, inflight // len(self.hands))
        for hand in self.hands:
            hand.order("window", work, inflight=share, seconds=seconds)
        begin, end = self._mark(), self._mark()
        memory = memory_mb(self._working())
        answers = [hand.answer() for hand in self.hands]
        took = [one for answer in answers for one in answer["took"]]
        return {
            "inflight": share * len(self.hands),
            **latencies(took),
            "runs": len(took),
            "runs_per_second": round(rate([moment for answer in answers for moment in answer["ended"]]), 2),
            **costs(begin, end, runs=max(1, len(took))),
            "memory_mb": memory,
        }

    def turns(self, work: Work, *, runs: int) -> dict[str, float]:
        """Do runs one at a time; return their latencies."""
        self.hands[0].order("turns", work, runs=runs)
        return latencies(self.hands[0].answer()["took"])

    def _mark(self) -> Look:
        """Wait for the next mark of the hands, and look as soon as the first has told it."""
        self._marked(self.hands[0])
        look = self._look()
        for hand in self.hands[1:]:
            self._marked(hand)
        return look

    def _marked(self, hand: Hand) -> None:
        if "mark" not in hand.answer():
            raise MeasureError(f"{self.system.name}: a hand answered out of turn")

    def _working(self) -> list[int]:
        """Return the processes that do the steps."""
        if self.system.inside:
            return [hand.process.pid for hand in self.hands]
        return [process.pid for process in self.workers if process.pid is not None]

    def _look(self) -> Look:
        asking = [] if self.system.inside else [hand.process.pid for hand in self.hands]
        return Look(
            workers=processor_seconds(self._working()),
            asking=processor_seconds(asking),
            database=processor_seconds([self.servers.pids["database"]]),
            broker=processor_seconds([self.servers.pids["broker"]]),
            counted=read_counters(self.connection),
        )


@contextmanager
def session(system: System, layout: Layout, *, servers: Servers, env: Mapping[str, str]) -> Iterator[Session]:
    """Yield a system with workers of that layout, once it has done a first run."""
    given = {**env, **system.settings}
    roles = system.roles(given, layout)
    with ExitStack() as stack:
        workers = stack.enter_context(at_work(roles, folder=servers.folder))
        connection = stack.enter_context(psycopg.connect(plain(servers.addresses.database_url), autocommit=True))
        hands = tuple(_hand(system, number, given, servers, stack) for number in range(_count(system, layout)))
        try:
            for hand in hands:
                hand.answer()
                hand.order("turns", Work(), runs=3)
                hand.answer()
        except MeasureError as error:
            raise MeasureError(f"{system.name}: {error.message}\n{last_words(workers)}") from error
        yield Session(system, hands, workers, servers, connection)


def latencies(took: Sequence[float]) -> dict[str, float]:
    """Return the median and the 99th percentile of times in seconds, in ms."""
    return {f"p{share}_ms": round(quantile(took, share / 100) * 1_000, 2) for share in (50, 99)}


def costs(begin: Look, end: Look, *, runs: int) -> dict[str, Any]:
    """Return what a run cost between two looks: processor time by who used it, commits and forced writes."""
    counted = end.counted.since(begin.counted)
    return {
        "processor_ms": {
            name: round((getattr(end, name) - getattr(begin, name)) * 1_000 / runs, 3)
            for name in ("workers", "database", "broker", "asking")
        },
        "commits_per_run": round(counted.commits / runs, 2),
        "fsyncs_per_run": round(counted.fsyncs / runs, 2),
    }


def _count(system: System, layout: Layout) -> int:
    return layout.processes if system.inside else 1


def _hand(system: System, number: int, env: Mapping[str, str], servers: Servers, stack: ExitStack) -> Hand:
    log = servers.folder / f"hand-{system.kind}-{number}.log"
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.runs.hand", system.kind],
        env=dict(env),
        cwd=servers.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stack.enter_context(log.open("w")),
        text=True,
    )
    hand = Hand(process, log)
    stack.callback(hand.end)
    return hand
