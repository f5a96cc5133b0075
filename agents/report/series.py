"""What agents tell week by week, read with tolerance as in ``measures``: health over time, issues opened and closed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from pydantic import JsonValue

from agents.contract import Frozen
from agents.report.measures import Metrics, amount, listed, moment

POINTS_LIMIT = 104
"""Two years of weeks: so many points of a line are drawn, the latest."""
DATES = ("week", "at", "date", "day", "month")
"""Names under which a row may say when."""
SCORES = ("score", "value", "health")


class Point(Frozen):
    """The health score on a day, from 0 to 100."""

    at: date
    score: float


class IssueWeek(Frozen):
    """How many issues were opened and closed in the seven days from ``begin``."""

    begin: date
    opened: int
    closed: int


def health_over_time(metrics: Metrics) -> tuple[Point, ...]:
    """Return the score's points, oldest first; none where it has fewer than two, for that is no line."""
    points: dict[date, Point] = {}
    for row in listed(metrics, "health_over_time"):
        at, score = _date(row), _first(row, SCORES)
        if at is not None and score is not None:
            points[at] = Point(at=at, score=round(min(max(score, 0.0), 100.0), 1))
    ordered = [points[at] for at in sorted(points)]
    return tuple(ordered[-POINTS_LIMIT:]) if len(ordered) > 1 else ()


def weekly_issues(metrics: Metrics) -> tuple[IssueWeek, ...]:
    """Return issues by week, oldest first; none where no week has any."""
    weeks: dict[date, IssueWeek] = {}
    for row in listed(metrics, "weekly_issues"):
        begin, opened, closed = _date(row), amount(row.get("opened")), amount(row.get("closed"))
        if begin is not None and (opened is not None or closed is not None):
            weeks[begin] = IssueWeek(begin=begin, opened=_whole(opened), closed=_whole(closed))
    ordered = [weeks[begin] for begin in sorted(weeks)][-POINTS_LIMIT:]
    return tuple(ordered) if any(week.opened or week.closed for week in ordered) else ()


def _date(row: Mapping[str, JsonValue]) -> date | None:
    told: Iterator[date | None] = ((at.date() if (at := moment(row.get(name))) else None) for name in DATES)
    return next((at for at in told if at), None)


def _first(row: Mapping[str, JsonValue], names: Sequence[str]) -> float | None:
    told = (amount(row.get(name)) for name in names)
    return next((value for value in told if value is not None), None)


def _whole(value: float | None) -> int:
    return max(int(value or 0), 0)
