"""Live runs are changed in one transaction, and a result that is held goes out once a person says so."""

from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.runners import Crew, Line
from support.stages import Stage

from orchestrator.domain.plans import Plan
from orchestrator.domain.triggers import LONGEST_DEADLINE_SECONDS, Priority
from orchestrator.errors import RefusedChangeError
from orchestrator.ledger.control import Control, pause_run, resume_run
from orchestrator.ledger.failing import Outcome
from orchestrator.oversight.answering import Fate, answer
from orchestrator.oversight.asked import list_open
from orchestrator.oversight.changes import By, Change, Drop, Hold, Redate, Release, Reprioritise, change_run, changes_of

pytestmark = pytest.mark.services

ADA = "ada"


def held_id(stage: Stage) -> str:
    with stage.engine.connect() as conn:
        return list_open(conn)[0].id


def plan(stage: Stage, run_id: UUID) -> Plan:
    return Plan.model_validate(stage.one("SELECT plan FROM runs WHERE id = :run", run=run_id))


def test_a_step_that_is_dropped_is_skipped_with_what_needs_it_and_the_run_ends(stage: Stage, play: Play) -> None:
    # Given two branches, of which the first is done
    shape = in_turn(side_by_side(act("a"), in_turn(act("b"), act("c", needs=("b",)))), join("last"))
    run_id = play.run(shape)
    crew = Crew(stage.engine)
    crew.play(run_id, "a")
    # When the second is dropped, then the report is sent, and the run says that it is partial
    change_run(stage.engine, run_id, [Drop("b")], by=By(ADA, "not needed"))
    assert stage.step_states(run_id) == {"a": "succeeded", "b": "skipped", "c": "skipped", "last": "pending"}
    assert play.relay.send_due(run_id) == 1
    assert crew.play(run_id, "last") == [Outcome.DONE]
    assert stage.state(run_id) == "partial"
    assert stage.one("SELECT error FROM steps WHERE name = 'c'") == "dropped by ada: not needed"
    with stage.engine.connect() as conn:
        made = changes_of(conn, run_id)
    assert [(one.who, one.why, one.what, one.detail["skipped"]) for one in made] == [
        (ADA, "not needed", "drop", ["b", "c"])
    ]


def test_what_cannot_be_changed_is_refused_and_nothing_of_it_stays(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("last", required=True)))
    Crew(stage.engine).play(run_id, "a")
    wanted: list[tuple[list[Change], str]] = [
        ([Hold(), Drop("zz")], "no such step"),
        ([Hold(), Drop("a")], "succeeded"),
        ([Hold(), Drop("last")], "fails without last"),
        ([Hold(), Redate(0.0)], "past"),
    ]
    for changes, fault in wanted:
        with pytest.raises(RefusedChangeError, match=fault):
            change_run(stage.engine, run_id, changes, by=By(ADA))
    assert stage.one("SELECT hold IS NULL FROM runs")
    assert stage.one("SELECT count(*) FROM run_changes") == 0


def test_a_run_that_is_over_is_not_changed(stage: Stage, play: Play) -> None:
    run_id = play.run(act("a"))
    Crew(stage.engine).play(run_id, "a")
    with pytest.raises(RefusedChangeError, match="over"):
        change_run(stage.engine, run_id, [Hold()], by=By(ADA))


def test_priority_moves_what_has_not_begun_to_the_lanes_of_its_class(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("last")))
    Crew(stage.engine).play(run_id, "a")
    # When it becomes critical, then what is left waits in urgent lanes, and what is ready is sent again
    change_run(stage.engine, run_id, [Reprioritise(Priority.CRITICAL, specs=SPECS)], by=By(ADA))
    queues = "SELECT string_agg(DISTINCT queue, ',') FROM steps WHERE state = 'pending'"
    assert stage.one(queues) == "actor.urgent"
    assert plan(stage, run_id).priority is Priority.CRITICAL
    assert stage.one("SELECT steps FROM outbox WHERE why = 'changed'") == ["b"]
    # And back again
    change_run(stage.engine, run_id, [Reprioritise(Priority.LOW, specs=SPECS)], by=By(ADA))
    assert stage.one(queues) == "actor.low"
    assert stage.one("SELECT priority FROM runs") == Priority.LOW


def test_a_deadline_moves_from_now_on(stage: Stage, play: Play) -> None:
    run_id = play.run(act("a"))
    change_run(stage.engine, run_id, [Redate(7_200)], by=By(ADA))
    assert stage.one("SELECT deadline_at - now() BETWEEN interval '119min' AND interval '120min' FROM runs")
    assert plan(stage, run_id).deadline_seconds == pytest.approx(7_200, abs=60)


