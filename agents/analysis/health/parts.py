"""The five parts of the score: each a number from 0 to 1 with the figures that it comes from, or why it is left out."""

from math import log2
from statistics import fmean

from agents.analysis.health.activity import MIN_MONTHS, MONTH_DAYS, Activity
from agents.analysis.health.contributors import Contributors
from agents.analysis.health.history import YEAR_DAYS, History
from agents.analysis.health.releases import Releases
from agents.analysis.health.score import LeftOut, Part
from agents.analysis.health.signals import Signals
from agents.analysis.health.wordlist import Signal

FRESH_DAYS = 30.0
RECENCY_SHARE = 0.6
SPREAD_SHARE = 0.7
WELL_SPREAD = 8
"""As many equally active authors and more have a spread of 1."""
MIN_SEEN_DAYS = 90
LATE_TIMES = 4
NOTED_RELEASES = 5
SURPRISE_COST = 0.25


def activity_part(activity: Activity, history: History) -> Part | LeftOut:
    """Return 0.6 x recency + 0.4 x momentum.

    Recency: 1 up to 30 days after people's last commit, falling evenly to 0 at 365. Momentum: commits of the last year
    for each one of the year before (quarters in a history under two years), at most 1; without it recency stands alone.
    """
    if activity.last is None or activity.idle_days is None:
        if history.reaches(YEAR_DAYS):
            return Part("activity", 0.0, "no commits by people")
        return LeftOut("activity", "no commit by people lies in the part of the history that was seen")
    recency = _falling(activity.idle_days, full=FRESH_DAYS, none=float(YEAR_DAYS))
    detail = f"people's last commit {activity.idle_days:.0f} days ago"
    evidence = (activity.last.sha,)
    if activity.momentum is None:
        return Part("activity", recency, detail, evidence)
    value = RECENCY_SHARE * recency + (1 - RECENCY_SHARE) * min(1.0, activity.momentum)
    days = activity.momentum_days
    detail = f"{detail}; {activity.momentum:.2f} commits in the last {days} days for each one in the {days} before"
    return Part("activity", value, detail, evidence)


def contributors_part(contributors: Contributors, history: History) -> Part | LeftOut:
    """Return 0.7 x spread + 0.3 x retention, of the last year; 0 where all of it was seen and nobody committed in it.

    Spread: log2 of the effective number of authors, out of log2(8), at most 1. Retention: the share of the year
    before's commits whose authors are still active; where that year was not seen, spread stands alone.
    """
    if not history.reaches(MIN_SEEN_DAYS):
        return LeftOut("contributors", f"less than {MIN_SEEN_DAYS} days of the history were seen")
    if not any(history.between(YEAR_DAYS)):
        if not history.reaches(YEAR_DAYS):
            return LeftOut("contributors", "no commit by people lies in the part of the last 365 days that was seen")
        return Part("contributors", 0.0, "nobody committed in the last 365 days")
    spread = min(1.0, log2(contributors.effective) / log2(WELL_SPREAD))
    detail = (
        f"{contributors.commits} commits by {len(contributors.authors)} authors ({contributors.window}), as many as "
        f"{contributors.effective:.1f} equally active ones; half of them by {contributors.bus_factor}"
    )
    evidence = tuple(author.last.sha for author in contributors.authors[:3])
    if contributors.retention is None:
        return Part("contributors", spread, detail, evidence)
    value = SPREAD_SHARE * spread + (1 - SPREAD_SHARE) * contributors.retention
    kept = f"authors of {contributors.retention:.0%} of the year before's commits are still active"
    return Part("contributors", value, f"{detail}; {kept}", evidence)


def releases_part(releases: Releases) -> Part | LeftOut:
    """Return 1 until the next release is due by the repository's own habit, falling evenly to 0 at four times that."""
    if releases.last is None or releases.age is None:
        return LeftOut("releases", "no tag that names a version was seen")
    value = _falling(releases.age, full=releases.due, none=LATE_TIMES * releases.due)
    detail = f"last release {releases.age:.0f} days ago; by its own habit the next is due after {releases.due:.0f}"
    return Part("releases", value, detail, (releases.last.tag,))


def steadiness_part(activity: Activity) -> Part | LeftOut:
    """Return the share of the last 13 periods of 28 days (of those seen, at least three) with a commit by people."""
    if activity.months < MIN_MONTHS:
        return LeftOut("steadiness", f"less than {MIN_MONTHS * MONTH_DAYS} days of the history were seen")
    value = activity.active_months / activity.months
    return Part("steadiness", value, f"commits in {activity.active_months} of {activity.months} periods of 28 days")


def notes_part(signals: Signals, releases: Releases) -> Part | LeftOut:
    """Return the mean of documented and calm.

    Documented: the share of the last five final releases that have a change note. Calm: 1, less a quarter for each
    recent version that says it breaks something which its number does not admit.
    """
    if not signals.notes:
        return LeftOut("notes", "no change notes were seen")
    surprises = [found for found in signals.of(Signal.BREAKING) if found.sure and not found.allowed]
    values = [max(0.0, 1 - SURPRISE_COST * len(surprises))]
    detail = f"{len(surprises)} recent versions break what their number does not admit"
    recent = releases.finals[-NOTED_RELEASES:]
    if recent:
        noted = [str(release.version) in signals.noted for release in recent]
        values.append(sum(noted) / len(noted))
        detail = f"{sum(noted)} of the last {len(noted)} releases have a change note; {detail}"
    evidence = tuple(found.quotes[0].evidence for found in surprises[:3])
    return Part("notes", fmean(values), detail, evidence)


def _falling(value: float, *, full: float, none: float) -> float:
    """Return 1 up to ``full``, 0 from ``none``, and evenly between."""
    return min(1.0, max(0.0, (none - value) / (none - full)))
