"""The state machines of runs, steps and gates: whatever happens, in whatever order, against real Postgres."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from support.ledgers import Picture, check_gates, check_runs, check_steps, picture
from support.plays import SPECS, Play, act, in_turn, plan_of
from support.shapes import rebuilt, shapes
from support.stages import Stage, broker_client

from agents.contract import AgentReport, Finding, Severity
from agents.errors import BadEvidenceError, SourceUnavailableError
from orchestrator.domain.plans import Plan, Shape, Step, before
from orchestrator.domain.runs import RunState
from orchestrator.ledger import endings
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.claims import Claim, Holder, claim
from orchestrator.ledger.completion import Done, complete
from orchestrator.ledger.decisions import Backoff, HandOver, PutOff, Record, after_failure
from orchestrator.ledger.heart import Heart, StopReason
from orchestrator.ledger.layout import END
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.sweep import Sweep
from orchestrator.store.direct import Direct

pytestmark = pytest.mark.services

AT_ONCE = Backoff(multiplier=0, max=0)
ERRORS = {"away": SourceUnavailableError("away"), "bad": BadEvidenceError("x: 1: mend it")}
_RUN_OUT = """
    UPDATE steps SET lease_until = now() - interval '1s',
        stop_at = CASE WHEN :late THEN now() - interval '1s' ELSE stop_at END
    WHERE run_id = :run AND name = :step
"""
PLAYS = settings(
    max_examples=40,
    stateful_step_count=30,
    phases=[Phase.generate],  # against a database, finding a shorter play takes longer than reading the long one
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)


@st.composite
def plans(draw: st.DrawFn) -> Shape:
    """Return a plan: any shape, in which some steps need earlier ones, are required, or have a stand-in."""
    shape = draw(shapes(max_leaves=8))

    def decide(step: Step) -> Step:
        earlier = sorted(before(shape, step.name))
        needs = draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
        fallbacks = ("understudy",) if draw(st.integers(0, 5)) == 0 else ()
        required = draw(st.integers(0, 7)) == 0
        return step.model_copy(update={"needs": tuple(needs), "required": required, "fallbacks": fallbacks})

    return rebuilt(shape, decide)


def report_of(held: Claim) -> AgentReport:
    """Return a report with one finding, whose claim is the step's own name."""
    name = held.step.name
    finding = Finding(kind="k", target="t", claim=name, severity=Severity.INFO, confidence=1, title=name)
    return AgentReport(agent=held.agent, target="t", summary=name, findings=(finding,))


@dataclass(frozen=True)
class Told:
    """A run as its submitter knows it."""

    run_id: UUID
    key: str
    plan: Plan


