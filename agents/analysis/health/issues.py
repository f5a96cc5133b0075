"""How issues come and go: how many, how fast they are closed, whether they pile up, and how many people take part.

When an issue was first *answered* cannot be told from a list of issues, which says how many comments there are and
not when each came. That share of them has any comment at all is told instead, and is no better than that: the comment
may be its author's own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean

from agents.analysis.health.history import DAY, YEAR_DAYS
from agents.analysis.health.sights import Sight
from agents.analysis.health.survival import Wait, Waits, measure_waits
from agents.analysis.health.tickets import Ticket

WINDOWS = (30, 90, 365)
WINDOW_DAYS = 90
YOUNG_DAYS = 7
"""A younger issue may still be answered soon."""
ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Flow:
    """What was opened and closed in the last ``days`` days; None where not all of them were seen."""

    days: int
    opened: int | None
    closed: int | None


@dataclass(frozen=True, slots=True)
class Issues:
    """People's issues up to a moment; those that bots opened do not count. Windows are of 90 days."""

    seen: int
    open: int
    """Of those that were seen: at least so many where not all were."""
    whole: bool
    flows: tuple[Flow, ...]
    waits: Waits | None
    """Until an issue is closed, over those opened within the last year that was seen."""
    backlog: str | None
    """``growing``, ``shrinking`` or ``steady``; None where the window was not seen."""
    commented: float | None
    """Share of the window's issues older than a week that have a comment."""
    comments_each: float | None
    reactions_each: float | None
    people: int | None
    """Who opened an issue or a pull request in the window."""

    def flow(self, days: int) -> Flow:
        """Return what came and went in the last so many days, one of ``WINDOWS``."""
        return next(flow for flow in self.flows if flow.days == days)


def measure_issues(issues: Sequence[Ticket], pulls: Sequence[Ticket], *, sight: Sight, now: datetime) -> Issues:
    """Return how the issues come and go up to ``now``."""
    own = [issue for issue in issues if not issue.bot]
    fresh = [issue for issue in own if issue.opened > now - WINDOW_DAYS * DAY]
    known = sight.reaches(now - WINDOW_DAYS * DAY)
    settled = [issue for issue in fresh if issue.opened <= now - YOUNG_DAYS * DAY]
    return Issues(
        seen=len(own),
        open=sum(issue.open for issue in own),
        whole=sight.whole,
        flows=tuple(flow(own, sight=sight, now=now, days=days) for days in WINDOWS),
        waits=measure_waits(waits(own, sight=sight, now=now)),
        backlog=_backlog(flow(own, sight=sight, now=now, days=WINDOW_DAYS)),
        commented=_share(issue.comments > 0 for issue in settled),
        comments_each=fmean(issue.comments for issue in fresh) if fresh else None,
        reactions_each=fmean(issue.reactions for issue in fresh) if fresh else None,
        people=len(_people([*issues, *pulls], since=now - WINDOW_DAYS * DAY)) if known else None,
    )


def flow(tickets: Iterable[Ticket], *, sight: Sight, now: datetime, days: int) -> Flow:
    """Return how many tickets were opened and closed in the last ``days`` days."""
    begin = now - days * DAY
    if not sight.reaches(begin):
        return Flow(days, None, None)
    every = list(tickets)
    opened = sum(ticket.opened > begin for ticket in every)
    return Flow(days, opened, sum(ticket.closed is not None and ticket.closed > begin for ticket in every))


def waits(tickets: Iterable[Ticket], *, sight: Sight, now: datetime) -> list[Wait]:
    """Return how long the tickets opened within the last year that was seen waited, or wait."""
    year = now - YEAR_DAYS * DAY
    begin = max(year, sight.begin(year, now=now))
    return [
        Wait(max(0.0, ((ticket.closed or now) - ticket.opened) / DAY), over=not ticket.open)
        for ticket in tickets
        if ticket.opened > begin
    ]


def _backlog(recent: Flow) -> str | None:
    """Return whether more come than go, beyond chance.

    The conditional test of two Poisson counts (Przyborowski & Wilenski, Biometrika 31, 1940), in its normal form with
    a correction for continuity, two-sided at 5 %.
    """
    if recent.opened is None or recent.closed is None:
        return None
    apart, total = abs(recent.opened - recent.closed), recent.opened + recent.closed
    if total == 0 or math.erfc((apart - 1) / math.sqrt(2 * total)) >= ALPHA:
        return "steady"
    return "growing" if recent.opened > recent.closed else "shrinking"


def _share(answers: Iterable[bool]) -> float | None:
    every = list(answers)
    return sum(every) / len(every) if every else None


def _people(tickets: Iterable[Ticket], *, since: datetime) -> set[str]:
    return {ticket.login for ticket in tickets if ticket.login and not ticket.bot and ticket.opened > since}
