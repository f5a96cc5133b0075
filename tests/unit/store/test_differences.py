"""What differs between two runs, and between attempts at one step: pure comparisons."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st
from support.views import AT, view

from agents.contract import Finding, Severity
from orchestrator.domain.runs import RunState, StepState
from orchestrator.store.differences import attempts_at, difference
from orchestrator.store.runs import AttemptLine, StepLine

SECOND = timedelta(seconds=1)


def step(
    name: str, state: StepState = StepState.SUCCEEDED, *, took: float | None = 1, origin: UUID | None = None
) -> StepLine:
    return StepLine(
        name=name,
        agent="actor",
        queue="actor",
        state=state,
        attempt=0 if origin else 1,
        failures=0,
        losses=0,
        ready_at=AT,
        claimed_at=None if took is None else AT,
        finished_at=None if took is None else AT + took * SECOND,
        lease_owner=None,
        lease_until=None,
        error=None,
        summary=None,
        confidence=None,
        carried_from=origin,
    )


def finding(claim: str, *, severity: Severity = Severity.LOW, confidence: float = 0.5) -> Finding:
    return Finding(kind="k", target="t", claim=claim, severity=severity, confidence=confidence, title=claim)


def by_id(*findings: Finding) -> dict[str, Finding]:
    return {each.id: each for each in findings}


def attempt(number: int, *, took: float | None = 1, **changed: str | None) -> AttemptLine:
    ended = None if took is None else AT + took * SECOND
    line = AttemptLine("a", number, "actor", "w:1", AT, ended, "failed", "no")
    return replace(line, **changed)  # type: ignore[arg-type]


def test_findings_are_new_gone_changed_or_the_same() -> None:
    # Given two runs that share three claims, two of which are held otherwise in the second
    worse, surer, same, old, new = (finding(claim) for claim in ("worse", "surer", "same", "old", "new"))
    had = by_id(worse, surer, same, old)
    has = by_id(finding("worse", severity=Severity.HIGH), finding("surer", confidence=0.9), same, new)
    # When they are compared
    found = difference(view(), view(), had=had, has=has)
    # Then each claim is where it belongs, with both sides of it
    assert [(one.title, one.severity, one.confidence) for one in found.new] == [("new", (None, "low"), (None, 0.5))]
    assert [(one.title, one.severity, one.confidence) for one in found.gone] == [("old", ("low", None), (0.5, None))]
    moved = {one.title: (one.severity, one.confidence) for one in found.changed}
    assert moved == {"worse": (("low", "high"), (0.5, 0.5)), "surer": (("low", "low"), (0.5, 0.9))}
    assert found.unchanged == 1
    assert (found.before.findings, found.after.findings) == (4, 4)


def test_runs_are_told_apart_by_state_time_and_confidence() -> None:
    # Given a run that ended, one that still runs, and one whose details are gone
    ended, running = replace(view(), finished_at=AT + 2 * SECOND), view(RunState.RUNNING)
    # When they are compared, then each side says how it stands
    found = difference(ended, running, had={}, has={})
    assert (found.before.seconds, found.before.confidence, found.before.pruned) == (2.0, 1, False)
    assert (found.after.seconds, found.after.confidence, found.after.state) == (None, None, RunState.RUNNING)
    assert difference(replace(ended, pruned_at=AT), running, had={}, has={}).before.pruned


def test_steps_are_compared_by_name_in_the_later_runs_order() -> None:
    # Given two runs whose plans differ, the second of which carried a step over
    origin = uuid4()
    before = replace(view(), steps=(step("a", StepState.FAILED), step("gone"), step("c")))
    after = replace(view(), steps=(step("c", took=None, origin=origin), step("a", took=3), step("new")))
    # When they are compared
    found = {one.name: one for one in difference(before, after, had={}, has={}).steps}
    # Then each has both its sides
    assert list(found) == ["c", "a", "new", "gone"]
    assert (found["c"].carried, found["c"].seconds, found["c"].attempts) == (True, (1.0, None), (1, 0))
    assert (found["a"].state, found["a"].seconds) == ((StepState.FAILED, StepState.SUCCEEDED), (1.0, 3.0))
    assert (found["new"].state, found["gone"].state) == ((None, StepState.SUCCEEDED), (StepState.SUCCEEDED, None))
    assert not found["gone"].carried


def test_each_attempt_is_compared_with_the_one_before_it() -> None:
    # Given attempts at a step in two runs, and one at another step
    other = replace(attempt(1), step="b")
    tries = (
        attempt(1),
        attempt(2),
        attempt(3, worker="w:2", outcome="lost", error=None, took=2),
        attempt(4, worker="w:2", outcome=None, error=None, took=None),
    )
    first, second = replace(view(), attempts=(*tries, other)), replace(view(), attempts=(attempt(1, agent="stand-in"),))
    # When they are compared
    found = attempts_at([first, second], step="a")
    # Then each says in what it differs; what comes first, or takes about as long, differs in nothing
    assert [one.differs for one in found] == [
        (),
        (),
        ("outcome", "worker", "error", "seconds"),
        ("outcome",),
        ("outcome", "agent", "worker", "error"),
    ]
    assert [one.seconds for one in found] == [1.0, 1.0, 2.0, None, 1.0]
    assert [one.run_id for one in found] == [first.id] * 4 + [second.id]
    assert attempts_at([first], step="unheard of") == ()


def test_durations_of_nothing_do_not_differ() -> None:
    # Given two attempts that took no time at all, when they are compared, then nothing differs
    tries = replace(view(), attempts=(attempt(1, took=0), attempt(2, took=0)))
    assert [one.differs for one in attempts_at([tries], step="a")] == [(), ()]


findings = st.builds(
    finding,
    st.sampled_from("abcdef"),
    severity=st.sampled_from(list(Severity)),
    confidence=st.sampled_from([0.1, 0.9]),
)
sets = st.lists(findings, max_size=6).map(lambda each: by_id(*each))


@given(had=sets, has=sets)
def test_every_claim_is_counted_once_and_the_other_way_round_is_the_opposite(
    had: dict[str, Finding], has: dict[str, Finding]
) -> None:
    # Given any two sets of findings, when they are compared both ways
    there, back = (difference(view(), view(), had=one, has=other) for one, other in ((had, has), (has, had)))
    # Then each claim stands in one place, and what is new one way is gone the other
    named = [one.id for group in (there.new, there.gone, there.changed) for one in group]
    assert len(named) == len(set(named))
    assert len(named) + there.unchanged == len({*had, *has})
    assert {one.id for one in there.new} == {one.id for one in back.gone} == {*has} - {*had}
    assert {one.id for one in there.changed} == {one.id for one in back.changed}
