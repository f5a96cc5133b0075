"""``restarts``: every worker is told to end and is replaced, one after the other, again and again, under load."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.chaos.actors import specs
from benchmarks.chaos.assignment import Assignment
from benchmarks.chaos.casting import Size, ours
from benchmarks.chaos.company import Company, Member
from benchmarks.chaos.deeds import Role
from benchmarks.chaos.harness import journal_of
from benchmarks.chaos.journal import ACCEPTED
from benchmarks.chaos.load import DEADLINE_SECONDS, keys
from benchmarks.chaos.play import Say
from benchmarks.chaos.promptness import quantile
from benchmarks.chaos.reconciling import Verdict, accepted_by, reconcile
from benchmarks.chaos.stage import Stage, set_up
from benchmarks.chaos.watch import Books
from benchmarks.facts import machine, versions
from orchestrator.local.signals import SignalFlag, stop_on

SEED = 1
_MOST_RUNS = 1_000_000
"""More than there will be time for: the load ends when the restarts do."""
_READY = "ready."
"""What Celery's banner says last."""
_LOST = frozenset({"lost", "timed_out"})
"""How the ledger calls attempts whose worker was gone before they ended; the second past their time."""
_LOOK_SECONDS = 0.03
_PATIENCE_SECONDS = 60.0
_WINDOW = 32


@dataclass(frozen=True)
class Restart:
    """One worker's restart: seconds until it had left, and until its successor was ready."""

    name: str
    code: int | None
    leaving: float
    coming: float


@dataclass(frozen=True)
class Rolled:
    """What a load under restarts left behind."""

    books: Books
    journal: list[dict[str, Any]]
    restarts: list[Restart]

    def verdict(self) -> Verdict:
        """Return what the books say of all that was submitted."""
        accepted = [line for line in self.journal if line["what"] == ACCEPTED]
        load = keys(SEED, max((line["number"] for line in accepted), default=-1) + 1)
        return reconcile(self.books, keys=load, accepted=accepted_by(accepted, keys=load))


def measure(*, times: int, logs: Path | None = None, say: Say) -> dict[str, Any]:
    """Return the whole benchmark as a JSON value; ``passed`` where nothing was lost and nothing was done twice."""
    found = machine()
    rolled = roll(times, logs=logs, say=say)
    return {
        **figures(rolled.verdict(), books=rolled.books, restarts=rolled.restarts, times=times),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": found,
        "versions": versions(),
    }


def roll(times: int, *, logs: Path | None = None, say: Say) -> Rolled:
    """Play a load that lasts until every worker was restarted so many times; ``KeyboardInterrupt`` on a signal."""
    with ExitStack() as stack, stop_on() as stop:
        stage = stack.enter_context(set_up())
        stack.callback(stage.keep_logs, logs)
        assignment = _assignment(stage)
        company = ours(stage.casting, size=Size(orchestrators=1), specs=specs(), assignment=assignment)
        stack.callback(company.kill)
        company.start()
        rolling = Rolling(stage, company, stop=stop)
        for member in company.of(Role.WORKER):
            rolling.wait_for(member)
        restarts = [one for turn in range(times) for one in rolling.all_workers(turn, say=say)]
        assignment.stop.touch()
        rolling.wait_for_end()
        company.stop()
        return Rolled(stage.watch.books(), journal_of(company), restarts)


def figures(verdict: Verdict, *, books: Books, restarts: list[Restart], times: int) -> dict[str, Any]:
    """Return what the restarts cost, with the goals and whether each is met. Pure."""
    leaving = sorted(one.leaving for one in restarts)
    coming = sorted(one.coming for one in restarts)
    goals = {
        "no run lost": not verdict.lost,
        "no effect doubled, missing or unfounded": not (verdict.doubled or verdict.missing or verdict.unfounded),
        "no run past its deadline without an end": not verdict.past_deadline,
        "no attempt lost": not _LOST & books.attempts.keys(),
        "every worker left by itself": all(one.code == 0 for one in restarts),
    }
    return {
        "benchmark": "restarts",
        "passed": all(goals.values()),
        "goals": goals,
        "times": times,
        "restarts": len(restarts),
        **verdict.as_json(),
        "attempts": books.attempts,
        "seconds_to_leave": {"p50": round(quantile(leaving, 0.5), 2), "longest": round(max(leaving, default=0), 2)},
        "seconds_to_come": {"p50": round(quantile(coming, 0.5), 2), "longest": round(max(coming, default=0), 2)},
        "exit_codes": sorted({str(one.code) for one in restarts}),
    }


class Rolling:
    """Restarts workers one after the other."""

    def __init__(self, stage: Stage, company: Company, *, stop: SignalFlag) -> None:
        self._stage = stage
        self._company = company
        self._stop = stop

    def all_workers(self, turn: int, *, say: Say) -> Iterator[Restart]:
        """Restart every worker once."""
        for member in [one for one in self._company.members if one.role is Role.WORKER]:
            restart = self._restart(member)
            say(f"{restart.name} left after {restart.leaving:.1f} s and was back after {restart.coming:.1f} s more")
            yield restart
        say(f"restart {turn + 1}: {self._stage.watch.progress().ended} runs ended")

    def wait_for(self, member: Member) -> None:
        """Wait until a worker serves its queues."""
        self._wait_until(lambda: member.has_said(_READY), what=f"{member.name} to be ready")

    def wait_for_end(self) -> None:
        """Wait until nobody submits any more and every run has ended."""
        self._wait_until(self._all_ended, what="the last run to end", seconds=DEADLINE_SECONDS)

    def _restart(self, member: Member) -> Restart:
        """Tell a worker to end, and start it again once it has."""
        began = time.monotonic()
        member.process.ask()
        self._wait_until(lambda: member.process.exit_code() is not None, what=f"{member.name} to leave")
        left, code = time.monotonic(), member.process.exit_code()
        member.start()
        self.wait_for(member)
        return Restart(member.name, code, leaving=left - began, coming=time.monotonic() - left)

    def _all_ended(self) -> bool:
        progress = self._stage.watch.progress()
        return self._company.finished() and progress.ended >= progress.known

    def _wait_until(self, done: Callable[[], bool], *, what: str, seconds: float = _PATIENCE_SECONDS) -> None:
        """Wait, at most for so long. Raises ``TimeoutError`` in the end."""
        until = time.monotonic() + seconds
        while not done():
            if time.monotonic() > until:
                raise TimeoutError(f"waited {seconds:g} s for {what}")
            if self._stop.wait(_LOOK_SECONDS):
                raise KeyboardInterrupt


def _assignment(stage: Stage) -> Assignment:
    return Assignment(
        seed=SEED,
        runs=_MOST_RUNS,
        number=0,
        of=1,
        window=_WINDOW,
        journal=stage.folder / "orchestrator.jsonl",
        stop=stage.folder / "stop",
    )
