"""Doing runs again from a step, on the real ledger: what is done anew, what is carried over, and what people see."""

import json
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from support.ledgers import check_gates, check_runs, check_steps, picture
from support.plays import SPECS, Play, act, in_turn, join, plan_of, side_by_side
from support.runners import Crew, Line, report_of
from support.shapes import names, shapes
from support.stages import Stage

from agents.contract import AgentReport, AgentSpec, Artifact, Finding, Severity, Work
from agents.errors import BadEvidenceError
from orchestrator.domain.plans import Plan, Shape
from orchestrator.domain.runs import RunState, StepState
from orchestrator.errors import ReplayError, UnknownRunError
from orchestrator.ledger import endings
from orchestrator.ledger.limits import Limits
from orchestrator.ledger.replay import Replays, Wish, done_anew, replay
from orchestrator.store.findings import findings_by_step, read_artifact
from orchestrator.store.runs import RunView, read_run

pytestmark = pytest.mark.services

STANDARD = in_turn(
    side_by_side(in_turn(act("ca"), act("aa", needs=("ca",))), in_turn(act("cb"), act("ab", needs=("cb",)))),
    join("report"),
)


@pytest.fixture
def replays(stage: Stage, play: Play) -> Replays:
    return Replays(engine=stage.engine, relay=play.relay, specs=SPECS, limits=Limits())


def told(work: Work) -> AgentReport:
    """Return a report that says what the step saw, with a file beside it."""
    seen = [finding.title for report in work.reports for finding in report.findings]
    missing = [row.detail for row in work.missing]
    said = json.dumps({"seen": sorted(seen), "missing": missing, "notes": work.options.get("plan_notes", [])})
    body = Finding(kind="k", target="t", claim=work.step, severity=Severity.LOW, confidence=1, title=work.step)
    file = Artifact(name=f"{work.step}.json", media_type="application/json", text=said)
    return AgentReport(agent="actor", target="t", summary=work.step, findings=(body,), artifacts=(file,))


def failing(*bad: str, act: object = told) -> object:
    """Return what an agent does that fails for good at some steps."""

    def do(work: Work) -> AgentReport:
        if work.step in bad:
            raise BadEvidenceError(f"{work.step}: wrong: mend it")
        return told(work)

    return do


def finished(stage: Stage, play: Play, shape: Shape = STANDARD, *, bad: tuple[str, ...] = ()) -> UUID:
    """Return a run of that shape that has ended, in which some steps failed for good."""
    run = play.run(shape)
    crew = Crew(stage.engine, failing(*bad))  # type: ignore[arg-type]
    crew.play(run, *names(shape))
    assert stage.state(run) != "running"
    return run


def seen(stage: Stage, run: UUID) -> RunView:
    with stage.engine.connect() as conn:
        return read_run(conn, run, tenant="default")


def file_of(stage: Stage, run: UUID, name: str) -> dict[str, list[str]]:
    with stage.engine.connect() as conn:
        found = read_artifact(conn, run, name=name)
    assert found is not None
    told: dict[str, list[str]] = json.loads(found[1])
    return told


