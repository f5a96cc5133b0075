"""The plain canvas's processes on a stage: the same workers and slots, no ledger, no relay and no beat."""

from collections.abc import Mapping
from dataclasses import replace

from benchmarks.chaos.casting import Casting, Size, shared_out
from benchmarks.chaos.company import Company, Member
from benchmarks.chaos.harness import System, Wishes, journal_of
from benchmarks.chaos.journal import ACCEPTED
from benchmarks.chaos.plain.names import AT_WORK, COMPUTING, WAITING
from benchmarks.chaos.plain.watch import PlainWatch
from benchmarks.chaos.stage import Stage

_APP = "benchmarks.chaos.plain.tasks"


def plain(stage: Stage, wishes: Wishes) -> System:
    """Return the system to compare with."""
    at_work = stage.folder / "at-work"
    at_work.mkdir()
    casting = replace(stage.casting, env={**stage.env, AT_WORK: str(at_work)})
    submitters = [
        casting.orchestrator(one, module="benchmarks.chaos.plain.submitting")
        for one in shared_out(wishes.assignment(stage), among=wishes.size.orchestrators)
    ]
    company = Company((*_workers(casting, wishes.size), *submitters))

    def submitted() -> Mapping[int, float]:
        return {line["number"]: line["at"] for line in journal_of(company) if line["what"] == ACCEPTED}

    watch = PlainWatch(
        stage.servers.addresses().database_url,
        at_work=at_work,
        seed=wishes.seed,
        runs=wishes.runs,
        submitted=submitted,
    )
    return System(company, watch, [WAITING, COMPUTING])


def _workers(casting: Casting, size: Size) -> list[Member]:
    """Return as many workers as our own stack has, with as many slots."""
    waiting = [
        casting.worker(f"waiting-{n}", app=_APP, pool="threads", slots=size.waiting_slots, queues=[WAITING])
        for n in range(size.waiting)
    ]
    computing = [
        casting.worker(f"computing-{n}", app=_APP, pool="prefork", slots=size.computing_slots, queues=[COMPUTING])
        for n in range(size.computing)
    ]
    return [*waiting, *computing]
