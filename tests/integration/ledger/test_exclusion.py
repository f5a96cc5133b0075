"""One collection of one target at a time, through submitting, claiming, waiting and ending."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import Play, act, in_turn, join, side_by_side
from support.runners import Crew, report_of
from support.stages import Stage

from agents.contract import AgentReport, Question, Work
from agents.errors import PersonNeededError
from orchestrator.domain.plans import Step
from orchestrator.domain.triggers import Priority
from orchestrator.ledger import statements
from orchestrator.ledger.claims import Holder, Stale, claim
from orchestrator.ledger.failing import Outcome
from orchestrator.ledger.in_line import next_in_line
from orchestrator.store.direct import Direct
from orchestrator.store.engine import make_engine

pytestmark = pytest.mark.services


def collect(name: str, target: str = "succeed/a", *, capability: str = "collect:git") -> Step:
    """Return a step that collects."""
    return Step(name=name, agent="actor", capability=capability, target=f"git:{target}")


def sending(crew: Crew, sent: list[UUID]) -> Crew:
    """Let a crew note for which runs it has messages sent."""
    crew.runner = replace(crew.runner, send_soon=sent.append)
    return crew


def _due(stage: Stage, run_id: UUID) -> None:
    """Let a wait of a run's steps be over."""
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE steps SET ready_at = now() WHERE run_id = :run"), {"run": run_id})


def test_two_runs_never_collect_one_target_at_the_same_time(stage: Stage, play: Play) -> None:
    # Given two runs that collect the same target, and then look at it
    first, second = (play.run(in_turn(collect("c"), act("a"))) for _ in range(2))
    met: list[Outcome] = []

    def work(work: Work) -> AgentReport:
        met.append(Crew(stage.engine, owner="other").run(second, "c").outcome)
        return report_of(work)

    # When the second's message comes while the first collects, then it waits in the ledger, with nothing used up
    assert Crew(stage.engine, work).run(first, "c").outcome is Outcome.DONE
    assert met == [Outcome.STALE]
    assert stage.one("SELECT sum(attempt + failures + losses) FROM steps WHERE run_id = :run", run=second) == 0
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'busy' AND steps = ARRAY['c']") == 1
    # And once the first is done, it has its turn; what only reads never waits
    _due(stage, second)
    assert Crew(stage.engine).play(second, "c", "a") == [Outcome.DONE, Outcome.DONE]
    assert Crew(stage.engine).play(first, "a") == [Outcome.DONE]
    assert stage.state(first) == stage.state(second) == "succeeded"


def test_a_busy_target_holds_up_no_other_of_its_lot(stage: Stage, play: Play) -> None:
    # Given a target that another run collects, and a lot with that one in its middle
    claim(Direct(stage.engine), play.run(collect("c", "succeed/b")), steps=["c"], holder=Holder("another", 60))
    run_id = play.run(side_by_side(*(collect(name, f"succeed/{name}") for name in "abd")))
    # When the lot's message comes, then the others are done
    stepped = Crew(stage.engine).run(run_id, "a", "b", "d")
    assert stepped.outcome is Outcome.DONE
    assert stage.step_states(run_id) == {"a": "succeeded", "b": "pending", "d": "succeeded"}


def test_who_waits_for_a_person_lets_others_have_the_target(stage: Stage, play: Play) -> None:
    # Given a collection that asks before it goes on
    def ask(work: Work) -> AgentReport:
        raise PersonNeededError(Question(key="go", text="Shall I?"))

    first, second = play.run(collect("c")), play.run(collect("c"))
    assert Crew(stage.engine, ask).play(first, "c") == [Outcome.WAITING]
    # When another run's message comes, then it is done at once
    assert Crew(stage.engine).play(second, "c") == [Outcome.DONE]