def test_only_the_step_and_what_comes_after_it_run_anew(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that succeeded
    old = finished(stage, play)
    # When it is done again from one analysis
    new = replays.again(old, step="aa").run_id
    # Then that step and the report wait, and all others have the results that they had, with where they come from
    steps = {step.name: step for step in seen(stage, new).steps}
    assert {name: str(step.state) for name, step in steps.items()} == {
        "ca": "succeeded",
        "aa": "pending",
        "cb": "succeeded",
        "ab": "succeeded",
        "report": "pending",
    }
    assert (steps["ca"].carried_from, steps["ca"].carried_attempt, steps["ca"].attempt) == (old, 1, 0)
    assert (steps["aa"].carried_from, steps["aa"].carried_attempt) == (None, None)
    # And nothing but that step was sent
    assert stage.one("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
    crew = Crew(stage.engine, told)
    assert [str(outcome) for outcome in crew.play(new, "cb", "ab", "report")] == ["stale"] * 3
    # And it goes on to its end
    crew.play(new, "aa", "report")
    view = seen(stage, new)
    assert (view.state, view.rerun_of) == (RunState.SUCCEEDED, old)
    state = picture(stage.engine, [old, new])
    check_gates(state)
    check_steps(state)
    check_runs(state)


def test_joining_steps_see_what_was_carried_over_as_if_it_had_been_done_anew(
    stage: Stage, play: Play, replays: Replays
) -> None:
    # Given a run, and the same run done again from one analysis
    old = finished(stage, play)
    new = replays.again(old, step="aa").run_id
    Crew(stage.engine, told).play(new, "aa", "report")
    # When their reports are compared
    before, after = file_of(stage, old, "report.json"), file_of(stage, new, "report.json")
    # Then they saw the same, and the second says whose results those are
    assert after["seen"] == before["seen"] == ["aa", "ab", "ca", "cb"]
    assert (after["missing"], before["missing"]) == ([], [])
    assert (before["notes"], after["notes"]) == ([], [f"3 of the results are those of run {old}"])
    # And the run has the findings and the files of all its steps
    with stage.engine.connect() as conn:
        was, now = findings_by_step(conn, old), findings_by_step(conn, new)
        assert read_artifact(conn, new, name="cb.json") == read_artifact(conn, old, name="cb.json")
    assert was == now
    # And nothing was counted as seen once more that nobody looked at again
    again = dict.fromkeys(["aa", "report"], 2) | dict.fromkeys(["ab", "ca", "cb"], 1)
    with stage.engine.connect() as conn:
        rows = conn.execute(text("SELECT claim, runs_seen FROM findings"))
        assert {row.claim: row.runs_seen for row in rows} == again
    result = seen(stage, new).result or {}
    assert (result["findings"], result["steps"]) == (5, {"succeeded": 5})


def test_what_gave_no_result_runs_again_as_well(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that lost a collection, and so skipped what needed it
    old = finished(stage, play, bad=("cb",))
    assert stage.step_states(old)["ab"] == "skipped"
    # When it is done again from the other branch's analysis
    new = replays.again(old, step="aa").run_id
    # Then the branch without a result is done anew beside it
    assert {name for name, state in stage.step_states(new).items() if state == "pending"} == {
        "aa",
        "ab",
        "cb",
        "report",
    }


def test_a_rerun_of_a_rerun_names_the_run_that_did_the_work(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that was done again
    first = finished(stage, play)
    second = replays.again(first, step="aa").run_id
    Crew(stage.engine, told).play(second, "aa", "report")
    # When that is done again from elsewhere
    third = replays.again(second, step="ab").run_id
    # Then each result names the run and the attempt in which it was made
    origin = {step.name: (step.carried_from, step.carried_attempt) for step in seen(stage, third).steps}
    assert origin["ca"] == origin["cb"] == (first, 1)
    assert origin["aa"] == (second, 1)
    assert origin["ab"] == origin["report"] == (None, None)


def test_a_step_that_another_agent_took_over_keeps_that_agents_name(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run in which a stand-in gave a result
    shape = in_turn(side_by_side(act("a", fallbacks=("understudy",)), act("b")), join("end"))
    run = play.run(shape)
    Crew(stage.engine, failing("a")).run(run, "a")  # type: ignore[arg-type]
    Crew(stage.engine, told).play(run, "a", "b", "end")
    # When it is done again from the step beside, then the carried step is still the stand-in's
    new = seen(stage, replays.again(run, step="b").run_id)
    assert {step.name: step.agent for step in new.steps} == {"a": "understudy", "b": "actor", "end": "actor"}


def test_from_the_first_step_everything_runs_anew(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a chain
    old = finished(stage, play, in_turn(act("a"), act("b"), join("c")))
    # When it is done again from its beginning, then nothing is carried over
    assert set(stage.step_states(replays.again(old, step="a").run_id).values()) == {"pending"}


def test_a_wrong_step_is_refused_with_those_that_there_are(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run
    old = finished(stage, play)
    # When a step is named that it has not, then the likeliest is offered first
    with pytest.raises(ReplayError, match=r"has no step 'reprot'; there are: report, ca, aa, cb, ab$"):
        replays.again(old, step="reprot")
    # And nothing was written
    assert stage.one("SELECT count(*) FROM runs") == 1


def test_of_very_many_steps_an_error_names_some(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run of very many steps
    old = finished(stage, play, side_by_side(*(act(f"s{number}") for number in range(40))))
    # When a step is named that it has not, then not all are listed
    with pytest.raises(ReplayError, match=r"and 10 more \(`lookout runs show`\)$"):
        replays.again(old, step="zzz")


def test_a_run_that_cannot_be_done_again_says_why(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that still runs
    run = play.run(STANDARD)
    with pytest.raises(ReplayError, match="still runs, and would do the same work twice"):
        replays.again(run, step="aa")
    # Given one whose details are gone
    with stage.engine.begin() as conn:
        endings.stop_run(conn, run, state=RunState.CANCELLED, error="enough")
        conn.execute(text("UPDATE runs SET pruned_at = now()"))
    with pytest.raises(ReplayError, match=r"were removed at .* without --from does all of it anew"):
        replays.again(run, step="aa")
    # Given one that was planned with an agent that there is no longer
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET pruned_at = NULL"))
    fewer: dict[str, AgentSpec] = {"chorus": SPECS["chorus"]}
    poorer = Replays(engine=stage.engine, relay=play.relay, specs=fewer, limits=Limits())
    with pytest.raises(ReplayError, match="no longer in the catalogue: actor"):
        poorer.again(run, step="aa")
    # Given none at all
    with pytest.raises(UnknownRunError, match="is not known"):
        replays.again(UUID(int=1), step="aa")
    assert stage.one("SELECT count(*) FROM runs") == 1


def test_a_cancelled_run_goes_on_where_it_was_cancelled(stage: Stage, play: Play, replays: Replays) -> None:
    # Given a run that was cancelled after its first collection
    old = play.run(STANDARD)
    Crew(stage.engine, told).run(old, "ca")
    with stage.engine.begin() as conn:
        endings.stop_run(conn, old, state=RunState.CANCELLED, error="enough")
    # When it is done again from the report
    new = replays.again(old, step="report").run_id
    # Then what was collected is kept, and all else is done
    Crew(stage.engine, told).play(new, "aa", "cb", "ab", "report")
    assert stage.state(new) == "succeeded"
    assert {step.name for step in seen(stage, new).steps if step.carried_from} == {"ca"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_is_cut_around_the_commit_makes_one_run(
    when: str, stage: Stage, play: Play, replays: Replays, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a run, and a line to the database that is cut at the next commit
    old = finished(stage, play)
    line = Line(stage.engine, monkeypatch)
    line.cut(when)
    # When it is done again
    new = replays.again(old, step="aa")
    # Then there is one new run, and its gates count what it has to do
    assert line.was_cut
    assert (new.fresh, stage.one("SELECT count(*) FROM runs")) == (True, 2)
    check_gates(picture(stage.engine, [new.run_id]))
    Crew(stage.engine, told).play(new.run_id, "aa", "report")
    assert stage.state(new.run_id) == "succeeded"


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data(), shape=shapes(max_leaves=8))
def test_whatever_the_shape_a_rerun_ends_and_does_no_more_than_it_must(
    data: st.DataObject, stage: Stage, play: Play, replays: Replays, shape: Shape
) -> None:
    # Given a run of any shape, some of whose steps failed for good
    every = names(shape)
    bad = tuple(sorted(data.draw(st.sets(st.sampled_from(every), max_size=2))))
    old = play.accept(plan_of(shape)).run_id
    Crew(stage.engine, failing(*bad)).play(old, *every)  # type: ignore[arg-type]
    # When it is done again from any of its steps
    start = data.draw(st.sampled_from(every))
    new = replays.again(old, step=start).run_id
    state = picture(stage.engine, [old, new])
    check_gates(state)
    check_steps(state)
    # Then exactly the steps that must run are pending
    states = {name: StepState(value) for name, value in stage.step_states(old).items()}
    plan: Plan = plan_of(shape)
    waiting = {name for name, value in stage.step_states(new).items() if value == "pending"}
    assert waiting == done_anew(plan, step=start, states=states)
    # And they lead to the run's end
    crew = Crew(stage.engine, report_of)
    crew.play(new, *(name for name in every if name in waiting))
    assert stage.state(new) == "succeeded"
    check_runs(picture(stage.engine, [new]))


@pytest.mark.parametrize(
    ("mark", "held"), [("true", True), ("false", None), ("NULL", None)], ids=["held", "let go", "never held"]
)
def test_what_is_held_stays_held_when_it_is_done_again(
    stage: Stage, play: Play, replays: Replays, mark: str, held: object
) -> None:
    # Given a run whose result a person held, and did not let go
    run = play.run(STANDARD)
    with stage.engine.begin() as conn:
        conn.execute(text(f"UPDATE runs SET hold = {mark}"))  # noqa: S608  a test's own words
        endings.stop_run(conn, run, state=RunState.CANCELLED, error="rejected")
    # When it is done again from its last step, then the new run's result is held as well
    again = replays.again(run, step="report")
    assert stage.one("SELECT hold FROM runs WHERE id = :run", run=again.run_id) is held


def test_who_lets_a_run_go_between_two_tries_of_its_making_has_the_last_word(stage: Stage, play: Play) -> None:
    # Given a run that was made of one that is held, whose maker never heard of it
    run = play.run(STANDARD)
    with stage.engine.begin() as conn:
        conn.execute(text("UPDATE runs SET hold = true"))
        endings.stop_run(conn, run, state=RunState.CANCELLED, error="rejected")
    wish = Wish(source=run, step="report", key="once")
    for _ in range(2):
        with stage.engine.begin() as conn:
            assert replay(conn, wish, specs=SPECS, max_losses=3).accepted.fresh
            # When it is let go meanwhile, and made once more
            conn.execute(text("UPDATE runs SET hold = false WHERE id = :run"), {"run": wish.run_id})
    # Then it stays so
    assert stage.one("SELECT hold FROM runs WHERE id = :run", run=wish.run_id) is False
