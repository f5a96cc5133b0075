"""Carries out the schedule: waits until there is something to hit, hits it, and notes what was hit."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from benchmarks.chaos.company import Company, Member
from benchmarks.chaos.deeds import Cut, Deed, Disturbance, Role
from benchmarks.chaos.meddling import Meddler
from benchmarks.chaos.scissors import Scissors
from benchmarks.chaos.servers import Servers
from benchmarks.chaos.shears import Side
from benchmarks.chaos.signalling import died, group_of, signal_all
from benchmarks.chaos.watch import Held, Watching

FRESH_SECONDS = 3.0
"""How old the last note in a journal may be of a process that counts as being at work."""


@dataclass(frozen=True)
class Hit:
    """A deed that hit somebody at work: when (Unix time), whom, and which steps it took."""

    at: float
    deed: Deed
    whom: Role | None = None
    pid: int = 0
    held: tuple[Held, ...] = ()
    until: float = 0.0
    """When a stopped process went on, or a killed one was gone."""


@dataclass
class Victim:
    """Somebody who can be hit, and the steps it is at."""

    member: Member
    pid: int
    """Whom to signal; the whole group where it is the member itself."""
    held: tuple[Held, ...] = ()


@dataclass
class _Thaw:
    """A stopped process, and when it goes on."""

    victim: Victim
    due: float


@dataclass
class Disturber:
    """Disturbs a stack by a schedule."""

    schedule: list[Disturbance]
    company: Company
    servers: Servers
    watch: Watching
    meddler: Meddler
    scissors: Scissors
    rng: Random
    hits: list[Hit] = field(default_factory=list)
    waiting: list[Disturbance] = field(default_factory=list)
    """What is due and found nobody at work yet."""
    clock: Callable[[], float] = time.time
    _frozen: list[_Thaw] = field(default_factory=list)

    def turn(self, share: float) -> None:
        """Do what is due now that this share of the load has ended; what finds nobody at work waits for its turn."""
        self._thaw(all_of_them=False)
        while self.schedule and self.schedule[0].at <= share:
            self.waiting.append(self.schedule.pop(0))
        if self.waiting:
            held = self.watch.held()
            self.waiting = [one for one in self.waiting if not self._do(one, held)]

    def calm(self) -> None:
        """Let every stopped process go on."""
        self._thaw(all_of_them=True)

    def _do(self, one: Disturbance, held: list[Held]) -> bool:
        """Carry one deed out; False where there was nobody to hit."""
        if isinstance(one.whom, Cut):
            self.scissors.want(one.whom)
            return True
        if isinstance(one.whom, Role):
            return self._hit(one, one.whom, held)
        deeds: Mapping[Deed, Callable[[], bool]] = {
            Deed.FLUSH: self.meddler.flush,
            Deed.BROKER_KILL: lambda: self.servers.crash(Side.BROKER, seconds=one.seconds),
            Deed.POSTGRES_STOP: lambda: self.servers.crash(Side.POSTGRES, seconds=one.seconds),
        }
        done = deeds[one.deed]()
        if done:
            self.hits.append(Hit(self.clock(), one.deed))
        return done

    def _hit(self, one: Disturbance, role: Role, held: list[Held]) -> bool:
        """Signal somebody of a role who is at work; False where nobody is."""
        victims = list(self._victims(role, held))
        if not victims:
            return False
        victim = self.rng.choice(victims)
        strike = self._kill if one.deed is Deed.KILL else self._freeze
        began = self.clock()
        lost = strike(victim, one.seconds)
        if lost is None:
            return False
        until = self.clock() + one.seconds
        self.hits.append(Hit(began, one.deed, whom=role, pid=victim.pid, held=lost, until=until))
        return True

    def _victims(self, role: Role, held: list[Held]) -> Iterator[Victim]:
        """Yield who is at work of a role."""
        if role is Role.CHILD:
            yield from self._children(held)
            return
        for member in self.company.of(role):
            pid = member.pid or 0
            group = group_of(pid) if role is Role.WORKER else set()
            steps = tuple(step for step in held if step.pid in group)
            if steps or self._works(member, pid):
                yield Victim(member, pid, held=steps)

    def _children(self, held: list[Held]) -> Iterator[Victim]:
        """Yield the computing processes that are at a step."""
        for member in self.company.of(Role.WORKER):
            for pid in group_of(member.pid or 0) - {member.pid} if member.prefork else set():
                steps = tuple(step for step in held if step.pid == pid)
                if steps:
                    yield Victim(member, pid, held=steps)

    def _works(self, member: Member, pid: int) -> bool:
        """Whether one that holds no steps is at work: it leads, or has noted something just now."""
        if member.role is Role.BEAT:
            return self.watch.leader() == pid
        last = member.journal.last() if member.journal else None
        return last is not None and last["pid"] == pid and self.clock() - last["at"] < FRESH_SECONDS

    def _kill(self, victim: Victim, _seconds: float) -> tuple[Held, ...] | None:
        """Kill, and return the steps that it took; None where it hit nobody at work."""
        group, lost = self._stopped_at_work(victim)
        if lost is None:
            return None
        whole = victim.pid == victim.member.pid
        if whole:
            self.company.expected.add(victim.pid)
        signal_all(group, signal.SIGKILL)
        return lost if not whole or died(victim.member.process) else None

    def _freeze(self, victim: Victim, seconds: float) -> tuple[Held, ...] | None:
        """Stop a process, or a member with all below it, for so long; return the steps that it held, None as above."""
        group, lost = self._stopped_at_work(victim)
        if not group or lost is None:
            return None
        victim.member.frozen = victim.pid == victim.member.pid
        self._frozen.append(_Thaw(victim, due=self.clock() + seconds))
        return lost

    def _stopped_at_work(self, victim: Victim) -> tuple[set[int], tuple[Held, ...] | None]:
        """Stop somebody, and return whom that stopped and the steps that they hold.

        Whoever held steps is looked at again: they may have ended since it was chosen. Then it goes on, and None is
        returned for the steps.
        """
        group = self._stop(victim)
        lost = self._at(group)
        if victim.held and not lost:
            signal_all(group, signal.SIGCONT)
            return group, None
        return group, lost

    @staticmethod
    def _stop(victim: Victim) -> set[int]:
        """Stop whoever is meant, and return who that is: one process, or a member with all below it."""
        group = group_of(victim.pid) if victim.pid == victim.member.pid else {victim.pid}
        return signal_all(group, signal.SIGSTOP)

    def _at(self, group: set[int]) -> tuple[Held, ...]:
        """Return the steps that these processes hold."""
        return tuple(step for step in self.watch.held() if step.pid in group)

    def _thaw(self, *, all_of_them: bool) -> None:
        """Let go on whoever is due."""
        due = [one for one in self._frozen if all_of_them or self.clock() >= one.due]
        for one in due:
            self._frozen.remove(one)
            one.victim.member.frozen = False
            signal_all(group_of(one.victim.pid), signal.SIGCONT)
