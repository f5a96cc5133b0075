"""What waits too long is escalated, once; and what goes wrong in the system is put to a person."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.runners import Crew, holding, report_of
from support.stages import Stage

from agents.contract import AgentReport, AskKind, Question, Work
from agents.errors import PersonNeededError
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Priority
from orchestrator.errors import RefusedChangeError
from orchestrator.ledger.control import Control, resume_run
from orchestrator.ledger.endings import stop_run
from orchestrator.oversight import escalating, statements
from orchestrator.oversight.answering import Fate, answer
from orchestrator.oversight.asked import Asked, list_open
from orchestrator.oversight.changes import By, Drop, change_run, changes_of
from orchestrator.oversight.escalating import PREFIX, SEEN, Escalation, Terms
from orchestrator.store.engine import make_engine

pytestmark = pytest.mark.services

ESCALATION = Escalation(Terms(seconds=3_600), specs=SPECS)


def asking(work: Work) -> AgentReport:
    """Ask once."""
    if not work.answers and work.step.startswith("asks"):
        wanted = Question(key="go", text="Go?", kind=AskKind.APPROVAL, expires_seconds=40_000)
        raise PersonNeededError(wanted)
    return report_of(work)


def waiting(stage: Stage) -> list[Asked]:
    with stage.engine.connect() as conn:
        return list(list_open(conn))


def sql(stage: Stage, statement: str, **values: object) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text(statement), values)


def aged(stage: Stage, seconds: int) -> None:
    """Let a question have been asked so long ago."""
    statement = """
        UPDATE approvals SET asked_at = now() - make_interval(secs => :seconds), expires_at = now() + interval '9h'
    """
    sql(stage, statement, seconds=seconds)


def test_a_question_that_waits_too_long_is_escalated_once_and_its_run_moves_up(stage: Stage, play: Play) -> None:
    # Given two questions, when one has waited for more than an hour
    Crew(stage.engine, asking).play(play.run(act("asks"), deadline=86_400), "asks")
    assert ESCALATION.sweep(stage.engine) == 0
    aged(stage, 3_601)
    run_id = waiting(stage)[0].run_id
    assert run_id is not None
    Crew(stage.engine, asking).play(play.run(act("asks-too"), deadline=86_400), "asks-too")
    # Then it is escalated once, its run moves up one class, and that is kept
    assert [ESCALATION.sweep(stage.engine) for _ in range(2)] == [1, 0]
    first, second = waiting(stage)
    assert (first.escalated_why, second.escalated_at) == ("nobody has answered for long", None)
    assert stage.one("SELECT priority FROM runs WHERE id = :run", run=run_id) == Priority.HIGH
    assert stage.one("SELECT queue FROM steps WHERE run_id = :run", run=run_id) == "actor.high"
    with stage.engine.connect() as conn:
        (made,) = changes_of(conn, run_id)
    assert (made.who, made.what) == ("nobody", "priority")
    assert first.id in made.why
    # And it can be answered as before
    assert answer(stage.engine, first.id, value="approve", who="ada").fate is Fate.TAKEN


def test_a_critical_run_waits_a_quarter_of_the_time_and_stays_critical(stage: Stage, play: Play) -> None:
    run_id = play.run(act("asks"), priority=Priority.CRITICAL, deadline=86_400)
    Crew(stage.engine, asking).play(run_id, "asks")
    aged(stage, 901)
    assert ESCALATION.sweep(stage.engine) == 1
    assert "critical" in str(waiting(stage)[0].escalated_why)
    assert stage.one("SELECT count(*) FROM run_changes") == 0


def test_a_question_whose_time_is_nearly_up_is_escalated_but_not_while_its_run_is_paused(
    stage: Stage, play: Play
) -> None:
    Crew(stage.engine, asking).play(play.run(act("asks"), deadline=86_400), "asks")
    sql(stage, "UPDATE approvals SET asked_at = now() - interval '800s', expires_at = now() + interval '200s'")
    sql(stage, "UPDATE runs SET paused_at = now()")
    assert ESCALATION.sweep(stage.engine) == 0
    sql(stage, "UPDATE runs SET paused_at = NULL")
    assert ESCALATION.sweep(stage.engine) == 1
    assert "three quarters" in str(waiting(stage)[0].escalated_why)


@pytest.mark.parametrize(
    ("asked", "paused", "waited"),
    [(5_000, 4_000, 1_000), (4_000, 9_000, 0)],
    ids=["asked before", "asked meanwhile"],
)
def test_nobody_is_waited_for_while_a_run_is_paused(
    asked: int, paused: int, waited: int, stage: Stage, play: Play
) -> None:
    # Given a question of a run that was paused for some of the time since then, or since before, and another run's
    other = play.run(act("asks"), deadline=86_400)
    run_id = play.run(act("asks"), deadline=86_400)
    for each in (other, run_id):
        Crew(stage.engine, asking).play(each, "asks")
    aged(stage, asked)
    sql(stage, "UPDATE approvals SET asked_at = now() WHERE run_id = :run", run=other)
    pause = "UPDATE runs SET paused_at = now() - make_interval(secs => :paused) WHERE id = :run"
    sql(stage, pause, paused=paused, run=run_id)
    # When it is resumed, twice
    for wanted in (Control.DONE, Control.ALREADY):
        with stage.engine.begin() as conn:
            assert resume_run(conn, run_id) is wanted
    # Then the pause does not count, and it is not escalated
    since = "SELECT round(EXTRACT(epoch FROM now() - asked_at) / 10) * 10 FROM approvals WHERE run_id = :run"
    assert stage.one(since, run=run_id) == waited
    assert stage.one(since, run=other) == 0
    assert ESCALATION.sweep(stage.engine) == 0


def test_a_question_that_was_answered_keeps_its_time_when_its_run_goes_on(stage: Stage, play: Play) -> None:
    run_id = play.run(act("asks"), deadline=86_400)
    Crew(stage.engine, asking).play(run_id, "asks")
    assert answer(stage.engine, waiting(stage)[0].id, value="approve", who="ada").fate is Fate.TAKEN
    asked = stage.one("SELECT asked_at FROM approvals")
    sql(stage, "UPDATE runs SET paused_at = now() - interval '1h'")
    with stage.engine.begin() as conn:
        assert resume_run(conn, run_id) is Control.DONE
    assert stage.one("SELECT asked_at FROM approvals") == asked


def test_a_run_that_others_hold_is_escalated_without_moving(stage: Stage, play: Play) -> None:
    # Given a question that waits too long, and whose run somebody else has locked
    Crew(stage.engine, asking).play(play.run(act("asks"), deadline=86_400), "asks")
    aged(stage, 4_000)
    impatient = make_engine(stage.addresses.database_url, lock_seconds=0.05)
    with holding(stage.engine, "SELECT FROM steps FOR UPDATE"):
        assert ESCALATION.sweep(impatient) == 1
    impatient.dispose()
    assert waiting(stage)[0].escalated_at is not None
    assert stage.one("SELECT priority FROM runs") == Priority.NORMAL


@pytest.mark.parametrize("error", [RefusedChangeError("it is over"), OperationalError("SELECT", {}, OSError("away"))])
def test_a_run_that_cannot_move_up_is_left_but_trouble_is_not_hidden(
    error: Exception, stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a question that waits too long, and a run that ends just now, or a database that goes away
    Crew(stage.engine, asking).play(play.run(act("asks"), deadline=86_400), "asks")
    aged(stage, 4_000)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(escalating, "change_run", fail)
    # When it is swept, then the one changes nothing, and the other is told
    if isinstance(error, RefusedChangeError):
        assert ESCALATION.sweep(stage.engine) == 1
    else:
        with pytest.raises(OperationalError):
            ESCALATION.sweep(stage.engine)
    assert waiting(stage)[0].escalated_at is not None


def test_the_question_of_a_step_that_was_dropped_is_neither_escalated_nor_answered(stage: Stage, play: Play) -> None:
    # Given a step that asked, waited long, and was dropped, in a run that goes on
    run_id = play.run(in_turn(side_by_side(act("asks"), act("b")), join("last")), deadline=86_400)
    Crew(stage.engine, asking).play(run_id, "asks")
    change_run(stage.engine, run_id, [Drop("asks")], by=By("ada"))
    aged(stage, 4_000)
    # When it is swept, then nobody is called, and when its time is up it is nobody's to answer at every sweep
    assert ESCALATION.sweep(stage.engine) == 0
    sql(stage, "UPDATE approvals SET expires_at = now() - interval '1s'")
    with stage.engine.connect() as conn:
        assert conn.execute(statements.EXPIRED, {"limit": 9}).all() == []


def test_what_is_over_is_not_escalated(stage: Stage, play: Play) -> None:
    run_id = play.run(act("asks"), deadline=86_400)
    Crew(stage.engine, asking).play(run_id, "asks")
    aged(stage, 4_000)
    with stage.engine.begin() as conn:
        stop_run(conn, run_id, state=RunState.CANCELLED, error="ada said so")
    assert ESCALATION.sweep(stage.engine) == 0


_BREAKER = "INSERT INTO breakers (agent, open_until, why) VALUES ('actor', now() + interval '1h', 'osv is away')"
_ACTION = """
    INSERT INTO actions (id, run_id, rule, finding_id, target, kind, parameters, finding, band, confidence, depth,
                         state, why, error, finished_at)
    VALUES ('act-1', gen_random_uuid(), 'r', 'f', 't', 'webhook', '{}', '{}', 'logged', 1, 0, 'failed', '',
            'hooks.example.org:443 answered 410',
            now())
