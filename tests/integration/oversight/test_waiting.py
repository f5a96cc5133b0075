"""A step that asks waits in the ledger, without a worker, and goes on with its answer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import Play, act, in_turn, join, side_by_side
from support.runners import Crew, Line, holding, report_of
from support.stages import Stage

from agents.contract import AgentReport, AskKind, Question, Work
from agents.errors import PersonNeededError
from orchestrator.domain.runs import RunState
from orchestrator.errors import RefusedAnswerError, UnknownApprovalError
from orchestrator.ledger.endings import stop_run
from orchestrator.ledger.failing import Outcome
from orchestrator.oversight.answering import Fate, answer
from orchestrator.oversight.asked import Asked, AskedState, asked_by, find_asked, list_all, list_open
from orchestrator.oversight.expiry import expire
from orchestrator.store.approvals import ask
from orchestrator.store.engine import make_engine

pytestmark = pytest.mark.services


def asking(**wanted: object) -> Callable[[Work], AgentReport]:
    """Return an agent whose steps called ``asks...`` ask once, and report who answered what."""

    def run(work: Work) -> AgentReport:
        if not work.step.startswith("asks"):
            return report_of(work)
        if "go" not in work.answers:
            raise PersonNeededError(Question.model_validate({"key": "go", "text": "Shall it go on?", **wanted}))
        given = work.answers["go"]
        return report_of(work).model_copy(update={"summary": f"{given.value} by {given.who}, {given.why}"})

    return run


def open_asked(stage: Stage, run_id: UUID) -> Asked:
    """Return what a run waits for."""
    with stage.engine.connect() as conn:
        return next(asked for asked in list_open(conn) if asked.run_id == run_id)


def sql(stage: Stage, statement: str) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text(statement))


def test_a_step_waits_without_a_worker_and_goes_on_with_its_answer(stage: Stage, play: Play) -> None:
    # Given a step that asks
    run_id = play.run(in_turn(act("asks"), join("last")))
    crew = Crew(stage.engine, asking())
    assert crew.play(run_id, "asks") == [Outcome.WAITING]
    # When it waits, then nobody holds it, nothing of it is sent, and it counts as no failure
    assert stage.step_states(run_id) == {"asks": "waiting", "last": "pending"}
    assert stage.one("SELECT lease_owner IS NULL AND failures = 0 AND losses = 0 FROM steps WHERE name = 'asks'")
    assert stage.one("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    assert stage.one("SELECT outcome FROM attempts") == "waiting"
    assert crew.play(run_id, "asks") == [Outcome.STALE]
    # And when somebody answers, then it is sent, and done anew with the answer
    done = answer(stage.engine, open_asked(stage, run_id).id, value="yes", who="ada", why="seen")
    assert (done.fate, done.asked.state) == (Fate.TAKEN, AskedState.ANSWERED)
    assert play.relay.send_due(run_id) == 1
    assert crew.play(run_id, "asks", "last") == [Outcome.DONE, Outcome.DONE]
    assert stage.one("SELECT result ->> 'summary' FROM steps WHERE name = 'asks'") == "yes by ada, seen"
    assert stage.state(run_id) == "succeeded"
    assert stage.doubled_effects() == 0


def test_of_two_answers_the_first_counts_and_the_second_hears_whose_it_was(stage: Stage, play: Play) -> None:
    run_id = play.run(act("asks"))
    Crew(stage.engine, asking(kind=AskKind.APPROVAL)).play(run_id, "asks")
    name = open_asked(stage, run_id).id
    # When two answer, the second by the beginning of the id
    first = answer(stage.engine, name, value="reject", who="ada", why="no")
    second = answer(stage.engine, name[:4], value="approve", who="bob")
    # Then the first answer stands, and one message is due
    assert (first.fate, second.fate) == (Fate.TAKEN, Fate.TOO_LATE)
    assert (second.asked.answer, second.asked.who, second.asked.why) == ("reject", "ada", "no")
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'answered'") == 1


def test_an_answer_that_does_not_fit_is_refused_and_changes_nothing(stage: Stage, play: Play) -> None:
    run_id = play.run(act("asks"))
    Crew(stage.engine, asking(choices=("red", "blue"))).play(run_id, "asks")
    name = open_asked(stage, run_id).id
    for value, fault in (("green", "red, blue"), ("", "empty")):
        with pytest.raises(RefusedAnswerError, match=fault):
            answer(stage.engine, name, value=value, who="ada")
    for unknown in ("zzzzzz", ""):
        with pytest.raises(UnknownApprovalError, match="approvals list"):
            answer(stage.engine, unknown, value="red", who="ada")
    assert stage.step_states(run_id) == {"asks": "waiting"}


def test_a_question_that_nobody_answers_in_time_gets_its_default(stage: Stage, play: Play) -> None:
    # Given a question that expires, and one that does not
    run_id = play.run(side_by_side(act("asks"), act("asks-too")))
    Crew(stage.engine, asking(default="no", expires_seconds=3_600)).play(run_id, "asks")
    crew = Crew(stage.engine, asking())
    crew.play(run_id, "asks-too")
    # When its time is up, then the default is taken, once, in the name of nobody
    assert expire(stage.engine) == 0
    sql(stage, "UPDATE approvals SET expires_at = now() - interval '1s' WHERE step = 'asks'")
    assert (expire(stage.engine), expire(stage.engine)) == (1, 0)
    assert crew.play(run_id, "asks") == [Outcome.DONE]
    assert str(stage.one("SELECT result ->> 'summary' FROM steps WHERE name = 'asks'")).startswith("no by nobody")
    assert stage.step_states(run_id)["asks-too"] == "waiting"


def test_the_run_s_deadline_goes_on_while_it_waits(stage: Stage, play: Play) -> None:
    # Given a question that would expire long after the run's time is up
    run_id = play.run(act("asks"))
    Crew(stage.engine, asking(default="no", expires_seconds=86_400)).play(run_id, "asks")
    asked = open_asked(stage, run_id)
    deadline = stage.one("SELECT deadline_at FROM runs")
    assert asked.until == deadline
    assert asked.until is not None
    assert asked.until < asked.asked_at + timedelta(days=1)
    # When the deadline passes, then an answer comes too late, and the run is timed out
    sql(stage, "UPDATE runs SET deadline_at = now()")
    late = answer(stage.engine, asked.id, value="yes", who="ada")
    assert (late.fate, late.asked.state) == (Fate.TOO_LATE, AskedState.OVER)
    with stage.engine.begin() as conn:
        assert stop_run(conn, run_id, state=RunState.TIMED_OUT, error="its deadline passed")
    assert stage.step_states(run_id) == {"asks": "timed_out"}
    with stage.engine.connect() as conn:
        assert list_open(conn) == ()
        assert [one.state for one in list_all(conn)] == [AskedState.OVER]


def test_a_cancelled_run_waits_for_nobody(stage: Stage, play: Play) -> None:
    run_id = play.run(act("asks"))
    Crew(stage.engine, asking()).play(run_id, "asks")
    name = open_asked(stage, run_id).id
    with stage.engine.begin() as conn:
        assert stop_run(conn, run_id, state=RunState.CANCELLED, error="ada said so")
    assert answer(stage.engine, name, value="yes", who="ada").fate is Fate.TOO_LATE
    assert stage.state(run_id) == "cancelled"
    assert stage.one("SELECT answered_at IS NULL FROM approvals")


def test_what_a_step_excludes_is_free_while_it_waits(stage: Stage, play: Play) -> None:
    # Given two runs whose steps exclude each other, of which one waits for a person
    first, second = play.run(act("asks")), play.run(act("other"))
    sql(stage, "UPDATE steps SET exclusive = 'git:same'")
    crew = Crew(stage.engine, asking())
    assert crew.play(first, "asks") == [Outcome.WAITING]
    # When the other run's step comes, then it is done
    assert crew.play(second, "other") == [Outcome.DONE]


def test_a_step_that_asks_the_same_again_has_failed(stage: Stage, play: Play) -> None:
    # Given an agent that does not look at its answers
    def ask_again(work: Work) -> AgentReport:
        raise PersonNeededError(Question(key="go", text="Again?"))

    run_id = play.run(act("asks"))
    crew = Crew(stage.engine, ask_again)
    crew.play(run_id, "asks")
    answer(stage.engine, open_asked(stage, run_id).id, value="yes", who="ada")
    # When it is done anew, then it fails for good instead of asking for ever
    assert crew.play(run_id, "asks") == [Outcome.FAILED]
    assert "asked before" in str(stage.one("SELECT error FROM steps"))
    assert stage.one("SELECT count(*) FROM approvals") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_wait_whose_answer_was_lost_on_the_way_is_one_wait(
    when: str, stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = play.run(act("asks"))
    line = Line(stage.engine, monkeypatch)

    def cut_and_ask(work: Work) -> AgentReport:
        line.cut(when)
        return asking()(work)

    # When the line is cut around the commit that lets the step wait, then it waits, asked once
    assert Crew(stage.engine, cut_and_ask).play(run_id, "asks") == [Outcome.WAITING]
    assert line.was_cut
    assert stage.step_states(run_id) == {"asks": "waiting"}
    assert stage.one("SELECT count(*) FROM approvals") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_answer_whose_receipt_was_lost_is_ours_and_counts_once(
    when: str, stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = play.run(act("asks"))
    Crew(stage.engine, asking()).play(run_id, "asks")
    name = open_asked(stage, run_id).id
    line = Line(stage.engine, monkeypatch)
    # When the line is cut around the answer's commit, then whoever answered hears that it was taken
    line.cut(when)
    done = answer(stage.engine, name, value="yes", who="ada")
    assert line.was_cut
    assert done.fate is Fate.TAKEN
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'answered'") == 1


def test_what_is_asked_about_a_run_that_has_ended_can_be_answered(stage: Stage, play: Play) -> None:
    # Given a question about a run as a whole, as an action asks it after the run's end
    run_id = play.run(act("a"))
    Crew(stage.engine).play(run_id, "a")
    with stage.engine.begin() as conn:
        name = ask(conn, Question(key="action:1", text="Act?", kind=AskKind.APPROVAL), run_id=run_id)
        assert name is not None
        assert ask(conn, Question(key="action:1", text="Act?", kind=AskKind.APPROVAL), run_id=run_id) is None
    # When it is answered, then the answer is kept, and the run stays as it was
    assert answer(stage.engine, name, value="approve", who="ada").fate is Fate.TAKEN
    assert stage.state(run_id) == "succeeded"
    with stage.engine.connect() as conn:
        assert [one.answer for one in asked_by(conn, run_id)] == ["approve"]
        assert find_asked(conn, name).who == "ada"


def test_a_step_that_others_hold_for_long_expires_at_the_next_sweep(stage: Stage, play: Play) -> None:
    # Given a question whose time is up, and whose step somebody else has locked
    run_id = play.run(act("asks"))
    Crew(stage.engine, asking(default="no", expires_seconds=3_600)).play(run_id, "asks")
    sql(stage, "UPDATE approvals SET expires_at = now() - interval '1s'")
    impatient = make_engine(stage.addresses.database_url, lock_seconds=0.05)
    # When it is swept, then it is left alone, and taken once it is free
    with holding(stage.engine, "SELECT FROM steps FOR UPDATE"):
        assert expire(impatient) == 0
    assert expire(impatient) == 1
    impatient.dispose()


def test_of_many_answers_at_once_one_is_taken(stage: Stage, play: Play) -> None:
    # Given a question, when eight people answer at the same time
    run_id = play.run(act("asks"))
    Crew(stage.engine, asking()).play(run_id, "asks")
    name = open_asked(stage, run_id).id
    with ThreadPoolExecutor(8) as people:
        given = list(people.map(lambda who: answer(stage.engine, name, value="yes", who=who), "abcdefgh"))
    # Then one was first, and all others hear who that was
    (first,) = [one.asked.who for one in given if one.fate is Fate.TAKEN]
    assert {one.asked.who for one in given} == {first}
    assert stage.one("SELECT count(*) FROM outbox WHERE why = 'answered'") == 1
