"""A step can be added to a live run: it stands in its place, is done once, and the report waits for it."""

from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from support.ledgers import check_gates, check_runs, check_steps, picture
from support.plays import SPECS, Play, act, in_turn, join, side_by_side
from support.runners import Crew
from support.shapes import names, rebuilt, shapes
from support.stages import Stage

from orchestrator.domain.plans import Plan, Shape, Step
from orchestrator.domain.runs import RunState
from orchestrator.errors import RefusedChangeError
from orchestrator.ledger.failing import Outcome
from orchestrator.oversight.adding import Add, Wanted, send_added
from orchestrator.oversight.changes import By, Change, Drop, Hold, change_run

pytestmark = pytest.mark.services

DRAWN = settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def sing(name: str, *needs: str, target: str = "", agent: str = "") -> Add:
    """Return a change that adds a step."""
    who = agent or ("actor" if target else "")
    return Add(Wanted("sing", target=target, agent=who, needs=needs, name=name), specs=SPECS, max_losses=5)


def change(stage: Stage, run_id: UUID, *changes: Change) -> None:
    change_run(stage.engine, run_id, changes, by=By("ada", "it matters"))


def well(stage: Stage, run_id: UUID) -> None:
    """Check that the ledger holds together."""
    seen = picture(stage.engine, [run_id])
    check_gates(seen)
    check_steps(seen)
    check_runs(seen)


def sent_for(stage: Stage, name: str) -> int:
    """Return how often the outbox names a step."""
    return int(str(stage.one("SELECT count(*) FROM outbox WHERE :name = ANY(steps)", name=name)))


def test_a_step_that_needs_nothing_is_sent_at_once_and_the_report_waits_for_it(stage: Stage, play: Play) -> None:
    # Given a run under way
    run_id = play.run(in_turn(act("a"), join("last")))
    # When a step is added, then it is sent, and stands in the plan
    change(stage, run_id, sing("more", target="a"))
    assert sent_for(stage, "more") == 1
    plan = Plan.model_validate(stage.one("SELECT plan FROM runs"))
    assert names(plan.shape) == ["a", "more", "last"]
    assert plan.step("more").target == "git:succeed/a"
    well(stage, run_id)
    # And the report begins after both
    crew = Crew(stage.engine)
    assert crew.play(run_id, "a", "last", "more", "last") == [Outcome.DONE, Outcome.STALE, Outcome.DONE, Outcome.DONE]
    assert stage.state(run_id) == "succeeded"
    assert stage.doubled_effects() == 0
    well(stage, run_id)


def test_a_step_behind_a_gate_is_sent_by_a_sweep_once_it_opens(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(side_by_side(in_turn(act("a"), act("b")), act("c")), join("last")))
    # When a step is added after one that has not ended, and one after that, then neither is sent
    change(stage, run_id, sing("after-a", "a"), sing("after-that", "after-a"))
    crew = Crew(stage.engine)
    assert (send_added(stage.engine), sent_for(stage, "after-a")) == (0, 0)
    assert crew.play(run_id, "after-a") == [Outcome.STALE]
    # And when the one before it ends, then a sweep sends it, once
    crew.play(run_id, "a")
    assert [send_added(stage.engine) for _ in range(2)] == [1, 0]
    assert crew.play(run_id, "b", "c", "last", "after-a", "last") == [
        Outcome.DONE, Outcome.DONE, Outcome.STALE, Outcome.DONE, Outcome.STALE,
    ]  # fmt: skip
    assert send_added(stage.engine) == 1
    assert crew.play(run_id, "after-that", "last") == [Outcome.DONE, Outcome.DONE]
    assert stage.state(run_id) == "succeeded"
    well(stage, run_id)


def test_a_step_after_what_has_ended_begins_at_once(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("last")))
    crew = Crew(stage.engine)
    crew.play(run_id, "a")
    change(stage, run_id, sing("after-a", "a"))
    assert sent_for(stage, "after-a") == 1
    well(stage, run_id)
    assert crew.play(run_id, "after-a", "b", "last") == [Outcome.DONE, Outcome.DONE, Outcome.DONE]
    assert stage.state(run_id) == "succeeded"


def test_a_step_that_joins_stands_between_the_work_and_the_report(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(side_by_side(act("a"), act("b")), join("last")))
    change(stage, run_id, sing("chorus"))
    crew = Crew(stage.engine)
    assert crew.play(run_id, "a", "chorus", "b", "last") == [Outcome.DONE, Outcome.STALE, Outcome.DONE, Outcome.STALE]
    assert crew.play(run_id, "chorus", "last") == [Outcome.DONE, Outcome.DONE]
    assert stage.state(run_id) == "succeeded"
    well(stage, run_id)


