"""Done, but the caller never heard: a line that is cut around any commit, and whoever comes back too late."""

import random
import string
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from support.plays import SPECS, Play, act, in_turn, join, plan_of, side_by_side
from support.runners import Crew, Line, holding, report_of
from support.stages import Stage
from support.timetables import catalogue_sender

from agents.catalog import catalog
from agents.contract import AgentReport, Answer, Quarantined, Target, TargetKind, Work
from agents.errors import BadEvidenceError, QuotaExhaustedError, SourceUnavailableError, StoppedError
from orchestrator.domain.runs import RunState
from orchestrator.domain.triggers import Priority, Trigger, TriggerKind
from orchestrator.intake import Intake
from orchestrator.ledger import endings, work
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.broker import Broker
from orchestrator.ledger.claims import Holder, Stale, claim
from orchestrator.ledger.completion import Done, complete
from orchestrator.ledger.failing import Outcome
from orchestrator.ledger.heart import StopReason
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.outside import Copies
from orchestrator.ledger.relay import Relay
from orchestrator.ledger.sweep import Sweep
from orchestrator.store.direct import Direct
from orchestrator.store.engine import make_engine

pytestmark = pytest.mark.services

LOOK = Trigger(kind=TriggerKind.MONITOR, targets=(Target(kind=TargetKind.GIT, location="/srv/flask"),))
_ABANDONED = """
    UPDATE steps SET state = 'running', attempt = 1, failures = 2, lease_until = now() - interval '1s', stop_at = now()
"""
BOTH = pytest.mark.parametrize("when", ["before", "after"])