def test_what_collects_something_else_runs_beside_it(stage: Stage, play: Play) -> None:
    # Given a target that one run collects
    claim(Direct(stage.engine), play.run(collect("c")), steps=["c"], holder=Holder("another", 60))
    # When others collect something else of it, or another target, or only read it, then none of them waits
    others = (
        collect("c", capability="collect:dependencies"),
        collect("c", "succeed/b"),
        collect("c", capability="act"),
    )
    for other in others:
        got = claim(Direct(stage.engine), play.run(other), steps=["c"], holder=Holder("x", 60))
        assert len(got.claims) == 1
    # And steps that exclude nobody have no key at all
    play.run(in_turn(act("a"), join("b")))
    assert stage.one("SELECT count(*) FROM steps WHERE exclusive IS NOT NULL") == 3


def test_a_target_whose_holder_died_is_free_once_its_lease_was_taken(stage: Stage, play: Play) -> None:
    # Given a holder that has not been heard of
    first, second = play.run(collect("c")), play.run(collect("c"))
    claim(Direct(stage.engine), first, steps=["c"], holder=Holder("dead", 60))
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE steps SET lease_until = now() - interval '1s' WHERE state = 'running'"))
    # When another run wants it, then it waits as long as nobody knows whether the holder is gone
    got = claim(Direct(stage.engine), second, steps=["c"], holder=Holder("x", 60))
    assert got.stale == {"c": Stale.BUSY}
    # And has it once the sweep has taken the step back
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE steps SET state = 'pending', lease_owner = NULL WHERE state = 'running'"))
    _due(stage, second)
    assert len(claim(Direct(stage.engine), second, steps=["c"], holder=Holder("x", 60)).claims) == 1


def test_the_most_urgent_in_line_is_sent_for_when_the_target_is_free(stage: Stage, play: Play) -> None:
    # Given a run that collects, and three that wait for its target, of which the second is critical
    holder = play.run(collect("c"))
    waiting = [
        play.run(collect("c"), priority=priority) for priority in (Priority.LOW, Priority.CRITICAL, Priority.LOW)
    ]
    sent: list[UUID] = []

    def work(work: Work) -> AgentReport:
        for run_id in waiting:
            assert Crew(stage.engine).run(run_id, "c").outcome is Outcome.STALE
        return report_of(work)

    crew = sending(Crew(stage.engine, work), sent)
    # When the target is free, then one of them is sent for: the most urgent
    assert crew.play(holder, "c") == [Outcome.DONE]
    assert sent == [waiting[1]]
    # And each, once it is done, sends for the next
    for run_id, following in zip((waiting[1], waiting[0], waiting[2]), (waiting[0], waiting[2], None), strict=True):
        sent.clear()
        play.relay.send_due(run_id)
        assert sending(Crew(stage.engine), sent).play(run_id, "c") == [Outcome.DONE]
        assert sent == ([following] if following else [])


def test_who_comes_too_late_to_wait_is_looked_at_at_once(stage: Stage, play: Play) -> None:
    # Given a claim that met another one, which is gone by the time that this is written down
    run_id = play.run(collect("c"))
    with stage.engine.begin() as conn:
        conn.execute(statements.LOOK_AGAIN, {"run": run_id, "step": "c", "wait": 60})
    # Then its message is due now
    assert stage.one("SELECT due_at <= now() FROM outbox WHERE why = 'busy'")
    assert Crew(stage.engine).play(run_id, "c") == [Outcome.DONE]


def test_a_database_that_is_away_costs_the_one_in_line_no_more_than_a_look(stage: Stage, play: Play) -> None:
    # Given somebody in line, and a database that goes away as soon as the target is free
    held = claim(Direct(stage.engine), play.run(collect("c")), steps=["c"], holder=Holder("x", 60))
    other = play.run(collect("c"))
    claim(Direct(stage.engine), other, steps=["c"], holder=Holder("x", 60))
    away = make_engine("postgresql+psycopg://nobody@/nothing?host=/nonexistent")
    # When the next one cannot be sent for, then it is still in line
    assert next_in_line(Direct(away), held.claims) == ()
    assert next_in_line(Direct(stage.engine), held.claims) == (other,)
