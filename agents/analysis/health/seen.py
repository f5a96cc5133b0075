"""What was seen of a repository, as those who collected it say, and how sure one may be of what follows from it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from agents.analysis.coverage import WHOLE, merge_coverage
from agents.analysis.health.history import DAY, YEAR_DAYS, History
from agents.contract import Coverage, CoverageState, Target, TargetKind, Work, utc

GIT, GITHUB, FEED = "git", "github", "feed"
_SOURCES = {TargetKind.GITHUB: GITHUB, TargetKind.FEED: FEED}
PARTIAL_FACTOR = 0.7
UNSAID_FACTOR = 0.9
EARLIER_FACTOR = 0.5
STALE_FACTOR = 0.8
GAPS = frozenset({CoverageState.FAILED, CoverageState.NOT_COLLECTED})
_SINCE = re.compile(r"\bsince (\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?)")
_UNTIL = re.compile(r"\bup to (\d{4}-\d{2}-\d{2} \d{2}:\d{2})")


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
    since: datetime | None = None
    """From when on the commits were seen, where their collector says so; None where it does not."""


def source_of(target: Target) -> str:
    """Return the source that speaks for a target's history: its further sources are called ``SOURCE:WHAT``."""
    return _SOURCES.get(target.kind, GIT)


def told_since(row: Coverage | None) -> datetime | None:
    """Return from when on a collector says that it saw everything (``since 2025-01-31``); None where it does not say.

    A coverage's detail is the collector's own sentence, never a stranger's. One that failed may say since when it does.
    """
    return _told(_SINCE, row)


def told_until(row: Coverage | None) -> datetime | None:
    """Return up to when a collector has come that has not caught up (``up to 2026-01-31 10:00``); None where it has."""
    return _told(_UNTIL, row)


def _told(pattern: re.Pattern[str], row: Coverage | None) -> datetime | None:
    found = pattern.search(row.detail) if row and row.state not in GAPS else None
    try:
        return utc(datetime.fromisoformat(found[1])) if found else None
    except (ValueError, OverflowError):
        return None


def windowed(target: Target) -> bool:
    """Whether the target's own option leaves earlier times out."""
    return target.options.get("since") is not None


def what_was_seen(work: Work, target: Target) -> Seen:
    """Return what the reports before this step, and the steps that are missing, say of the target's history."""
    source = source_of(target)
    rows = merge_coverage(row for row in _rows(work, source=source) if row.subject == target.id)
    missing = tuple(row for row in work.missing if row.subject in ("", target.id))
    told = next((row for row in rows if row.source == source), None)
    state = told.state if told else CoverageState.NOT_COLLECTED if missing else None
    late = _late(told, work=work, target=target)
    cut = windowed(target)
    return Seen(
        coverage=(*rows, *(row for row in missing if row not in rows)),
        state=state,
        # A feed tells of releases alone: that it was read whole says nothing of commits.
        whole=state in WHOLE and not cut and source != FEED,
        until=late or work.now,
        fresh=(EARLIER_FACTOR if state in GAPS else 1.0) * (STALE_FACTOR if late else 1.0),
        depth=_depth(state, cut=cut, deep=_deep(told, now=late or work.now)),
        reasons=tuple(_reasons(state, late=late, cut=cut)),
        since=told_since(told),
    )


def counted(seen: Seen, history: History, target: Target) -> tuple[Coverage, ...]:
    """Return the coverage to hand on: what was said, with a row of our own where nobody spoke of the commits."""
    if seen.state is not None:
        return seen.coverage
    commits = len(history.commits)
    row = Coverage(
        source=source_of(target),
        subject=target.id,
        state=CoverageState.COMPLETE if commits else CoverageState.NOT_COLLECTED,
        items=commits,
        detail="counted from the evidence at hand" if commits else "no commits at hand; run a collection of it first",
    )
    return (*seen.coverage, row)


def extent(seen: Seen, history: History) -> tuple[str, ...]:
    """Return in words what part of the history was seen, where that is not all of it, and what was ignored."""
    said = []
    if not seen.whole and history.seen_from is not None:
        said.append(f"only {len(history.commits):,} commits since {history.seen_from:%Y-%m-%d} seen")
    if history.ahead:
        said.append(f"{history.ahead:,} commits and tags ignored: undated, or dated after {history.now:%Y-%m-%d}")
    return tuple(said)


def _rows(work: Work, *, source: str) -> Iterator[Coverage]:
    for report in work.reports:
        yield from (row for row in report.coverage if row.source == source or row.source.startswith(f"{source}:"))


def _late(told: Coverage | None, *, work: Work, target: Target) -> datetime | None:
    """Return the time of the look where it is older than the target's data may be."""
    if told is None or told.as_of is None or told.as_of >= work.now - timedelta(seconds=target.max_age_seconds):
        return None
    return told.as_of


def _deep(told: Coverage | None, *, now: datetime) -> bool:
    """Whether what was seen reaches back further than any measure looks."""
    since = told_since(told)
    return since is not None and since <= now - 2 * YEAR_DAYS * DAY


def _depth(state: CoverageState | None, *, cut: bool, deep: bool) -> float:
    if state is None:
        return UNSAID_FACTOR
    if state is CoverageState.PARTIAL and deep:
        return 1.0
    return PARTIAL_FACTOR if cut or state not in WHOLE else 1.0


def _reasons(state: CoverageState | None, *, late: datetime | None, cut: bool) -> Iterator[str]:
    if state is None:
        yield "nobody said how much of the history was collected"
    elif state in GAPS:
        words = "failed" if state is CoverageState.FAILED else "did not happen"
        yield f"the latest collection {words}: only what was collected before is judged"
    if cut:
        yield "the target's option since leaves earlier history out"
    if late is not None:
        yield f"last looked at on {late:%Y-%m-%d}, longer ago than the target allows: later work is not known"
