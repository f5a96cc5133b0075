"""What rarely happens to the ledger: errors of another kind, runs that end between two statements, work that stops."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, UniqueViolation
from sqlalchemy import TextClause
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from support.plays import SPECS, Play, act, in_turn, plan_of
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import AgentReport, Artifact, Work
from orchestrator.domain.runs import RunState
from orchestrator.ledger import completion, endings, stepping, sweep
from orchestrator.ledger.claims import Holder, claim
from orchestrator.ledger.completion import Completion, Done, complete
from orchestrator.ledger.failing import Outcome
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.replay import Wish, replay
from orchestrator.store.direct import Direct

pytestmark = pytest.mark.services

HEAVY = (Artifact(name="x.html", media_type="text/html", text="x"),)
HOLDER = Holder("w", 60)


class Refusing(Direct):
    """A database that refuses every statement for one reason."""

    def __init__(self, stage: Stage, why: psycopg.Error) -> None:
        super().__init__(stage.engine)
        self._why = why

    def rows(self, statement: TextClause, values: Mapping[str, object]) -> list[Any]:  # noqa: ARG002  the base's own
        """Refuse."""
        raise DBAPIError.instance("", None, self._why, psycopg.Error)


@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("left", [(), HEAVY])
def test_a_completion_that_finds_its_run_over_leaves_no_trace(
    stage: Stage, play: Play, left: tuple[Artifact, ...], *, last: bool
) -> None:
    # Given a step at work, whose run somebody ended by hand without closing the step
    run_id = play.run(act("a") if last else in_turn(act("a"), act("b")))
    (got,) = claim(Direct(stage.engine), run_id, steps=["a"], holder=HOLDER).claims
    with stage.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE runs SET state = 'failed', finished_at = now()")
    # When it completes, whatever it leaves behind
    report = AgentReport(agent="actor", target="t", artifacts=left)
    lot = [Done(got.held, report, seconds=1, last=last)]
    # Then it was applied to nothing, and all is as it was
    assert complete(Direct(stage.engine), lot, tenant="default") == Completion()
    assert stage.step_states(run_id)["a"] == "running"
    assert stage.one("SELECT count(*) FROM artifacts") == 0


@pytest.mark.parametrize("last", [True, False])
def test_a_run_that_ends_while_a_completion_is_under_way_keeps_nothing_of_it(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch, *, last: bool
) -> None:
    # Given a step at work, whose run somebody ends between two statements of its completion
    run_id = play.run(act("a") if last else in_turn(act("a"), act("b")))
    (got,) = claim(Direct(stage.engine), run_id, steps=["a"], holder=HOLDER).claims

    def meanwhile(*_: object, **_given: object) -> None:
        with stage.engine.begin() as other:
            other.exec_driver_sql("UPDATE runs SET state = 'failed', finished_at = now()")

    # (A last step is left out by the first statement where it was moved to another gate just then.)
    monkeypatch.setattr(completion, "_at_once", lambda *_, **__: Completion())
    monkeypatch.setattr(completion, "save_effects", meanwhile)
    # When it completes, then it was applied to nothing
    report = AgentReport(agent="actor", target="t", artifacts=() if last else HEAVY)
    lot = [Done(got.held, report, seconds=1, last=last)]
    assert complete(Direct(stage.engine), lot, tenant="default") == Completion()
    assert stage.step_states(run_id)["a"] == "running"


def test_what_a_database_refuses_for_other_reasons_is_told(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(act("a"), act("b")))
    (got,) = claim(Direct(stage.engine), run_id, steps=["a"], holder=HOLDER).claims
    lot = [Done(got.held, AgentReport(agent="actor", target="t"), seconds=1, last=False)]
    with pytest.raises(IntegrityError):
        complete(Refusing(stage, UniqueViolation("another")), lot, tenant="default")
    with pytest.raises(IntegrityError):
        claim(Refusing(stage, CheckViolation("another")), run_id, steps=["a"], holder=HOLDER)


def test_a_step_whose_worker_shuts_down_before_it_begins_goes_back_unbegun(stage: Stage, play: Play) -> None:
    # Given a worker that was told to shut down
    worked: list[str] = []

    def work(work: Work) -> AgentReport:
        worked.append(work.step)
        return report_of(work)

    crew = Crew(stage.engine, work)
    crew.heart.stop_all()
    # When it takes a step all the same, then its agent never begins
    run_id = play.run(act("a"))
    assert crew.run(run_id, "a").outcome is Outcome.GIVEN_BACK
    assert worked == []
    assert stage.step_states(run_id) == {"a": "pending"}


def test_a_result_that_a_database_which_is_away_did_not_take_is_no_failure_of_the_step(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a database that is away for longer than anybody waits, from when the agent is done
    def away(*_: object, **_options: object) -> Completion:
        raise OperationalError("", None, psycopg.OperationalError("away"))

    monkeypatch.setattr(stepping, "complete", away)
    monkeypatch.setattr(stepping, "patiently", _once)
    run_id = play.run(act("a"))
    # When the step's result is written down, then that is told, and the step is its worker's until its lease is up
    with pytest.raises(OperationalError):
        Crew(stage.engine).run(run_id, "a")
    with stage.engine.connect() as conn:
        row = conn.exec_driver_sql("SELECT state, failures FROM steps").one()
    assert (row.state, row.failures) == ("running", 0)


def _once(call: Callable[[], Any]) -> Any:  # noqa: ANN401  whatever the call returns
    """Call once, and wait for nobody."""
    return call()


def test_whoever_has_more_to_do_leaves_what_cannot_be_sent_to_the_sweep(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a run whose first messages are due, and a database that is away when they are to be sent
    accepted = play.accept(plan_of(act("a")))
    asked: list[object] = []

    def away(run: object) -> int:
        asked.append(run)
        raise OperationalError("", None, psycopg.OperationalError("away"))

    # When somebody who has more to do wants them sent, then that was tried and stops nobody
    with monkeypatch.context() as patched:
        patched.setattr(play.relay, "send_due", away)
        play.relay.send_soon(accepted.run_id)
    assert asked == [accepted.run_id]
    # And they still wait for the sweep
    assert stage.one("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 1
    assert play.relay.send_due() == 1


def test_a_run_whose_deadline_was_moved_meanwhile_is_not_timed_out(stage: Stage, play: Play) -> None:
    # Given a run that a sweep found past its deadline, which somebody has moved since
    run_id = play.run(act("a"))
    # When the sweep comes to it, then it lives on
    with stage.engine.begin() as conn:
        assert not vars(sweep)["_time_out"](conn, SimpleNamespace(id=run_id))
    assert stage.state(run_id) == "running"


def test_a_run_that_nobody_waits_for_has_no_copies(stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    copies = Copies(play.app, keep_seconds=60)
    monkeypatch.setattr(copies, "store", lambda *_, **__: pytest.fail("nobody asked for a copy"))
    run_id = play.run(act("a"))
    with stage.engine.connect() as conn:
        copies.hand_out(conn, run_id)


def test_a_rerun_that_is_asked_for_twice_under_one_key_is_one_run(stage: Stage, play: Play) -> None:
    # Given a run that was done again under a key
    run_id = play.run(in_turn(act("a"), act("b")))
    with stage.engine.begin() as conn:
        endings.stop_run(conn, run_id, state=RunState.CANCELLED, error="stopped")
    wish = Wish(source=run_id, step="a", key="once")
    with stage.engine.begin() as conn:
        first = replay(conn, wish, specs=SPECS, max_losses=3).accepted
    # When it is asked for again by somebody else, then it is the run that is there
    with stage.engine.begin() as conn:
        again = replay(conn, replace(wish, run_id=uuid4()), specs=SPECS, max_losses=3).accepted
    assert (again.run_id, again.fresh, first.fresh) == (first.run_id, False, True)
