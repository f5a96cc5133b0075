"""Week by week, for pictures: how many people committed, what was released, and which issues and pulls came and went.

Weeks are a calendar's, named by their Monday, oldest first, 52 at most; the last one still runs. A week that was not
seen is not there: it is not a week in which nothing happened.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from agents.analysis.health.activity import WEEKS, monday
from agents.analysis.health.history import History
from agents.analysis.health.releases import Releases
from agents.analysis.health.sights import Sight
from agents.analysis.health.tickets import Ticket

Rows = list[dict[str, str | int]]


def weekly_contributors(history: History, *, weeks: Iterable[date]) -> Rows:
    """Return how many people committed in each of the weeks."""
    people = Counter(week for week, _ in {(monday(commit.at), commit.author) for commit in history.work})
    return [{"week": week.isoformat(), "contributors": people[week]} for week in weeks]


def weekly_releases(releases: Releases, *, now: datetime, begin: datetime | None) -> Rows:
    """Return how many versions came out in each week from ``begin`` on (None: from the first release on).

    Pre-releases are counted apart.
    """
    start = begin or min((release.at for release in releases.all), default=now)
    final = Counter(monday(release.at) for release in releases.finals)
    every = Counter(monday(release.at) for release in releases.all)
    return [
        {"week": week.isoformat(), "releases": final[week], "pre_releases": every[week] - final[week]}
        for week in weeks_until(now, begin=start)
    ]


def weekly_issues(issues: Sequence[Ticket], *, sight: Sight, now: datetime) -> Rows:
    """Return how many issues were opened and closed in each week; those that bots opened do not count."""
    opened, closed, _ = _counted(issues)
    return [
        {"week": week.isoformat(), "opened": opened[week], "closed": closed[week]}
        for week in _seen_weeks(issues, sight=sight, now=now)
    ]


def weekly_pulls(pulls: Sequence[Ticket], *, sight: Sight, now: datetime) -> Rows:
    """Return how many pull requests were opened and merged in each week; those that bots opened do not count."""
    opened, _, merged = _counted(pulls)
    return [
        {"week": week.isoformat(), "opened": opened[week], "merged": merged[week]}
        for week in _seen_weeks(pulls, sight=sight, now=now)
    ]


def weeks_until(now: datetime, *, begin: datetime) -> list[date]:
    """Return the Mondays of the weeks from the one of ``begin`` up to the running one, the last 52 at most."""
    this, first = monday(now), monday(begin)
    weeks = (this - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1))
    return [week for week in weeks if week >= first]


def _seen_weeks(tickets: Sequence[Ticket], *, sight: Sight, now: datetime) -> list[date]:
    if not sight.collected:
        return []
    return weeks_until(now, begin=sight.begin(tickets[0].opened if tickets else None, now=now))


def _counted(tickets: Iterable[Ticket]) -> tuple[Counter[date], Counter[date], Counter[date]]:
    own = [ticket for ticket in tickets if not ticket.bot]
    return (
        Counter(monday(ticket.opened) for ticket in own),
        Counter(monday(ticket.closed) for ticket in own if ticket.closed is not None),
        Counter(monday(ticket.closed) for ticket in own if ticket.closed is not None and ticket.merged),
    )
