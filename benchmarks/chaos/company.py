"""The processes of the stack under test: who they are, and who is started again."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from benchmarks.chaos.deeds import Role
from benchmarks.chaos.journal import Journal
from orchestrator.errors import ServiceError
from orchestrator.local.logs import last_words
from orchestrator.local.process import StackProcess

_MOST_ENDS = 20
"""How often one may end by itself in the same way before the stack is taken for one that cannot run."""
_REST_SECONDS = 1.0
"""How long after its last start whoever ended is not started again: one that cannot start takes no machine away."""


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
