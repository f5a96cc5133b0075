"""One load on the real stack under a schedule of disturbances, and what became of it."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.chaos.actors import specs
from benchmarks.chaos.assignment import Assignment
from benchmarks.chaos.casting import Size, ours
from benchmarks.chaos.company import Company
from benchmarks.chaos.deeds import Role
from benchmarks.chaos.disturbing import Disturber
from benchmarks.chaos.journal import ACCEPTED, ASKED, REFUSED
from benchmarks.chaos.load import keys
from benchmarks.chaos.meddling import Meddler
from benchmarks.chaos.play import Play, Say
from benchmarks.chaos.schedule import Spans, amounts, schedule
from benchmarks.chaos.stage import LEASE_SECONDS, Stage, set_up
from benchmarks.chaos.tally import Tally
from benchmarks.chaos.watch import Watching
from orchestrator.local.signals import stop_on
from orchestrator.queues import task_queues

SPANS = Spans(freeze=(0.5, LEASE_SECONDS + 2))


@dataclass(frozen=True)
class Wishes:
    """How large the load is, from which seed everything is drawn, and where logs are kept, if anywhere."""

    runs: int
    seed: int
    size: Size = field(default_factory=Size)
    logs: Path | None = None

    def assignment(self, stage: Stage) -> Assignment:
        """Return what is to be submitted; those who submit share it among them."""
        return Assignment(
            seed=self.seed,
            runs=self.runs,
            number=0,
            of=1,
            window=max(8, min(self.size.window, self.runs // 3)),
            journal=stage.folder / "orchestrator.jsonl",
            stop=stage.folder / "stop",
        )


@dataclass(frozen=True)
class System:
    """A system under test on its stage."""

    company: Company
    watch: Watching
    queues: Sequence[str]


def lookout(stage: Stage, wishes: Wishes) -> System:
    """Return our own system."""
    company = ours(stage.casting, size=wishes.size, specs=specs(), assignment=wishes.assignment(stage))
    return System(company, stage.watch, [queue.name for queue in task_queues(specs())])


def disturbed(wishes: Wishes, *, system: Callable[[Stage, Wishes], System] = lookout, say: Say) -> Tally:
    """Play one load under its disturbances to the end and return the tally; ``KeyboardInterrupt`` on a signal."""
    with ExitStack() as stack, stop_on() as stop:
        stage = stack.enter_context(set_up())
        stack.callback(stage.keep_logs, wishes.logs)
        under_test = system(stage, wishes)
        stack.callback(under_test.company.kill)
        meddler = Meddler(stage.servers.addresses().broker_url, queues=under_test.queues, seed=wishes.seed)
        stack.callback(meddler.stop)
        disturber = _disturber(stage, under_test, meddler=meddler, wishes=wishes)
        play = Play(stage.servers, under_test.company, disturber, runs=wishes.runs, stop=stop, say=say)
        began = time.time()
        under_test.company.start()
        meddler.start()
        play.run()
        seconds = time.time() - began
        play.end()
        return _tally(stage, under_test, disturber, wishes=wishes, most_overdue=play.most_overdue, seconds=seconds)


def _disturber(stage: Stage, under_test: System, *, meddler: Meddler, wishes: Wishes) -> Disturber:
    """Return who disturbs. What the schedule has for roles that the system does not have is left out."""
    roles = {member.role for member in under_test.company.members} | {Role.CHILD}
    planned = schedule(wishes.seed, wanted=amounts(wishes.runs), spans=SPANS)
    return Disturber(
        schedule=[one for one in planned if not isinstance(one.whom, Role) or one.whom in roles],
        company=under_test.company,
        servers=stage.servers,
        watch=under_test.watch,
        meddler=meddler,
        scissors=stage.scissors,
        rng=Random(f"victims:{wishes.seed}"),
    )


def _tally(
    stage: Stage, under_test: System, disturber: Disturber, *, wishes: Wishes, most_overdue: int, seconds: float
) -> Tally:
    return Tally(
        books=under_test.watch.books(),
        keys=keys(wishes.seed, wishes.runs),
        journal=tuple(journal_of(under_test.company)),
        hits=tuple(disturber.hits),
        outages=tuple(stage.servers.outages),
        cuts=stage.scissors.made(),
        meddled=disturber.meddler.meddled,
        missed=(*disturber.waiting, *disturber.schedule),
        wanted=amounts(wishes.runs),
        unexpected=dict(under_test.company.unexpected),
        most_overdue=most_overdue,
        seconds=seconds,
        seed=wishes.seed,
    )


def journal_of(company: Company) -> list[dict[str, Any]]:
    """Return what those who submit have noted, one after the other."""
    journals = [one.journal for one in company.members if one.journal]
    return [line for journal in journals for line in journal.lines(ASKED, ACCEPTED, REFUSED)]