@pytest.fixture
def line(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Line:
    return Line(stage.engine, monkeypatch)


@pytest.fixture
def intake(stage: Stage) -> Intake:
    app = catalogue_sender(stage.addresses.broker_url)
    relay = Relay(stage.engine, app, specs=catalog(), copies=Copies(app, keep_seconds=60))
    return Intake(engine=stage.engine, relay=relay, specs=catalog(), limits=Limits())


def sql(stage: Stage, statement: str, **values: object) -> None:
    """Change the ledger behind its back."""
    with stage.engine.begin() as conn:
        conn.execute(text(statement), values)


def rows(stage: Stage, statement: str) -> list[tuple[object, ...]]:
    with stage.engine.connect() as conn:
        return [tuple(row) for row in conn.execute(text(statement))]


def see_through(stage: Stage, run_id: UUID) -> str:
    """Run whatever may run until the run has ended, and return how it did; each effect must be there once."""
    crew = Crew(stage.engine, owner="last")
    for _ in range(20):
        sql(stage, "UPDATE steps SET lease_until = now() - interval '1s' WHERE state = 'running'")
        for name in stage.step_states(run_id):
            crew.run(run_id, name)
    assert stage.doubled_effects() == 0
    delivered = [name for name, state in stage.step_states(run_id).items() if state in {"succeeded", "partial"}]
    assert stage.one("SELECT count(*) FROM effects") == len(delivered)
    return stage.state(run_id)


@BOTH
def test_a_submit_whose_answer_is_lost_is_one_run_and_still_a_new_one(
    stage: Stage, line: Line, intake: Intake, when: str
) -> None:
    # Given a line that is cut around the commit of a submit without a key of its own
    line.cut(when)
    # When a trigger is taken in
    accepted = intake.accept(LOOK, task_id="caller-1")
    # Then there is one run, it counts as new, its messages went, and the caller's id leads to it
    assert line.was_cut
    assert accepted.fresh
    assert stage.one("SELECT count(*) FROM runs") == 1
    assert stage.one("SELECT run_id FROM calls WHERE task_id = 'caller-1'") == accepted.run_id
    assert rows(stage, "SELECT why, published_at IS NOT NULL FROM outbox") == [("submitted", True)]


def test_a_message_that_comes_twice_is_one_run_although_it_has_no_key(stage: Stage, intake: Intake) -> None:
    # Given a look that a caller asked for, whose worker died before its message was acknowledged
    first = intake.accept(LOOK, task_id="caller-1")
    # When the message comes again, and when another one comes
    again, other = intake.accept(LOOK, task_id="caller-1"), intake.accept(LOOK, task_id="caller-2")
    # Then the same message is the same run, another is another
    assert (again.run_id, again.fresh) == (first.run_id, False)
    assert other.fresh


@BOTH
def test_a_run_is_accepted_even_if_its_sending_cannot_be_written_down(
    stage: Stage, line: Line, intake: Intake, when: str
) -> None:
    # Given a line that is cut around the relay's commit, after the submit's
    line.cut(when, after=1)
    # When a trigger is taken in, then its door hears of the run, and the row that may have gone stays for the sweep
    accepted = intake.accept(LOOK)
    assert line.was_cut
    assert accepted.fresh
    sql(stage, "UPDATE outbox SET due_at = now()")
    assert intake.relay.send_due() == (1 if when == "before" else 0)


def test_a_door_says_at_once_that_the_database_is_away(intake: Intake, stage: Stage) -> None:
    # Given a database that is nowhere
    url = stage.addresses.database_url.replace("host=", "host=/nonexistent")
    nowhere = Intake(engine=make_engine(url), relay=intake.relay, specs=catalog(), limits=Limits())
    # When a trigger is taken in, then the door does not wait
    with pytest.raises(OperationalError):
        nowhere.accept(LOOK)


@BOTH
def test_a_claim_whose_answer_is_lost_is_asked_for_again(stage: Stage, play: Play, line: Line, when: str) -> None:
    # Given a line that is cut around a claim
    run_id = play.run(in_turn(act("a"), act("b")))
    line.cut(when)
    # When a message comes, then it is worked on all the same, in one attempt
    stepped = Crew(stage.engine).run(run_id, "a")
    assert line.was_cut
    assert (stepped.outcome, stepped.summary) == (Outcome.DONE, "a")
    assert stage.one("SELECT array_agg(attempt || outcome) FROM attempts") == ["1succeeded"]
    assert stage.one("SELECT losses + failures FROM steps WHERE name = 'a'") == 0
    assert see_through(stage, run_id) == "succeeded"


def test_a_claim_that_is_asked_for_again_too_late_is_stale(stage: Stage, play: Play) -> None:
    # Given a claim whose answer was lost, and whose step another worker took when its lease had run out
    run_id = play.run(act("a"))
    slow, quick = Holder("slow", 0), Holder("quick", 60)
    claim(Direct(stage.engine), run_id, steps=["a"], holder=slow)
    (taken,) = claim(Direct(stage.engine), run_id, steps=["a"], holder=quick).claims
    # When it is asked for again, then it is not given
    assert claim(Direct(stage.engine), run_id, steps=["a"], holder=slow).stale == {"a": Stale.LEASED}
    # But the other may ask again
    (again,) = claim(Direct(stage.engine), run_id, steps=["a"], holder=quick).claims
    assert (taken.attempt, again.attempt) == (2, 2)


def test_answers_that_cannot_be_read_at_first_are_no_failure_of_the_step(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a step that was lost once, and a database that goes away while it is asked for people's answers
    run_id = play.run(act("a"))
    claim(Direct(stage.engine), run_id, steps=["a"], holder=Holder("dead", 0))
    asked: list[UUID] = []

    def away_at_first(_conn: object, run: UUID, *, step: str) -> dict[str, Answer]:
        asked.append(run)
        if len(asked) == 1:
            raise OperationalError("SELECT", None, ConnectionError("gone"))
        return {}

    monkeypatch.setattr(work, "read_answers", away_at_first)
    # When it is tried again, then it is done, and no try was counted against it
    assert Crew(stage.engine).play(run_id, "a") == [Outcome.DONE]
    assert asked == [run_id, run_id]
    assert stage.one("SELECT failures FROM steps") == 0


@BOTH
def test_a_completion_whose_answer_is_lost_is_applied_once_and_opens_its_gate(
    stage: Stage, play: Play, line: Line, when: str
) -> None:
    # Given a step whose worker loses the line around the commit of its result
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    crew = Crew(stage.engine)
    assert crew.play(run_id, "a") == [Outcome.DONE]

    def work(work: Work) -> AgentReport:
        line.cut(when)
        return report_of(work)

    # When it completes
    stepped = Crew(stage.engine, work).run(run_id, "b")
    # Then it hears that it is done and that the gate is open, whichever try it was
    assert line.was_cut
    assert (stepped.outcome, stepped.opened) == (Outcome.DONE, True)
    assert rows(stage, "SELECT outcome FROM attempts WHERE step = 'b'") == [("succeeded",)]
    assert see_through(stage, run_id) == "succeeded"


def raising(line: Line, when: str, error: Exception) -> Callable[[Work], AgentReport]:
    """Return what an agent does that fails while its worker loses the line."""

    def work(_: Work) -> AgentReport:
        line.cut(when)
        raise error

    return work


@BOTH
@pytest.mark.parametrize(
    ("error", "fallbacks", "outcome", "attempt", "why"),
    [
        (SourceUnavailableError("away"), (), Outcome.PUT_OFF, "failed", "retry"),
        (BadEvidenceError("x"), ("understudy",), Outcome.PUT_OFF, "handed_over", "retry"),
        (BadEvidenceError("x"), (), Outcome.FAILED, "failed", "opened"),
    ],
)
def test_a_failure_whose_answer_is_lost_is_recorded_once(  # noqa: PLR0917  the columns of the table
    stage: Stage,
    play: Play,
    line: Line,
    when: str,
    error: Exception,
    fallbacks: tuple[str, ...],
    outcome: Outcome,
    attempt: str,
    why: str,
) -> None:
    # Given a step that fails, and whose worker loses the line around the commit that says so
    run_id = play.run(in_turn(act("a", fallbacks=fallbacks), join("b")))
    # When its message comes
    stepped = Crew(stage.engine, raising(line, when, error)).run(run_id, "a")
    # Then the failure counts once, what follows is written down once, and the run can end
    assert line.was_cut
    assert stepped.outcome is outcome
    assert rows(stage, "SELECT outcome FROM attempts") == [(attempt,)]
    assert rows(stage, "SELECT why FROM outbox WHERE why <> 'submitted'") == [(why,)]
    assert stage.one("SELECT failures FROM steps WHERE name = 'a'") == (attempt == "failed" and why == "retry")
    assert stage.one("SELECT count(*) FROM dead_letters") == (outcome is Outcome.FAILED)
    assert see_through(stage, run_id) == ("partial" if outcome is Outcome.FAILED else "succeeded")


def test_what_a_stopped_relay_took_is_sent_by_another_after_a_while(stage: Stage, play: Play, line: Line) -> None:
    # Given a relay that stops after it took a row, before it sent anything
    play.accept(plan_of(act("a")))
    line.cut("after")
    with pytest.raises(OperationalError):
        play.relay.send_due()
    # Then it holds no lock, nobody else sends the row for a while, and then somebody does
    assert stage.one("SELECT due_at BETWEEN now() + interval '15 s' AND now() + interval '25 s' FROM outbox")
    assert play.relay.send_due() == 0
    sql(stage, "UPDATE outbox SET due_at = now()")
    assert play.relay.send_due() == 1


def test_a_result_that_cannot_be_stored_is_its_steps_failure_and_nobody_elses(stage: Stage, play: Play) -> None:
    # Given a lot of two steps, one of which hands back a key that no index takes
    key = "".join(random.Random(1).choices(string.printable[:62], k=20_000))  # noqa: S311  noise that does not compress

    def work(work: Work) -> AgentReport:
        dirt = Quarantined(target=work.target.id if work.target else "", source="git", key=key, reason="dirt")
        return AgentReport(agent="actor", quarantined=(dirt,) if work.step == "a" else ())

    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    crew = Crew(stage.engine, work)
    # When they run
    crew.run(run_id, "a", "b")
    # Then the other one is done, and the first is tried again as after any failure of its own, with the reason
    assert stage.step_states(run_id) == {"a": "pending", "b": "succeeded", "c": "pending"}
    assert rows(stage, "SELECT failures, losses FROM steps WHERE name = 'a'") == [(1, 0)]
    assert "cannot be stored" in str(stage.one("SELECT error FROM attempts WHERE step = 'a'"))


@BOTH
def test_messages_that_may_have_gone_go_again_and_do_nothing(stage: Stage, play: Play, line: Line, when: str) -> None:
    # Given a relay that loses the line around the statement that says what went
    accepted = play.accept(plan_of(act("a")))
    line.cut(when, after=1)
    with pytest.raises(OperationalError):
        play.relay.send_due()
    # When nobody has sent what it took for long enough, and it relays again
    assert play.relay.send_due() == 0
    sql(stage, "UPDATE outbox SET due_at = now()")
    play.relay.send_due()
    # Then the message lies there once or twice, and is served once
    copies = 2 if when == "before" else 1
    assert Broker(play.app).depths(["actor"]) == {"actor": copies}
    crew = Crew(stage.engine)
    assert crew.play(accepted.run_id, *["a"] * copies) == [Outcome.DONE, Outcome.STALE][:copies]
    assert see_through(stage, accepted.run_id) == "succeeded"


def test_a_deadlocks_victim_tries_again(stage: Stage, play: Play) -> None:
    # Given somebody who takes the locks of a completion in the wrong order, until the completion is the victim: on a
    # busy machine the second to wait may come so late that it is the one who finds the deadlock
    crew = Crew(stage.engine)
    tries = (play.run(in_turn(act("a"), act("b"))) for _ in range(10))
    run_id = next(run_id for run_id in tries if clashed(stage, run_id, crew))
    # Then the completion is done all the same, once
    assert see_through(stage, run_id) == "succeeded"


def clashed(stage: Stage, run_id: UUID, crew: Crew) -> bool:
    """Have a completion and another wait for each other; return whether the database ended the completion.

    Else it leaves no effect behind, for those of one run are to be counted.
    """
    lock = "SELECT FROM {} WHERE run_id = '{}' AND name = '{}' FOR UPDATE"
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    victim = True
    with ThreadPoolExecutor(1) as pool:
        with holding(stage.engine, lock.format("gates", run_id, "g1")) as other:
            done = pool.submit(crew.run, run_id, "a")
            stage.wait(lambda: stage.one(waits) == 1)
            try:
                other.exec_driver_sql(lock.format("steps", run_id, "a"))
            except OperationalError:
                victim = False
        assert done.result(30).outcome is Outcome.DONE
    if not victim:
        sql(stage, "DELETE FROM effects")
    return victim


def test_a_completion_that_takes_longer_than_its_lease_is_not_taken_away(stage: Stage, play: Play) -> None:
    # Given a step that is completing, held up for longer than its lease lasts
    run_id = play.run(in_turn(act("a"), act("b")))
    working, go = threading.Event(), threading.Event()

    def work(work: Work) -> AgentReport:
        working.set()
        go.wait(30)
        return report_of(work)

    crew = Crew(stage.engine, work)
    sweep = Sweep(
        engine=stage.engine, broker=Broker(play.app), relay=play.relay, limits=Limits(quiet_seconds=600), specs=SPECS
    )
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(crew.run, run_id, "a")
        assert working.wait(30)
        sql(stage, "UPDATE steps SET lease_until = now() - interval '1s' WHERE name = 'a'")
        with holding(stage.engine, "SELECT FROM gates WHERE name = 'g1' FOR UPDATE"):
            go.set()
            waits = (
                "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
            stage.wait(lambda: stage.one(waits) == 1)
            # When the heart beats and the sweep comes by
            crew.heart.beat()
            swept = sweep.run()
            # Then the step is still its own, nobody is told to stop, and nobody waits
            assert [pulse.reason for pulse in crew.heart.held()] == [None]
            assert (swept.taken, swept.lost) == (True, 0)
        assert done.result(30).outcome is Outcome.DONE
    assert crew.heart.held() == []
    assert stage.one("SELECT losses FROM steps WHERE name = 'a'") == 0


def test_a_zombie_is_fenced_after_its_step_was_taken_over(stage: Stage, play: Play) -> None:
    # Given a worker that hangs in the middle of a step until its lease has run out
    run_id = play.run(in_turn(act("a"), act("b")))
    hangs, wakes = threading.Event(), threading.Event()

    def work(work: Work) -> AgentReport:
        hangs.set()
        wakes.wait(30)
        return report_of(work)

    zombie, other = Crew(stage.engine, work, owner="zombie"), Crew(stage.engine, owner="other")
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(zombie.run, run_id, "a")
        assert hangs.wait(30)
        sql(stage, "UPDATE steps SET lease_until = now() - interval '1s'")
        # When another takes the step over and completes it, and the first one wakes
        assert other.run(run_id, "a").opened
        zombie.heart.beat()
        told = [pulse.reason for pulse in zombie.heart.held()]
        wakes.set()
        # Then the first hears that it was taken over, and nothing of its result is applied
        assert told == [StopReason.TAKEN_OVER]
        assert late.result(30).outcome is Outcome.FENCED
    attempts = rows(stage, "SELECT worker, outcome FROM attempts ORDER BY attempt")
    assert attempts == [("zombie", "lost"), ("other", "succeeded")]
    assert stage.one("SELECT losses FROM steps WHERE name = 'a'") == 1
    assert see_through(stage, run_id) == "succeeded"


def test_a_zombie_in_the_same_process_does_not_stop_the_one_that_took_over(stage: Stage, play: Play) -> None:
    # Given two attempts at one step in one process, the first of which lost its lease
    run_id = play.run(act("a"))
    crew = Crew(stage.engine)
    seen: list[StopReason | None] = []

    def second(work: Work) -> AgentReport:
        crew.heart.beat()
        seen.extend(pulse.reason for pulse in crew.heart.held())
        return report_of(work)

    def first(work: Work) -> AgentReport:
        sql(stage, "UPDATE steps SET lease_until = now() - interval '1s'")
        taken = Crew(stage.engine, second)
        taken.runner.__dict__["heart"] = crew.heart
        assert taken.run(run_id, "a").outcome is Outcome.DONE
        return report_of(work)

    outer = Crew(stage.engine, first)
    outer.runner.__dict__["heart"] = crew.heart
    # When the heart beats while both are at it, then each hears what holds for itself
    assert outer.run(run_id, "a").outcome is Outcome.FENCED
    assert seen == [StopReason.TAKEN_OVER, None]


def test_a_late_step_that_is_taken_over_counts_as_its_agents_failure(stage: Stage, play: Play) -> None:
    # Given a step whose holder is gone and whose time was up as well
    run_id = play.run(act("a"))
    sql(stage, _ABANDONED)
    # When a message finds it, then the agent is at fault, not the machine
    assert Crew(stage.engine).play(run_id, "a") == [Outcome.DONE]
    assert rows(stage, "SELECT failures, losses, attempt FROM steps") == [(3, 0, 2)]


def obedient(stage: Stage, crews: list[Crew], change: str) -> Callable[[Work], AgentReport]:
    """Return what an agent does that is told to stop, by what changes in the ledger, and obeys."""

    def work(work: Work) -> AgentReport:
        if change == "shutdown":
            crews[0].heart.stop_all()
        elif change == "cancel":
            with stage.engine.begin() as conn:
                endings.stop_run(conn, UUID(work.run_id), state=RunState.CANCELLED, error="ada said so")
        elif change:
            sql(stage, change)
        crews[0].heart.beat()
        if work.stop_signal.is_set():
            raise StoppedError("told to stop")
        return report_of(work)

    return work


@pytest.mark.parametrize(
    ("change", "outcome", "attempt", "counted"),
    [
        ("", Outcome.DONE, "succeeded", (0, 0)),
        ("shutdown", Outcome.GIVEN_BACK, "given_back", (0, 0)),
        ("cancel", Outcome.FENCED, "cancelled", (0, 0)),
        ("UPDATE steps SET stop_at = now() - interval '1s'", Outcome.PUT_OFF, "failed", (1, 0)),
        ("UPDATE steps SET state = 'pending', lease_owner = NULL", Outcome.FENCED, None, (0, 0)),
    ],
)
def test_a_step_stops_for_the_reason_it_is_told(  # noqa: PLR0917  the columns of the table
    stage: Stage, play: Play, change: str, outcome: Outcome, attempt: str | None, counted: tuple[int, int]
) -> None:
    # Given a step that obeys, when something changes while it works
    run_id = play.run(act("a"))
    crews: list[Crew] = []
    crews.append(Crew(stage.engine, obedient(stage, crews, change)))
    # Then its message ends in the way that fits
    assert crews[0].play(run_id, "a") == [outcome]
    assert rows(stage, "SELECT outcome FROM attempts") == [(attempt,)]
    assert rows(stage, "SELECT failures, losses FROM steps") == [counted]


def test_a_result_that_comes_after_the_steps_time_is_not_taken(stage: Stage, play: Play) -> None:
    # Given an agent that ignores that its time is up
    run_id = play.run(act("a"))
    crews: list[Crew] = []

    def work(work: Work) -> AgentReport:
        sql(stage, "UPDATE steps SET stop_at = now() - interval '1s'")
        crews[0].heart.beat()
        return report_of(work)

    crews.append(Crew(stage.engine, work))
    # When it returns all the same, then that is a failure
    assert crews[0].play(run_id, "a") == [Outcome.PUT_OFF]
    assert "time was up" in str(stage.one("SELECT error FROM attempts"))
    assert stage.one("SELECT count(*) FROM effects") == 0


def test_a_soft_time_limit_is_never_success(stage: Stage, play: Play) -> None:
    # Given a step whose pool's soft limit strikes, each time
    def work(_: Work) -> AgentReport:
        raise SoftTimeLimitExceeded

    run_id = play.run(in_turn(act("a"), act("b")))
    crew = Crew(stage.engine, work)
    # When its tries are used up, then it timed out
    assert crew.play(run_id, *"aaaa") == [Outcome.PUT_OFF] * 3 + [Outcome.FAILED]
    assert stage.step_states(run_id)["a"] == "timed_out"
    assert stage.one("SELECT reason FROM dead_letters") == "out_of_time"


def test_a_source_that_names_its_time_is_not_asked_before(stage: Stage, play: Play) -> None:
    # Given a source that answers again in an hour
    hour = stage.one("SELECT now() + interval '1 hour'")

    def work(_: Work) -> AgentReport:
        raise QuotaExhaustedError("later", retry_at=hour)  # type: ignore[arg-type] # a datetime of the database

    run_id = play.run(act("a"))
    # When a step meets it, and its message comes again
    assert Crew(stage.engine, work).play(run_id, "a", "a") == [Outcome.PUT_OFF, Outcome.STALE]
    # Then it waits without a worker, its message waits in the outbox, and none of its tries is gone
    assert play.relay.send_due() == 0
    assert stage.one("SELECT failures FROM steps") == 0
    assert stage.one(
        "SELECT due_at BETWEEN now() + interval '59 min' AND now() + interval '61 min' FROM outbox WHERE why = 'retry'"
    )


def test_a_stand_in_for_an_urgent_step_takes_the_urgent_lane_with_its_own_limits(stage: Stage, play: Play) -> None:
    # Given an urgent step with wrong input for its agent
    def work(_: Work) -> AgentReport:
        raise BadEvidenceError("x")

    run_id = play.run(act("a", fallbacks=("chorus",)), priority=Priority.CRITICAL)
    sql(stage, "UPDATE steps SET failures = 2, max_failures = 9")
    # When it is handed over
    assert Crew(stage.engine, work).play(run_id, "a") == [Outcome.PUT_OFF]
    play.relay.send_due()
    # Then its message and its row agree on the lane, and the stand-in starts with tries of its own
    assert rows(stage, "SELECT agent, queue, failures, max_failures, fallbacks FROM steps") == [
        ("chorus", "chorus.urgent", 0, 4, [])
    ]
    assert Broker(play.app).depths(["chorus", "chorus.urgent"]) == {"chorus": 0, "chorus.urgent": 1}


def test_a_skipped_step_counts_when_the_run_reaches_it(stage: Stage, play: Play) -> None:
    # Given two collections, an analysis that needs the first, and nothing after it
    run_id = play.run(in_turn(side_by_side(act("a", "bad"), act("b")), act("c", needs=("a",)), act("d", needs=("c",))))

    def work(work: Work) -> AgentReport:
        if work.step == "a":
            raise BadEvidenceError("x")
        return report_of(work)

    crew = Crew(stage.engine, work)
    # When the first is lost while the second is still to come
    assert crew.play(run_id, "a") == [Outcome.FAILED]
    # Then the analysis is skipped, and the run waits for the second
    assert stage.step_states(run_id) == {"a": "failed", "b": "pending", "c": "skipped", "d": "skipped"}
    assert stage.state(run_id) == "running"
    # And ends when that one has
    assert crew.play(run_id, "b") == [Outcome.DONE]
    assert stage.state(run_id) == "partial"


def test_an_end_sends_what_it_made_ready_and_nothing_else(stage: Stage, play: Play) -> None:
    # Given three branches, two of which lose their first step
    shape = in_turn(
        side_by_side(*(in_turn(act(f"a{n}"), act(f"b{n}", needs=(f"a{n}",)), join(f"c{n}")) for n in range(3))),
        join("z"),
    )
    run_id = play.run(shape)

    def work(_: Work) -> AgentReport:
        raise BadEvidenceError("x")

    # When they are lost
    Crew(stage.engine, work).play(run_id, "a0", "a1")
    # Then what stands behind them in their own branches is written down, and no step of the third
    assert rows(stage, "SELECT steps FROM outbox WHERE why = 'opened' ORDER BY id") == [(["c0"],), (["c1"],)]
    # And a completion beyond whose own gate others open writes those down as well
    assert Crew(stage.engine).play(run_id, "c0", "c1", "a2", "b2", "c2", "z") == [Outcome.DONE] * 6
    assert stage.state(run_id) == "partial"


def test_a_completion_that_reaches_skipped_steps_goes_on_behind_them(stage: Stage, play: Play) -> None:
    # Given a lost step, beside one that still works, and behind both nothing but skipped steps before the next join
    shape = in_turn(side_by_side(act("a", "bad"), act("b")), act("c", needs=("a",)), join("d"))
    run_id = play.run(shape)

    def work(work: Work) -> AgentReport:
        if work.step == "a":
            raise BadEvidenceError("x")
        return report_of(work)

    crew = Crew(stage.engine, work)
    crew.play(run_id, "a")
    # When the other one completes
    stepped = crew.run(run_id, "b")
    # Then its gate and the one behind it are open, and what is ready is in the outbox
    assert (stepped.opened, stepped.owes) == (True, True)
    assert rows(stage, "SELECT steps FROM outbox WHERE why = 'opened'") == [(["d"],)]
    # And the message that celery sends to the skipped step sends on
    assert crew.run(run_id, "c").summary == "done_unsent"
    assert crew.play(run_id, "d") == [Outcome.DONE]
    assert stage.state(run_id) == "partial"


def test_a_completion_of_a_run_that_is_over_keeps_nothing(stage: Stage, play: Play) -> None:
    # Given a run that somebody ended by hand while a step worked, without closing the step
    run_id = play.run(in_turn(act("a"), act("b")))

    def work(work: Work) -> AgentReport:
        sql(stage, "UPDATE runs SET state = 'failed', finished_at = now()")
        return report_of(work)

    # When the step completes, then nothing of it is kept
    assert Crew(stage.engine, work).play(run_id, "a") == [Outcome.FENCED]
    assert stage.one("SELECT count(*) FROM effects") == 0
    assert stage.step_states(run_id)["a"] == "running"
    # And a failure is not recorded either
    attempt = Attempt(run_id=run_id, step="a", number=1)
    with stage.engine.begin() as conn:
        assert not endings.stop_run(conn, run_id, state=RunState.CANCELLED, error="late")
    stranger = Attempt(run_id=run_id, step="nobody", number=1)
    report = AgentReport(agent="actor")
    assert (
        complete(Direct(stage.engine), [Done(stranger, report, seconds=0, last=False)], tenant="default").applied
        == frozenset()
    )
    assert (
        complete(Direct(stage.engine), [Done(attempt, report, seconds=0, last=False)], tenant="default").applied
        == frozenset()
    )


def test_joining_steps_see_what_stands_before_them_and_nothing_beside(stage: Stage, play: Play) -> None:
    # Given two joining steps side by side, one of which is done first
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), side_by_side(join("c"), join("d")), join("e")))
    seen: dict[str, list[str]] = {}

    def work(work: Work) -> AgentReport:
        seen[work.step] = [report.summary for report in work.reports]
        return report_of(work)

    # When all are played
    Crew(stage.engine, work).play(run_id, *"abcde")
    # Then a replay in any order would show each of them the same
    assert seen == {"a": [], "b": [], "c": ["a", "b"], "d": ["a", "b"], "e": ["a", "b", "c", "d"]}