class Ledger(RuleBasedStateMachine):
    """Everything that workers, sweeps, people and time can do to runs."""

    def __init__(self, stage: Stage, play: Play, heart: Heart) -> None:
        super().__init__()
        self.stage = stage
        self.engine = stage.engine
        self.play = play
        self.heart = heart
        limits = Limits(lease_seconds=60, quiet_seconds=0.001)
        self.sweep = Sweep(engine=stage.engine, broker=Broker(play.app), relay=play.relay, limits=limits, specs=SPECS)
        self.told: list[Told] = []
        self.claims: list[Claim] = []
        self.bodies: set[tuple[UUID, str]] = set()
        self.owed: dict[tuple[UUID, str], int] = {}
        self.over: dict[UUID, Any] = {}

    def see(self) -> Picture:
        """Return what the ledger holds of all runs of this play."""
        return picture(self.engine, [told.run_id for told in self.told])

    def sql(self, statement: str, **values: object) -> None:
        """Change the ledger behind its back: time, in these tests."""
        with self.engine.begin() as conn:
            conn.execute(text(statement), values)

    @initialize(plan=plans())
    def begin(self, plan: Shape) -> None:
        self._submit(plan)

    @precondition(lambda self: len(self.told) < 3)
    @rule(plan=plans())
    def submit(self, plan: Shape) -> None:
        self._submit(plan)

    def _submit(self, shape: Shape) -> None:
        plan, key = plan_of(shape), str(uuid4())
        accepted = self.play.accept(plan, key=key)
        assert accepted.fresh
        self.told.append(Told(accepted.run_id, key, plan))

    @rule(which=st.integers(0, 9))
    def submit_again(self, which: int) -> None:
        # A key that is known leads to its run, whatever became of it
        told = self.told[which % len(self.told)]
        accepted = self.play.accept(plan_of(self.told[0].plan.shape), key=told.key)
        assert (accepted.run_id, accepted.fresh) == (told.run_id, False)

    @rule(which=st.integers(0, 99))
    def take(self, which: int) -> None:
        # Any step may be asked for at any time; it is given exactly when the protocol says so
        seen = self.see()
        step = list(seen.steps.values())[which % len(seen.steps)]
        self._claim(seen, step)

    @rule(which=st.integers(0, 99))
    def take_what_is_ready(self, which: int) -> None:
        seen = self.see()
        ready = [step for step in seen.steps.values() if seen.claimable(step)]
        if ready:
            self._claim(seen, ready[which % len(ready)])

    def _claim(self, seen: Picture, step: Any) -> None:  # noqa: ANN401  a database row
        got = claim(Direct(self.engine), step.run_id, steps=[step.name], holder=Holder("test", 60))
        assert bool(got.claims) == seen.claimable(step), got
        assert (step.name in got.stale) != bool(got.claims)
        assert all(one.attempt == step.attempt + 1 for one in got.claims)
        self.claims.extend(got.claims)

    def _held(self, which: int) -> tuple[Claim, Attempt, bool]:
        """Return any claim that was ever given, and whether it still holds its step."""
        held = self.claims[-1 - which % len(self.claims)]
        seen = self.see()
        step = seen.steps[(held.run_id, held.step.name)]
        holds = step.state == "running" and step.attempt == held.attempt and seen.runs[held.run_id].state == "running"
        return held, Attempt(run_id=held.run_id, step=held.step.name, number=held.attempt), holds

    @precondition(lambda self: self.claims)
    @rule(which=st.integers(0, 9))
    def finish(self, which: int) -> None:
        # The current attempt is applied; a stale one is not; one that was applied hears so again
        held, attempt, holds = self._held(which)
        before_it = self.see().steps[(held.run_id, held.step.name)]
        done = complete(
            Direct(self.engine),
            [Done(attempt, report_of(held), seconds=0.1, last=held.counts == END)],
            tenant="default",
        )
        mine = before_it.attempt == held.attempt and before_it.state == "succeeded"
        assert bool(done.applied) == (holds or mine)
        if done.opened:
            self.bodies.add((held.run_id, before_it.counts))

    @precondition(lambda self: self.claims)
    @rule()
    def lose_what_was_taken_last(self) -> None:
        self.fail(0, "bad")

    @precondition(lambda self: self.claims)
    @rule(which=st.integers(0, 9), kind=st.sampled_from(sorted(ERRORS)))
    def fail(self, which: int, kind: str) -> None:
        held, attempt, holds = self._held(which)
        row = self.see().steps[(held.run_id, held.step.name)]
        record = Record(failures=held.failures, max_failures=held.max_failures, fallbacks=tuple(row.fallbacks))
        what = after_failure(ERRORS[kind], record=record, backoff=AT_ONCE, now=datetime.now(UTC), chance=0.5)
        with self.engine.begin() as conn:
            if isinstance(what, PutOff):
                done = endings.put_off(conn, attempt, wait=what, outcome="failed", error="away")
            elif isinstance(what, HandOver):
                spec = SPECS[what.agent]
                done = endings.hand_over(conn, attempt, spec=spec, queue=spec.queue, error="bad")
            else:
                done = endings.give_up(conn, attempt, verdict=what, error="bad")
        assert done == holds
        if holds and isinstance(what, PutOff | HandOver):
            self._owe(attempt)

    @precondition(lambda self: self.claims)
    @rule(which=st.integers(0, 9))
    def give_back(self, which: int) -> None:
        _, attempt, holds = self._held(which)
        wait = PutOff(seconds=0, counts_as_failure=False)
        with self.engine.begin() as conn:
            assert endings.put_off(conn, attempt, wait=wait, outcome="given_back", error=None) == holds
        if holds:
            self._owe(attempt)

    def _owe(self, attempt: Attempt) -> None:
        place = (attempt.run_id, attempt.step)
        self.owed[place] = self.owed.get(place, 0) + 1

    @precondition(lambda self: self.claims)
    @rule(which=st.integers(0, 9), late=st.booleans())
    def let_a_lease_run_out(self, which: int, late: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        _, attempt, holds = self._held(which)
        if holds:
            self.sql(_RUN_OUT, **attempt.where, late=late)

    @precondition(lambda self: self.claims)
    @rule()
    def beat(self) -> None:
        # Every attempt that was ever made, in one process: each hears what holds for itself
        seen = self.see()
        pulses = [self.heart.hold(one.run_id, step=one.step.name, attempt=one.attempt) for one in self.claims]
        self.heart.beat()
        for held, pulse in zip(self.claims, pulses, strict=True):
            self.heart.release(pulse)
            step, run = seen.steps[(held.run_id, held.step.name)], seen.runs[held.run_id]
            if run.state != "running" or run.overdue:
                assert pulse.reason is StopReason.RUN_OVER
            elif step.state != "running" or step.attempt != held.attempt:
                assert pulse.reason is StopReason.TAKEN_OVER
            else:
                assert pulse.reason is (StopReason.OUT_OF_TIME if step.late else None)

    @rule()
    def sweep_once(self) -> None:
        seen = self.see()
        assert self.sweep.run().taken
        for (run, name), step in seen.steps.items():
            after = self.see().steps[(run, name)] if step.state == "running" and step.expired else None
            if after is not None and after.state == "pending":
                self._owe(Attempt(run_id=run, step=name, number=step.attempt))

    @rule()
    def relay(self) -> None:
        self.play.relay.send_due()

    @rule()
    def wipe_the_broker(self) -> None:
        broker_client(self.stage.addresses).flushall()

    @precondition(lambda self: len(self.told) > 1)
    @rule(which=st.integers(0, 9))
    def cancel(self, which: int) -> None:
        run_id = self.told[which % len(self.told)].run_id
        live = self.see().runs[run_id].state == "running"
        with self.engine.begin() as conn:
            assert endings.stop_run(conn, run_id, state=RunState.CANCELLED, error="ada said so") == live

    @precondition(lambda self: len(self.told) > 1)
    @rule(which=st.integers(0, 9))
    def let_the_deadline_pass(self, which: int) -> None:
        run_id = self.told[which % len(self.told)].run_id
        self.sql("UPDATE runs SET deadline_at = now() WHERE id = :run AND state = 'running'", run=run_id)

    @invariant()
    def all_is_well(self) -> None:
        if self.told:
            seen = self.see()
            check_gates(seen)
            check_steps(seen)
            check_runs(seen)
            self._check_that_ends_stay(seen)
            self._check_that_nothing_is_forgotten(seen)

    def _check_that_ends_stay(self, seen: Picture) -> None:
        """Check that a run that has ended never changes, nor do its steps."""
        for run_id, run in seen.runs.items():
            if run.state != "running":
                steps = tuple((step.name, step.state, step.attempt, step.finished_at) for step in seen.of(run_id))
                now = (run.state, run.finished_at, run.error, run.result, steps)
                assert self.over.setdefault(run_id, now) == now

    def _check_that_nothing_is_forgotten(self, seen: Picture) -> None:
        """Check that whatever may run is named in the outbox, or its message went first or with a completion."""
        for place, step in seen.steps.items():
            if seen.runs[step.run_id].state == "running" and step.state == "pending" and seen.reached(step):
                first = step.behind is None or (step.run_id, step.behind) in self.bodies
                expected = self.owed.get(place, 0) + (not first)
                assert seen.named(step) >= expected, f"{step.name} waits for a message that nobody sends"

    def teardown(self) -> None:
        """See every run through: whatever happened to it, it can end."""
        for _ in range(2_000):
            seen = self.see()
            if all(run.state != "running" for run in seen.runs.values()):
                break
            self._push_on(seen)
        else:
            raise AssertionError("a run cannot end")
        self.all_is_well()

    def _push_on(self, seen: Picture) -> None:
        """Do one thing that brings a run nearer to its end."""
        for step in seen.steps.values():
            if seen.claimable(step):
                self._claim(seen, step)
                self.finish(0)
                return
        held = [step for step in seen.steps.values() if step.state == "running" and not step.expired]
        for step in held[:1]:
            self.sql(_RUN_OUT, run=step.run_id, step=step.name, late=False)
        self.sweep_once()


def test_whatever_happens_runs_stay_whole_and_can_end(stage: Stage, play: Play) -> None:
    # Given a ledger, when anything happens to some runs in any order, then what must hold holds after each thing
    heart = Heart(stage.engine, lease_seconds=60, every_seconds=3_600)

    class Here(Ledger):
        def __init__(self) -> None:
            super().__init__(stage, play, heart)

    run_state_machine_as_test(Here, settings=PLAYS)


def test_the_checks_would_notice(stage: Stage, play: Play) -> None:
    # Given a run whose gate miscounts
    told = play.accept(plan_of(in_turn(act("a"), act("b"))))
    with stage.engine.begin() as conn:
        conn.execute(text("""UPDATE gates SET "left" = "left" + 1"""))
    # When the checks look at it, then they say so
    with pytest.raises(AssertionError):
        check_gates(picture(stage.engine, [told.run_id]))