def test_what_cannot_be_added_is_refused_and_nothing_of_it_stays(stage: Stage, play: Play) -> None:
    # Given a run of which one step gave nothing
    run_id = play.run(in_turn(side_by_side(act("a"), act("b"), act("c")), join("last", required=True)))
    change(stage, run_id, Drop("b"))
    before = stage.one("SELECT plan FROM runs")
    wanted: list[tuple[Add, str]] = [
        (sing("a"), "has a step of that name"),
        (sing("more", "zz"), "needs zz, which the plan has not"),
        (sing("more", "more"), "needs more, which the plan has not"),
        (sing("more", "b"), "needs b, which is skipped"),
        (sing("more", "last"), "nothing comes after last"),
        (sing("more", target="elsewhere"), "no target of the run"),
        (sing("more", agent="nobody"), "is no agent"),
        (Add(Wanted("dance"), specs=SPECS, max_losses=5), "no agent can do it; agents can: act, sing"),
        (Add(Wanted("dance", agent="actor"), specs=SPECS, max_losses=5), "it can: act, sing"),
    ]
    for add, fault in wanted:
        with pytest.raises(RefusedChangeError, match=fault):
            change_run(stage.engine, run_id, [Hold(), add], by=By("ada"))
    # Then nothing has changed
    assert stage.one("SELECT plan FROM runs") == before
    assert stage.one("SELECT hold IS NULL FROM runs")
    assert len(stage.step_states(run_id)) == 4
    assert stage.one("SELECT count(*) FROM run_changes") == 1
    well(stage, run_id)


def test_a_run_that_has_come_past_the_place_takes_no_step_there(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(act("a"), join("last")))
    crew = Crew(stage.engine)
    crew.play(run_id, "a")
    with pytest.raises(RefusedChangeError, match="too late"):
        change(stage, run_id, sing("more", target="a"))
    crew.play(run_id, "last")
    with pytest.raises(RefusedChangeError, match="is over"):
        change(stage, run_id, sing("more", target="a"))


def test_an_added_step_can_be_dropped_again(stage: Stage, play: Play) -> None:
    run_id = play.run(in_turn(act("a"), join("last")))
    change(stage, run_id, sing("more", "a"), Drop("more"))
    assert Crew(stage.engine).play(run_id, "a", "last") == [Outcome.DONE, Outcome.DONE]
    assert stage.state(run_id) == "partial"


@DRAWN
@given(shape=shapes(max_leaves=7), data=st.data())
def test_whenever_a_step_is_added_the_run_stays_whole_and_ends(
    stage: Stage, play: Play, shape: Shape, data: st.DataObject
) -> None:
    # Given any plan, some of which is done
    def on_a_target(step: Step) -> Step:
        return act(step.name)

    run_id = play.run(in_turn(rebuilt(shape, on_a_target), join("last")))
    crew = Crew(stage.engine)
    _advance(stage, run_id, crew, data.draw(st.integers(0, 4)))
    # When steps are added after any of it
    for number in range(data.draw(st.integers(1, 3))):
        there = sorted(stage.step_states(run_id))
        needs = data.draw(st.lists(st.sampled_from(there), max_size=2, unique=True))
        try:
            change(stage, run_id, sing(f"new{number}", *needs, target="s1"))
        except RefusedChangeError as error:
            assert any(word in str(error) for word in ("too late", "nothing comes after", "is over"))  # noqa: PT017
        well(stage, run_id)
        _advance(stage, run_id, crew, data.draw(st.integers(0, 2)))
    # Then whatever is ready was sent or is sent by a sweep, and the run ends with all of it done
    send_added(stage.engine)
    _advance(stage, run_id, crew, 100)
    assert stage.state(run_id) == RunState.SUCCEEDED
    assert set(stage.step_states(run_id).values()) == {"succeeded"}
    well(stage, run_id)
    with stage.engine.begin() as conn:
        conn.execute(text("DELETE FROM runs"))


def _advance(stage: Stage, run_id: UUID, crew: Crew, most: int) -> None:
    """Do so many steps that may begin."""
    for _ in range(most):
        seen = picture(stage.engine, [run_id])
        ready = [step.name for step in seen.of(run_id) if seen.claimable(step)]
        if not ready:
            return
        assert crew.play(run_id, ready[0]) == [Outcome.DONE]
