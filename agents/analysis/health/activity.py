"""How much people work on a repository: now, before, and week by week."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from agents.analysis.health.history import DAY, Commit, History
from agents.analysis.health.trend import Trend, trend

WINDOWS = (30, 90, 365)
WEEKS = 52
MONTH_DAYS, MONTHS = 28, 13
MIN_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Window:
    """People's commits of the last ``days`` days, and of as many days before them."""

    days: int
    commits: int | None
    """None where what was seen does not reach back so far."""
    before: int | None


@dataclass(frozen=True, slots=True)
class Activity:
    """People's activity up to the history's end. Merges and bots' commits do not count."""

    last: Commit | None
    idle_days: float | None
    """Days since people's last commit; None where none of them was seen."""
    windows: tuple[Window, ...]
    weekly: tuple[tuple[date, int], ...]
    """Commits per calendar week (its Monday), oldest first; the last one still runs; weeks not seen are not there."""
    trend: Trend | None
    """Of commits per seven days over the last year; None below eight such weeks."""
    momentum: float | None
    """This year's commits (or quarter's, in a younger history) for each one of the year (quarter) before."""
    momentum_days: int
    months: int
    """How many periods of 28 days of the last 13 were seen."""
    active_months: int


def measure_activity(history: History) -> Activity:
    """Return the activity that the history shows."""
    last = history.work[-1] if history.work else None
    momentum, days = _momentum(history)
    months = _steps(history, MONTH_DAYS, most=MONTHS)
    return Activity(
        last=last,
        idle_days=(history.now - last.at) / DAY if last else None,
        windows=tuple(_window(history, days) for days in WINDOWS),
        weekly=_weekly(history),
        trend=_trend(history),
        momentum=momentum,
        momentum_days=days,
        months=months,
        active_months=sum(count > 0 for count in _counts(history, MONTH_DAYS, steps=months)),
    )


def monday(moment: datetime) -> date:
    """Return the Monday of the moment's week."""
    return moment.date() - timedelta(days=moment.weekday())


def _window(history: History, days: int) -> Window:
    now = sum(1 for _ in history.between(days)) if history.reaches(days) else None
    before = sum(1 for _ in history.between(2 * days, days)) if history.reaches(2 * days) else None
    return Window(days=days, commits=now, before=before)


def _momentum(history: History) -> tuple[float | None, int]:
    for days in (365, 90):
        if history.older_than(2 * days):
            before = sum(1 for _ in history.between(2 * days, days))
            now = sum(1 for _ in history.between(days))
            return (now / before if before else None), days
    return None, 0


def _weekly(history: History) -> tuple[tuple[date, int], ...]:
    this = monday(history.now)
    counts = Counter(monday(commit.at) for commit in history.between(7 * (WEEKS + 1)))
    mondays = [this - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
    if not history.whole:
        first = monday(history.seen_from or history.now)
        mondays = [week for week in mondays if week >= first]
    return tuple((week, counts[week]) for week in mondays)


def _trend(history: History) -> Trend | None:
    # Seven days back from now, not calendar weeks: a week that has only begun would look like a fall.
    return trend(_counts(history, 7, steps=_steps(history, 7, most=WEEKS)))


def _steps(history: History, days: int, *, most: int) -> int:
    """Return how many whole periods of ``days`` days were seen up to the end, at most ``most``.

    A whole history is counted from its first commit: before it there was nothing to be steady in.
    """
    if history.seen_from is None:
        return 0
    return min(most, int((history.now - history.seen_from) / (days * DAY)))


def _counts(history: History, days: int, *, steps: int) -> list[int]:
    counts = [0] * steps
    for commit in history.between(days * steps):
        counts[steps - 1 - int((history.now - commit.at) / (days * DAY))] += 1
    return counts
