"""Ends of steps and runs, each as one transaction on the real ledger: what is written, and what is not."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.runners import Crew, holding, report_of
from support.stages import Stage, wait_for

from agents.contract import AgentReport, Artifact, Coverage, CoverageState, Role, Work
from orchestrator.domain.runs import RunState, StepState
from orchestrator.ledger import endings
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.claims import Holder, claim
from orchestrator.ledger.completion import Completion, Done, complete, is_light, state_of
from orchestrator.ledger.decisions import GiveUp, PutOff, Reason
from orchestrator.ledger.layout import END
from orchestrator.store.direct import Direct

pytestmark = pytest.mark.services

FAILED = GiveUp(Reason.FAILURES, StepState.FAILED)


def taken(stage: Stage, run_id: UUID, step: str = "a") -> Attempt:
    (got,) = claim(Direct(stage.engine), run_id, steps=[step], holder=Holder("w", 60)).claims
    return got.held


def sql(stage: Stage, statement: str, **values: object) -> None:
    with stage.engine.begin() as conn:
        conn.execute(text(statement), values)


def rows(stage: Stage, statement: str) -> list[tuple[Any, ...]]:
    with stage.engine.connect() as conn:
        return [tuple(row) for row in conn.execute(text(statement))]


def ledger(stage: Stage) -> list[list[tuple[Any, ...]]]:
    """Return all that an end could change."""
    return [
        rows(stage, "SELECT name, state, attempt, failures, error, agent, queue FROM steps ORDER BY position"),
        rows(stage, "SELECT step, outcome, error, ended_at FROM attempts ORDER BY step, attempt"),
        rows(stage, "SELECT id, why, steps FROM outbox ORDER BY id"),
        rows(stage, 'SELECT name, "left" FROM gates ORDER BY name'),
        rows(stage, "SELECT state, error, result FROM runs"),
        rows(stage, "SELECT step, reason FROM dead_letters"),
    ]


@pytest.mark.parametrize("end", ["put_off", "hand_over", "give_up"])
def test_an_attempt_that_no_longer_holds_its_step_changes_nothing(stage: Stage, play: Play, end: str) -> None:
    # Given a step that a later attempt holds
    run_id = play.run(in_turn(act("a"), join("b")))
    old = taken(stage, run_id)
    sql(stage, "UPDATE steps SET attempt = 2 WHERE name = 'a'")
    before = ledger(stage)
    # When the old one puts it off, hands it over or gives it up
    with stage.engine.begin() as conn:
        done = {
            "put_off": lambda: endings.put_off(
                conn, old, wait=PutOff(seconds=1, counts_as_failure=True), outcome="failed", error="x"
            ),
            "hand_over": lambda: endings.hand_over(conn, old, spec=SPECS["chorus"], queue="chorus", error="x"),
            "give_up": lambda: endings.give_up(conn, old, verdict=FAILED, error="x"),
        }[end]()
    # Then it is told so, and nothing has changed
    assert done is False
    assert ledger(stage) == before


def test_a_step_of_a_run_that_is_over_makes_no_dead_letter(stage: Stage, play: Play) -> None:
    # Given a step whose run is over, and which nobody has closed yet
    held = taken(stage, play.run(in_turn(act("a"), join("b"))))
    sql(stage, "UPDATE runs SET state = 'cancelled'")
    # When it is given up, then there is nothing to give up, and nothing behind it is sent
    with stage.engine.begin() as conn:
        assert endings.give_up(conn, held, verdict=FAILED, error="x") is False
    assert rows(stage, "SELECT * FROM dead_letters") == []
    assert rows(stage, "SELECT outcome FROM attempts") == [(None,)]
    assert rows(stage, "SELECT why FROM outbox") == [("submitted",)]


@pytest.mark.parametrize("counts", [True, False])
def test_a_step_that_is_put_off_is_due_when_its_wait_is_over(stage: Stage, play: Play, *, counts: bool) -> None:
    # Given a step, when it is put off for a minute
    held = taken(stage, play.run(act("a")))
    with stage.engine.begin() as conn:
        wait = PutOff(seconds=60, counts_as_failure=counts)
        assert endings.put_off(conn, held, wait=wait, outcome="why", error="e" * 3_000) is True
    # Then the failure counts or not, nobody holds it, and its message falls due with it
    found = rows(stage, "SELECT state, failures, lease_owner, lease_until, length(error) FROM steps")
    assert found == [("pending", int(counts), None, None, 2_000)]
    assert rows(stage, "SELECT outcome, length(error) FROM attempts") == [("why", 2_000)]
    sent = "SELECT why, steps, due_at = (SELECT ready_at FROM steps) FROM outbox WHERE published_at IS NULL"
    assert rows(stage, sent) == [("retry", ["a"], True)]
    assert rows(stage, "SELECT round(extract(epoch FROM ready_at - now()))::int FROM steps") == [(60,)]


def test_a_stand_in_takes_over_with_its_own_limits(stage: Stage, play: Play) -> None:
    # Given a step that failed twice, when it is handed over
    held = taken(stage, play.run(act("a", fallbacks=("understudy", "chorus"))))
    sql(stage, "UPDATE steps SET failures = 2")
    spec = SPECS["understudy"].model_copy(update={"hard_seconds": 7.0, "max_failures": 9})
    with stage.engine.begin() as conn:
        assert endings.hand_over(conn, held, spec=spec, queue="understudy.high", error="bad\x00 luck") is True
    # Then it is the stand-in's
    columns = "agent, queue, fallbacks, failures, hard_seconds, max_failures, state, error"
    found = rows(stage, f"SELECT {columns} FROM steps")  # noqa: S608  the columns are ours
    assert found == [("understudy", "understudy.high", ["chorus"], 0, 7.0, 9, "pending", "bad\ufffd luck")]
    assert rows(stage, "SELECT outcome, error FROM attempts") == [("handed_over", "bad\ufffd luck")]
    assert rows(stage, "SELECT why, steps FROM outbox WHERE published_at IS NULL") == [("retry", ["a"])]


def test_the_first_word_about_an_attempt_stands(stage: Stage, play: Play) -> None:
    # Given an attempt that ended
    held = taken(stage, play.run(act("a")))
    with stage.engine.begin() as conn:
        endings.end_attempt(conn, held, outcome="first")
        # When it is said to have ended otherwise, then that counts for nothing
        endings.end_attempt(conn, held, outcome="second", error="late")
    assert rows(stage, "SELECT outcome, error FROM attempts") == [("first", None)]


CHAIN = in_turn(
    side_by_side(
        in_turn(act("a"), act("b", needs=("a",)), act("c", needs=("b",))),
        in_turn(act("d"), act("e", needs=("d",))),
    ),
    join("f"),
)


def test_what_needs_a_lost_step_is_skipped_to_the_end_of_its_chain_and_nothing_else(stage: Stage, play: Play) -> None:
    # Given two chains and a join, when the first chain loses its first step
    run_id = play.run(CHAIN)
    held = taken(stage, run_id)
    with stage.engine.begin() as conn:
        assert endings.give_up(conn, held, verdict=FAILED, error="broken") is True
    # Then what needs it is skipped, also at second hand, and says for want of what; the others go on
    assert rows(stage, "SELECT name, state, error FROM steps ORDER BY name") == [
        ("a", "failed", "broken"),
        ("b", "skipped", "skipped: a gave no result"),
        ("c", "skipped", "skipped: a gave no result"),
        ("d", "pending", None),
        ("e", "pending", None),
        ("f", "pending", None),
    ]
    assert rows(stage, "SELECT step, attempt, reason, error FROM dead_letters") == [("a", 1, "failures", "broken")]
    assert rows(stage, "SELECT outcome, error FROM attempts") == [("failed", "broken")]
    # And the join waits for the other chain alone
    assert rows(stage, "SELECT why FROM outbox WHERE published_at IS NULL") == []
    Crew(stage.engine, report_of).play(run_id, "d", "e", "f")
    assert stage.state(run_id) == "partial"


def test_the_last_end_before_a_gate_has_what_stands_behind_it_sent(stage: Stage, play: Play) -> None:
    # Given two steps before a join, one of which is done
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), side_by_side(join("c"), join("d"))))
    Crew(stage.engine, report_of).play(run_id, "b")
    # When the other is given up
    with stage.engine.begin() as conn:
        endings.give_up(conn, taken(stage, run_id), verdict=FAILED, error="x")
    # Then those behind the gate are sent, in plan order
    assert rows(stage, "SELECT why, steps FROM outbox WHERE published_at IS NULL") == [("opened", ["c", "d"])]


def test_a_step_that_could_begin_and_is_skipped_counts_at_once(stage: Stage, play: Play) -> None:
    # Given two steps before a join, one of which needs the other although nothing makes it wait
    run_id = play.run(in_turn(side_by_side(act("a"), act("b", needs=("a",))), join("c")))
    held = taken(stage, run_id)
    # When that other is given up
    with stage.engine.begin() as conn:
        endings.give_up(conn, held, verdict=FAILED, error="x")
    # Then both have ended, and the join is sent: nobody else would
    assert stage.step_states(run_id) == {"a": "failed", "b": "skipped", "c": "pending"}
    assert rows(stage, "SELECT why, steps FROM outbox WHERE published_at IS NULL") == [("opened", ["c"])]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (FAILED, "failed"),
        (GiveUp(Reason.OUT_OF_TIME, StepState.TIMED_OUT), "timed_out"),
    ],
)
def test_a_run_whose_required_step_is_lost_ends_with_it(stage: Stage, play: Play, verdict: GiveUp, state: str) -> None:
    # Given a required step, and one beside it that is at work
    run_id = play.run(in_turn(side_by_side(act("a", required=True), act("b")), join("c")))
    held, _ = taken(stage, run_id), taken(stage, run_id, "b")
    # When it is given up
    with stage.engine.begin() as conn:
        assert endings.give_up(conn, held, verdict=verdict, error="broken") is True
    # Then the run has failed by it, and what was open is skipped, whoever is at work on it
    assert rows(stage, "SELECT state, error, result ->> 'error' FROM runs") == [
        ("failed", "a: broken", "a: broken"),
    ]
    assert rows(stage, "SELECT name, state, error FROM steps ORDER BY name") == [
        ("a", state, "broken"),
        ("b", "skipped", "the run failed"),
        ("c", "skipped", "the run failed"),
    ]
    assert rows(stage, "SELECT step, outcome FROM attempts ORDER BY step") == [("a", state), ("b", "skipped")]
    assert rows(stage, "SELECT reason FROM dead_letters") == [(str(verdict.reason),)]


def test_going_on_says_whether_something_is_owed(stage: Stage, play: Play) -> None:
    # Given a run of two steps, in turn
    run_id = play.run(in_turn(act("a"), join("b")))
    gate = str(stage.one("SELECT behind FROM steps WHERE name = 'b'"))
    with stage.engine.begin() as conn:
        # When no gate was opened, or one with nothing ready behind it, then nothing is owed
        assert endings.go_on(conn, run_id, opened=frozenset()) is False
        assert endings.go_on(conn, run_id, opened=frozenset({"nothing"})) is False
        # When one was opened, then those behind it are
        assert endings.go_on(conn, run_id, opened=frozenset({gate})) is True
    assert rows(stage, "SELECT why, steps FROM outbox WHERE published_at IS NULL") == [("opened", ["b"])]


@pytest.mark.parametrize("called", [True, False])
def test_at_the_end_something_is_owed_to_those_who_wait_outside(stage: Stage, play: Play, *, called: bool) -> None:
    # Given a run that is done but for its end, which somebody outside waits for or nobody
    run_id = play.run(act("a"))
    sql(stage, "UPDATE steps SET state = 'succeeded'")
    if called:
        sql(stage, "INSERT INTO calls (task_id, tenant, run_id) VALUES ('t', 'default', :run)", run=run_id)
    # When its last gate opens, then the run ends, and its copy is owed or not
    with stage.engine.begin() as conn:
        assert endings.go_on(conn, run_id, opened=frozenset({END})) is called
    assert stage.state(run_id) == "succeeded"
    assert rows(stage, "SELECT published_at IS NULL FROM outbox WHERE why = 'ended'") == [(called,)]


@pytest.mark.parametrize(
    ("states", "end"),
    [
        (("succeeded", "succeeded"), "succeeded"),
        (("succeeded", "failed"), "partial"),
        (("failed", "skipped"), "failed"),
    ],
)
@pytest.mark.parametrize("held", [True, False])
def test_a_run_ends_by_what_its_steps_gave_and_asks_first_where_it_is_held(
    stage: Stage, play: Play, *, states: tuple[str, str], end: str, held: bool
) -> None:
    # Given a run both of whose steps have ended, with a summary, whose result is held or not
    run_id = play.run(in_turn(act("a"), join("b")))
    for name, state in zip("ab", states, strict=True):
        sql(stage, "UPDATE steps SET state = :state WHERE name = :name", state=state, name=name)
    sql(stage, """UPDATE steps SET result = '{"summary": "all is well"}' WHERE state = 'succeeded'""")
    sql(stage, "UPDATE runs SET hold = :held", held=held)
    # When it is finished
    with stage.engine.begin() as conn:
        state = endings.finish(conn, run_id)
    # Then it ends so, unless there is a result and a person has to see it before
    waits = held and end != "failed"
    assert state == stage.state(run_id) == ("running" if waits else end)
    asked = rows(stage, "SELECT question FROM approvals")
    assert len(asked) == int(waits)
    words = "all is well" if states[-1] == "succeeded" else ""
    assert not waits or asked[0][0] == f"may this result go out? {end}: {words}"


def test_a_run_fails_in_the_end_that_lost_a_required_step_by_what_it_needs(stage: Stage, play: Play) -> None:
    # Given a required step that needs another, which is not required, and one beside them
    needing = act("b", needs=("a",), required=True)
    run_id = play.run(in_turn(side_by_side(act("a"), needing, act("c")), join("d")))
    # When that other is given up, and all the others are done
    with stage.engine.begin() as conn:
        endings.give_up(conn, taken(stage, run_id), verdict=FAILED, error="broken")
    Crew(stage.engine, report_of).play(run_id, "c", "d")
    # Then the required one was skipped, so the run has failed, whatever else it found
    assert stage.step_states(run_id) == {"a": "failed", "b": "skipped", "c": "succeeded", "d": "succeeded"}
    assert stage.state(run_id) == "failed"


def test_a_runs_result_counts_and_names_and_holds_no_findings(stage: Stage, play: Play) -> None:
    # Given a run that lost a step
    run_id = play.run(in_turn(side_by_side(act("a"), act("x")), join("b")))
    with stage.engine.begin() as conn:
        endings.give_up(conn, taken(stage, run_id, "x"), verdict=FAILED, error="broken")
    Crew(stage.engine, report_of).play(run_id, "a", "b")
    # When it has ended, then its result is this
    assert rows(stage, "SELECT result FROM runs")[0][0] == {
        "run_id": str(run_id),
        "state": "partial",
        "kind": "monitor",
        "summary": "b",
        "confidence": 1.0,
        "findings": 2,
        "severities": {"info": 2},
        "steps": {"succeeded": 2, "failed": 1},
        "error": None,
    }


@pytest.mark.parametrize(
    ("agree", "result"),
    [((False, True, False), {"disagreements": 2}), ((True, True, True), {}), ((), {}), (None, {})],
)
def test_a_runs_result_says_about_how_many_targets_its_agents_disagree(
    stage: Stage, play: Play, agree: tuple[bool, ...] | None, result: dict[str, int]
) -> None:
    # Given an agent whose report says of each target whether they agree, or that has no synthesis
    def judged(work: Work) -> AgentReport:
        synthesis = None if agree is None else {"agreements": [{"agrees": one} for one in agree]}
        return report_of(work).model_copy(update={"metrics": {"synthesis": synthesis}})

    run_id = play.run(act("a"))
    # When its run has ended
    Crew(stage.engine, judged).play(run_id, "a")
    # Then disagreements are counted, and where there are none nothing is said of them
    (said,) = rows(stage, "SELECT result FROM runs")[0]
    assert {name: said[name] for name in said if name == "disagreements"} == result


def test_a_run_that_never_began_has_an_empty_result(stage: Stage, play: Play) -> None:
    # Given a run that nobody worked on, when it is stopped for a long reason
    run_id = play.run(act("a"))
    with stage.engine.begin() as conn:
        assert endings.stop_run(conn, run_id, state=RunState.CANCELLED, error="no\x00" + "x" * 3_000) is True
    # Then its result says so, and the reason is cut to what people read
    (error, result), *_ = rows(stage, "SELECT error, result FROM runs")
    assert error == "no\ufffd" + "x" * 1_997
    assert result == {
        "run_id": str(run_id),
        "state": "cancelled",
        "kind": "monitor",
        "summary": "",
        "confidence": None,
        "findings": 0,
        "severities": {},
        "steps": {"pending": 1},
        "error": error,
    }


@pytest.mark.parametrize(("state", "closed"), [(RunState.CANCELLED, "cancelled"), (RunState.TIMED_OUT, "timed_out")])
def test_a_run_that_is_stopped_closes_all_that_is_open_once(
    stage: Stage, play: Play, state: RunState, closed: str
) -> None:
    # Given a run with a step that is done, one at work, and one that waits
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    Crew(stage.engine, report_of).play(run_id, "a")
    taken(stage, run_id, "b")
    # When it is stopped, and then once more
    with stage.engine.begin() as conn:
        assert endings.stop_run(conn, run_id, state=state, error="enough") is True
        assert endings.stop_run(conn, run_id, state=RunState.FAILED, error="twice") is False
    # Then the first word stands, what was done is kept, and everything else is closed
    assert rows(stage, "SELECT state, error FROM runs") == [(str(state), "enough")]
    assert rows(stage, "SELECT name, state, error FROM steps ORDER BY name") == [
        ("a", "succeeded", None),
        ("b", closed, f"the run {state}"),
        ("c", closed, f"the run {state}"),
    ]
    assert rows(stage, "SELECT step, outcome FROM attempts ORDER BY step") == [("a", "succeeded"), ("b", closed)]
    assert rows(stage, "SELECT count(*) FROM outbox WHERE why = 'ended'") == [(1,)]


HEAVY = (Artifact(name="x.html", media_type="text/html", text="x"),)
"""What a report leaves behind for which it is not completed in one statement."""

_MOVED = """
    WITH later AS (INSERT INTO gates (run_id, name, "left") SELECT id, 'later', 1 FROM runs RETURNING run_id)
    UPDATE steps SET counts = 'later' FROM later WHERE name = 'a'