"""
_SLOT = """
    INSERT INTO lost_slots (run_id, step, attempt, agent, worker, reason)
    SELECT id, 'asks', 1, 'actor', 'w', 'it ignores its stop' FROM runs LIMIT 1
"""
_DISPUTE = """
    UPDATE runs SET state = 'succeeded', finished_at = now(), result = '{"disagreements": 2}', subject = 'shop'
"""
_PACE = """
    INSERT INTO agent_figures (agent, steps, mean_seconds, long_seconds, usual_seconds, usual_at)
    VALUES ('actor', 500, 1.2, 2, 1.0, now())
"""


@pytest.mark.parametrize(
    ("statement", "key", "words"),
    [
        (_BREAKER, "health:actor", "osv is away"),
        (_ACTION, "integration:webhook", "answered 410"),
        (_SLOT, "allocation:actor", "1 slots were lost"),
        (_DISPUTE, "consensus:monitor:shop", "disagree about 2 targets"),
        (_PACE, "performance:actor", "20 % longer than usual"),
    ],
)
def test_what_goes_wrong_is_put_to_a_person_once_and_again_when_it_happens_again(
    statement: str, key: str, words: str, stage: Stage, play: Play
) -> None:
    # Given that something goes wrong
    play.run(act("a"))
    assert ESCALATION.sweep(stage.engine) == 0
    sql(stage, statement)
    # When it is swept, then a person is asked, once
    assert [ESCALATION.sweep(stage.engine) for _ in range(2)] == [1, 0]
    (asked,) = waiting(stage)
    assert (asked.key, asked.run_id, asked.choices) == (PREFIX + key, None, (SEEN,))
    assert words in asked.question
    assert asked.escalated_at is not None
    # And once somebody has seen it, nobody is asked again about the same
    assert answer(stage.engine, asked.id, value=SEEN, who="ada").fate is Fate.TAKEN
    assert ESCALATION.sweep(stage.engine) == 0


@pytest.mark.parametrize(("finished", "asked"), [("1 hour", 1), ("25 hours", 0)])
def test_an_action_counts_from_when_it_failed_however_long_it_was_tried(
    stage: Stage, finished: str, asked: int
) -> None:
    # Given an action that came into being weeks ago and failed for good since, when it is swept
    sql(stage, _ACTION)
    times = "UPDATE actions SET created_at = now() - interval '29 days', finished_at = now() - CAST(:ago AS interval)"
    sql(stage, times, ago=finished)
    # Then a person hears of it within a day
    assert ESCALATION.sweep(stage.engine) == asked


def test_a_pace_that_is_little_worse_or_little_known_escalates_nothing(stage: Stage) -> None:
    sql(stage, _PACE.replace("1.2", "1.09"))
    sql(stage, _PACE.replace("'actor', 500", "'chorus', 100"))
    assert ESCALATION.sweep(stage.engine) == 0
    # And what is usual follows what is, slowly, once an hour
    sql(stage, "UPDATE agent_figures SET usual_at = now() - interval '2h'")
    assert ESCALATION.sweep(stage.engine) == 0
    assert stage.one("SELECT round(usual_seconds::numeric, 4) = 1.0045 FROM agent_figures WHERE agent = 'actor'")


def test_a_dispute_in_a_synthesis_is_noted_with_the_run_s_end(stage: Stage, play: Play) -> None:
    # Given a report whose agents disagree about one of two targets
    def dispute(work: Work) -> AgentReport:
        synthesis = {"agreements": [{"target": "a", "agrees": False}, {"target": "b", "agrees": True}]}
        return report_of(work).model_copy(update={"metrics": {"synthesis": synthesis} if work.step == "last" else {}})

    run_id = play.run(in_turn(act("a"), join("last")))
    Crew(stage.engine, dispute).play(run_id, "a", "last")
    # Then the run's end says so, and a person hears of it
    assert stage.one("SELECT result ->> 'disagreements' FROM runs") == "1"
    assert ESCALATION.sweep(stage.engine) == 1
