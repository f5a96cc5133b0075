"""How each process of the stack under test is run."""

import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.contract import AgentSpec, Pool
from benchmarks.chaos.assignment import Assignment
from benchmarks.chaos.company import Company, Member
from benchmarks.chaos.deeds import Role
from benchmarks.chaos.journal import Journal
from orchestrator.local.process import ProcessSpec, StackProcess
from orchestrator.queues import served_by

REPOSITORY = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Size:
    """How many workers of each kind, and how many slots each of them has."""

    waiting: int = 2
    waiting_slots: int = 8
    computing: int = 2
    computing_slots: int = 3
    orchestrators: int = 2
    window: int = 64
    """How many runs may be under way at a time."""


@dataclass(frozen=True)
class Casting:
    """Where the processes stand, and what they get."""

    folder: Path
    logs: Path
    env: Mapping[str, str] = field(repr=False)

    def worker(self, name: str, *, app: str, pool: str, slots: int, queues: Sequence[str]) -> Member:
        """Return one Celery worker."""
        options = [
            f"--pool={pool}",
            f"--concurrency={slots}",
            f"--hostname={name}@chaos",
            f"--queues={','.join(queues)}",
        ]
        words = ["-m", "celery", "-A", app, "worker", *options, "--without-gossip", "--without-mingle", "-l", "INFO"]
        return Member(Role.WORKER, self._process(name, words), prefork=pool == "prefork")

    def beat(self, *, app: str) -> Member:
        """Return beat."""
        words = ["-m", "celery", "-A", app, "beat", "--pidfile=", "-l", "INFO"]
        return Member(Role.BEAT, self._process("beat", words))

    def orchestrator(self, assignment: Assignment, *, module: str) -> Member:
        """Return one who submits."""
        process = self._process(f"orchestrator-{assignment.number}", ["-m", module, assignment.to_word()])
        return Member(Role.ORCHESTRATOR, process, journal=Journal(assignment.journal))

    def relay(self, *, module: str) -> Member:
        """Return the relay."""
        journal = Journal(self.folder / "relay.jsonl")
        return Member(Role.RELAY, self._process("relay", ["-m", module, str(journal.path)]), journal=journal)

    def bystander(self, name: str, words: Sequence[str]) -> StackProcess:
        """Return a process of the harness's own, which nothing is done to."""
        return self._process(name, words)

    def _process(self, name: str, words: Sequence[str]) -> StackProcess:
        return StackProcess(
            ProcessSpec(
                name=name,
                argv=(sys.executable, *words),
                log=self.logs / f"{name}.log",
                env=self.env,
                cwd=self.folder,
                stop_seconds=STOP_SECONDS,
                death_signal=signal.SIGKILL,
            )
        )


def ours(casting: Casting, *, size: Size, specs: Mapping[str, AgentSpec], assignment: Assignment) -> Company:
    """Return our stack's company. ``assignment`` is the first orchestrator's; the others take turns with it."""
    app = "benchmarks.chaos.troupe"
    workers = [
        *(
            casting.worker(
                f"waiting-{n}", app=app, pool="threads", slots=size.waiting_slots, queues=served_by(specs, Pool.THREADS)
            )
            for n in range(size.waiting)
        ),
        *(
            casting.worker(
                f"computing-{n}",
                app=app,
                pool="prefork",
                slots=size.computing_slots,
                queues=served_by(specs, Pool.PROCESSES),
            )
            for n in range(size.computing)
        ),
    ]
    submitters = [
        casting.orchestrator(one, module="benchmarks.chaos.submitting")
        for one in shared_out(assignment, among=size.orchestrators)
    ]
    relay = casting.relay(module="benchmarks.chaos.relaying")
    return Company((*workers, casting.beat(app=app), relay, *submitters))


def shared_out(assignment: Assignment, *, among: int) -> list[Assignment]:
    """Return a load's parts: each orchestrator takes every so manieth run."""
    journal = assignment.journal
    return [
        replace(assignment, number=n, of=among, journal=journal.with_name(f"{journal.stem}-{n}{journal.suffix}"))
        for n in range(among)
    ]