"""
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'"


def done(stage: Stage, run_id: UUID, step: str, **report: Any) -> Done:  # noqa: ANN401  the report's own fields
    """Take a step and return its report, which is not applied yet."""
    (got,) = claim(Direct(stage.engine), run_id, steps=[step], holder=Holder("w", 60)).claims
    made = AgentReport(agent="actor", target="t", summary=step, **report)
    return Done(got.held, made, seconds=1.5, last=got.counts == END)


@pytest.mark.parametrize("left", [(), HEAVY])
def test_a_completion_says_what_it_did_and_sends_nothing_that_its_message_sends(
    stage: Stage, play: Play, left: tuple[Artifact, ...]
) -> None:
    # Given two steps before a join, with reports that leave nothing but findings behind, or more
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    gate = str(stage.one("SELECT behind FROM steps WHERE name = 'c'"))
    did = []
    # When each is completed
    for name in "abc":
        did.append(complete(Direct(stage.engine), [done(stage, run_id, name, artifacts=left)], tenant="default"))
        # Then nothing is owed: whoever opens a gate sends what stands behind, and nobody waits for the end
        assert rows(stage, "SELECT why FROM outbox WHERE published_at IS NULL") == []
    # And each says which gate it opened, and the last one that it ended the run
    assert did == [
        Completion(frozenset("a")),
        Completion(frozenset("b"), openers=frozenset("b"), gates=frozenset({gate})),
        Completion(frozenset("c"), openers=frozenset("c"), gates=frozenset({END}), ended_run=True),
    ]
    assert rows(stage, "SELECT DISTINCT outcome, seconds FROM attempts") == [("succeeded", 1.5)]


@pytest.mark.parametrize("left", [(), HEAVY])
def test_of_a_lot_that_opens_a_gate_one_has_what_follows_sent(
    stage: Stage, play: Play, left: tuple[Artifact, ...]
) -> None:
    # Given two steps before a join, when both are completed at once
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    lot = [done(stage, run_id, name, artifacts=left) for name in "ab"]
    completion = complete(Direct(stage.engine), lot, tenant="default")
    # Then both are done, and one of them opened the gate
    assert completion.applied == {"a", "b"}
    assert len(completion.openers) == 1


@pytest.mark.parametrize("left", [(), HEAVY])
@pytest.mark.parametrize("last", [True, False])
def test_a_completion_that_comes_again_tells_its_own_steps_from_those_that_another_has(
    stage: Stage, play: Play, left: tuple[Artifact, ...], *, last: bool
) -> None:
    # Given three steps at work, one of which another has by now, and one of which was completed without an answer
    three = side_by_side(act("a"), act("b"), act("c"))
    run_id = play.run(three if last else in_turn(three, join("d")))
    lot = [done(stage, run_id, name, artifacts=left) for name in "abc"]
    sql(stage, "UPDATE steps SET attempt = 2 WHERE name = 'a'")
    complete(Direct(stage.engine), lot[1:2], tenant="default")
    # When all are completed
    completion = complete(Direct(stage.engine), lot, tenant="default")
    # Then it was applied to all but the one that another has, and that attempt is known to be fenced
    assert completion == Completion(frozenset("bc"))
    ended = [("a", "fenced"), ("b", "succeeded"), ("c", "succeeded")]
    assert rows(stage, "SELECT step, outcome FROM attempts ORDER BY step") == ended


def test_a_completion_that_comes_again_has_what_follows_sent_until_that_has_begun(stage: Stage, play: Play) -> None:
    # Given a step that was completed without an answer, and what stands behind it
    run_id = play.run(in_turn(act("a"), join("b")))
    lot = [done(stage, run_id, "a")]
    complete(Direct(stage.engine), lot, tenant="default")
    # When it comes again, then it has what follows sent
    again = Completion(frozenset("a"), openers=frozenset("a"))
    assert complete(Direct(stage.engine), lot, tenant="default") == again
    # And once that has begun, there is nothing to send
    taken(stage, run_id, "b")
    assert complete(Direct(stage.engine), lot, tenant="default") == Completion(frozenset("a"))


def test_a_last_step_that_is_moved_to_another_gate_meanwhile_keeps_its_findings(stage: Stage, play: Play) -> None:
    # Given a run's only step, which is moved to a new gate in a transaction that is still open
    run_id = play.run(act("a"))
    finding = {"kind": "k", "target": "t", "claim": "x", "severity": "info", "confidence": 1, "title": "x"}
    lot = [done(stage, run_id, "a", findings=(finding,))]
    with ThreadPoolExecutor(1) as pool:
        with holding(stage.engine, _MOVED):
            # When it is completed, and waits for that
            completing = pool.submit(complete, Direct(stage.engine), lot, tenant="default")
            wait_for(lambda: stage.one(_WAITING) == 1, seconds=10)
        completion = completing.result(10)
    # Then it is done, its run goes on, and what it found is its tenant's
    assert completion.applied == {"a"}
    assert stage.state(run_id) == "running"
    assert rows(stage, "SELECT tenant, claim FROM findings") == [("default", "x")]


def test_only_an_agents_own_report_that_leaves_findings_alone_is_light() -> None:
    # Given an agent's report, when it leaves more behind than findings, or is a baseline's, then it is not light
    report = AgentReport(agent="actor", target="t")
    assert is_light(report)
    assert not is_light(report.model_copy(update={"artifacts": HEAVY}))
    assert not is_light(report.model_copy(update={"role": Role.DEGRADED}))


@pytest.mark.parametrize("state", CoverageState)
def test_a_report_that_saw_part_of_a_source_or_failed_on_it_is_partial(state: CoverageState) -> None:
    # Given a report that saw all of one source, and of another as much as this
    all_of = Coverage(source="one", subject="s", state=CoverageState.COMPLETE)
    report = AgentReport(agent="actor", coverage=(all_of, Coverage(source="two", subject="s", state=state)))
    # Then it is partial where something is missing that was looked for
    missing = state in {CoverageState.PARTIAL, CoverageState.FAILED}
    assert state_of(report) is (StepState.PARTIAL if missing else StepState.SUCCEEDED)
