"""Runs with steps that wait for people: whatever people, sweeps and time do, in whatever order, against a model."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from support.ledgers import Picture, check_gates, ended_early, picture
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import APPROVE, REJECT, AgentReport, AskKind, Question, Work
from agents.errors import PersonNeededError
from orchestrator.domain.plans import Shape
from orchestrator.domain.runs import RunState, StepState
from orchestrator.errors import RefusedChangeError
from orchestrator.ledger.control import Control, pause_run, resume_run
from orchestrator.ledger.endings import stop_run
from orchestrator.ledger.failing import Outcome
from orchestrator.oversight.adding import Add, Wanted, send_added
from orchestrator.oversight.answering import Fate, answer
from orchestrator.oversight.asked import Asked, AskedState, asked_by
from orchestrator.oversight.changes import By, Change, Drop, Hold, Release, change_run
from orchestrator.oversight.escalating import Escalation, Terms
from orchestrator.oversight.expiry import expire

pytestmark = pytest.mark.services

PLAYS = settings(
    max_examples=25,
    stateful_step_count=25,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
)
SHAPES: tuple[Shape, ...] = (
    in_turn(side_by_side(act("asks-a"), act("asks-b"), act("c")), join("last")),
    in_turn(side_by_side(in_turn(act("asks-a"), act("b", needs=("asks-a",))), act("asks-c")), join("last")),
    in_turn(act("a"), act("asks-b", needs=("a",)), join("asks-last")),
)
ESCALATION = Escalation(Terms(seconds=3_600), specs=SPECS)


def asking(work: Work) -> AgentReport:
    """Ask twice where the step's name says so: for an approval, then for a word."""
    if work.step.startswith("asks"):
        for key, kind in (("go", AskKind.APPROVAL), ("word", AskKind.QUESTION)):
            if key not in work.answers:
                default = {"default": "none"} if kind is AskKind.QUESTION else {}
                wanted = {"key": key, "text": key, "kind": kind, "expires_seconds": 40_000, **default}
                raise PersonNeededError(Question.model_validate(wanted))
    said = "+".join(f"{key}={given.value}" for key, given in sorted(work.answers.items()))
    return report_of(work).model_copy(update={"summary": said})


@dataclass
class Model:
    """What should be known of one run, as the rules went."""

    answers: dict[tuple[str, str], str] = field(default_factory=dict)
    """Step and key to the answer that was first."""
    asked: set[tuple[str, str]] = field(default_factory=set)
    paused: bool = False
    held: bool = False
    end: RunState | None = None
    """How the run was ended from outside."""


