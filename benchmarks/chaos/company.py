"""The processes of the stack under test: who they are, and how each is run."""

import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from agents.contract import AgentSpec, Pool
from benchmarks.chaos.assignment import Assignment
from benchmarks.chaos.deeds import Role
from benchmarks.chaos.journal import Journal
from orchestrator.errors import ServiceError
from orchestrator.local.logs import last_words
from orchestrator.local.process import ProcessSpec, StackProcess
from orchestrator.queues import served_by

REPOSITORY = Path(__file__).resolve().parents[2]
STOP_SECONDS = 15.0
_MOST_ENDS = 20
"""How often one may end by itself in the same way before the stack is taken for one that cannot run."""
_REST_SECONDS = 1.0
"""How long after its last start whoever ended is not started again: one that cannot start takes no machine away."""


@dataclass(frozen=True)
class Size:
    """How many workers of each kind, and how many slots each of them has."""

    waiting: int = 2
    waiting_slots: int = 8
    computing: int = 2
    computing_slots: int = 3
    orchestrators: int = 2
    window: int = 48
    """How many runs may be under way at a time."""


@dataclass
class Member:
    """One process, started again and again."""

    role: Role
    process: StackProcess
    journal: Journal | None = None
    """Where it notes its work; None for one whose work the ledger shows."""
    prefork: bool = False
    frozen: bool = False
    started: float = 0.0
    _log_from: int = 0

    @property
    def name(self) -> str:
        """What people call it."""
        return self.process.name

    @property
    def pid(self) -> int | None:
        """Its process's id while it runs, else None."""
        return self.process.pid if self.process.exit_code() is None else None

    @property
    def finished(self) -> bool:
        """Whether it has done all that it was to do."""
        return self.role is Role.ORCHESTRATOR and self.process.exit_code() == 0

    def start(self) -> None:
        """Start it, or start it again."""
        log = self.process.spec.log
        self._log_from = log.stat().st_size if log.exists() else 0
        self.process.start()
        self.started = time.monotonic()
        self.frozen = False

    def has_said(self, words: str) -> bool:
        """Whether it has written the words to its log since it was started."""
        with self.process.spec.log.open("rb") as log:
            log.seek(self._log_from)
            return words.encode() in log.read()


@dataclass
class Company:
    """All members. Call it from the main thread (see leash.py)."""

    members: tuple[Member, ...]
    unexpected: Counter[str] = field(default_factory=Counter)
    """Ends that nobody of us brought about, by who ended how."""
    expected: set[int] = field(default_factory=set)
    """Pids that we ended."""
    clock: Callable[[], float] = time.monotonic

    def start(self) -> None:
        """Start everybody."""
        for member in self.members:
            member.start()

    def of(self, *roles: Role) -> Iterator[Member]:
        """Yield the members of these roles that run and are not stopped."""
        yield from (one for one in self.members if one.role in roles and one.pid is not None and not one.frozen)

    def tend(self) -> None:
        """Start again whoever ended, except for those who have finished."""
        for member in self.members:
            code = member.process.exit_code()
            if code is None or member.finished:
                continue
            if self.clock() - member.started < _REST_SECONDS:
                continue
            if member.process.pid not in self.expected:
                self._note(member, code=code)
            member.start()

    def _note(self, member: Member, *, code: int) -> None:
        """Note an end that nobody of us brought about. Raises ``ServiceError`` where there are too many of them."""
        ended = f"{member.name} ended with code {code}"
        self.unexpected[ended] += 1
        if self.unexpected[ended] > _MOST_ENDS:
            words = last_words(member.process.spec.log)
            raise ServiceError(f"{ended} {_MOST_ENDS + 1} times; its last words:\n{words}")

    def finished(self) -> bool:
        """Whether all who submit have submitted everything."""
        return all(one.finished for one in self.members if one.role is Role.ORCHESTRATOR)

    def stop(self) -> None:
        """Ask all to end, wait, and kill whoever does not."""
        for member in self.members:
            if member.frozen and member.pid is not None:
                member.process.kill()
            member.process.ask()
        for member in self.members:
            member.process.stop()

    def kill(self) -> None:
        """Kill everybody at once."""
        for member in self.members:
            member.process.kill()


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