def test_a_deadline_that_is_moved_is_the_whole_time_that_a_run_made_of_the_plan_has(stage: Stage, play: Play) -> None:
    # Given a run that began an hour ago
    run_id = play.run(act("a"))
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET created_at = now() - interval '1h', deadline_at = now() + interval '1h'"))
    # When it has a minute left, then a run of the same plan has that hour as well
    change_run(stage.engine, run_id, [Redate(60)], by=By(ADA))
    assert plan(stage, run_id).deadline_seconds == pytest.approx(3_660, abs=30)
    # And never more than any run may have
    change_run(stage.engine, run_id, [Redate(LONGEST_DEADLINE_SECONDS)], by=By(ADA))
    assert plan(stage, run_id).deadline_seconds == LONGEST_DEADLINE_SECONDS


def test_a_deadline_that_is_given_to_a_paused_run_is_that_far_away_when_it_goes_on(stage: Stage, play: Play) -> None:
    # Given a run that has been paused for ten hours
    run_id = play.run(act("a"))
    with stage.engine.begin() as conn:
        assert pause_run(conn, run_id, why="") is Control.DONE
        conn.execute(text("UPDATE runs SET paused_at = now() - interval '10h'"))
    # When it gets a deadline, and goes on
    change_run(stage.engine, run_id, [Redate(7_200)], by=By(ADA))
    with stage.engine.begin() as conn:
        assert resume_run(conn, run_id) is Control.DONE
    # Then the pause is not added to it
    assert stage.one("SELECT deadline_at - now() BETWEEN interval '119min' AND interval '121min' FROM runs")


@pytest.mark.parametrize(("value", "end"), [("approve", "succeeded"), ("reject", "cancelled")])
def test_a_result_that_is_held_goes_out_or_not_as_a_person_decides(
    value: str, end: str, stage: Stage, play: Play
) -> None:
    # Given a run whose result is held
    run_id = play.run(act("a"))
    change_run(stage.engine, run_id, [Hold()], by=By(ADA))
    # When all is done, then the run waits, and nothing of it has gone out
    assert Crew(stage.engine).play(run_id, "a") == [Outcome.DONE]
    assert stage.state(run_id) == "running"
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'ended'") == 0
    # And when somebody decides, then it ends so
    assert answer(stage.engine, held_id(stage), value=value, who=ADA, why="seen").fate is Fate.TAKEN
    assert stage.state(run_id) == end
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'ended'") == 1


def test_an_option_of_the_trigger_holds_a_result(stage: Stage, play: Play) -> None:
    run_id = play.run(act("a"))
    with stage.engine.begin() as conn:
        conn.execute(text("""UPDATE runs SET trigger = trigger || '{"options": {"hold_report": true}}'"""))
    Crew(stage.engine).play(run_id, "a")
    assert stage.state(run_id) == "running"
    # When it is let go by a change, then it ends, and the question is answered
    change_run(stage.engine, run_id, [Release()], by=By(ADA))
    assert stage.state(run_id) == "succeeded"
    assert stage.one("SELECT answer || who FROM approvals") == "approveada"


def test_a_result_that_is_released_before_it_is_there_asks_nobody(stage: Stage, play: Play) -> None:
    run_id = play.run(act("a"))
    change_run(stage.engine, run_id, [Hold(), Release()], by=By(ADA))
    Crew(stage.engine).play(run_id, "a")
    assert stage.state(run_id) == "succeeded"
    assert stage.one("SELECT count(*) FROM approvals") == 0


def test_a_held_result_whose_time_is_up_is_decided_too_late(stage: Stage, play: Play) -> None:
    run_id = play.run(act("a"))
    change_run(stage.engine, run_id, [Hold()], by=By(ADA))
    Crew(stage.engine).play(run_id, "a")
    name = held_id(stage)
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET deadline_at = now()"))
    assert answer(stage.engine, name, value="approve", who=ADA).fate is Fate.TOO_LATE
    assert stage.one("SELECT answered_at IS NULL FROM approvals")


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_change_whose_receipt_was_lost_is_made_once(
    when: str, stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("last")))
    line = Line(stage.engine, monkeypatch)
    # When the line is cut around its commit, then it is made, and recorded, once
    line.cut(when)
    change_run(stage.engine, run_id, [Drop("b")], by=By(ADA))
    assert line.was_cut
    assert stage.one("SELECT count(*) FROM run_changes") == 1
    assert stage.step_states(run_id)["b"] == "skipped"
