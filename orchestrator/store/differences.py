"""What differs between two runs of the same thing, and between the attempts at one step."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from agents.contract import Finding
from orchestrator.domain.runs import RunState, StepState
from orchestrator.errors import UnknownRunError
from orchestrator.store.findings import findings_by_step
from orchestrator.store.runs import AttemptLine, RunView, StepLine, read_run

_OTHER = text("""
    SELECT COALESCE(r.rerun_of, (
        SELECT n.id FROM runs n
        WHERE n.tenant = r.tenant AND n.created_at >= r.created_at AND n.rerun_of = r.id
        ORDER BY n.created_at DESC LIMIT 1)) AS other, r.rerun_of IS NOT NULL AS earlier
    FROM runs r WHERE r.tenant = :tenant AND r.id = :run
""")


@dataclass(frozen=True)
class Side:
    """One of the two runs, in short."""

    run_id: UUID
    state: RunState
    seconds: float | None
    """From the trigger to the end; None while it runs."""
    confidence: float | None
    """The synthesis's."""
    findings: int
    pruned: bool
    """Whether its findings and steps were removed for their age: then it has none to compare."""


@dataclass(frozen=True)
class FindingChange:
    """One claim in both runs; None on a side that does not have it."""

    id: str
    title: str
    target: str
    severity: tuple[str | None, str | None]
    confidence: tuple[float | None, float | None]


@dataclass(frozen=True)
class StepChange:
    """One step in both runs; None on a side that does not have it, or where it was not done."""

    name: str
    state: tuple[StepState | None, StepState | None]
    seconds: tuple[float | None, float | None]
    attempts: tuple[int, int]
    carried: bool
    """Whether the later run took it over as it was."""


@dataclass(frozen=True)
class RunDifference:
    """What the later run has that the earlier one had not, and the other way round."""

    before: Side
    after: Side
    new: tuple[FindingChange, ...]
    gone: tuple[FindingChange, ...]
    changed: tuple[FindingChange, ...]
    """The same claim, of another severity or held with another confidence."""
    unchanged: int
    steps: tuple[StepChange, ...]


@dataclass(frozen=True)
class AttemptChange:
    """One attempt, and in what it differs from the one before it."""

    run_id: UUID
    attempt: int
    agent: str
    worker: str
    began: datetime
    seconds: float | None
    outcome: str | None
    error: str | None
    differs: tuple[str, ...]
    """Names of what differs: ``outcome``, ``agent``, ``worker``, ``error``, ``seconds`` (by half or more)."""


def pair_of(conn: Connection, run_id: UUID, *, tenant: str) -> tuple[UUID, UUID]:
    """Return a run with the one that it does again, or that did it again last: the earlier first.

    Raises ``UnknownRunError`` where there is none.
    """
    row = conn.execute(_OTHER, {"run": run_id, "tenant": tenant}).one_or_none()
    if row is None or row.other is None:
        raise UnknownRunError(f"run {run_id} is no rerun and was never rerun: name the run to compare it with")
    return (row.other, run_id) if row.earlier else (run_id, row.other)


def read_difference(conn: Connection, before: UUID, after: UUID, *, tenant: str) -> RunDifference:
    """Return what differs between two runs. Raises ``UnknownRunError``."""
    views = tuple(read_run(conn, run_id, tenant=tenant) for run_id in (before, after))
    found = tuple(_by_id(findings_by_step(conn, run_id).values()) for run_id in (before, after))
    return difference(views[0], views[1], had=found[0], has=found[1])


def difference(
    before: RunView, after: RunView, *, had: Mapping[str, Finding], has: Mapping[str, Finding]
) -> RunDifference:
    """Return what differs between two runs, given the findings of each by their ids."""
    changes = [_finding(key, had.get(key), has.get(key)) for key in sorted({*had, *has})]
    both = [change for change in changes if change.id in had and change.id in has]
    changed = tuple(change for change in both if change.severity[0] != change.severity[1] or _moved(change))
    return RunDifference(
        before=_side(before, findings=len(had)),
        after=_side(after, findings=len(has)),
        new=tuple(change for change in changes if change.id not in had),
        gone=tuple(change for change in changes if change.id not in has),
        changed=changed,
        unchanged=len(both) - len(changed),
        steps=_steps(before, after),
    )


def attempts_at(views: Iterable[RunView], *, step: str) -> tuple[AttemptChange, ...]:
    """Return the attempts at one step in some runs, in order, each compared with the one before it."""
    lines = [(view.id, line) for view in views for line in view.attempts if line.step == step]
    earlier: list[AttemptLine | None] = [None, *(line for _, line in lines)]
    return tuple(_attempt(run, line, than=than) for (run, line), than in zip(lines, earlier, strict=False))


def _by_id(steps: Iterable[Iterable[Finding]]) -> dict[str, Finding]:
    return {finding.id: finding for findings in steps for finding in findings}


def _side(view: RunView, *, findings: int) -> Side:
    confidence = (view.result or {}).get("confidence")
    return Side(
        run_id=view.id,
        state=view.state,
        seconds=_seconds(view.created_at, view.finished_at),
        confidence=confidence,
        findings=findings,
        pruned=view.pruned_at is not None,
    )


def _finding(key: str, had: Finding | None, has: Finding | None) -> FindingChange:
    sides = (had, has)
    shown = next(finding for finding in (has, had) if finding is not None)
    severities = [str(finding.severity) if finding else None for finding in sides]
    confidences = [finding.confidence if finding else None for finding in sides]
    return FindingChange(
        id=key,
        title=shown.title,
        target=shown.target,
        severity=(severities[0], severities[1]),
        confidence=(confidences[0], confidences[1]),
    )


def _moved(change: FindingChange) -> bool:
    return change.confidence[0] != change.confidence[1]


def _steps(before: RunView, after: RunView) -> tuple[StepChange, ...]:
    """Return the steps of both runs, in the later one's order, then those that only the earlier one had."""
    had, has = ({step.name: step for step in view.steps} for view in (before, after))
    return tuple(_step(name, had.get(name), has.get(name)) for name in dict.fromkeys([*has, *had]))


def _step(name: str, had: StepLine | None, has: StepLine | None) -> StepChange:
    sides = (had, has)
    first, second = (step.state if step else None for step in sides)
    took = [_seconds(step.claimed_at, step.finished_at) if step else None for step in sides]
    tries = [step.attempt if step else 0 for step in sides]
    return StepChange(
        name=name,
        state=(first, second),
        seconds=(took[0], took[1]),
        attempts=(tries[0], tries[1]),
        carried=has is not None and has.carried_from is not None,
    )


def _attempt(run_id: UUID, line: AttemptLine, *, than: AttemptLine | None) -> AttemptChange:
    seconds = _seconds(line.claimed_at, line.ended_at)
    differs = [] if than is None else [name for name in _COMPARED if getattr(line, name) != getattr(than, name)]
    if than is not None and _apart(seconds, _seconds(than.claimed_at, than.ended_at)):
        differs.append("seconds")
    return AttemptChange(
        run_id=run_id,
        attempt=line.attempt,
        agent=line.agent,
        worker=line.worker,
        began=line.claimed_at,
        seconds=seconds,
        outcome=line.outcome,
        error=line.error,
        differs=tuple(differs),
    )


_COMPARED = ("outcome", "agent", "worker", "error")


def _apart(seconds: float | None, other: float | None) -> bool:
    """Whether two durations differ by half of the longer or more: less is chance."""
    if seconds is None or other is None:
        return False
    longest = max(seconds, other)
    return longest > 0 and abs(seconds - other) >= longest / 2


def _seconds(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else round((end - start).total_seconds(), 3)
