"""What was seen of a repository, as those who collected it say, and how sure one may be of what follows from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.analysis.coverage import WHOLE, merge_coverage
from agents.analysis.health.history import History
from agents.contract import Coverage, CoverageState, Target, Work

SOURCE = "git"
PARTIAL_FACTOR = 0.7
UNSAID_FACTOR = 0.9
EARLIER_FACTOR = 0.5
STALE_FACTOR = 0.8
_GAPS = frozenset({CoverageState.FAILED, CoverageState.NOT_COLLECTED})


@dataclass(frozen=True, slots=True)
class Seen:
    """What was collected of one target, and what that makes of our confidence."""

    coverage: tuple[Coverage, ...]
    state: CoverageState | None
    """Of the commits; None where nobody said."""
    whole: bool
    """Whether the history was read back to its beginning."""
    until: datetime
    """Up to when the history is known: the step's clock, or the time of a look that is older than it may be."""
    fresh: float
    """Factor from 0 to 1 on everything that is concluded, for a look that failed or is stale."""
    depth: float
    """Factor from 0 to 1 on what is concluded from the whole history, where not all of it was seen."""
    reasons: tuple[str, ...]


def what_was_seen(work: Work, target: Target) -> Seen:
    """Return what the reports before this step, and the steps that are missing, say of the target's history."""
    rows = merge_coverage(row for row in _rows(work) if row.subject == target.id)
    missing = tuple(row for row in work.missing if row.subject in ("", target.id))
    git = next((row for row in rows if row.source == SOURCE), None)
    state = git.state if git else CoverageState.NOT_COLLECTED if missing else None
    late = _late(git, work=work, target=target)
    windowed = target.options.get("since") is not None
    return Seen(
        coverage=(*rows, *(row for row in missing if row not in rows)),
        state=state,
        whole=state in WHOLE and not windowed,
        until=late or work.now,
        fresh=(EARLIER_FACTOR if state in _GAPS else 1.0) * (STALE_FACTOR if late else 1.0),
        depth=_depth(state, windowed=windowed),
        reasons=tuple(_reasons(state, late=late, windowed=windowed)),
    )


def counted(seen: Seen, history: History, target: Target) -> tuple[Coverage, ...]:
    """Return the coverage to hand on: what was said, with a row of our own where nobody spoke of the commits."""
    if seen.state is not None:
        return seen.coverage
    commits = len(history.commits)
    row = Coverage(
        source=SOURCE,
        subject=target.id,
        state=CoverageState.COMPLETE if commits else CoverageState.NOT_COLLECTED,
        items=commits,
        detail="counted from the evidence at hand" if commits else "no commits at hand; run a collection of it first",
    )
    return (*seen.coverage, row)


def extent(seen: Seen, history: History) -> tuple[str, ...]:
    """Return in words what part of the history was seen, where that is not all of it, and what was ignored."""
    said = []
    if not seen.whole and history.begin is not None:
        said.append(f"only {len(history.commits):,} commits since {history.begin:%Y-%m-%d} seen")
    if history.ahead:
        said.append(f"{history.ahead:,} commits and tags ignored: undated, or dated after {history.now:%Y-%m-%d}")
    return tuple(said)


def _rows(work: Work) -> Iterator[Coverage]:
    for report in work.reports:
        yield from (row for row in report.coverage if row.source == SOURCE or row.source.startswith(f"{SOURCE}:"))


def _late(git: Coverage | None, *, work: Work, target: Target) -> datetime | None:
    """Return the time of the look where it is older than the target's data may be."""
    if git is None or git.as_of is None or git.as_of >= work.now - timedelta(seconds=target.max_age_seconds):
        return None
    return git.as_of


def _depth(state: CoverageState | None, *, windowed: bool) -> float:
    if state is None:
        return UNSAID_FACTOR
    return PARTIAL_FACTOR if windowed or state not in WHOLE else 1.0


def _reasons(state: CoverageState | None, *, late: datetime | None, windowed: bool) -> Iterator[str]:
    if state is None:
        yield "nobody said how much of the history was collected"
    elif state in _GAPS:
        words = "failed" if state is CoverageState.FAILED else "did not happen"
        yield f"the latest collection {words}: only what was collected before is judged"
    if windowed:
        yield "the target's option since leaves earlier history out"
    if late is not None:
        yield f"last looked at on {late:%Y-%m-%d}, longer ago than the target allows: later work is not known"
