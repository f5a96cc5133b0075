"""Running a lot of steps: claim them, let their agents work outside any transaction, and record the outcomes."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from uuid import UUID

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from agents.contract import Agent, AgentSpec
from agents.errors import StoppedError
from orchestrator.errors import UnstorableError
from orchestrator.ledger.claims import Claim, Claimed, Holder, Stale, claim
from orchestrator.ledger.combining import Combined, Ways
from orchestrator.ledger.completion import Completion, Done, complete, is_light
from orchestrator.ledger.failing import Failing, Outcome, Stepped
from orchestrator.ledger.figures import Figures
from orchestrator.ledger.heart import Heart, Pulse, StopReason
from orchestrator.ledger.in_line import next_in_line
from orchestrator.ledger.layout import END
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.lots import Lot, LotWatch
from orchestrator.ledger.work import Loaded, load_work
from orchestrator.quota.breakers import Breakers
from orchestrator.store.direct import Direct
from orchestrator.store.patience import passes, patiently

_log = structlog.get_logger(__name__)


def nowhere(_tenant: str) -> None:
    """Give no access to outside services."""


def nothing() -> None:
    """Do nothing: nobody waits for the slot."""


@dataclass(frozen=True)
class StepRunner:
    """Runs steps in one worker process."""

    engine: Engine
    direct: Direct
    heart: Heart
    limits: Limits
    specs: Mapping[str, AgentSpec]
    build: Callable[[str], Agent]
    owner: str
    """Names the worker process in leases and attempts."""
    figures: Figures
    send_soon: Callable[[UUID], None]
    """Sends what is due of a run, for steps that go back while their lot still runs."""
    watch: LotWatch = field(default_factory=LotWatch)
    claims: Combined[str, Claimed] = field(default_factory=Combined)
    completions: Combined[Done, Completion] = field(default_factory=Combined)
    breakers: Breakers | None = None
    outside: Callable[[str], object] = nowhere
    """Gives a tenant's access to outside services."""

    def run(self, run_id: UUID, *, steps: Sequence[str], worked: Callable[[], None] = nothing) -> Stepped:
        """Run those of the steps that may run now. Raises only what the database raises after many tries.

        ``worked`` is called once their agents are done, before their results are written down.
        """
        got = self._claim(run_id, steps)
        for step, why in got.stale.items():
            _log.info("stale message", run=str(run_id), step=step, why=str(why))
        if not got.claims:
            return _nothing_to_do(got)
        with self._held(got.claims) as pulses:
            stepped = self._run_lot(got.claims, pulses, worked=worked)
        for waiting in next_in_line(self.direct, got.claims):
            self.send_soon(waiting)
        return stepped

    @contextmanager
    def _held(self, claims: Sequence[Claim]) -> Iterator[dict[str, Pulse]]:
        """Keep the attempts' leases while the agents work, and until their outcomes are written down."""
        pulses = {got.step.name: self.heart.hold(got.run_id, step=got.step.name, attempt=got.attempt) for got in claims}
        try:
            yield pulses
        finally:
            for pulse in pulses.values():
                self.heart.release(pulse)

    def _run_lot(self, claims: Sequence[Claim], pulses: Mapping[str, Pulse], *, worked: Callable[[], None]) -> Stepped:
        """Run claimed steps one after the other, then record all results at once."""
        done: list[Done] = []
        ends: list[Stepped] = []
        for loaded, lot in self._lots(claims, pulses):
            while got := lot.next():
                end = self._run_one(got, loaded, pulses[got.step.name])
                if isinstance(end, Done):
                    done.append(end)
                else:
                    ends.append(end)
                lot.relieve()
        worked()
        if done:
            ends.append(self._complete(done, claims))
        return _together(ends)

    def _lots(self, claims: Sequence[Claim], pulses: Mapping[str, Pulse]) -> Iterator[tuple["Loading", Lot]]:
        """Yield the claims by what they are handed, each lot watched while it is run."""
        for _, group in groupby(claims, key=lambda got: (got.target is None, got.behind if got.target is None else "")):
            members = tuple(group)
            lot = Lot(
                members,
                patience_seconds=self.limits.lot_patience_seconds,
                give_back=lambda rest: self._give_back(rest, pulses),
            )
            if len(members) > 1:
                self.watch.keep(lot)
            try:
                yield Loading(self.engine, self.direct, members, self.outside), lot
            finally:
                self.watch.let_go(lot)

    def _run_one(self, got: Claim, loading: "Loading", pulse: Pulse) -> Done | Stepped:
        """Run one step; return its report, or what became of it where it gave none."""
        held_back = self._failing.held_back(got)
        if held_back is not None:
            return held_back
        try:
            done = self._work(got, loading, pulse)
        except StoppedError as error:
            return self._failing.stopped(got, reason=pulse.reason, error=error)
        except Exception as error:  # noqa: BLE001  whatever an agent raises is recorded, not lost
            return self._failing.failed(got, error=error)
        self.figures.note(got.agent, seconds=done.seconds)
        return done

    def _work(self, got: Claim, loading: "Loading", pulse: Pulse) -> Done:
        """Let the agent work; no transaction is open meanwhile."""
        if pulse.reason is not None:
            raise StoppedError("the step was told to stop before it began")
        work = loading.loaded.work(got, stop=pulse.stop)
        began = time.monotonic()
        try:
            report = self.build(got.agent).run(work)
        except SoftTimeLimitExceeded as error:
            raise StoppedError("the step's soft time limit was up") from error
        if pulse.reason is StopReason.OUT_OF_TIME:
            raise StoppedError("the step's time was up before its result was there")
        return Done(got.held, report, seconds=time.monotonic() - began, last=got.counts == END)

    def _complete(self, done: Sequence[Done], claims: Sequence[Claim]) -> Stepped:
        """Record results; one that the database can never take is its step's failure."""
        try:
            result = self._write_down(done, tenant=claims[0].tenant)
        except DBAPIError as error:
            if passes(error):
                raise
            if len(done) > 1:
                return _together([self._complete([one], claims) for one in done])
            got = next(claim for claim in claims if claim.held == done[0].attempt)
            return self._failing.failed(got, error=UnstorableError(f"the result cannot be stored: {error.orig}"))
        for one in done:
            if one.attempt.step not in result.applied:
                _log.warning("fenced: a later attempt holds the step, or its run is over", step=one.attempt.step)
        if not result.applied:
            return Stepped(Outcome.FENCED)
        summary = done[0].report.summary if len(done) == 1 else f"{len(result.applied)} steps"
        return Stepped(Outcome.DONE, opened=result.opened, summary=summary[:200], owes=result.owes)

    def _write_down(self, done: Sequence[Done], *, tenant: str) -> Completion:
        """Complete steps; those that leave little behind go through together with others of their run."""

        def apply(lot: Sequence[Done]) -> Completion:
            return patiently(lambda: complete(self.direct, lot, tenant=tenant))

        if not all(is_light(one.report) for one in done):
            return apply(done)
        ways = Ways(write=apply, share=Completion.share)
        named = {one.attempt.step: one for one in done}
        return self.completions.write(named, run_id=done[0].attempt.run_id, ways=ways)

    def _claim(self, run_id: UUID, steps: Sequence[str]) -> Claimed:
        """Claim steps, together with others of their run that ask in the same moment."""

        def take(names: Sequence[str]) -> Claimed:
            holder = Holder(self.owner, self.limits.lease_seconds)
            return patiently(lambda: claim(self.direct, run_id, steps=names, holder=holder))

        ways = Ways(write=take, share=Claimed.share)
        return self.claims.write({step: step for step in steps}, run_id=run_id, ways=ways)

    def _give_back(self, rest: Sequence[Claim], pulses: Mapping[str, Pulse]) -> None:
        """Give steps back that have not begun: others before them in their lot take longer than expected."""
        for got in rest:
            self._failing.give_back(got, why="others in its lot took long")
            self.heart.release(pulses[got.step.name])
        self.send_soon(rest[0].run_id)

    @cached_property
    def _failing(self) -> Failing:
        """What records attempts without a result."""
        return Failing(engine=self.engine, limits=self.limits, specs=self.specs, breakers=self.breakers)