class Waiting(RuleBasedStateMachine):
    """One run whose steps ask, and everything that people, sweeps and time can do to it."""

    def __init__(self, stage: Stage, play: Play) -> None:
        super().__init__()
        self.stage = stage
        self.play = play
        self.crew = Crew(stage.engine, asking)
        self.model = Model()
        self.run_id = UUID(int=0)

    def see(self) -> Picture:
        return picture(self.stage.engine, [self.run_id])

    def live(self) -> bool:
        return self.stage.state(self.run_id) == "running"

    def questions(self) -> tuple[Asked, ...]:
        with self.stage.engine.connect() as conn:
            return asked_by(conn, self.run_id)

    def sql(self, statement: str) -> None:
        with self.stage.engine.begin() as conn:
            conn.execute(text(statement))

    @initialize(shape=st.sampled_from(SHAPES))
    def begin(self, shape: Shape) -> None:
        self.run_id = self.play.run(shape, deadline=86_400)

    @rule(which=st.integers(0, 9))
    def work(self, which: int) -> None:
        # A step is done exactly where it may be: one that asks what was not answered waits, and holds nothing
        seen = self.see()
        steps = seen.of(self.run_id)
        step = steps[which % len(steps)]
        may = seen.claimable(step) and not self.model.paused
        (outcome,) = self.crew.play(self.run_id, step.name)
        if not may:
            # A message may come late: what is over already only has what follows it sent
            assert outcome in {Outcome.STALE, Outcome.DONE}
            assert self.see().steps[(self.run_id, step.name)].attempt == step.attempt
            return
        open_keys = [key for key in ("go", "word") if (step.name, key) not in self.model.answers]
        asks = step.name.startswith("asks") and bool(open_keys)
        assert outcome is (Outcome.WAITING if asks else Outcome.DONE)
        if asks:
            self.model.asked.add((step.name, open_keys[0]))

    @rule(most=st.integers(1, 4))
    def work_on_what_is_ready(self, most: int) -> None:
        for _ in range(most):
            seen = self.see()
            ready = [number for number, step in enumerate(seen.of(self.run_id)) if seen.claimable(step)]
            if ready:
                self.work(ready[0])

    @rule()
    def approve_what_waits(self) -> None:
        for number, one in enumerate(self.questions()):
            if one.state is AskedState.OPEN and one.step:
                self.reply(number, yes=True)

    @rule(which=st.integers(0, 9), yes=st.booleans())
    def reply(self, which: int, yes: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        # The first answer to a question that waits counts; any other hears that it is too late
        asked = self.questions()
        if not asked:
            return
        one = asked[which % len(asked)]
        value = (APPROVE if yes else REJECT) if one.choices else "red"
        done = answer(self.stage.engine, one.id, value=value, who="ada")
        assert (done.fate is Fate.TAKEN) == (one.state is AskedState.OPEN)
        if done.fate is Fate.TAKEN and one.step:
            self.model.answers[(one.step, one.key)] = value
        elif done.fate is Fate.TAKEN:
            self.model.held = False
            if not yes:
                self.model.end = RunState.CANCELLED

    @rule()
    def let_questions_expire(self) -> None:
        # Defaults hold for what waits, in the name of nobody; a paused run's clock stands still
        waits = [one for one in self.questions() if one.state is AskedState.OPEN and one.step]
        self.sql("UPDATE approvals SET expires_at = now() - interval '1s' WHERE step <> '' AND answered_at IS NULL")
        assert expire(self.stage.engine) == (0 if self.model.paused else len(waits))
        if not self.model.paused:
            self.model.answers.update({(one.step, one.key): one.default_answer for one in waits})

    @rule()
    def pause(self) -> None:
        live = self.live()
        with self.stage.engine.begin() as conn:
            done = pause_run(conn, self.run_id, why="ada said so")
        assert done is (Control.OVER if not live else Control.ALREADY if self.model.paused else Control.DONE)
        self.model.paused |= live

    @rule()
    def resume(self) -> None:
        live = self.live()
        with self.stage.engine.begin() as conn:
            done = resume_run(conn, self.run_id)
        assert done is (Control.OVER if not live else Control.DONE if self.model.paused else Control.ALREADY)
        self.model.paused &= not live

    @rule(which=st.integers(0, 9), chance=st.integers(0, 3))
    def drop(self, which: int, chance: int) -> None:
        # What has not begun, or waits, can be dropped; its question is over then
        if chance:
            return
        steps = self.see().of(self.run_id)
        step = steps[which % len(steps)]
        can = self.live() and step.state in {"pending", "waiting"}
        assert self._changes(Drop(step.name)) == can
        if can:
            assert self.stage.step_states(self.run_id)[step.name] == "skipped"

    @rule(hold=st.booleans())
    def hold(self, hold: bool) -> None:  # noqa: FBT001  drawn by hypothesis
        if self._changes(Hold() if hold else Release()):
            self.model.held = hold

    @rule(which=st.integers(0, 9))
    def add(self, which: int) -> None:
        # A step that asks is added, unless the run has come past its place
        number = len(self.see().of(self.run_id))
        if number < 7:
            wanted = Wanted("act", target="a", agent="actor", name=f"asks-more{which}-{number}")
            self._changes(Add(wanted, specs=SPECS, max_losses=5))

    def _changes(self, change: Change) -> bool:
        """Make a change; whether it was made."""
        try:
            change_run(self.stage.engine, self.run_id, [change], by=By("ada"))
        except RefusedChangeError:
            return False
        return True

    @rule()
    def sweep(self) -> None:
        send_added(self.stage.engine)
        ESCALATION.sweep(self.stage.engine)

    @rule(chance=st.integers(0, 9))
    def end_it(self, chance: int) -> None:
        if chance:
            return  # seldom: else nothing else would ever come about
        live = self.live()
        with self.stage.engine.begin() as conn:
            assert stop_run(conn, self.run_id, state=RunState.CANCELLED, error="ada said so") == live
        if live:
            self.model.end = RunState.CANCELLED

    @invariant()
    def all_is_well(self) -> None:
        if self.run_id.int:
            seen = self.see()
            check_gates(seen)
            self._check_steps(seen)
            self._check_questions(seen)
            self._check_the_run(seen)

    def _check_steps(self, seen: Picture) -> None:
        """Check that who waits holds nothing, that effects are once, and that what was answered was heard."""
        for place, step in seen.steps.items():
            assert step.lease_owner is None
            assert seen.effects.get(place, 0) == StepState(step.state).delivered
            if step.state == "succeeded" and step.name.startswith("asks"):
                said = "+".join(f"{key}={self.model.answers[(step.name, key)]}" for key in ("go", "word"))
                assert step.result["summary"] == said

    def _check_questions(self, seen: Picture) -> None:
        """Check that a step waits for exactly one question that is open, and that each was asked once."""
        asked = self.questions()
        assert {(one.step, one.key) for one in asked if one.step} == self.model.asked
        for step in seen.steps.values():
            mine = [one for one in asked if one.step == step.name and one.state is AskedState.OPEN]
            assert len(mine) == (step.state == "waiting")
        for one in asked:
            assert one.answer == self.model.answers.get((one.step, one.key)) or not one.step

    def _check_the_run(self, seen: Picture) -> None:
        """Check that the run goes on as long as anything is left, or its result is held."""
        run, steps = seen.runs[self.run_id], seen.of(self.run_id)
        if self.model.end is not None:
            assert run.state == self.model.end
        elif run.state == "running":
            left = [step for step in steps if not StepState(step.state).ended]
            assert left or any(one.key == "hold" and one.state is AskedState.OPEN for one in self.questions())
        else:
            assert not ended_early(run, steps)
            assert run.state in {RunState.SUCCEEDED, RunState.PARTIAL, RunState.FAILED}
        # What may begin was named in the outbox, or went first, or follows what a worker has just done
        for step in steps if run.state == "running" and not self.model.paused else []:
            if step.state == "pending" and step.attempt > 0:
                assert seen.named(step) > 0, f"{step.name} goes on, and nobody says so"

    def teardown(self) -> None:
        """See the run through: whatever happened to it, it can end."""
        for _ in range(200):
            if not self.run_id.int or not self.live():
                break
            self._push_on()
        else:
            raise AssertionError("the run cannot end")
        self.sql("DELETE FROM approvals WHERE run_id IS NULL")

    def _push_on(self) -> None:
        """Do one thing that brings the run nearer to its end."""
        if self.model.paused:
            self.resume()
        for number, step in enumerate(self.see().of(self.run_id)):
            if step.state == "pending":
                self.work(number)
        for number, one in enumerate(self.questions()):
            if one.state is AskedState.OPEN:
                self.reply(number, yes=True)


def test_whatever_people_do_a_run_that_waits_stays_whole_and_can_end(stage: Stage, play: Play) -> None:
    # Given a run with steps that ask, when anything happens to it in any order, then the model holds after each thing
    class Here(Waiting):
        def __init__(self) -> None:
            super().__init__(stage, play)

    run_state_machine_as_test(Here, settings=PLAYS)


@pytest.mark.parametrize("value", [APPROVE, REJECT])
def test_a_paused_run_takes_an_answer_and_goes_on_with_it_when_it_is_resumed(
    value: str, stage: Stage, play: Play
) -> None:
    # Given a run that waits, and is paused
    run_id = play.run(in_turn(act("asks"), join("last")), deadline=86_400)
    crew = Crew(stage.engine, asking)
    assert crew.play(run_id, "asks") == [Outcome.WAITING]
    with stage.engine.begin() as conn:
        assert pause_run(conn, run_id, why="lunch") is Control.DONE
    # When somebody answers, then that counts, and nothing begins
    with stage.engine.connect() as conn:
        (asked,) = asked_by(conn, run_id)
    assert answer(stage.engine, asked.id, value=value, who="ada").fate is Fate.TAKEN
    assert crew.play(run_id, "asks") == [Outcome.STALE]
    assert stage.step_states(run_id)["asks"] == "pending"
    # And when it is resumed, then the step is sent, and asks what comes next
    with stage.engine.begin() as conn:
        assert resume_run(conn, run_id) is Control.DONE
    assert stage.one("SELECT steps FROM outbox WHERE why = 'resumed'") == ["asks"]
    assert crew.play(run_id, "asks") == [Outcome.WAITING]


def test_a_run_that_is_resumed_still_waits_and_its_deadline_has_moved(stage: Stage, play: Play) -> None:
    # Given a run that waits, and was paused for an hour
    run_id = play.run(in_turn(act("asks"), join("last")), deadline=86_400)
    crew = Crew(stage.engine, asking)
    crew.play(run_id, "asks")
    with stage.engine.begin() as conn:
        pause_run(conn, run_id, why="lunch")
        conn.execute(text("UPDATE runs SET paused_at = now() - interval '1h'"))
    before = stage.one("SELECT deadline_at FROM runs")
    # When it is resumed, then nothing is sent for the step that waits, and it has an hour more
    with stage.engine.begin() as conn:
        assert resume_run(conn, run_id) is Control.DONE
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'resumed'") == 0
    assert stage.step_states(run_id)["asks"] == "waiting"
    moved = stage.one("SELECT deadline_at - :before >= interval '1h' FROM runs", before=before)
    assert moved is True
