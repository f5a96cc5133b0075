"""Lots on the real ledger: several steps behind one gate claimed, completed and counted at once."""

import threading

import pytest
from sqlalchemy import text
from support.plays import Play, act, in_turn, join, side_by_side
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import AgentReport, Work
from agents.errors import BadEvidenceError
from orchestrator.ledger.claims import Holder, Stale, claim
from orchestrator.ledger.failing import Outcome
from orchestrator.ledger.figures import Figures
from orchestrator.store.direct import Direct

pytestmark = pytest.mark.services

FAN = in_turn(side_by_side(act("a"), act("b"), act("c")), join("d"))


def test_a_lot_is_completed_at_once_and_opens_its_gate(stage: Stage, play: Play) -> None:
    # Given a fan of three and a join
    run_id = play.run(FAN)
    crew = Crew(stage.engine)
    # When one message brings all three
    stepped = crew.run(run_id, "a", "b", "c")
    # Then all are done, the gate is open, each effect is there once, and each attempt says how long its agent worked
    assert (stepped.outcome, stepped.opened, stepped.summary) == (Outcome.DONE, True, "3 steps")
    assert stage.one("SELECT count(*) FROM effects") == 3
    assert stage.one("SELECT count(*) FROM attempts WHERE outcome = 'succeeded' AND seconds >= 0") == 3
    # And the join sees all of them
    assert crew.run(run_id, "d").outcome is Outcome.DONE
    assert stage.state(run_id) == "succeeded"


def test_a_lot_runs_what_is_left_of_it(stage: Stage, play: Play) -> None:
    # Given a lot one of whose steps is done, and one of which somebody else works on
    run_id = play.run(FAN)
    crew = Crew(stage.engine)
    assert crew.play(run_id, "a") == [Outcome.DONE]
    claim(Direct(stage.engine), run_id, steps=["b"], holder=Holder("another", 60))
    # When a message brings all three, then only the third is taken, and the gate stays closed
    stepped = crew.run(run_id, "a", "b", "c", "nobody")
    assert (stepped.outcome, stepped.opened) == (Outcome.DONE, False)
    assert stage.one("SELECT attempt FROM steps WHERE name = 'a'") == 1
    # And a claim says of each of the others why not
    again = claim(Direct(stage.engine), run_id, steps=["a", "b", "d", "nobody"], holder=Holder("x", 60))
    assert again.claims == ()
    assert again.stale == {"a": Stale.DONE, "b": Stale.LEASED, "d": Stale.NOT_OPEN, "nobody": Stale.UNKNOWN}


def test_one_that_fails_takes_none_of_its_lot_with_it(stage: Stage, play: Play) -> None:
    # Given a lot whose second step has wrong input
    run_id = play.run(FAN)

    def work(work: Work) -> AgentReport:
        if work.step == "b":
            raise BadEvidenceError("b: field x is wrong")
        return report_of(work)

    crew = Crew(stage.engine, work)
    # When it is run, then the others' results open the gate, and the join runs without it
    stepped = crew.run(run_id, "a", "b", "c")
    assert (stepped.outcome, stepped.opened) == (Outcome.DONE, True)
    assert stage.step_states(run_id) == {"a": "succeeded", "b": "failed", "c": "succeeded", "d": "pending"}
    crew.run(run_id, "d")
    assert stage.state(run_id) == "partial"


def test_a_step_taken_over_in_the_meantime_keeps_nothing_of_its_lot_back(stage: Stage, play: Play) -> None:
    # Given a lot one of whose steps another takes over while it works
    run_id = play.run(FAN)

    def work(work: Work) -> AgentReport:
        if work.step == "b":
            with stage.engine.begin() as conn:
                conn.execute(text("UPDATE steps SET lease_until = now() - interval '1 s' WHERE name = 'b'"))
            claim(Direct(stage.engine), run_id, steps=["b"], holder=Holder("another", 60))
        return report_of(work)

    # When the lot completes, then the others are applied, and that one is fenced without an effect
    stepped = Crew(stage.engine, work).run(run_id, "a", "b", "c")
    assert (stepped.outcome, stepped.opened) == (Outcome.DONE, False)
    assert stage.step_states(run_id) == {"a": "succeeded", "b": "running", "c": "succeeded", "d": "pending"}
    assert stage.one("SELECT string_agg(step, '' ORDER BY step) FROM effects") == "ac"


def test_steps_behind_a_slow_one_go_back_while_it_still_works(stage: Stage, play: Play) -> None:
    # Given a lot whose first step hangs until the others are free again
    run_id = play.run(FAN)
    free = threading.Event()

    def freed() -> bool:
        return stage.one("SELECT count(*) FROM outbox WHERE why = 'retry'") == 2

    def work(work: Work) -> AgentReport:
        if work.step == "a":
            stage.wait(freed)
            free.set()
        return report_of(work)

    crew = Crew(stage.engine, work)
    # When the lot is run
    stepped = crew.run(run_id, "a", "b", "c")
    # Then it did not keep the others waiting: they went back without a fault, with messages of their own
    assert free.is_set()
    assert (stepped.outcome, stepped.opened) == (Outcome.DONE, False)
    assert stage.step_states(run_id) == {"a": "succeeded", "b": "pending", "c": "pending", "d": "pending"}
    assert stage.one("SELECT sum(failures + losses) FROM steps") == 0
    assert crew.play(run_id, "b", "c", "d") == [Outcome.DONE] * 3
    assert stage.state(run_id) == "succeeded"


def test_two_runs_do_not_work_on_one_target_at_once(stage: Stage, play: Play) -> None:
    # Given a step that excludes those of other runs on the same target, and one of which is at work
    first, second = play.run(act("a")), play.run(act("a"))
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE steps SET exclusive = 'default git:succeed/a'"))
    claim(Direct(stage.engine), first, steps=["a"], holder=Holder("another", 60))
    # When the other's message comes, then it waits its turn in the ledger
    stepped = Crew(stage.engine).run(second, "a")
    assert (stepped.outcome, stepped.owes) == (Outcome.STALE, True)
    assert stepped.summary == "busy"
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'busy' AND due_at > now()") == 1
    # And it gets it once the target is free
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE steps SET state = 'succeeded' WHERE run_id = :run"), {"run": first})
        conn.execute(text("UPDATE steps SET ready_at = now() WHERE run_id = :run"), {"run": second})
    assert Crew(stage.engine).run(second, "a").outcome is Outcome.DONE


def test_what_agents_take_is_noted_by_all_and_read_by_all(stage: Stage) -> None:
    # Given two processes that note what they run
    one, other = (Figures(stage.engine, lot_seconds=2**-6, every_seconds=-1) for _ in range(2))
    # When each has run quick steps of one agent and slow ones of another
    for _ in range(15):
        one.note("quick", seconds=2**-10)
        other.note("quick", seconds=2**-10)
        other.note("slow", seconds=0.5)
        one.note("slow", seconds=0.5)
    # Then a third sizes their lots by all that was seen
    third = Figures(stage.engine, lot_seconds=2**-6, every_seconds=-1)
    assert (third.lot_size("quick"), third.lot_size("slow"), third.lot_size("unseen")) == (16, 1, 1)
    assert stage.one("SELECT steps FROM agent_figures WHERE agent = 'quick'") == 30