@dataclass
class Loading:
    """What a lot is handed, read when the first of its agents begins: what goes wrong there is that step's failure."""

    engine: Engine
    direct: Direct
    claims: tuple[Claim, ...]
    outside: Callable[[str], object]
    _loaded: Loaded | None = None

    @property
    def loaded(self) -> Loaded:
        """What the ledger holds for the lot. A cached property would let all threads wait for one another's reads."""
        if self._loaded is None:
            self._loaded = patiently(
                lambda: load_work(self.engine, self.claims, direct=self.direct, outside=self.outside)
            )
        return self._loaded


def _nothing_to_do(got: Claimed) -> Stepped:
    """Return what a message says of which no step could be taken; what comes next may never have been sent."""
    unsent = Stale.DONE_UNSENT in got.stale.values()
    why = ", ".join(sorted({str(one) for one in got.stale.values()}))
    return Stepped(
        Outcome.DONE if unsent else Outcome.STALE, opened=unsent, summary=why, owes=Stale.BUSY in got.stale.values()
    )


_WEIGHT = (
    Outcome.STALE,
    Outcome.FENCED,
    Outcome.PUT_OFF,
    Outcome.WAITING,
    Outcome.DONE,
    Outcome.FAILED,
    Outcome.GIVEN_BACK,
)
"""What a message's task shows of several outcomes: the last of these. One that opened a gate goes before all."""


def _together(ends: Sequence[Stepped]) -> Stepped:
    """Return what a message's task has to tell Celery of all its steps; the first of a lot always gets its turn."""
    first = max(ends, key=lambda end: (end.opened, _WEIGHT.index(end.outcome)))
    return Stepped(first.outcome, opened=first.opened, summary=first.summary, owes=any(end.owes for end in ends))
