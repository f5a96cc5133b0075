"""A completion in one statement sees the database as it was when it began: what happened while it waited for a lock."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from sqlalchemy import text
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.stages import Stage, wait_for

from agents.contract import AgentReport, Finding, Severity
from orchestrator.ledger.attempts import Attempt
from orchestrator.ledger.claims import Claim, Holder, claim
from orchestrator.ledger.completion import Completion, Done, complete
from orchestrator.ledger.layout import END
from orchestrator.oversight.adding import Add, Wanted
from orchestrator.oversight.changes import By, Change, Drop, change_run
from orchestrator.store.direct import Direct

pytestmark = pytest.mark.services

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND state = 'active'"
_PADDED = """
    UPDATE steps SET result = result || jsonb_build_object('pad', (
        SELECT array_agg(md5(n::text)) FROM generate_series(1, 200000) n)) WHERE name = 'a'
"""
_DEEP = "UPDATE runs SET trigger = jsonb_set(trigger, '{options}', jsonb_build_object('deep', CAST(:deep AS jsonb)))"
ANN = By("ann", "a test")


def claimed(stage: Stage, run_id: UUID, *names: str) -> list[Claim]:
    """Claim steps of a run."""
    return list(claim(Direct(stage.engine), run_id, steps=names, holder=Holder("w", 60)).claims)


def done(got: Claim, *, of: str = "") -> Done:
    """Return a report of a claimed step with one finding: its own claim, or one that is given."""
    finding = Finding(kind="k", target="t", claim=of or got.step.name, severity=Severity.INFO, confidence=1, title="x")
    report = AgentReport(agent="actor", target="t", summary=got.step.name, findings=(finding,))
    return Done(got.held, report, seconds=0.1, last=got.counts == END)


def behind(stage: Stage, lot: list[Done], changes: list[Change]) -> Completion:
    """Complete a lot whose statement began before a change of its run was committed, and waited for that."""
    run_id = lot[0].attempt.run_id
    held, go = threading.Event(), threading.Event()

    class Held:
        """A change that is made, and whose transaction stays open for a while."""

        what = "held"

        def make(self, *arguments: object, **options: object) -> dict[str, object]:
            for each in changes:
                each.make(*arguments, **options)  # type: ignore[arg-type] # as it was called
            held.set()
            assert go.wait(10)
            return {}

    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(change_run, stage.engine, run_id, [Held()], by=ANN)
        assert held.wait(10)
        completing = pool.submit(complete, Direct(stage.engine), lot, tenant="default")
        wait_for(lambda: stage.one(_WAITING) == 1, seconds=10)
        go.set()
        changing.result(10)
        return completing.result(10)


def test_a_step_that_is_moved_to_a_new_gate_meanwhile_counts_on_that(stage: Stage, play: Play) -> None:
    # Given a step at work, and a person who adds one that needs it, which puts a new gate behind it
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    (got,) = claimed(stage, run_id, "a")
    added = Add(Wanted("sing", agent="actor", needs=("a",), name="more"), specs=SPECS, max_losses=5)
    # When its completion waits until that is committed
    completion = behind(stage, [done(got)], [added])
    # Then it is done, and the new gate is open
    assert completion.applied == {"a"}
    assert stage.one("SELECT state FROM steps WHERE name = 'a'") == "succeeded"
    assert stage.one("""SELECT "left" FROM gates WHERE name LIKE 'added%'""") == 0


def test_a_step_that_was_dropped_behind_its_gate_meanwhile_is_counted_with_it(stage: Stage, play: Play) -> None:
    # Given two steps side by side, and what follows the gate behind them
    run_id = play.run(in_turn(act("a"), side_by_side(act("b"), act("c")), join("d")))
    (got,) = claimed(stage, run_id, "a")
    # When a step behind the gate is dropped, and the completion that opens it waits until that is committed
    completion = behind(stage, [done(got)], [Drop("b")])
    # Then the gate is open, and what was skipped behind it counts on the next: one of two is left
    assert completion.opened
    assert (
        stage.one("""SELECT "left" FROM gates g WHERE EXISTS (
        SELECT FROM steps s WHERE s.name = 'c' AND s.counts = g.name)""")
        == 1
    )


def test_of_a_claim_that_two_steps_make_the_word_of_a_fenced_one_is_not_kept(stage: Stage, play: Play) -> None:
    # Given a lot of two steps that found the same, of which the second was taken by another worker meanwhile
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    first, second = claimed(stage, run_id, "a", "b")
    stolen = done(second, of="same")._replace(attempt=Attempt(run_id=run_id, step="b", number=second.attempt - 1))
    # When both are completed
    completion = complete(Direct(stage.engine), [done(first, of="same"), stolen], tenant="default")
    # Then the first one's finding is there
    assert completion.applied == {"a"}
    assert stage.one("SELECT step FROM run_findings") == "a"


def test_of_a_claim_that_two_steps_make_the_last_words_are_kept(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    lot = [done(got, of="same") for got in claimed(stage, run_id, "a", "b")]
    complete(Direct(stage.engine), lot, tenant="default")
    assert stage.one("SELECT step FROM run_findings") == "b"
    assert stage.one("SELECT count(*) FROM findings") == 1


def test_findings_are_locked_before_the_run(stage: Stage, play: Play) -> None:
    # Given a finding that another transaction holds
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    first, second = claimed(stage, run_id, "a", "b")
    complete(Direct(stage.engine), [done(first, of="same")], tenant="default")
    with ThreadPoolExecutor(1) as pool, stage.engine.connect() as conn, conn.begin() as transaction:
        conn.execute(text("SELECT id FROM findings FOR UPDATE"))
        # When a step that found the same is completed
        completing = pool.submit(complete, Direct(stage.engine), [done(second, of="same")], tenant="default")
        wait_for(lambda: stage.one(_WAITING) == 1, seconds=10)
        # Then it holds neither its run nor a gate while it waits
        conn.execute(text("SELECT id FROM runs FOR UPDATE NOWAIT"))
        conn.execute(text("SELECT name FROM gates FOR UPDATE NOWAIT"))
        transaction.rollback()
        assert completing.result(10).opened


def test_a_report_that_joins_much_is_asked_for_by_itself(
    stage: Stage, play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a step that joins more bytes than a claim brings
    run_id = play.run(in_turn(act("a"), join("c")))
    (got,) = claimed(stage, run_id, "a")
    complete(Direct(stage.engine), [done(got)], tenant="default")
    with stage.engine.begin() as conn:
        conn.execute(text(_PADDED))
    # When it is claimed, then what it joins does not come with the claim
    (joining,) = claimed(stage, run_id, "c")
    assert joining.joined is None


def test_what_stands_before_a_joining_step_comes_with_its_claim(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("c")))
    complete(Direct(stage.engine), [done(got) for got in claimed(stage, run_id, "a", "b")], tenant="default")
    (joining,) = claimed(stage, run_id, "c")
    assert joining.joined is not None
    assert [one["name"] for one in joining.joined["before"]] == ["a", "b"]
    assert set(joining.joined["findings"]) == {"a", "b"}


def test_deep_json_is_read_as_it_was_written(stage: Stage, play: Play) -> None:
    # Given options nested more deeply than the quick parser goes
    deep: object = "x"
    for _ in range(240):
        deep = [deep]
    run_id = play.run(act("a"))
    with stage.engine.begin() as conn:
        conn.execute(text(_DEEP), {"deep": "[" * 240 + '"x"' + "]" * 240})
    # When a step is claimed, then it gets them
    (got,) = claimed(stage, run_id, "a")
    assert got.options["deep"] == deep
